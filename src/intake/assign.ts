import { broken } from '../dicom/elements.ts'
import { type DicomHeader, firstOf } from '../dicom/header.ts'
import { cleanLabel } from './names.ts'
import { autoArchiveRules, type RoutingRules, type Rule } from './routing-rules.ts'
import { seriesFolder } from './scan-ids.ts'

/** What a request says itself; it comes before anything that headers say. */
export type Given = Readonly<{ project?: string; subject?: string; session?: string; autoArchive?: boolean }>

/** Where an object belongs, as its header and the request say. */
export type Assignment = Readonly<{
  /** What may name the project, in the order in which they are to be tried. */
  projects: readonly string[]
  /** Label of the subject; undefined where nothing names one. */
  subject: string | undefined
  /** Label of the imaging session. */
  session: string
  /** Whether to archive at once; undefined where nobody says. */
  autoArchive: boolean | undefined
  study: string
  /** Empty where the object belongs to no series. */
  series: string
  sopClass: string
  instance: string
  /** The folder of its scan while it is received. */
  scanFolder: string
}>

/** The label of sessions that nothing names. */
const UNNAMED = 'dicom_upload'

/**
 * Where an object belongs (import 3.1 to 3.6): the first rule that finds a usable text decides, for each name apart.
 * @throws ArchiveError 'unreadable' where the object belongs to no study
 */
export function assign(header: DicomHeader, rules: RoutingRules, given: Given = {}): Assignment {
  const study = firstOf(header, 'StudyInstanceUID') ?? broken('it has no study instance UID')
  const first = (list: readonly Rule[]): string | undefined => cleanLabel(found(header, list).next().value ?? undefined)
  const named = given.project?.trim()
  return {
    projects: named ? [named] : [...new Set(found(header, rules.project))],
    subject: cleanLabel(given.subject) ?? first(rules.subject),
    session: cleanLabel(given.session) ?? first(rules.session) ?? UNNAMED,
    autoArchive: given.autoArchive ?? wishOf(header),
    study,
    series: firstOf(header, 'SeriesInstanceUID') ?? '',
    sopClass: firstOf(header, 'SOPClassUID') ?? '',
    instance: firstOf(header, 'SOPInstanceUID') ?? '',
    scanFolder: seriesFolder(header),
  }
}

/** What the rules find, in their order. */
function* found(header: DicomHeader, rules: readonly Rule[]): Generator<string, undefined> {
  for (const { tag, extract } of rules) {
    const text = header.values.get(tag)?.join('\\')
    const name = text === undefined ? undefined : extract(text)
    if (name !== undefined) yield name
  }
  return undefined
}

function wishOf(header: DicomHeader): boolean | undefined {
  for (const text of found(header, autoArchiveRules)) {
    if (/^(?:true|t)$/i.test(text)) return true
    if (/^(?:false|f)$/i.test(text)) return false
  }
  return undefined
}
