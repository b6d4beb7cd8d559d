import { randomUUID } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ExpressionBuilder, type Kysely, type RawBuilder, sql } from 'kysely'
import type { BlobKey } from '../blobs/blob-store.ts'
import { pause } from '../db/pause.ts'
import { VALUES_PER_STATEMENT } from '../db/portions.ts'
import type { Tables } from '../db/schema.ts'
import { timeText } from '../db/time.ts'
import type { Archive } from './archive.ts'
import { REMOVAL_MS } from './blobs.ts'

/** The tables whose rows name blobs; a blob that none of them names may go. */
const naming = ['files', 'left_files', 'cache_files', 'arrived_files'] as const
/** How long a blob stays condemned, unless told otherwise: longer than any upload takes from bytes to row. */
export const DEFAULT_GRACE_MS = 3_600_000
/** How long a removal is remembered, so that an upload under way meanwhile notices that its bytes went. */
const MEMORY_MS = 24 * 3_600_000
/** Staged copies of uploads that nobody can be waiting for any more. */
const ABANDONED_MS = 24 * 3_600_000
/** Bytes of so many blobs are removed between two looks at the clock. */
const REMOVALS_PER_BATCH = 100

/** Comes between two steps of a sweep, and says whether it goes on. */
export type Pace = () => Promise<boolean>

/** Others have their turn between two steps. */
const unhurried: Pace = async () => {
  await pause()
  return true
}

/** What a sweep did. */
export type Swept = Readonly<{ condemned: number; removed: number; abandoned: number }>

/**
 * Removes the bytes of blobs that no row has named for longer than the grace, in steps that may run beside uploads,
 * a running server and other sweeps: a blob is first condemned, after the grace marked as being removed, then
 * removed. An upload of the same content that comes in between takes the mark away, or waits and stores it again.
 * Where it was ended the next sweep goes on.
 */
export async function sweep(
  archive: Archive,
  graceMs: number = DEFAULT_GRACE_MS,
  pace: Pace = unhurried,
): Promise<Swept> {
  const { condemned, removed } = await sweepKnown(archive, graceMs, pace)
  const orphans = await removeOrphans(archive, graceMs, pace)
  const abandoned = (await pace()) ? await dropAbandoned(archive, 'everywhere') : 0
  return { condemned, removed: removed + orphans, abandoned }
}

/** The part that looks at blobs which the catalog knows, not at the storage. */
export async function sweepKnown(
  archive: Archive,
  graceMs: number,
  pace: Pace = unhurried,
): Promise<Omit<Swept, 'abandoned'>> {
  const condemned = await condemnUnnamed(archive, pace)
  const removed = await removeCondemned(archive, graceMs, pace)
  await forgetRemovals(archive)
  return { condemned, removed }
}

/** Drops what uploads left behind when a process died, staged copies and archives; what is at hand also at every start. */
export async function dropAbandoned(archive: Archive, where: 'at-hand' | 'everywhere'): Promise<number> {
  const before = new Date(archive.now().getTime() - ABANDONED_MS)
  let dropped = await archive.blobs.dropAbandoned(before, where)
  for (const name of await readdir(archive.scratch)) {
    const path = join(archive.scratch, name)
    // Gone meanwhile: somebody has finished with it.
    const found = await stat(path).catch(() => undefined)
    if (!found || found.mtime >= before) continue
    await rm(path, { recursive: true, force: true })
    dropped++
  }
  return dropped
}

/** Does some row name the blob? One index probe per table. */
const named: RawBuilder<boolean> = sql`(${sql.join(
  naming.map((table) => sql`exists (select 1 from ${sql.table(table)} as n where n.blob = blobs.key)`),
  sql` or `,
)})`
const unnamed: RawBuilder<boolean> = sql`not ${named}`

/** Walks all blobs page by page, so that no statement looks at more than one page. */
async function condemnUnnamed(archive: Archive, pace: Pace): Promise<number> {
  let condemned = 0
  for (let after = ''; ; ) {
    const page = await archive.db.reads
      .selectFrom('blobs')
      .select((eb) => ['key', eb.case().when(unnamed).then(1).else(0).end().as('unnamed')])
      .where('key', '>', after)
      .where('state', '=', 'kept')
      .orderBy('key')
      .limit(VALUES_PER_STATEMENT)
      .execute()
    const last = page.at(-1)
    if (!last) return condemned
    const keys = page.filter((row) => row.unnamed === 1).map(({ key }) => key)
    if (keys.length > 0) condemned += await condemn(archive, keys)
    after = last.key
    if (!(await pace())) return condemned
  }
}

function condemn(archive: Archive, keys: readonly BlobKey[]): Promise<number> {
  return archive.db.change(async (db) => {
    const rows = await db
      .updateTable('blobs')
      .set({ state: 'condemned', since: timeText(archive.now()) })
      .where('key', 'in', keys)
      .where('state', '=', 'kept')
      .where(unnamed)
      .returning('key')
      .execute()
    return rows.length
  })
}

/** Marks and removes condemned blobs batch by batch; removals that another sweep broke off long ago are taken over. */
async function removeCondemned(archive: Archive, graceMs: number, pace: Pace): Promise<number> {
  let removed = 0
  while (await pace()) {
    const claim = claimAt(archive)
    const keys = await claimBatch(archive, graceMs, claim)
    if (!keys) return removed
    removed += await removeClaimed(archive, keys, claim)
  }
  return removed
}

/** When, with a word that tells this removal from any other of the same moment. */
const claimAt = (archive: Archive): string => `${timeText(archive.now())} ${randomUUID().slice(0, 8)}`

/** The next blobs that are due, marked as being removed; undefined when none is due any more. */
function claimBatch(archive: Archive, graceMs: number, claim: string): Promise<BlobKey[] | undefined> {
  const now = archive.now().getTime()
  const [before, brokenOff] = [timeText(new Date(now - graceMs)), timeText(new Date(now - REMOVAL_MS))]
  return archive.db.change(async (db) => {
    const due = await db
      .selectFrom('blobs')
      .select('key')
      .where((eb) => dueFor(eb, before, brokenOff))
      .orderBy('key')
      .limit(REMOVALS_PER_BATCH)
      .execute()
    if (due.length === 0) return undefined
    const keys = due.map(({ key }) => key)
    // Named since: on PostgreSQL the row that names it may not have been visible yet to the statement that condemned it.
    await db.updateTable('blobs').set({ state: 'kept' }).where('key', 'in', keys).where(named).execute()
    return claimKeys(db, { keys, before, brokenOff, claim })
  })
}

type Claim = Readonly<{ keys: readonly BlobKey[]; before: string; brokenOff: string; claim: string }>

async function claimKeys(db: Kysely<Tables>, { keys, before, brokenOff, claim }: Claim): Promise<BlobKey[]> {
  const rows = await db
    .updateTable('blobs')
    .set({ state: 'removing', since: claim })
    .where('key', 'in', keys)
    .where((eb) => dueFor(eb, before, brokenOff))
    .where(unnamed)
    .returning('key')
    .execute()
  return rows.map(({ key }) => key)
}

const dueFor = (eb: ExpressionBuilder<Tables, 'blobs'>, before: string, brokenOff: string) =>
  eb.or([
    eb.and([eb('state', '=', 'condemned'), eb('since', '<=', before)]),
    eb.and([eb('state', '=', 'removing'), eb('since', '<', brokenOff)]),
  ])

/** Removes bytes that this sweep has marked, and notes that they are gone. */
async function removeClaimed(archive: Archive, keys: readonly BlobKey[], claim: string): Promise<number> {
  const until = archive.now().getTime() + REMOVAL_MS / 2
  const gone: BlobKey[] = []
  for (const key of keys) {
    // So late another sweep might soon take the removal over, and an upload believe it broken off.
    if (archive.now().getTime() > until) break
    await archive.blobs.remove(key)
    gone.push(key)
  }
  if (gone.length === 0) return 0
  await archive.db.change((db) =>
    db
      .updateTable('blobs')
      .set({ state: 'removed' })
      .where('key', 'in', gone)
      .where('state', '=', 'removing')
      .where('since', '=', claim)
      .execute(),
  )
  return gone.length
}

/** Bytes without a row: of uploads that failed between the two. */
async function removeOrphans(archive: Archive, graceMs: number, pace: Pace): Promise<number> {
  const before = archive.now().getTime() - graceMs
  let removed = 0
  let batch: BlobKey[] = []
  for await (const { key, keptAt } of archive.blobs.list()) {
    if (keptAt.getTime() > before) continue
    batch.push(key)
    if (batch.length < VALUES_PER_STATEMENT) continue
    removed += await removeUnknown(archive, batch)
    batch = []
    if (!(await pace())) return removed
  }
  return removed + (await removeUnknown(archive, batch))
}

async function removeUnknown(archive: Archive, keys: readonly BlobKey[]): Promise<number> {
  if (keys.length === 0) return 0
  const known = await archive.db.reads
    .selectFrom('blobs')
    .select('key')
    .where('key', 'in', keys)
    .where('state', '<>', 'removed')
    .execute()
  const names = new Set(known.map(({ key }) => key))
  let removed = 0
  for (const key of keys.filter((each) => !names.has(each))) removed += await removeOrphan(archive, key)
  return removed
}

async function removeOrphan(archive: Archive, key: BlobKey): Promise<number> {
  const claim = claimAt(archive)
  const claimed = await archive.db.change((db) =>
    db
      .insertInto('blobs')
      .values({ key, size: 0, state: 'removing', since: claim })
      .onConflict((on) =>
        on.column('key').doUpdateSet({ state: 'removing', since: claim }).where('blobs.state', '=', 'removed'),
      )
      .returning('key')
      .executeTakeFirst(),
  )
  return claimed ? removeClaimed(archive, [key], claim) : 0
}

async function forgetRemovals(archive: Archive): Promise<void> {
  const before = timeText(new Date(archive.now().getTime() - MEMORY_MS))
  await archive.db.change((db) =>
    db.deleteFrom('blobs').where('state', '=', 'removed').where('since', '<', before).execute(),
  )
}
