import type { BlobKey, Digest, Staged } from '../blobs/blob-store.ts'
import type { Database } from '../db/open.ts'
import { pause } from '../db/pause.ts'
import { pacedPortions } from '../db/portions.ts'
import { prepared } from '../db/prepared.ts'
import type { Tables } from '../db/schema.ts'
import { timeText } from '../db/time.ts'
import type { Change } from './archive.ts'

/** How long an upload waits for a sweep that is just removing the same content, and how often. */
const WAIT_MS = 50
const MAX_TRIES = 200
/** A removal that was begun longer ago was broken off; its blob is then taken for removed. */
export const REMOVAL_MS = 10 * 60_000
/** Copies of one request made readable at the same time. */
const KEEPS_AT_ONCE = 8
/** A small copy is removed while everybody waits, which on a busy disk takes a millisecond. */
const RELEASES_BETWEEN_PAUSES = 8

/**
 * Removals seen before the staged copies were kept the last time: key to the time of removal. A blob whose row says
 * exactly this has its bytes back; one removed at another time may have lost them again.
 */
export type Removals = ReadonlyMap<BlobKey, string>

/** Thrown inside a change that names blobs which a sweep took: it must be tried again once they are kept again. */
export class BlobsTaken extends Error {
  readonly removals: Removals
  constructor(removals: Removals) {
    super('A sweep took blobs that were about to be named')
    this.removals = removals
  }
}

/**
 * Keeps staged bytes and runs a change that names them with `nameBlobs`; both again when a sweep took them in
 * between. The staged copies are released at the end, whatever happened.
 * @param act runs one change; it hands the removals on to `nameBlobs`
 */
export async function keepAndName<T>(
  db: Pick<Database, 'soon'>,
  staged: readonly Staged[],
  act: (removals: Removals) => Promise<T>,
): Promise<T> {
  try {
    let removals: Removals = new Map()
    for (let attempt = 1; ; attempt++) {
      await db.soon(() => keepAll(staged))
      try {
        return await act(removals)
      } catch (error) {
        if (!(error instanceof BlobsTaken) || attempt === MAX_TRIES) throw error
        removals = new Map([...removals, ...error.removals])
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
      }
    }
  } finally {
    await releaseAll(staged)
  }
}

/** Drops staged copies that will not be named. */
export async function releaseAll(staged: readonly Staged[]): Promise<void> {
  for (const [at, copy] of staged.entries()) {
    if (at % RELEASES_BETWEEN_PAUSES === RELEASES_BETWEEN_PAUSES - 1) await pause()
    await copy.release()
  }
}

async function keepAll(staged: readonly Staged[]): Promise<void> {
  // Equal bytes under many names (empty masks, say) are kept once.
  const waiting = [...new Map(staged.map((copy) => [copy.digest.key, copy])).values()]
  const keep = async (): Promise<void> => {
    for (let copy = waiting.pop(); copy; copy = waiting.pop()) await copy.keep()
  }
  await Promise.all(Array.from({ length: Math.min(KEEPS_AT_ONCE, waiting.length) }, keep))
}

/**
 * Makes sure that the blobs stay: from this change on, rows name them. Every change that adds such a row calls it, in
 * the same transaction.
 * @throws BlobsTaken when a sweep is removing one of them, or removed it after its bytes were kept
 */
export async function nameBlobs(change: Change, digests: readonly Digest[], removals: Removals): Promise<void> {
  const sizes = new Map(digests.map(({ key, size }) => [key, size]))
  // In one order, so that two changes with the same blobs wait for each other instead of blocking each other.
  const keys = [...sizes.keys()].sort()
  const taken = new Map<BlobKey, string>()
  for await (const part of pacedPortions(keys)) {
    const kept = await insertKept(
      change,
      part.map((key) => ({ key, size: sizes.get(key) ?? 0, state: 'kept', since: change.at })),
    )
    for (const key of part)
      if (!kept.has(key)) await reviveBlob(change, { key, size: sizes.get(key) ?? 0, removals, taken })
  }
  if (taken.size > 0) throw new BlobsTaken(taken)
}

async function insertKept(change: Change, rows: readonly Tables['blobs'][]): Promise<ReadonlySet<BlobKey>> {
  const [only] = rows
  if (only && rows.length === 1) return new Set((await oneKept(change.db, only)).map(({ key }) => key))
  const kept = await change.db
    .insertInto('blobs')
    .values(rows)
    .onConflict((on) =>
      on.column('key').doUpdateSet({ state: 'kept' }).where('blobs.state', 'in', ['kept', 'condemned']),
    )
    .returning('key')
    .execute()
  return new Set(kept.map(({ key }) => key))
}

/** The same for the one blob of the usual upload. */
const oneKept = prepared<Tables['blobs'], { key: BlobKey }>((db, at) =>
  db
    .insertInto('blobs')
    .values({ key: at('key'), size: at('size'), state: at('state'), since: at('since') })
    .onConflict((on) =>
      on.column('key').doUpdateSet({ state: 'kept' }).where('blobs.state', 'in', ['kept', 'condemned']),
    )
    .returning('key'),
)

type Revival = Readonly<{ key: BlobKey; size: number; removals: Removals; taken: Map<BlobKey, string> }>

/** A row in state `removing` or `removed`: usable only when the bytes were put back since. */
async function reviveBlob(change: Change, { key, size, removals, taken }: Revival): Promise<void> {
  const row = await change.db.selectFrom('blobs').selectAll().where('key', '=', key).executeTakeFirst()
  // Removed and forgotten between two statements: nothing is known of it, so the copy must be kept again.
  if (!row) return void taken.set(key, '')
  const over = row.state === 'removed' || row.since < brokenOffBefore(change)
  if (!over || removals.get(key) !== row.since) return void taken.set(key, row.since)
  const revived = await change.db
    .updateTable('blobs')
    .set({ state: 'kept', since: change.at, size })
    .where('key', '=', key)
    .where('since', '=', row.since)
    .where('state', '=', row.state)
    .returning('key')
    .executeTakeFirst()
  if (!revived) taken.set(key, '')
}

const brokenOffBefore = ({ archive }: Change): string => timeText(new Date(archive.now().getTime() - REMOVAL_MS))
