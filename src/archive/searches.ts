import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Tables } from '../db/schema.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import { hasControls } from '../model/characters.ts'
import { everything, type Search } from '../model/search.ts'
import { defaultColumns } from '../model/search-fields.ts'
import { findField } from '../model/search-lookup.ts'
import type { Table } from '../model/table.ts'
import { type Archive, type Change, change, type Reason, type Scope, scopeOf } from './archive.ts'
import { locateProject } from './locate.ts'
import { searchSource } from './search-nodes.ts'

type SearchRow = Selectable<Tables['stored_searches']>

const MAX_NAME = 255
const notThere = (name: string): never =>
  refuse({ kind: 'not-found', noun: 'search', name, because: 'Unable to find the specified search.' })

/** Which stored searches a list shows: those of one tag, of any tag, or (the default) those without. */
export type TagFilter = Readonly<{ tag?: string; tagged?: true; all?: true }>

/** The stored searches that the viewer may run, by name (hierarchy 7.5). */
export async function listSearches(archive: Archive, viewer: Viewer, filter: TagFilter): Promise<Table> {
  const scope = scopeOf(archive, viewer)
  const shown = filter.all && viewer.admin ? sql<boolean>`1 = 1` : mayRead(viewer)
  const { rows } = await sql<SearchRow>`select q.* from stored_searches q where ${shown} and ${tagSql(filter)}
    order by q.name`.execute(scope.db)
  const keys = [
    'id',
    'root_element_name',
    'brief_description',
    'description',
    'secure',
    'allow_diff_columns',
    'tag',
    'users',
  ]
  return {
    columns: keys.map((key) => ({ key, kind: 'string' })),
    rows: rows.map((row) => {
      const search = searchOf(row)
      const flags = [search.secure, search.allowsOtherColumns].map((flag) => (flag ? '1' : '0'))
      return [
        row.name,
        row.xsi_type,
        search.briefDescription,
        search.description,
        ...flags,
        row.tag,
        search.users.join(','),
      ]
    }),
    metadata: { title: 'Stored Searches', totalRecords: String(rows.length) },
  }
}

function tagSql({ tag, tagged, all }: TagFilter): RawBuilder<boolean> {
  if (tag !== undefined) return sql<boolean>`q.tag = ${tag}`
  if (all) return sql<boolean>`1 = 1`
  return tagged ? sql<boolean>`q.tag <> ''` : sql<boolean>`q.tag = ''`
}

/** Open ones, one's own, and those that name the viewer or a group of the viewer's. */
function mayRead(viewer: Viewer): RawBuilder<boolean> {
  if (viewer.guest) return sql<boolean>`q.open = 1`
  return sql<boolean>`(q.open = 1 or q.owner = ${viewer.login} or exists (select 1 from search_readers r
    where r.search_id = q.id and (r.reader = ${`u:${viewer.login}`} or r.reader in (select 'g:' || g.name
      from group_members m join groups g on g.id = m.group_id where m.user_id = ${viewer.id}))))`
}

const searchOf = (row: SearchRow): Search => ({ ...(JSON.parse(row.document) as Search), id: row.name })

/** Whether an id is that of a default listing: `@` and a data type. */
export const isListing = (name: string): boolean => name.startsWith('@')

/**
 * A stored search, or under `@` and a data type the default listing of that type.
 * @throws ArchiveError 'not-found', 'forbidden' for a type that cannot be searched
 */
export async function findSearch(archive: Archive, viewer: Viewer, name: string): Promise<Search> {
  const scope = scopeOf(archive, viewer)
  if (isListing(name)) return defaultListing(scope, name)
  const { rows } = await sql<SearchRow>`select q.* from stored_searches q
    where q.name = ${name} and ${viewer.admin ? sql`1 = 1` : mayRead(viewer)}`.execute(scope.db)
  return rows[0] ? searchOf(rows[0]) : notThere(name)
}

/** Every record of a type, in the columns that its listing has. @param name `@` and the type */
export function defaultListing(scope: Scope, name: string): Search {
  const { root } = searchSource(scope, name.slice(1))
  const { types } = scope.archive
  return {
    id: name,
    briefDescription: root.type.plural,
    description: `Listing of ${root.type.plural}`,
    tag: '',
    secure: false,
    allowsOtherColumns: false,
    root: root.type.name,
    columns: defaultColumns(root.type).map(({ element, id }) => {
      const found = findField(types, types.find(element)!, id)
      return { element, field: id, header: found?.field.header ?? id, type: found?.field.kind ?? 'string' }
    }),
    where: everything,
    users: [],
    groups: [],
  }
}

/** The same of the records that a project owns or has a share in. @throws ArchiveError 'not-found' (project), 'forbidden' */
export async function projectListing(archive: Archive, viewer: Viewer, project: string, name: string): Promise<Search> {
  const scope = scopeOf(archive, viewer)
  const { row } = await locateProject(scope, { project }, 'read')
  const listing = defaultListing(scope, name)
  const fields = listing.root === 'xnat:projectData' ? ['ID'] : ['project', 'sharing/share/project']
  const criteria = fields.map(
    (field) => ({ field: `${listing.root}/${field}`, comparison: '=', value: row.name }) as const,
  )
  return { ...listing, tag: row.name, where: { method: 'OR', criteria, sets: [] } }
}

/**
 * Stores a search under a name, in place of one that the viewer may change. Without readers it is for everybody, unless
 * it says that it is secure.
 * @throws ArchiveError 'forbidden' for guests, for somebody else's search and for types that cannot be searched;
 * 'invalid' for a name that cannot be
 */
export async function putSearch(archive: Archive, viewer: Viewer, why: Reason, search: Search): Promise<void> {
  checkName(search.id)
  const { root } = searchSource(scopeOf(archive, viewer), search.root)
  await change(archive, viewer, why, async (tx) => {
    if (viewer.guest) forbidden(search.id)
    const known = await rowNamed(tx, search.id)
    if (known && !(await mayChange(tx, known))) forbidden(search.id)
    const readers = [...search.users.map((login) => `u:${login}`), ...search.groups.map((group) => `g:${group}`)]
    const values = {
      open: readers.length === 0 && !search.secure ? 1 : 0,
      xsi_type: root.type.name,
      tag: search.tag,
      document: JSON.stringify(search),
      modified_at: tx.at,
    }
    const { id } = await tx.db
      .insertInto('stored_searches')
      .values({ ...values, name: search.id, owner: viewer.login, created_at: tx.at })
      .onConflict((on) => on.column('name').doUpdateSet(values))
      .returning('id')
      .executeTakeFirstOrThrow()
    await tx.db.deleteFrom('search_readers').where('search_id', '=', id).execute()
    if (readers.length > 0)
      await tx.db
        .insertInto('search_readers')
        .values([...new Set(readers)].map((reader) => ({ search_id: id, reader })))
        .execute()
  })
}

function checkName(name: string): void {
  if (isListing(name))
    refuse({ kind: 'forbidden', noun: 'search', name, because: 'Ids that begin with @ are those of default listings.' })
  if (name !== '' && name.length <= MAX_NAME && !name.includes('/') && !hasControls(name)) return
  const because = `The id of a search has 1 to ${MAX_NAME} characters, none of them a slash or a control character.`
  refuse({ kind: 'invalid', field: 'ID', because })
}

const forbidden = (name: string): never =>
  refuse({ kind: 'forbidden', noun: 'search', name, because: `You may not change the search ${name}.` })

const rowNamed = (tx: Change, name: string): Promise<SearchRow | undefined> =>
  tx.db.selectFrom('stored_searches').selectAll().where('name', '=', name).executeTakeFirst()

/** Its owner may, users that it names may, and site administrators. */
async function mayChange({ db, viewer }: Change, row: SearchRow): Promise<boolean> {
  if (viewer.admin || row.owner === viewer.login) return true
  const reader = await db
    .selectFrom('search_readers')
    .select('reader')
    .where('search_id', '=', row.id)
    .where('reader', '=', `u:${viewer.login}`)
    .executeTakeFirst()
  return reader !== undefined
}

/** Removes a stored search. @throws ArchiveError 'not-found', 'forbidden' */
export async function deleteSearch(archive: Archive, viewer: Viewer, why: Reason, name: string): Promise<void> {
  await change(archive, viewer, why, async (tx) => {
    const { rows } = await sql<SearchRow>`select q.* from stored_searches q
      where q.name = ${name} and ${viewer.admin ? sql`1 = 1` : mayRead(viewer)}`.execute(tx.db)
    const row = rows[0] ?? notThere(name)
    if (viewer.guest || !(await mayChange(tx, row))) forbidden(name)
    await tx.db.deleteFrom('stored_searches').where('id', '=', row.id).execute()
  })
}
