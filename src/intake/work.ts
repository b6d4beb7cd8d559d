import { type Archive, type Change, change, type Reason, scopeOf } from '../archive/archive.ts'
import { timeText } from '../db/time.ts'
import { ArchiveError, refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import { actorNumbered } from './actors.ts'
import type { AdmissionNames } from './admission-plan.ts'
import { archiveArrival } from './archive-arrival.ts'
import { logArrival } from './arrival-logs.ts'
import { openSlot } from './arrival-slots.ts'
import { type ArrivalState, queuedStates } from './arrival-states.ts'
import { type ArrivalRow, locatePlace, UNASSIGNED } from './arrivals.ts'
import { automaticCode } from './auto-archive.ts'
import { buildArrival, projectOf } from './build.ts'
import { recoverClaims } from './claims.ts'
import { heldBy, idleMs } from './idle.ts'
import { giveUpImports } from './imports.ts'
import { automaticPolicy, type MergePolicy, noMerge } from './merge-policy.ts'
import { deleteArrival, moveArrival } from './move-arrival.ts'

/** Entries taken from the queue at a time, and those that are worked on at once. */
const TASKS_PER_LOOK = 50
const LANES = 2
/** Entries that one change closes. */
const IDLE_PER_CHANGE = 200

const why: Reason = { type: 'PROCESS' }

/** Work of the server itself: reads nothing on anybody's behalf. */
const nobody: Viewer = { id: 0, login: 'system', admin: false, guest: true }

/** What is to be done with a queued entry, as its row holds it. */
export type Task = Readonly<{
  /** On whose behalf. */
  user: number
  policy?: MergePolicy
  names?: AdmissionNames
  /** ID of the project it is to move to. */
  project?: string
  /** A person asked for the build: nothing is archived after it. */
  rebuild?: true
}>

/** What a round did. */
export type Round = Readonly<{ recovered: number; idle: number; done: number }>

/**
 * One round over what waits: takes up what broke off, closes what is idle, and works through the queue until it is
 * empty or the signal comes (import 2.3, 2.11). Failures are in the logs of the entries.
 */
export async function workRound(archive: Archive, signal?: AbortSignal): Promise<Round> {
  const recovered = (await recoverClaims(archive, nobody)) + (await giveUpImports(archive, nobody))
  const idle = await queueIdle(archive)
  return { recovered, idle, done: await workQueue(archive, signal) }
}

/** Entries into which nothing came for a while are whole: they are built, and archived where their project wants it. */
async function queueIdle(archive: Archive): Promise<number> {
  let idle = 0
  for (const held of [false, true])
    for (let found = IDLE_PER_CHANGE; found === IDLE_PER_CHANGE; idle += found)
      found = await change(archive, nobody, why, (tx) => queueSomeIdle(tx, held))
  return idle
}

async function queueSomeIdle(tx: Change, held: boolean): Promise<number> {
  const { archive } = tx
  const before = timeText(new Date(archive.now().getTime() - (await idleMs(archive, held))))
  const rows = await tx.db
    .selectFrom('arrivals')
    .select(['id', 'modified_at'])
    .where('status', '=', 'RECEIVING')
    .where('modified_at', '<=', before)
    .where((eb) => (held ? eb.or(heldBy(eb)) : eb.not(eb.or(heldBy(eb)))))
    .orderBy('modified_at')
    .limit(IDLE_PER_CHANGE)
    .execute()
  for (const row of rows) await queueBuilding(tx, row, held)
  return rows.length
}

async function queueBuilding(tx: Change, { id, modified_at: since }: IdleRow, held: boolean): Promise<void> {
  const task = held ? JSON.stringify({ user: 0, rebuild: true }) : null
  const row = await tx.db
    .updateTable('arrivals')
    .set({ status: 'QUEUED_BUILDING', task })
    .where('id', '=', id)
    .where('status', '=', 'RECEIVING')
    // Unless something came in just now.
    .where('modified_at', '=', since)
    .returning('id')
    .executeTakeFirst()
  const because = 'Its sender did not say that all had been sent, and sent nothing for a day: built without archiving.'
  if (row && held) await logArrival(tx, id, because)
}

type IdleRow = Pick<ArrivalRow, 'id' | 'modified_at'>

/** @returns how many entries were worked on */
export async function workQueue(archive: Archive, signal?: AbortSignal): Promise<number> {
  let done = 0
  for (;;) {
    if (signal?.aborted) return done
    const rows = await archive.db.reads
      .selectFrom('arrivals')
      .selectAll()
      .where('status', 'in', queuedStates)
      .orderBy('modified_at')
      .orderBy('id')
      .limit(TASKS_PER_LOOK)
      .execute()
    if (rows.length === 0) return done
    const lane = async (): Promise<void> => {
      for (let row = rows.shift(); row && !signal?.aborted; row = rows.shift()) {
        await workOn(archive, row)
        done++
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
  }
}

/** One entry; what goes wrong is in its log and its state, and stops nobody else's work. */
async function workOn(archive: Archive, row: ArrivalRow): Promise<void> {
  const task = row.task === null ? undefined : (JSON.parse(row.task) as Task)
  try {
    const actor = await actorNumbered(archive, task?.user || row.user_id || 0)
    if (actor) await perform(archive, actor, row, task)
    else await giveBack(archive, row, 'There is no enabled account on whose behalf it could be done.')
  } catch (error) {
    if (!(error instanceof ArchiveError)) await giveBack(archive, row, 'An error of the server.')
    else await giveBack(archive, row, error.message)
  }
}

async function perform(archive: Archive, actor: Viewer, row: ArrivalRow, task: Task | undefined): Promise<void> {
  const { id } = row
  switch (row.status as ArrivalState) {
    case 'QUEUED_BUILDING':
      return buildThenArchive(archive, actor, row, task)
    case 'QUEUED_ARCHIVING': {
      const { policy = automaticPolicy(4), names = {} } = task ?? {}
      await archiveArrival(archive, actor, why, { id, wish: { policy, names }, queued: true })
      return
    }
    case 'QUEUED_MOVING': {
      await checkStillTheirs(archive, actor, row)
      const { project = '' } = task ?? {}
      const to = await locatePlace(scopeOf(archive, actor), project, 'edit')
      if (!to) return refuse({ kind: 'not-found', noun: 'project', name: project })
      await moveArrival(archive, actor, why, { id, to, queued: true })
      return
    }
    case 'QUEUED_DELETING':
      await checkStillTheirs(archive, actor, row)
      await deleteArrival(archive, actor, why, { id, queued: true })
  }
}

/** Rights that somebody had when they asked may be gone when it is done. @throws ArchiveError 'not-found', 'forbidden' */
async function checkStillTheirs(archive: Archive, actor: Viewer, row: ArrivalRow): Promise<void> {
  const scope = scopeOf(archive, actor)
  await locatePlace(scope, (await projectOf(scope, row))?.name ?? UNASSIGNED, 'edit')
}

async function buildThenArchive(
  archive: Archive,
  actor: Viewer,
  row: ArrivalRow,
  task: Task | undefined,
): Promise<void> {
  const { state, entries } = await buildArrival(archive, actor, row.id, 'queued')
  if (state !== 'READY' || task?.rebuild) return
  const code = await automaticCode(scopeOf(archive, actor), row, undefined)
  const policy = row.direct === 1 ? noMerge : code === undefined ? undefined : automaticPolicy(code)
  if (policy === undefined) return
  const wish = { policy, names: {} }
  for (const { id } of entries) await archiveArrival(archive, actor, why, { id, wish })
}

/** What is still queued after its work failed would be tried again for ever. */
function giveBack(archive: Archive, { id, status }: ArrivalRow, because: string): Promise<void> {
  return change(archive, nobody, why, async (tx) => {
    const query = tx.db.selectFrom('arrivals').selectAll().where('id', '=', id).where('status', '=', status)
    const row = await archive.db.dialect.forUpdate(query).executeTakeFirst()
    if (!row) return
    const slot = await openSlot(tx, row)
    await tx.db.updateTable('arrivals').set({ status: 'ERROR', slot, task: null }).where('id', '=', id).execute()
    await logArrival(tx, id, because)
  })
}
