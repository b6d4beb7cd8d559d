import type { Archive, ArchiveRules, Scope } from '../archive/archive.ts'
import { contentsInForce } from '../archive/configurations.ts'
import { type DicomMapping, mappingsInForce } from '../archive/dicom-mappings.ts'
import type { ProjectRow } from '../archive/locate.ts'
import { type FileTemplate, parseTemplate } from '../dicom/file-names.ts'
import type { ImportFilter } from '../dicom/import-filter.ts'
import { representationOf } from '../dicom/keywords.ts'
import type { PetMr } from '../dicom/modality.ts'
import type { Tag } from '../dicom/tags.ts'
import { type RoutingRules, type Rule, readableRules, routingRules, tagsOf } from './routing-rules.ts'
import { filtersInForce } from './series-filters.ts'

/** Rules of one receiver: they come before those of the site, each for itself (import 3.3). */
export type ReceiverRules = Readonly<{ project?: string; subject?: string; session?: string }>

/** What site and project have decided about what is imported, ready for use. */
export type IntakeSettings = Readonly<{
  rules: RoutingRules
  /** The filter of the site and that of the project: an object must pass both. */
  filters: readonly ImportFilter[]
  template: FileTemplate
  petMr: PetMr
  mappings: readonly DicomMapping[]
  /** The quality of new scans. */
  quality: string | undefined
  /** Every tag that all of this reads: what a header must be read with. */
  also: ReadonlyMap<Tag, string>
  /** Lines about rules that cannot be used and are passed over: they stand in the logs of entries that are made meanwhile. */
  faults: readonly string[]
}>

/**
 * The settings in force for a project, or without one for what has not found its project yet. Objects that come one by
 * one ask for them each time: they are only read again when something has changed.
 * @throws ArchiveError 'invalid' when an import filter cannot be read: nothing is let in past a filter, nor dropped
 */
export async function intakeSettings(
  archive: Archive,
  project: ProjectRow | undefined,
  receiver: ReceiverRules = {},
): Promise<IntakeSettings> {
  const { imports } = await archive.rules()
  // Settings of the site are in memory a moment after they are in the catalog: what is remembered goes by what they were.
  const key = `intake ${JSON.stringify([project?.id, receiver, imports])}`
  return archive.db.remember(key, () => readSettings(archive, project, { receiver, imports }), Boolean)
}

type Decided = Readonly<{ receiver: ReceiverRules; imports: ArchiveRules['imports'] }>

async function readSettings(
  archive: Archive,
  project: ProjectRow | undefined,
  { receiver, imports }: Decided,
): Promise<IntakeSettings> {
  const scope = { db: archive.db.reads }
  const { rules, faults } = await rulesInForce(scope, receiver, imports.lastProjectRules)
  const filters = await filtersInForce(archive, project)
  const template = await parseTemplate(imports.fileNameTemplate)
  const mappings = await mappingsInForce(scope, project)
  const petMr =
    (project && (await contentsInForce(scope, project, { tool: 'separatePETMR', path: 'config' }))) || imports.petMr
  const labels = { tool: 'scan-quality', path: 'labels' }
  const qualities =
    (project && (await contentsInForce(scope, project, labels))) ?? (await contentsInForce(scope, undefined, labels))
  const also = new Map([...tagsOf(rules), ...template.also, ...filters.flatMap((filter) => [...filter.also])])
  for (const tag of [...tagsOf(rules).keys(), ...mappings.map((mapping) => mapping.tag)])
    also.set(tag, await representationOf(tag))
  const quality = qualities?.split(/[,\n]/)[0]?.trim() || undefined
  return { rules, filters, template, petMr: petMrOf(petMr), mappings, quality, also, faults }
}

/** A word in quotes or without; any other than `pet` and `separate` means a session of both. */
function petMrOf(text: string): PetMr {
  const word = text.replaceAll(/["'\s]/g, '').toLowerCase()
  return word === 'pet' || word === 'separate' ? word : 'petmr'
}

async function rulesInForce(scope: Pick<Scope, 'db'>, receiver: ReceiverRules, last: string) {
  const faults: string[] = []
  const readable = (where: string, text: string | undefined): readonly Rule[] => {
    const read = readableRules(text ?? '')
    faults.push(...read.faults.map((fault) => `${where}: ${fault}`))
    return read.rules
  }
  const configured = async (name: 'project' | 'subject' | 'session'): Promise<readonly Rule[]> => [
    ...readable(`${name} rules of the receiver`, receiver[name]),
    ...readable(`${name}Rules`, await contentsInForce(scope, undefined, { tool: 'dicom', path: `${name}Rules` })),
  ]
  const rules = routingRules({
    project: await configured('project'),
    subject: await configured('subject'),
    session: await configured('session'),
    projectLast: readable('dicom-project.rules', last),
  })
  return { rules, faults }
}
