import type { Selectable } from 'kysely'
import { type Archive, type Change, change, type Reason, scopeOf } from '../archive/archive.ts'
import type { Tables } from '../db/schema.ts'
import { timeText } from '../db/time.ts'
import { faultOf, refuse } from '../errors.ts'
import { beating } from '../jobs/beat.ts'
import type { Viewer } from '../model/access.ts'
import { dropPending } from './arrived-files.ts'
import { isGone, newOwner } from './owners.ts'

/** A request that nobody has shown to be alive for this long was broken off. */
const LEASE_MS = 120_000
/** How often a request shows that it is. */
const BEAT_MS = 30_000
/** Finished requests are remembered this long. */
const MEMORY_MS = 7 * 24 * 3_600_000

const why: Reason = { type: 'PROCESS' }

/** One line for whoever follows a request. */
export type ImportMessage = Readonly<{ status: 'PROCESSING' | 'COMPLETED' | 'FAILED'; msg: string; terminal: boolean }>

/** How far a request is; it belongs to the user who made it. */
export type ImportProgress = Readonly<{
  id: number
  listener: string | undefined
  state: 'running' | 'completed' | 'failed'
  messages: readonly ImportMessage[]
  received: number
  filtered: number
  failed: number
  bytes: number
  startedAt: string
  changedAt: string
}>

/** Counters that a request adds to its record. */
export type Tally = Readonly<{ received: number; filtered: number; failed: number; bytes: number }>

/** A request under way. */
export type RunningImport = Readonly<{
  id: number
  /** Adds to the counters, inside the change that keeps what is counted. */
  count: (tx: Change, tally: Tally) => Promise<void>
  /** Ends it inside the change that makes its objects part of the prearchive. @throws ArchiveError 'broken-off' when it was given up */
  received: (tx: Change) => Promise<void>
  /** Tells followers how it ended. */
  tell: (message: ImportMessage) => Promise<void>
  /** Takes back what it brought, unless it was received. */
  giveUp: () => Promise<void>
  /** Stops showing that it is alive. Call it whatever happened. */
  close: () => void
}>

/**
 * Begins a request. What it brings shows nowhere until `received`; when the process dies before that, it is dropped.
 */
export async function beginImport(
  archive: Archive,
  viewer: Viewer,
  listener: string | undefined,
  says = 'Receiving files',
): Promise<RunningImport> {
  const row = await change(archive, viewer, why, (tx) => insertImport(tx, listener, says))
  const { id } = row
  const endBeat = beating(BEAT_MS, () => renew(archive, viewer, id))
  return {
    id,
    count: (tx, tally) => addTally(tx, id, tally),
    received: async (tx) => {
      const alive = await tx.db
        .updateTable('imports')
        .set({ lease_until: leaseEnd(archive), changed_at: tx.at })
        .where('id', '=', id)
        .where('state', '=', 'running')
        .returning('id')
        .executeTakeFirst()
      if (!alive) refuse({ kind: 'broken-off', what: 'import', because: 'The import took too long and was given up.' })
    },
    tell: (message) => change(archive, viewer, why, (tx) => addMessage(tx, id, message)),
    giveUp: () => change(archive, viewer, why, (tx) => dropPending(tx, id)),
    close: () => endBeat(),
  }
}

/** Work that somebody follows by an id of theirs, and what it says as it begins. */
export type Followed = Readonly<{ listener: string; says: string }>

/**
 * Begins work that goes on after its answer, and whose end is told to whoever follows it.
 * @param work resolves to what they are told at the end
 * @returns what does the work; it rejects only with what is no Fault
 */
export async function followed(
  archive: Archive,
  viewer: Viewer,
  { listener, says }: Followed,
  work: () => Promise<string>,
): Promise<() => Promise<void>> {
  const running = await beginImport(archive, viewer, listener, says)
  return async () => {
    try {
      await running.tell({ status: 'COMPLETED', msg: await work(), terminal: true })
    } catch (error) {
      const fault = faultOf(error)
      await running.tell({ status: 'FAILED', msg: fault ? (error as Error).message : 'It failed.', terminal: true })
      if (!fault) throw error
    } finally {
      running.close()
    }
  }
}

const leaseEnd = (archive: Archive): string => timeText(new Date(archive.now().getTime() + LEASE_MS))

function insertImport(tx: Change, listener: string | undefined, says: string): Promise<{ id: number }> {
  const first: ImportMessage = { status: 'PROCESSING', msg: says, terminal: false }
  return tx.db
    .insertInto('imports')
    .values({
      user_id: tx.viewer.id,
      listener: listener ?? null,
      state: 'running',
      messages: JSON.stringify([first]),
      received: 0,
      filtered: 0,
      failed: 0,
      bytes: 0,
      started_at: tx.at,
      changed_at: tx.at,
      lease_owner: newOwner(),
      lease_until: leaseEnd(tx.archive),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
}

const renew = (archive: Archive, viewer: Viewer, id: number): Promise<unknown> =>
  change(archive, viewer, why, (tx) =>
    tx.db
      .updateTable('imports')
      .set({ lease_until: leaseEnd(archive) })
      .where('id', '=', id)
      .where('state', '=', 'running')
      .execute(),
  )

async function addTally(tx: Change, id: number, tally: Tally): Promise<void> {
  await tx.db
    .updateTable('imports')
    .set((eb) => ({
      received: eb('received', '+', tally.received),
      filtered: eb('filtered', '+', tally.filtered),
      failed: eb('failed', '+', tally.failed),
      bytes: eb('bytes', '+', tally.bytes),
      changed_at: tx.at,
      lease_until: leaseEnd(tx.archive),
    }))
    .where('id', '=', id)
    .execute()
}

async function addMessage(tx: Change, id: number, message: ImportMessage): Promise<void> {
  const row = await tx.db.selectFrom('imports').select('messages').where('id', '=', id).executeTakeFirst()
  if (!row) return
  const messages = [...(JSON.parse(row.messages) as ImportMessage[]), message]
  const state = { PROCESSING: 'running', COMPLETED: 'completed', FAILED: 'failed' }[message.status]
  await tx.db
    .updateTable('imports')
    .set({ messages: JSON.stringify(messages), state, changed_at: tx.at })
    .where('id', '=', id)
    .execute()
}

/**
 * How far a request of the viewer's is, by its number or by the id that the viewer chose, then the newest of that id.
 * @throws ArchiveError 'not-found', also for what others began (import 1.6)
 */
export async function findImport(
  archive: Archive,
  viewer: Viewer,
  key: Readonly<{ id: number } | { listener: string }>,
): Promise<ImportProgress> {
  const query = scopeOf(archive, viewer).db.selectFrom('imports').selectAll().where('user_id', '=', viewer.id)
  const row = await ('id' in key ? query.where('id', '=', key.id) : query.where('listener', '=', key.listener))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row || viewer.guest) {
    const name = 'id' in key ? String(key.id) : key.listener
    return refuse({ kind: 'not-found', noun: 'path', name, because: `There is no import ${name} of yours.` })
  }
  return progressOf(row)
}

function progressOf(row: Selectable<Tables['imports']>): ImportProgress {
  const { id, listener, state, received, filtered, failed, bytes } = row
  return {
    id,
    listener: listener ?? undefined,
    state: state as ImportProgress['state'],
    messages: JSON.parse(row.messages) as ImportMessage[],
    received,
    filtered,
    failed,
    bytes,
    startedAt: row.started_at,
    changedAt: row.changed_at,
  }
}

/** Drops what requests brought whose process died, and forgets old ones. @returns how many were given up */
export async function giveUpImports(archive: Archive, viewer: Viewer): Promise<number> {
  const now = archive.now()
  const running = await archive.db.reads
    .selectFrom('imports')
    .select(['id', 'lease_owner', 'lease_until'])
    .where('state', '=', 'running')
    .execute()
  const rows = running.filter((row) => row.lease_until < timeText(now) || isGone(row.lease_owner))
  for (const row of rows) await change(archive, viewer, why, (tx) => giveUp(tx, row))
  const before = timeText(new Date(now.getTime() - MEMORY_MS))
  await change(archive, viewer, why, (tx) =>
    tx.db
      .deleteFrom('imports')
      .where('state', 'in', ['completed', 'failed'])
      .where('lease_until', '<', before)
      .execute(),
  )
  return rows.length
}

/** Unless it has shown meanwhile that it is alive. */
async function giveUp(
  tx: Change,
  { id, lease_until: until }: Readonly<{ id: number; lease_until: string }>,
): Promise<void> {
  const gone = await tx.db
    .updateTable('imports')
    .set({ state: 'failed' })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .where('lease_until', '=', until)
    .returning('id')
    .executeTakeFirst()
  if (!gone) return
  await dropPending(tx, id)
  await addMessage(tx, id, { status: 'FAILED', msg: 'The import broke off.', terminal: true })
}
