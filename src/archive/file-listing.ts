import { type RawBuilder, sql } from 'kysely'
import { pause } from '../db/pause.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ParentAddress } from '../model/address.ts'
import { type Archive, type Scope, scopeOf } from './archive.ts'
import { startsWith } from './file-deletion.ts'
import type { FileRow } from './files.ts'
import { type Folder, findFolders, foldersOf } from './folders.ts'
import type { Parent } from './parents.ts'
import { parentsAt } from './resources.ts'

/** Rows per query; between two of them other requests have their turn. */
const PAGE_ROWS = 1000
const FOLDERS_PER_QUERY = 500

/** Which files are meant. */
export type FileSelection = Readonly<{
  parent: ParentAddress
  /** Labels and numbers in a comma list; undefined means every folder. */
  folders?: string
  /** With a session, also the folders of what is inside it. */
  all?: boolean
  /** Keep files of one of these formats, or contents; `NULL` means none. Empty lists keep all. */
  formats: readonly string[]
  contents: readonly string[]
  /** Keep files whose path starts so; without `deep`, only those with no further step. */
  under?: Readonly<{ prefix: string; deep: boolean }>
}>

/** A file as tables show it. */
export type ListedFile = Readonly<{ folder: Folder; row: Pick<FileRow, (typeof shownColumns)[number]> }>
/** A file as it is sent: where its bytes are and what they are. */
export type ListedBytes = Readonly<{ folder: Folder; row: Pick<FileRow, (typeof storedColumns)[number]> }>

const shownColumns = ['id', 'resource_id', 'path', 'size', 'md5', 'format', 'content', 'tags'] as const
const storedColumns = ['id', 'resource_id', 'path', 'size', 'md5', 'crc32', 'blob', 'modified_at'] as const

/**
 * The selected files, folder after folder in the order in which they came.
 * @throws ArchiveError 'not-found' for an unknown parent, or when no folder of the list exists
 */
export async function listFiles(
  archive: Archive,
  viewer: Viewer,
  selection: FileSelection,
): Promise<readonly ListedFile[]> {
  return (await Array.fromAsync(await listFilePages(archive, viewer, selection))).flat()
}

/** The same in pages, read as they are asked for: a list of many thousand files need not be in memory at once. */
export function listFilePages(archive: Archive, viewer: Viewer, selection: FileSelection): Promise<Pages<ListedFile>> {
  return pagesFor(scopeOf(archive, viewer), selection, shownColumns)
}

/** The same files with what it takes to send them. */
export async function listBytes(
  archive: Archive,
  viewer: Viewer,
  selection: FileSelection,
): Promise<readonly ListedBytes[]> {
  return (await Array.fromAsync(await pagesFor(scopeOf(archive, viewer), selection, storedColumns))).flat()
}

type Columns = typeof shownColumns | typeof storedColumns
type Listed<C extends Columns> = Readonly<{ folder: Folder; row: Pick<FileRow, C[number]> }>

/** Pages of a list, none of them empty. */
export type Pages<T> = AsyncGenerator<readonly T[], void>

async function pagesFor<C extends Columns>(
  scope: Scope,
  selection: FileSelection,
  columns: C,
): Promise<Pages<Listed<C>>> {
  const folders = await selectFolders(scope, selection)
  const byId = new Map(folders.map((folder) => [folder.row.id, folder]))
  const listed = (row: Page[number]): Listed<C> => ({
    folder: byId.get(row.resource_id)!,
    row: row as unknown as Listed<C>['row'],
  })
  async function* pages(): Pages<Listed<C>> {
    let begun = false
    for (const group of groupsOf(folders)) {
      if (begun) await pause()
      begun = true
      for await (const page of pagesOf(scope, group, selection, columns)) if (page.length > 0) yield page.map(listed)
    }
  }
  return pages()
}

/** Folders whose files are asked for together: as many as make up a page, by their totals. */
function* groupsOf(folders: readonly Folder[]): Generator<readonly number[]> {
  let group: number[] = []
  let count = 0
  for (const { row } of folders) {
    if (group.length > 0 && (group.length === FOLDERS_PER_QUERY || count + row.file_count > PAGE_ROWS)) {
      yield group
      group = []
      count = 0
    }
    group.push(row.id)
    count += row.file_count
  }
  if (group.length > 0) yield group
}

async function selectFolders(scope: Scope, { parent, folders, all }: FileSelection): Promise<readonly Folder[]> {
  const parents = await parentsAt(scope, parent, all ?? false)
  if (folders === undefined) return foldersOf(scope, parents)
  const found = await findFolders(scope, parents, folders)
  return found.length > 0 ? found : refuse({ kind: 'not-found', noun: 'resource', name: folders })
}

type Page = readonly Readonly<{ id: number; resource_id: number }>[]

/** One folder page by page, or several folders at once. */
async function* pagesOf(
  scope: Scope,
  folders: readonly number[],
  selection: FileSelection,
  columns: Columns,
): AsyncGenerator<Page> {
  const [only] = folders
  for (let after = 0; ; ) {
    let query = scope.db.selectFrom('files').select(columns as typeof shownColumns)
    for (const condition of conditionsOf(selection)) query = query.where(condition)
    if (folders.length > 1 || only === undefined) {
      return yield await query.where('resource_id', 'in', folders).orderBy('resource_id').orderBy('id').execute()
    }
    const page = await query
      .where('resource_id', '=', only)
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE_ROWS)
      .execute()
    yield page
    const last = page.at(-1)
    if (!last || page.length < PAGE_ROWS) return
    after = last.id
    await pause()
  }
}

function conditionsOf({ formats, contents, under }: FileSelection): RawBuilder<boolean>[] {
  return [
    ...(formats.length > 0 ? [oneOf('format', formats)] : []),
    ...(contents.length > 0 ? [oneOf('content', contents)] : []),
    ...(under ? [startsWith(under.prefix)] : []),
    ...(under && !under.deep ? [sql<boolean>`substr(path, ${[...under.prefix].length + 1}) not like '%/%'`] : []),
  ]
}

function oneOf(column: 'format' | 'content', values: readonly string[]): RawBuilder<boolean> {
  const texts = values.filter((value) => value !== 'NULL')
  const absent = sql`${sql.ref(column)} is null`
  const equal = texts.length > 0 ? sql`${sql.ref(column)} in (${sql.join(texts)})` : undefined
  if (texts.length === values.length) return sql`${equal}`
  return equal ? sql`(${absent} or ${equal})` : sql`${absent}`
}

/** The subject that an experiment's folders belong to: for addresses and layouts that name it. */
export async function subjectOfHolder(
  archive: Archive,
  { holder }: Parent,
): Promise<Readonly<{ accession: string; label: string }> | undefined> {
  if (holder.noun !== 'experiment') return undefined
  return archive.db.reads
    .selectFrom('experiments as e')
    .leftJoin('experiments as session', 'session.id', 'e.session_id')
    .innerJoin('subjects as s', (on) => on.on(sql<boolean>`s.id = coalesce(e.subject_id, session.subject_id)`))
    .innerJoin('subject_projects as l', (on) => on.onRef('l.subject_id', '=', 's.id').on('l.owner', '=', 1))
    .select(['s.accession', 'l.label'])
    .where('e.id', '=', holder.id)
    .executeTakeFirst()
}
