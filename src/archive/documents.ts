import { isDeepStrictEqual } from 'node:util'
import type { Kysely, Selectable } from 'kysely'
import { portions } from '../db/portions.ts'
import type { Tables } from '../db/schema.ts'
import type { Scalar } from '../model/dictionary.ts'
import { documentToItem, type Item } from '../model/item.ts'
import type { Change, Scope } from './archive.ts'
import { folderName } from './layout.ts'
import { nextNumbers } from './numbers.ts'

/** A row that holds a document. */
export type DocumentRow = Readonly<{ id: number; doc: string; modified_at: string; event_id: number }>

/** Values that live in columns and join the document when it is shown; undefined ones stay away. */
export type Columns = Readonly<Record<string, Scalar | null | undefined>>

/** The record of a row: its document, the fields that live in columns, its number and what is known of the version. */
export function storedItem(type: string, row: DocumentRow, columns: Columns): Item {
  const item = documentToItem(type, row.doc)
  return {
    ...item,
    id: row.id,
    fields: { ...item.fields, ...present(columns) },
    meta: { createEventId: row.event_id, startDate: isoTime(row.modified_at), isHistory: false },
  }
}

/** The same record with further children; empty lists are left out. */
export function withChildren(item: Item, children: Readonly<Record<string, readonly Item[]>>): Item {
  const filled = Object.entries(children).filter(([, items]) => items.length > 0)
  return { ...item, children: { ...item.children, ...Object.fromEntries(filled) } }
}

const present = (columns: Columns): Record<string, Scalar> =>
  Object.fromEntries(
    Object.entries(columns).filter(
      (entry): entry is [string, Scalar] => entry[1] !== null && entry[1] !== undefined && entry[1] !== '',
    ),
  )

/** ISO 8601 of a time as the tables hold it. */
export const isoTime = (text: string): string => `${text.replace(' ', 'T')}Z`

/** Former versions of a record, newest first. `columns` are those of the record today. */
export async function formerVersions(scope: Scope, noun: string, row: DocumentRow, columns: Columns): Promise<Item[]> {
  const rows = await scope.db
    .selectFrom('versions')
    .selectAll()
    .where('noun', '=', noun)
    .where('noun_id', '=', row.id)
    .orderBy('id', 'desc')
    .execute()
  return rows.map((version) => {
    const item = documentToItem(version.xsi_type, version.doc)
    return {
      ...item,
      id: row.id,
      fields: { ...item.fields, ...present(columns) },
      meta: {
        createEventId: version.created_event,
        startDate: isoTime(version.from_at),
        isHistory: true,
        modifiedEventId: version.modified_event,
        endDate: isoTime(version.until_at),
      },
    }
  })
}

/**
 * The folders that hang on each of the parents, as records.
 * @param parents keys as `resources.parent` holds them (`e7`, `c12`, `r3/out`), each with the ID of the owning project,
 *   for the virtual path that stands for the catalog's place
 */
export async function resourceItems(
  db: Kysely<Tables>,
  parents: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, Item[]>> {
  const found = new Map<string, Item[]>()
  for (const keys of portions([...parents.keys()])) {
    const rows = await db.selectFrom('resources').selectAll().where('parent', 'in', keys).orderBy('id').execute()
    for (const row of rows) {
      const item = resourceItem(row, parents.get(row.parent) ?? '')
      found.set(row.parent, [...(found.get(row.parent) ?? []), item])
    }
  }
  return found
}

type ResourceRow = Selectable<Tables['resources']>

function resourceItem(row: ResourceRow, project: string): Item {
  const tags = (JSON.parse(row.tags) as string[]).map((tag): Item => {
    const [name, value] = tag.includes('=') ? tag.split(/=(.*)/s, 2) : [undefined, tag]
    return { type: 'xnat:abstractResource_tag', fields: present({ name, tag: value }), children: {} }
  })
  const folder = folderName(row)
  return {
    type: 'xnat:resourceCatalog',
    id: row.id,
    fields: present({
      label: row.label,
      file_count: row.file_count,
      file_size: row.file_size,
      // Not a path of this machine: files lie by content, and clients only want some text here (scans 3.3).
      URI: `/data/xnat/archive/${project}/resources/${row.id}/${folder}_catalog.xml`,
      format: row.format,
      content: row.content,
      description: row.description,
    }),
    children: tags.length > 0 ? { 'tags/tag': tags } : {},
    meta: { createEventId: row.event_id, startDate: isoTime(row.created_at), isHistory: false },
  }
}

/** Tables whose rows hold a document. */
export type DocumentTable = 'projects' | 'subjects' | 'experiments' | 'scans' | 'reconstructions'

/**
 * Makes other changes of the row wait until this one has ended, and gives its document as it is now: two changes that
 * read, alter and write one document must not lose each other's values.
 */
export async function lockedDocument(tx: Change, table: DocumentTable, id: number): Promise<DocumentRow | undefined> {
  const query = tx.db.selectFrom(table).select(['id', 'doc', 'modified_at', 'event_id']).where('id', '=', id)
  return tx.archive.db.dialect.forUpdate(query).executeTakeFirst()
}

/** Whether two documents say the same; databases do not keep the order of keys. */
export const sameDocument = (one: string, other: string): boolean =>
  isDeepStrictEqual(JSON.parse(one), JSON.parse(other))

/** Gives a number to every record inside the document whose type shows one and that has none yet. */
export async function numbered(change: Change, item: Item): Promise<Item> {
  const { types } = change.archive
  const keyOf = ({ type, id }: Item): string | undefined => (id === undefined ? types.find(type)?.key : undefined)
  const wanted = new Map<string, number>()
  for (const one of inside(item)) {
    const key = keyOf(one)
    if (key !== undefined) wanted.set(key, (wanted.get(key) ?? 0) + 1)
  }
  const next = new Map<string, number>()
  for (const [key, count] of wanted) next.set(key, await nextNumbers(change, key, count))
  const withNumber = (one: Item): Item => {
    const key = keyOf(one)
    const id = key === undefined ? undefined : next.get(key)
    if (key === undefined || id === undefined) return withNumbers(one)
    next.set(key, id + 1)
    return { ...withNumbers(one), id }
  }
  const withNumbers = (one: Item): Item => ({
    ...one,
    children: Object.fromEntries(Object.entries(one.children).map(([path, items]) => [path, items.map(withNumber)])),
  })
  return withNumbers(item)
}

/** Every record inside the document, the outer ones before those inside them. */
function* inside(item: Item): Generator<Item> {
  for (const items of Object.values(item.children))
    for (const child of items) {
      yield child
      yield* inside(child)
    }
}
