import { sql } from 'kysely'
import type { Change, Scope } from '../archive/archive.ts'
import {
  type ComingFolder,
  countFolders,
  dropFiles,
  type Filed,
  folderKey,
  insertFilesFrom,
  insertFolders,
} from '../archive/whole-sessions.ts'
import { pause } from '../db/pause.ts'
import { refuse } from '../errors.ts'
import { type Finding, findings } from './admission-findings.ts'
import { samenessOf } from './receive.ts'

/** A scan that waits under the id `from`, and the row that it is, or is to be, in the archive. */
export type PlacedScan = Readonly<{ from: string; row: number | undefined; joins: boolean }>

/** The files of one resource of one scan that wait. */
type Group = Readonly<{ scan: string; label: string; count: number }>

async function groupsOf(scope: Scope, arrival: number): Promise<readonly Group[]> {
  const rows = await scope.db
    .selectFrom('arrived_files')
    .select((eb) => ['scan', 'label', eb.fn.countAll<number>().as('count')])
    .where('arrival_id', '=', arrival)
    .groupBy(['scan', 'label'])
    .orderBy('scan')
    .orderBy('label')
    .execute()
  return rows.map(({ count, ...row }) => ({ ...row, count: Number(count) }))
}

type FileIdentity = Readonly<{ id: number; name: string; uid: string | null }>

/** What in the folders of scans that are joined is in the way of files that come (import 2.8). */
export async function fileFindings(
  scope: Scope,
  arrival: number,
  scans: readonly PlacedScan[],
): Promise<readonly Finding[]> {
  const joined = new Map(scans.filter(({ joins }) => joins).map((scan) => [scan.from, scan.row!]))
  const found: Finding[] = [...(await doubles(scope, arrival))]
  for (const { scan, label } of await groupsOf(scope, arrival)) {
    const row = joined.get(scan)
    if (row === undefined) continue
    const { same, others } = await meeting(scope, { arrival, scan, label, parent: `c${row}` })
    if (same.length > 0) found.push(findings.sameFiles(scan, label, same.length))
    for (const name of others) found.push(findings.otherFile(scan, name))
    await pause()
  }
  return found
}

/** Objects that are twice in one resource of an entry; in different ones they may be. */
async function doubles(scope: Scope, arrival: number): Promise<readonly Finding[]> {
  const { rows } = await sql<{ scan: string; label: string }>`select distinct scan, label from (
    select scan, label from arrived_files where arrival_id = ${arrival} and sop_uid <> ''
    group by scan, label, sop_uid having count(*) > 1) as twice`.execute(scope.db)
  return rows.map(({ scan, label }) => findings.sameObjects(scan, label))
}

/** Objects of images that a scan gets and does not have yet, and all that come (import 3.7). */
export async function newImages(
  scope: Scope,
  { arrival, scan, row }: Readonly<{ arrival: number; scan: string; row: number }>,
): Promise<Readonly<{ fresh: number; all: number }>> {
  const group = (await groupsOf(scope, arrival)).find((one) => one.scan === scan && one.label === 'DICOM')
  if (!group) return { fresh: 0, all: 0 }
  const { same } = await meeting(scope, { arrival, scan, label: 'DICOM', parent: `c${row}` })
  return { fresh: group.count - same.length, all: group.count }
}

type Meeting = Readonly<{ arrival: number; scan: string; label: string; parent: string }>

/** The files of a folder that are to be replaced, and the names that other objects have. */
async function meeting(
  scope: Scope,
  { arrival, scan, label, parent }: Meeting,
): Promise<Readonly<{ same: readonly number[]; others: readonly string[] }>> {
  const there = await scope.db
    .selectFrom('files as f')
    .innerJoin('resources as r', 'r.id', 'f.resource_id')
    .select(['f.id', 'f.path as name', 'f.sop_uid as uid'])
    .where('r.parent', '=', parent)
    .where('r.label', '=', label)
    .execute()
  if (there.length === 0) return { same: [], others: [] }
  const coming = await scope.db
    .selectFrom('arrived_files')
    .select(['id', 'name', 'sop_uid as uid'])
    .where('arrival_id', '=', arrival)
    .where('scan', '=', scan)
    .where('label', '=', label)
    .execute()
  return compared(there, coming, (await samenessOf(scope.archive)) === 'uid')
}

function compared(there: readonly FileIdentity[], coming: readonly FileIdentity[], byUid: boolean) {
  const byName = new Map(there.map((file) => [file.name, file]))
  const uids = new Map(there.flatMap((file) => (file.uid ? [[file.uid, file] as const] : [])))
  const same = new Set<number>()
  const others: string[] = []
  for (const { name, uid } of coming) {
    const former = byUid && uid ? uids.get(uid) : byName.get(name)
    if (former) same.add(former.id)
    const holder = byName.get(name)
    if (holder && holder.id !== former?.id && holder.uid !== uid) others.push(name)
  }
  // A name that becomes free because its object is replaced, too, is in nobody's way.
  return { same: [...same], others: others.filter((name) => !same.has(byName.get(name)!.id)) }
}

/** Files that wait, and where they go. */
export type FilesAdmission = Readonly<{ arrival: number; filed: Filed; scans: readonly PlacedScan[] }>

/**
 * Makes what waits files of the archive, in folders that are made where they are missing.
 * @throws ArchiveError 'failed' for objects of a scan that the session does not have: nowhere would be the place for them
 */
export async function admitFiles(tx: Change, { arrival, filed, scans }: FilesAdmission): Promise<void> {
  const rows = new Map(scans.map(({ from, row }) => [from, row]))
  const found = await groupsOf(tx, arrival)
  const lost = found.find(({ scan }) => scan !== '' && rows.get(scan) === undefined)
  if (lost) {
    const because = `The session has no scan for the objects of ${lost.scan}: build it again.`
    refuse({ kind: 'failed', what: 'arrival', because })
  }
  const groups = found.map((group) => ({
    ...group,
    parent: folderKey(filed.session, group.scan === '' ? undefined : rows.get(group.scan)),
    row: group.scan === '' ? undefined : rows.get(group.scan),
  }))
  const folders = new Map(await existingFolders(tx, filed))
  for (const { parent, label } of groups) {
    if (!folders.has(`${parent}/${label}`)) continue
    const scan = groups.find((group) => group.parent === parent && group.label === label)!.scan
    await dropFiles(tx, (await meeting(tx, { arrival, scan, label, parent })).same)
  }
  const missing = groups.filter(({ parent, label }) => !folders.has(`${parent}/${label}`))
  for (const [key, id] of await insertFolders(tx, filed, missing.map(comingFolder))) folders.set(key, id)
  const filled: number[] = []
  for (const { parent, scan, label, count } of groups) {
    const folder = folders.get(`${parent}/${label}`)!
    filled.push(folder)
    const { format, content } = descriptorsOf(scan, label)
    const query = (limit: number, offset: number) => arrivedIn({ arrival, scan, label }, limit, offset)
    await insertFilesFrom(tx, { folder, event: filed.event, format, content, query, count })
  }
  await countFolders(tx, filled)
}

const arrivedIn = ({ arrival, scan, label }: Omit<Meeting, 'parent'>, limit: number, offset: number) =>
  sql`select name as path, size, blob, md5, crc32, nullif(sop_class, '') as sop_class, nullif(sop_uid, '') as sop_uid,
      instance_number from arrived_files
    where arrival_id = ${arrival} and scan = ${scan} and label = ${label}
    order by coalesce(instance_number, 0), id limit ${limit} offset ${offset}`

async function existingFolders(tx: Change, { session }: Filed): Promise<ReadonlyMap<string, number>> {
  const own = tx.db
    .selectFrom('resources')
    .select(['id', 'parent', 'label'])
    .where('experiment_id', '=', session.row.id)
  const below = tx.db
    .selectFrom('resources as r')
    .innerJoin('scans as s', 's.id', 'r.scan_id')
    .select(['r.id', 'r.parent', 'r.label'])
    .where('s.session_id', '=', session.row.id)
  const rows = [...(await own.execute()), ...(await below.execute())]
  return new Map(rows.map(({ id, parent, label }) => [`${parent}/${label}`, id]))
}

type Placed = Readonly<{ scan: string; label: string; row: number | undefined }>

const comingFolder = ({ scan, label, row }: Placed): ComingFolder => ({
  scan: row,
  label,
  ...descriptorsOf(scan, label),
})

/** What folders of scans hold, by their labels (import 3.7); those of the session itself say nothing. */
function descriptorsOf(scan: string, label: string): Readonly<{ format: string | null; content: string | null }> {
  if (scan === '') return { format: null, content: null }
  return { format: 'DICOM', content: label === 'DICOM' ? 'RAW' : 'secondary' }
}
