import type { Report } from '../dicom/agreement.ts'
import { scanRecord, sessionRecord } from '../dicom/fields.ts'
import { type DicomHeader, firstOf } from '../dicom/header.ts'
import { isPetMr, type PetMr, scanTypeOf, sessionTypeOf } from '../dicom/modality.ts'
import { codedScanType } from '../dicom/special-fields.ts'
import type { Dictionary } from '../model/dictionary.ts'
import { assign, type Item } from '../model/item.ts'
import { parseXmlPath } from '../model/xml-path.ts'
import { type Mapping, mappedTags, withMappings } from './mapped-fields.ts'
import { scanIds } from './scan-ids.ts'
import { openSeries, type SeriesHeaders } from './series-headers.ts'

/** What decides about a draft besides the headers. */
export type DraftOptions = Readonly<{
  /** Label of the session. */
  label: string
  /** What a study of PET and MR images becomes. */
  petMr?: PetMr
  /** Attributes of which administrators make fields. */
  mappings?: readonly Mapping[]
  /** The quality of scans, where the site has another word for it than `usable`. */
  quality?: string
  /** Fields of the session that the request gives, by path: they override what headers say. */
  given?: readonly Readonly<{ path: string; value: string }>[]
}>

/** Some of the series, by UID, as a session of their own. */
export type DraftPart = Readonly<{ label: string; series: ReadonlySet<string> }>

/** One scan of a draft. */
export type DraftScan = Readonly<{
  id: string
  /** Series Instance UID; empty for objects without a series. */
  series: string
  item: Item
  modalities: readonly string[]
  description: string | undefined
  instances: number
  /** Frames of its images. */
  frames: number
  /** SOP classes of its objects; `isPrimary` tells in which resource each belongs. */
  classes: readonly string[]
}>

/** A field that is absent because headers say different things of it, or what it cannot hold. */
export type Disagreement = Readonly<{ scan: string | undefined; field: string; values: readonly string[] }>

/** A session as the headers of its objects describe it. */
export type Draft = Readonly<{
  label: string
  /** The record of the session, with its scans below it; without identity but for its label. */
  session: Item
  scans: readonly DraftScan[]
  /** Study Instance UIDs; more than one is a mistake of whoever sent them. */
  studies: readonly string[]
  disagreements: readonly Disagreement[]
  /** A line about each of them. */
  log: readonly string[]
  /** Lines about given values that could not be set. */
  faults: readonly string[]
  /** It is to be taken apart into a session for MR and one for PET. */
  toSeparate: boolean
}>

export type OpenDraft = Readonly<{
  add: (header: DicomHeader) => void
  /** The draft of all that was added, or of a part of it. */
  finish: (part?: DraftPart) => Draft
}>

const DEFAULT_QUALITY = 'usable'
/** Values that are named of a field that differs. */
const MAX_NAMED = 10

/**
 * Opens the draft of a session to which the headers of its objects are added one by one. What is held grows with what
 * differs among them, not with their number.
 */
export function openDraft(types: Dictionary, options: DraftOptions): OpenDraft {
  const all = new Map<string, SeriesHeaders>()
  const also = mappedTags(options.mappings ?? [])
  return Object.freeze({
    add: (header: DicomHeader) => {
      const uid = firstOf(header, 'SeriesInstanceUID') ?? ''
      const series = all.get(uid) ?? openSeries(uid, also)
      all.set(uid, series)
      series.add(header)
    },
    finish: (part?: DraftPart) => {
      const series = [...all.values()]
      if (!part) return finish(types, options, series)
      const { label } = part
      return finish(
        types,
        { ...options, label },
        series.filter(({ uid }) => part.series.has(uid)),
      )
    },
  })
}

function finish(types: Dictionary, options: DraftOptions, series: readonly SeriesHeaders[]): Draft {
  const noted = openNotes()
  const ids = scanIds(
    series.map(({ uid, number, modalities }) => ({ uid, number: number(), modalities: [...modalities] })),
  )
  const scans = series
    .map((one) => scanOf(types, options, { series: one, id: ids.get(one.uid)!, report: noted.of(ids.get(one.uid)) }))
    .sort((a, b) => compareIds(a.id, b.id))
  const { type, label, toSeparate } = sessionIdentity(scans, series, options)
  const headers = series.flatMap((one) => one.distinct())
  const plain = sessionRecord(types, type, headers, noted.of(undefined))
  const mapped = withMappings(plain, headers, options.mappings ?? [])
  const record: Item = {
    ...mapped,
    fields: { ...mapped.fields, label },
    children: { ...mapped.children, 'scans/scan': scans.map(({ item }) => item) },
  }
  const { item: session, faults } = withGiven(types, record, options.given ?? [])
  const studies = [...new Set(series.flatMap((one) => [...one.studies]))]
  const items = session.children['scans/scan'] ?? []
  const named = scans.map((scan) => ({
    ...scan,
    item: items.find(({ fields }) => fields['ID'] === scan.id) ?? scan.item,
  }))
  return {
    label,
    session,
    scans: named,
    studies,
    disagreements: noted.all,
    log: noted.all.map(line),
    faults,
    toSeparate,
  }
}

type OneScan = Readonly<{ series: SeriesHeaders; id: string; report: Report }>

function scanOf(types: Dictionary, options: DraftOptions, { series, id, report }: OneScan): DraftScan {
  const headers = series.distinct()
  const type = scanTypeOf(series.classes)
  const record = withMappings(scanRecord(types, type, headers, report), headers, options.mappings ?? [])
  const coded = type === 'xnat:optScanData' ? codedScanType(headers) : undefined
  const { UID, ...others } = record.fields
  const fields = {
    ID: id,
    ...(coded === undefined ? {} : { type: coded }),
    ...(UID === undefined ? {} : { UID }),
    ...others,
    frames: series.frames(),
    quality: options.quality ?? DEFAULT_QUALITY,
  }
  return {
    id,
    series: series.uid,
    item: { ...record, fields },
    modalities: [...series.modalities],
    description: fields['series_description' as keyof typeof fields]?.toString(),
    instances: series.instances(),
    frames: series.frames(),
    classes: [...series.classes],
  }
}

type SessionIdentity = Readonly<{ type: string; label: string; toSeparate: boolean }>

/** The type of the session, and for studies of PET with MR what else their setting changes (import 3.5). */
function sessionIdentity(
  scans: readonly DraftScan[],
  series: readonly SeriesHeaders[],
  { label, petMr = 'petmr' }: DraftOptions,
): SessionIdentity {
  const classes = new Set(series.flatMap((one) => [...one.classes]))
  const modalities = new Set(series.flatMap((one) => [...one.modalities]))
  // An archive that takes only kinds of objects it knows would leave documents and states of presentation outside.
  const type = (pet: 'petmr' | 'pet') => sessionTypeOf(classes, modalities, pet) ?? 'xnat:otherDicomSessionData'
  if (!isPetMr(classes)) return { type: type('petmr'), label, toSeparate: false }
  if (petMr === 'pet') return { type: type('pet'), label: asPet(label), toSeparate: false }
  if (petMr === 'petmr') return { type: type('petmr'), label, toSeparate: false }
  const apart = scans.some((scan) => scan.modalities.includes('MR') && !/MRAC/.test(scan.description ?? ''))
  return { type: type(apart ? 'petmr' : 'pet'), label, toSeparate: apart }
}

/** The last `petmr` in a label, in any letter case, becomes `PET`. */
function asPet(label: string): string {
  const at = label.toLowerCase().lastIndexOf('petmr')
  return at < 0 ? label : `${label.slice(0, at)}PET${label.slice(at + 'petmr'.length)}`
}

/** Numbers by size, everything else as text. */
function compareIds(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

/** A record with values that a request gives; paths of other types are passed over, as they are elsewhere. */
function withGiven(
  types: Dictionary,
  record: Item,
  given: readonly Readonly<{ path: string; value: string }>[],
): Readonly<{ item: Item; faults: readonly string[] }> {
  const faults: string[] = []
  let item = record
  for (const { path, value } of given) {
    const parsed = parseXmlPath(path)
    const outcome = parsed === undefined ? undefined : assign(types, item, parsed, value)
    if (outcome === undefined) faults.push(`${path} is no path of a field.`)
    else if (outcome !== 'unknown' && 'fault' in outcome) faults.push(outcome.fault)
    else if (outcome !== 'unknown') item = outcome.item
  }
  return { item, faults }
}

type Notes = Readonly<{ all: readonly Disagreement[]; of: (scan: string | undefined) => Report }>

/** Remembers each disagreement once. */
function openNotes(): Notes {
  const all: Disagreement[] = []
  const said = new Set<string>()
  const of =
    (scan: string | undefined): Report =>
    (field, values) => {
      const note = { scan, field, values: values.map(String) }
      if (said.size !== said.add(JSON.stringify(note)).size) all.push(note)
    }
  return { all, of }
}

function line({ scan, field, values }: Disagreement): string {
  const named = values.slice(0, MAX_NAMED).join(', ')
  const others = values.length > MAX_NAMED ? ` and ${values.length - MAX_NAMED} more` : ''
  const where = scan === undefined ? 'session' : `scan ${scan}`
  const what = values.length === 1 ? 'has a value that it cannot hold' : 'has different values'
  return `${where}: ${field} ${what}: ${named}${others}`
}
