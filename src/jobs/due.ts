import { randomUUID } from 'node:crypto'
import type { Database } from '../db/open.ts'
import { timeText } from '../db/time.ts'
import { beating } from './beat.ts'

/** A process that has not shown for this long that it is at it has gone. */
const LEASE_MS = 5 * 60_000
const BEAT_MS = 60_000

/** Work that comes due once in a while, for all processes on one catalog together. */
export type Due = Readonly<{
  name: string
  /** From its end to its next beginning; undefined: it never comes. */
  everyMs: number | undefined
  /** Whether this is a good moment; when it was put off for as long again, any moment is. */
  quiet: () => Promise<boolean>
  work: (signal: AbortSignal) => Promise<unknown>
}>

/**
 * Does the work if it is due and nobody else is at it. The first time it is heard of it is not due yet. What broke off
 * or was ended by the signal is due again; what failed counts as done.
 * @returns whether it was done
 */
export async function doWhenDue(db: Database, now: () => Date, due: Due, signal: AbortSignal): Promise<boolean> {
  if (!(await isDue(db, now, due))) return false
  const owner = randomUUID()
  if (!(await take(db, now, { ...due, owner }))) return false
  const turn = { name: due.name, owner }
  const endBeat = beating(BEAT_MS, () => keep(db, now, turn))
  try {
    await due.work(signal)
  } finally {
    endBeat()
    await end(db, turn, signal.aborted ? undefined : timeText(now()))
  }
  return !signal.aborted
}

async function isDue(db: Database, now: () => Date, { name, everyMs, quiet }: Due): Promise<boolean> {
  if (everyMs === undefined) return false
  const row = await db.reads.selectFrom('chores').select('ended_at').where('name', '=', name).executeTakeFirst()
  if (!row) await begin(db, name, timeText(now()))
  const before = (ms: number): string => timeText(new Date(now().getTime() - ms))
  if (!row || row.ended_at > before(everyMs)) return false
  return row.ended_at <= before(2 * everyMs) || quiet()
}

const begin = (db: Database, name: string, now: string): Promise<unknown> =>
  db.change((tx) =>
    tx
      .insertInto('chores')
      .values({ name, ended_at: now, lease_owner: null, lease_until: null })
      .onConflict((on) => on.doNothing())
      .execute(),
  )

type Turn = Readonly<{ name: string; owner: string }>

const leaseEnd = (now: () => Date): string => timeText(new Date(now().getTime() + LEASE_MS))

/** Somebody else may have done it since it was looked at. */
function take(db: Database, now: () => Date, { name, owner, everyMs = 0 }: Due & Turn): Promise<boolean> {
  const before = timeText(new Date(now().getTime() - everyMs))
  return db.change(async (tx) => {
    const taken = await tx
      .updateTable('chores')
      .set({ lease_owner: owner, lease_until: leaseEnd(now) })
      .where('name', '=', name)
      .where('ended_at', '<=', before)
      .where((eb) => eb.or([eb('lease_owner', 'is', null), eb('lease_until', '<', timeText(now()))]))
      .returning('name')
      .executeTakeFirst()
    return taken !== undefined
  })
}

const keep = (db: Database, now: () => Date, { name, owner }: Turn): Promise<unknown> =>
  db.change((tx) =>
    tx
      .updateTable('chores')
      .set({ lease_until: leaseEnd(now) })
      .where('name', '=', name)
      .where('lease_owner', '=', owner)
      .execute(),
  )

/** Whoever took it over meanwhile keeps it. */
const end = (db: Database, { name, owner }: Turn, endedAt: string | undefined): Promise<unknown> =>
  db.change((tx) =>
    tx
      .updateTable('chores')
      .set({ lease_owner: null, lease_until: null, ...(endedAt === undefined ? {} : { ended_at: endedAt }) })
      .where('name', '=', name)
      .where('lease_owner', '=', owner)
      .execute(),
  )
