import { refuse } from '../errors.ts'
import type { DataType, Dictionary } from '../model/dictionary.ts'
import { type Item, validate } from '../model/item.ts'
import { accessionId, accessionPrefix, isIdentifier } from '../model/label.ts'
import { applyPatch, type Patch } from '../model/patch.ts'
import type { Change } from './archive.ts'
import { type LocatedExperiment, type LocatedProject, type LocatedSubject, locateProject } from './locate.ts'
import { nextNumber } from './numbers.ts'

/** Fields that say what a record is and where; they live in columns, and only some may change, each in its own way. */
const identityFields = ['ID', 'project', 'label', 'subject_ID', 'imageSession_ID', 'image_session_ID'] as const
export type Identity = Readonly<Partial<Record<(typeof identityFields)[number], string>>>

/** A record after a patch: its descriptive part, and what the patch says of its identity. */
export type Patched = Readonly<{ item: Item; identity: Identity }>

/**
 * Applies a patch to the descriptive part of a record.
 * @throws ArchiveError 'invalid' with one line for each value that its field does not take
 */
export function patched(types: Dictionary, base: Item, patch: Patch): Patched {
  const { item, faults } = applyPatch(types, base, patch)
  const fields = { ...item.fields }
  const identity: Record<string, string> = {}
  for (const name of identityFields) {
    const value = fields[name]
    if (value !== undefined && value !== '') identity[name] = String(value)
    delete fields[name]
  }
  const lines = [...new Set([...faults, ...validate(types, { ...item, fields })])]
  if (lines.length > 0) refuse({ kind: 'invalid', field: 'document', because: lines.join('\n') })
  return { item: { ...item, fields }, identity }
}

/** The value that an assignment (not the document) gives to a field by this last step, e.g. `label`. */
export function assigned(patch: Patch, field: string): string | undefined {
  const found = patch.assignments.findLast(
    ({ path }) => path.steps.length === 1 && path.steps[0]?.name.toLowerCase() === field.toLowerCase(),
  )
  return found?.value === '' ? undefined : found?.value
}

/**
 * The accession id of a new record: the one asked for, or the next of the site's (hierarchy 4.2).
 * @param letter `S` for subjects, `E` for experiments
 * @throws ArchiveError 'nothing-sent' for an id with other characters, 'conflict' for one that is taken
 */
export async function newAccession(tx: Change, letter: 'S' | 'E', wanted: string | undefined): Promise<string> {
  if (wanted !== undefined) {
    if (!isIdentifier(wanted)) refuse({ kind: 'nothing-sent', field: 'ID', because: 'Invalid character in ID.' })
    if (await isTaken(tx, letter, wanted)) {
      const noun = letter === 'S' ? 'subject' : 'experiment'
      refuse({ kind: 'conflict', noun, name: wanted, because: `Specified ${noun} already exists.` })
    }
    return wanted
  }
  const prefix = accessionPrefix(tx.archive.siteId(), letter)
  for (;;) {
    const accession = accessionId(prefix, await nextNumber(tx, prefix))
    if (!(await isTaken(tx, letter, accession))) return accession
  }
}

async function isTaken(tx: Change, letter: 'S' | 'E', accession: string): Promise<boolean> {
  const table = letter === 'S' ? 'subjects' : 'experiments'
  return (
    (await tx.db.selectFrom(table).select('id').where('accession', '=', accession).executeTakeFirst()) !== undefined
  )
}

/** The declared type that a request names. @throws ArchiveError 'invalid' */
export const typeNamed = (types: Dictionary, name: string): DataType =>
  types.find(name) ?? refuse({ kind: 'invalid', field: 'xsiType', because: `Element not found: '${name}'` })

/** The same in whatever letter case. @throws ArchiveError 'invalid' */
export const typeNamedFolded = (types: Dictionary, name: string): DataType =>
  types.findFolded(name) ?? typeNamed(types, name)

/** The type that a request names for the rows of a list, all of which are of type `base`. @throws ArchiveError 'invalid' */
export function rowTypeNamed(types: Dictionary, name: string, base: string): DataType {
  const type = typeNamedFolded(types, name)
  if (types.isA(type.name, base)) return type
  const because = `xsiType must be ${base} or a type derived from it, not ${type.name}.`
  return refuse({ kind: 'invalid', field: 'xsiType', because })
}

/** What a record is called and belongs to changes by other requests. @throws ArchiveError 'invalid', 'conflict' */
export function requireSameIdentity(
  noun: 'subject' | 'experiment',
  { row: { accession: name }, owner, place }: LocatedSubject | LocatedExperiment,
  { ID, project, label }: Identity,
): void {
  if (ID !== undefined && ID !== name) refuse({ kind: 'invalid', field: 'ID', because: 'ID cannot be modified' })
  if (project !== undefined && project !== owner.name && project !== place.project.name)
    refuse({ kind: 'conflict', noun, name, because: 'Project must be modified through separate URI.' })
  if (label !== undefined && label !== place.label)
    refuse({ kind: 'invalid', field: 'label', because: 'Label must be modified through separate URI.' })
}

/** The project that a document names, which it must where the address names none. @throws ArchiveError 'unreadable' */
export async function projectOfDocument(
  tx: Change,
  noun: 'subject' | 'experiment',
  { project }: Identity,
): Promise<LocatedProject> {
  if (project !== undefined) return locateProject(tx, { project }, 'read')
  const because = `Submitted ${noun} record must include the project attribute.`
  return refuse({ kind: 'unreadable', what: 'document', because })
}
