import type { Insertable, Selectable } from 'kysely'
import { portions } from '../db/portions.ts'
import { prepared } from '../db/prepared.ts'
import type { Tables } from '../db/schema.ts'
import { refuse } from '../errors.ts'
import { isUnwritable } from '../model/characters.ts'
import { resourceLabelFault } from '../model/label.ts'
import type { Change, Scope } from './archive.ts'
import { folderName, placeOf } from './layout.ts'
import { locateExperiment, orNothing } from './locate.ts'
import type { Parent } from './parents.ts'

export type FolderRow = Selectable<Tables['resources']>

/** A resource with the parent through which it was reached. */
export type Folder = Readonly<{ row: FolderRow; parent: Parent }>

/** Where the original would keep a folder, below its project (resources 9.1). */
export function placeOfFolder({ row, parent }: Folder): string {
  const { kind, name, direction, holder } = parent
  return placeOf({ kind, holder: holder.label, name, direction, folder: folderName(row) }, holder.arc)
}

/** What a folder or file may be described by; absent or empty texts say nothing. */
export type Descriptors = Readonly<{ format?: string; content?: string; description?: string; tags: readonly string[] }>

/** The folders of all these parents, oldest first. */
export async function foldersOf(scope: Scope, parents: readonly Parent[]): Promise<Folder[]> {
  return foldersAmong(parents, (keys) =>
    scope.db.selectFrom('resources').selectAll().where('parent', 'in', keys).orderBy('id').execute(),
  )
}

/** Folders asked for by the keys of many parents at once, oldest first. */
async function foldersAmong(
  parents: readonly Parent[],
  ask: (keys: readonly string[]) => Promise<readonly FolderRow[]>,
): Promise<Folder[]> {
  const byKey = new Map(parents.map((parent) => [parent.key, parent]))
  const found: Folder[] = []
  for (const keys of portions([...byKey.keys()]))
    for (const row of await ask(keys)) found.push({ row, parent: byKey.get(row.parent)! })
  return found.sort((a, b) => a.row.id - b.row.id)
}

/**
 * The folders that a selection means: labels and numbers in a comma list, `NULL` for folders without a label. A number
 * must be that of a folder of the parent or of something inside it (resources 1.4). Empty when nothing matches.
 */
export async function findFolders(scope: Scope, parents: readonly Parent[], selection: string): Promise<Folder[]> {
  const found = new Map<number, Folder>()
  for (const element of selection.split(','))
    for (const folder of await foldersNamed(scope, parents, element.trim())) found.set(folder.row.id, folder)
  return [...found.values()].sort((a, b) => a.row.id - b.row.id)
}

/** The one folder of one parent that a name means. @throws ArchiveError 'not-found' for none or several */
export async function findFolder(scope: Scope, parent: Parent, name: string): Promise<Folder> {
  const [folder, another] = await foldersNamed(scope, [parent], name)
  return folder && !another ? folder : refuse({ kind: 'not-found', noun: 'resource', name })
}

const isNumber = (name: string): boolean => /^\d+$/.test(name)
const isNull = (name: string): boolean => name.toUpperCase() === 'NULL'

const folderByLabel = prepared<{ parent: string; label: string }, FolderRow>((db, at) =>
  db.selectFrom('resources').selectAll().where('parent', '=', at('parent')).where('label', '=', at('label')),
)

/** The folders that one name means, among those of all these parents. */
async function foldersNamed(scope: Scope, parents: readonly Parent[], name: string): Promise<readonly Folder[]> {
  if (isNumber(name)) return folderNumbered(scope, parents, Number(name))
  const [parent] = parents
  if (parent && parents.length === 1 && !isNull(name))
    return (await folderByLabel(scope.db, { parent: parent.key, label: name })).map((row) => ({ row, parent }))
  return foldersAmong(parents, (keys) => {
    const query = scope.db.selectFrom('resources').selectAll().where('parent', 'in', keys)
    return (isNull(name) ? query.where('label', 'is', null) : query.where('label', '=', name)).execute()
  })
}

async function folderNumbered(scope: Scope, parents: readonly Parent[], id: number): Promise<readonly Folder[]> {
  if (!Number.isSafeInteger(id)) return []
  const row = await scope.db.selectFrom('resources').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) return []
  for (const parent of parents)
    if (row.parent === parent.key || (await isWithin(scope, row, parent))) return [{ row, parent }]
  return []
}

/** Does the folder hang on the parent in the other direction, or on something inside it that the viewer may read? */
async function isWithin(scope: Scope, row: FolderRow, parent: Parent): Promise<boolean> {
  if (parent.kind === 'assessor') return row.experiment_id === parent.id
  if (parent.kind === 'reconstruction') return row.reconstruction_id === parent.id
  if (parent.kind !== 'experiment') return false
  if (row.experiment_id === parent.id) return true
  if (row.scan_id !== null) return (await sessionOf(scope, 'scans', row.scan_id)) === parent.id
  if (row.reconstruction_id !== null)
    return (await sessionOf(scope, 'reconstructions', row.reconstruction_id)) === parent.id
  return row.experiment_id !== null && (await isOwnAssessor(scope, row.experiment_id, parent.id))
}

async function sessionOf(scope: Scope, table: 'scans' | 'reconstructions', id: number): Promise<number | undefined> {
  const row = await scope.db.selectFrom(table).select('session_id').where('id', '=', id).executeTakeFirst()
  return row?.session_id
}

async function isOwnAssessor(scope: Scope, id: number, session: number): Promise<boolean> {
  const row = await scope.db
    .selectFrom('experiments')
    .select(['session_id', 'accession'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (row?.session_id !== session) return false
  return (await orNothing(locateExperiment(scope, { experiment: row.accession }, 'read'))) !== undefined
}

/**
 * The folder that an upload goes into, undefined when it is still to be made; without a name, the parent's first one.
 * @throws ArchiveError 'not-found' for an unknown number, 'invalid' for a label that cannot be
 */
export async function folderForUpload(
  scope: Scope,
  parent: Parent,
  name: string | undefined,
): Promise<Folder | undefined> {
  const [folder] = name === undefined ? await firstFolder(scope, parent) : await foldersNamed(scope, [parent], name)
  if (folder) return folder
  if (name === undefined) return undefined
  if (isNumber(name)) return refuse({ kind: 'not-found', noun: 'resource', name })
  checkLabel(name)
  return undefined
}

/**
 * The same inside a change that will make the folder: of two uploads that name none, at once, the second waits and finds
 * what the first has made.
 */
export async function folderToFill(tx: Change, parent: Parent, name: string | undefined): Promise<Folder | undefined> {
  const known = await folderForUpload(tx, parent, name)
  if (known || name !== undefined) return known
  const { noun, id } = parent.holder
  await tx.archive.db.dialect.forUpdate(tx.db.selectFrom(`${noun}s`).select('id').where('id', '=', id)).execute()
  return folderForUpload(tx, parent, name)
}

async function firstFolder(scope: Scope, parent: Parent): Promise<readonly Folder[]> {
  const query = scope.db.selectFrom('resources').selectAll().where('parent', '=', parent.key)
  return (await query.orderBy('id').limit(1).execute()).map((row) => ({ row, parent }))
}

/** @throws ArchiveError 'invalid' for a label that no folder may have (resources 6.2) */
export function checkLabel(label: string): void {
  const because = isNull(label) ? 'A resource cannot be labelled NULL.' : resourceLabelFault(label)
  if (because) refuse({ kind: 'invalid', field: 'label', because })
}

/** A folder to be made; without a label only its number names it. `event` is the change that makes it. */
export type NewFolder = Readonly<{
  parent: Parent<'edit'>
  label: string | undefined
  described: Descriptors
  event: number
}>

/** Adds a folder without files to a parent. */
export async function insertFolder(change: Change, { parent, label, described, event }: NewFolder): Promise<Folder> {
  const row = await change.db
    .insertInto('resources')
    .values({
      ...ownerColumns(parent),
      parent: parent.key,
      direction: parent.direction,
      label: label ?? null,
      ...columnsOf(described),
      created_at: change.at,
      created_by: change.viewer.login,
      event_id: event,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { row, parent }
}

function ownerColumns({
  kind,
  id,
}: Parent): Pick<
  Insertable<Tables['resources']>,
  'project_id' | 'subject_id' | 'experiment_id' | 'scan_id' | 'reconstruction_id'
> {
  return {
    project_id: kind === 'project' ? id : null,
    subject_id: kind === 'subject' ? id : null,
    experiment_id: kind === 'experiment' || kind === 'assessor' ? id : null,
    scan_id: kind === 'scan' ? id : null,
    reconstruction_id: kind === 'reconstruction' ? id : null,
  }
}

/**
 * Descriptors as the columns of folders and files hold them.
 * @throws ArchiveError 'invalid' for control characters, which no catalog could show
 */
export function columnsOf({ format, content, description, tags }: Descriptors) {
  const texts = [format ?? '', content ?? '', description ?? '', ...tags]
  if (texts.some(isUnwritable)) {
    refuse({
      kind: 'invalid',
      field: 'descriptor',
      because: 'Format, content, description and tags cannot contain control characters.',
    })
  }
  return {
    format: format || null,
    content: content || null,
    description: description || null,
    tags: JSON.stringify(tags),
  }
}

/** The texts of a stored list of tags. */
export const tagsOf = (tags: string): readonly string[] => (tags === '[]' ? [] : (JSON.parse(tags) as string[]))

/** Tags of a folder from comma lists; a named tag is `name=tag` or `name:tag` (resources 6.1). */
export function folderTags(lists: readonly string[]): string[] {
  const tags = lists.flatMap((list) => list.split(',')).map((tag) => tag.trim())
  return tags.filter((tag) => tag !== '').map((tag) => (tag.includes('=') ? tag : tag.replace(':', '=')))
}

/** Sets those descriptors of a folder that it does not have yet (resources 7.7). */
export async function fillDescriptors(change: Change, { row }: Folder, described: Descriptors): Promise<void> {
  const given = columnsOf(described)
  const missing = {
    ...(!row.format && given.format ? { format: given.format } : {}),
    ...(!row.content && given.content ? { content: given.content } : {}),
    ...(!row.description && given.description ? { description: given.description } : {}),
    ...(row.tags === '[]' && described.tags.length > 0 ? { tags: given.tags } : {}),
  }
  if (Object.keys(missing).length === 0) return
  await change.db.updateTable('resources').set(missing).where('id', '=', row.id).execute()
}
