import { type RawBuilder, sql } from 'kysely'
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
const PAGE_ROWS = 2000

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

export type ListedRow = Readonly<Pick<FileRow, (typeof listedColumns)[number]>>
export type ListedFile = Readonly<{ folder: Folder; row: ListedRow }>

const listedColumns = [
  'id',
  'path',
  'size',
  'md5',
  'crc32',
  'blob',
  'format',
  'content',
  'tags',
  'modified_at',
] as const

/**
 * The selected files, folder after folder in the order in which they came.
 * @throws ArchiveError 'not-found' for an unknown parent, or when no folder of the list exists
 */
export async function listFiles(
  archive: Archive,
  viewer: Viewer,
  selection: FileSelection,
): Promise<readonly ListedFile[]> {
  const scope = scopeOf(archive, viewer)
  const files: ListedFile[] = []
  for (const folder of await selectFolders(scope, selection)) {
    for await (const page of pagesOf(scope, folder, selection)) for (const row of page) files.push({ folder, row })
  }
  return files
}

async function selectFolders(scope: Scope, { parent, folders, all }: FileSelection): Promise<readonly Folder[]> {
  const parents = await parentsAt(scope, parent, all ?? false)
  if (folders === undefined) return foldersOf(scope, parents)
  const found = await findFolders(scope, parents, folders)
  return found.length > 0 ? found : refuse({ kind: 'not-found', noun: 'resource', name: folders })
}

async function* pagesOf(scope: Scope, folder: Folder, selection: FileSelection): AsyncGenerator<readonly ListedRow[]> {
  for (let after = 0; ; ) {
    let query = scope.db
      .selectFrom('files')
      .select(listedColumns)
      .where('resource_id', '=', folder.row.id)
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE_ROWS)
    for (const condition of conditionsOf(selection)) query = query.where(condition)
    const page = await query.execute()
    yield page
    const last = page.at(-1)
    if (!last || page.length < PAGE_ROWS) return
    after = last.id
    await pause()
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

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
