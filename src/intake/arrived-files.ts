import type { Insertable, Selectable } from 'kysely'
import { sql } from 'kysely'
import type { Change } from '../archive/archive.ts'
import type { Digest } from '../blobs/blob-store.ts'
import { pause } from '../db/pause.ts'
import { portions, VALUES_PER_STATEMENT } from '../db/portions.ts'
import { first, prepared } from '../db/prepared.ts'
import type { Tables } from '../db/schema.ts'

export type ArrivedFileRow = Selectable<Tables['arrived_files']>

/** What tells that an object which comes again is the same one: its UID, or the name of its file (import 2.8). */
export type Sameness = 'uid' | 'name'

/** An object that was taken in: where it goes, what it is called, and what its header says. */
export type ArrivedObject = Readonly<{
  scan: string
  label: string
  name: string
  /** The name where another object has that one already. */
  spare: string
  seriesUid: string
  sopClass: string
  sopUid: string
  instanceNumber: number | null
  header: string
}>

type Spot = Readonly<{ arrival: number; scan: string; label: string }>

type Held = Pick<ArrivedFileRow, 'id' | 'scan' | 'label' | 'name'>

/** The same object, wherever in the entry: told where it is to be, SQLite would look through all objects of that scan. */
const sameObject = prepared<Readonly<{ arrival: number; uid: string }>, Held>((db, at) =>
  db
    .selectFrom('arrived_files')
    .select(['id', 'scan', 'label', 'name'])
    .where('arrival_id', '=', at('arrival'))
    .where('sop_uid', '=', at('uid')),
)

/**
 * Adds one object to an entry. The same one, sent again, takes its own place; another one never does: it gets another
 * name (import 3.7, 10.9).
 */
export async function addArrived(
  tx: Change,
  arrival: number,
  object: ArrivedObject,
  { digest, sameness }: Readonly<{ digest: Digest; sameness: Sameness }>,
): Promise<void> {
  const { scan, label } = object
  const former = (await sameObject(tx.db, { arrival, uid: object.sopUid })).filter(
    (row) => row.scan === scan && row.label === label && (sameness === 'uid' || row.name === object.name),
  )
  if (former.length > 0)
    await removeRows(
      tx,
      former.map(({ id }) => id),
    )
  const spot = { arrival, scan, label }
  const taken = await first(named, tx.db, { ...spot, name: object.name })
  const name = taken ? await freeName(tx, spot, object) : object.name
  await insertOne(tx.db, {
    ...columnsOf(object, digest),
    name,
    arrival_id: arrival,
    import_id: null,
    target: 0,
    spare: null,
  })
}

const columnsOf = (object: ArrivedObject, { key, size, md5, crc32 }: Digest) => ({
  scan: object.scan,
  label: object.label,
  name: object.name,
  blob: key,
  size,
  md5,
  crc32,
  series_uid: object.seriesUid,
  sop_class: object.sopClass,
  sop_uid: object.sopUid,
  instance_number: object.instanceNumber,
  header: object.header,
})

const fileColumns = [
  'arrival_id',
  'import_id',
  'target',
  'scan',
  'label',
  'name',
  'size',
  'blob',
  'md5',
  'crc32',
  'series_uid',
  'sop_class',
  'sop_uid',
  'instance_number',
  'spare',
  'header',
] as const

type NewRow = Insertable<Tables['arrived_files']>

const insertOne = prepared<NewRow, unknown>((db, at) =>
  db.insertInto('arrived_files').values(Object.fromEntries(fileColumns.map((name) => [name, at(name)])) as NewRow),
)

async function removeRows(tx: Change, ids: readonly number[]): Promise<void> {
  for (const portion of portions(ids)) await tx.db.deleteFrom('arrived_files').where('id', 'in', portion).execute()
}

const named = prepared<Spot & Readonly<{ name: string }>, { id: number }>((db, at) =>
  db
    .selectFrom('arrived_files')
    .select('id')
    .where('arrival_id', '=', at('arrival'))
    .where('scan', '=', at('scan'))
    .where('label', '=', at('label'))
    .where('name', '=', at('name')),
)

/** The spare name, or that with a number where a template does not tell objects apart. */
async function freeName(tx: Change, spot: Spot, { spare }: Pick<ArrivedObject, 'spare'>): Promise<string> {
  for (let number = 0; ; number++) {
    const name = number === 0 ? spare : numberedName(spare, number)
    if (!(await first(named, tx.db, { ...spot, name }))) return name
  }
}

/** `a.dcm` with the number 2 is `a-2.dcm`. */
export function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf('.')
  return dot > 0 ? `${name.slice(0, dot)}-${number}${name.slice(dot)}` : `${name}-${number}`
}

/** An object of a request that has not ended: it shows nowhere until `attach`. */
export type PendingObject = Readonly<{ target: number; object: ArrivedObject; digest: Digest }>

/** Keeps objects of a request; their blobs have been named. */
export async function addPending(tx: Change, request: number, objects: readonly PendingObject[]): Promise<void> {
  for (const { target, object, digest } of objects) {
    const row = { ...columnsOf(object, digest), arrival_id: null, import_id: request, target, spare: object.spare }
    await insertOne(tx.db, row)
  }
}

/** One session of a request: the objects that the request marked with `target`. */
export type Portion = Readonly<{ request: number; target: number }>

/**
 * Makes the objects of a request part of an entry, with the rules of `addArrived`: of the same object sent twice the
 * last one stays.
 */
export async function attach(tx: Change, arrival: number, from: Portion, sameness: Sameness): Promise<void> {
  await dropSentTwice(tx, from, sameness)
  await dropSentBefore(tx, arrival, from, sameness)
  const clashing = await clashes(tx, arrival, from)
  await moveOthers(tx, arrival, from, new Set(clashing.map(({ id }) => id)))
  for (const row of clashing) {
    const spot = { arrival, scan: row.scan, label: row.label }
    const name = await freeName(tx, spot, { spare: row.spare ?? row.name })
    await moveRows(tx, arrival, [row.id], name)
  }
}

/** Moves those whose names nothing else has: the others must see what they have taken. */
async function moveOthers(tx: Change, arrival: number, from: Portion, clashing: ReadonlySet<number>): Promise<void> {
  for (let last = 0; ; ) {
    const rows = await pendingOf(tx, from)
      .select('id')
      .where('id', '>', last)
      .orderBy('id')
      .limit(VALUES_PER_STATEMENT)
      .execute()
    if (rows.length === 0) return
    const ids = rows.map(({ id }) => id)
    last = ids.at(-1)!
    const free = ids.filter((id) => !clashing.has(id))
    if (free.length > 0) await moveRows(tx, arrival, free)
    await pause()
  }
}

const pendingOf = (tx: Change, { request, target }: Portion) =>
  tx.db.selectFrom('arrived_files').where('import_id', '=', request).where('target', '=', target)

async function moveRows(tx: Change, arrival: number, ids: readonly number[], name?: string): Promise<void> {
  await tx.db
    .updateTable('arrived_files')
    .set({ arrival_id: arrival, import_id: null, target: 0, spare: null, ...(name === undefined ? {} : { name }) })
    .where('id', 'in', ids)
    .execute()
}

async function dropSentTwice(tx: Change, { request, target }: Portion, sameness: Sameness): Promise<void> {
  const also = sameness === 'name' ? sql`, name` : sql``
  await sql`delete from arrived_files where import_id = ${request} and target = ${target} and id not in (
    select max(id) from arrived_files where import_id = ${request} and target = ${target}
    group by scan, label, sop_uid${also})`.execute(tx.db)
}

async function dropSentBefore(
  tx: Change,
  arrival: number,
  { request, target }: Portion,
  sameness: Sameness,
): Promise<void> {
  const also = sameness === 'name' ? sql` and e.name = p.name` : sql``
  // Told plainly where an object is to be, SQLite would look through all objects of that scan for each.
  await sql`delete from arrived_files where id in (
    select e.id from arrived_files p join arrived_files e on e.arrival_id = ${arrival} and e.sop_uid = p.sop_uid
      and e.scan || '' = p.scan and e.label || '' = p.label${also}
    where p.import_id = ${request} and p.target = ${target})`.execute(tx.db)
}

type Clash = Readonly<{ id: number; scan: string; label: string; name: string; spare: string | null }>

/** Pending objects whose name another object of the entry, or an earlier one of the request, has. */
async function clashes(tx: Change, arrival: number, { request, target }: Portion): Promise<readonly Clash[]> {
  const { rows } = await sql<Clash>`select p.id, p.scan, p.label, p.name, p.spare from arrived_files p
    where p.import_id = ${request} and p.target = ${target} and (
      exists (select 1 from arrived_files e where e.arrival_id = ${arrival} and e.scan = p.scan and e.label = p.label
        and e.name = p.name)
      or p.id not in (select min(id) from arrived_files where import_id = ${request} and target = ${target}
        group by scan, label, name))
    order by p.id`.execute(tx.db)
  return rows
}

/** Drops what a request brought that did not end well, portion by portion. */
export async function dropPending(tx: Change, request: number): Promise<void> {
  for (;;) {
    const rows = await tx.db
      .selectFrom('arrived_files')
      .select('id')
      .where('import_id', '=', request)
      .limit(VALUES_PER_STATEMENT)
      .execute()
    if (rows.length === 0) return
    await removeRows(
      tx,
      rows.map(({ id }) => id),
    )
    await pause()
  }
}
