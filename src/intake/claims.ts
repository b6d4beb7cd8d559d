import { type Archive, type Change, change, type Reason } from '../archive/archive.ts'
import { timeText } from '../db/time.ts'
import { ArchiveError, refuse } from '../errors.ts'
import { beating } from '../jobs/beat.ts'
import type { Viewer } from '../model/access.ts'
import { logArrival } from './arrival-logs.ts'
import { openSlot } from './arrival-slots.ts'
import { type ArrivalState, queuedStates, type Work, workingStates } from './arrival-states.ts'
import type { ArrivalRow } from './arrivals.ts'
import { isGone, newOwner } from './owners.ts'

/** Work that nobody has shown to go on for this long was broken off; somebody else may take it over. */
const LEASE_MS = 60_000
const BEAT_MS = 15_000

const why: Reason = { type: 'PROCESS' }

/** An entry that this caller alone works on, until it is settled. */
export type Claim = Readonly<{ id: number; owner: string; row: ArrivalRow }>

/**
 * Runs work on one entry that nobody else works on meanwhile; the claim is kept alive as long as it takes. The work
 * settles the claim itself, in the change that has its result.
 * @throws ArchiveError 'conflict' when somebody works on it, 'not-found' when it is gone
 */
export async function claimed<T>(
  archive: Archive,
  viewer: Viewer,
  wish: ClaimWish,
  work: (claim: Claim) => Promise<T>,
): Promise<T> {
  const claim = await change(archive, viewer, why, (tx) => takeClaim(tx, wish))
  const endBeat = beating(BEAT_MS, () => renew(archive, viewer, claim))
  try {
    return await work(claim)
  } catch (error) {
    // Unless the work has said already how it ended.
    const line = `${wish.work} failed: ${error instanceof ArchiveError ? error.message : 'an error of the server.'}`
    await settleFailed(archive, viewer, claim, { state: 'ERROR', lines: [line] })
    throw error
  } finally {
    endBeat()
  }
}

/** `queued`: it waits for just this. `task` is what a recovery goes on with. */
export type ClaimWish = Readonly<{ id: number; work: Work; queued?: true; task?: string }>

const leaseEnd = (archive: Archive): string => timeText(new Date(archive.now().getTime() + LEASE_MS))

async function takeClaim(tx: Change, { id, work, queued, task }: ClaimWish): Promise<Claim> {
  const owner = newOwner()
  const now = timeText(tx.archive.now())
  const row = await tx.db
    .updateTable('arrivals')
    .set({
      status: work,
      lease_owner: owner,
      lease_until: leaseEnd(tx.archive),
      ...(work === 'BUILDING' ? { stale: 0 } : {}),
      ...(task === undefined ? {} : { task }),
      ...(work === 'MOVING' || work === 'DELETING' ? { slot: owner } : {}),
    })
    .where('id', '=', id)
    .where((eb) =>
      // Somebody may have taken it out of the queue meanwhile, or its sender gone on.
      queued
        ? eb('status', '=', `QUEUED_${work}`)
        : eb.or([eb('status', 'not in', [...workingStates, ...queuedStates]), eb('lease_until', '<', now)]),
    )
    .returningAll()
    .executeTakeFirst()
  return row ? { id, owner, row } : refuseClaim(tx, id)
}

async function refuseClaim(tx: Change, id: number): Promise<never> {
  const row = await tx.db
    .selectFrom('arrivals')
    .select(['status', 'timestamp', 'folder'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row)
    return refuse({ kind: 'not-found', noun: 'arrival', name: String(id), because: 'The prearchive entry is gone.' })
  const name = `${row.timestamp}/${row.folder}`
  return refuse({
    kind: 'conflict',
    noun: 'arrival',
    name,
    because: `The prearchive entry ${name} is locked: ${row.status}.`,
  })
}

const renew = (archive: Archive, viewer: Viewer, { id, owner }: Claim): Promise<unknown> =>
  change(archive, viewer, why, (tx) =>
    tx.db
      .updateTable('arrivals')
      .set({ lease_until: leaseEnd(archive) })
      .where('id', '=', id)
      .where('lease_owner', '=', owner)
      .execute(),
  )

/**
 * The entry as it is now, locked until the change ends.
 * @throws ArchiveError 'conflict' when the claim was lost: it took too long, and somebody took over
 */
export async function claimedRow(tx: Change, claim: Claim): Promise<ArrivalRow> {
  const because = 'Somebody else took the entry over.'
  return (await lockedRow(tx, claim)) ?? refuse({ kind: 'conflict', noun: 'arrival', name: String(claim.id), because })
}

function lockedRow(tx: Change, { id, owner }: Claim): Promise<ArrivalRow | undefined> {
  const query = tx.db.selectFrom('arrivals').selectAll().where('id', '=', id).where('lease_owner', '=', owner)
  return tx.archive.db.dialect.forUpdate(query).executeTakeFirst()
}

/** Ends a claim: the entry gets this state and whatever else is new about it. */
export async function settle(
  tx: Change,
  claim: Claim,
  state: ArrivalState,
  columns: Partial<Pick<ArrivalRow, 'document' | 'slot' | 'direct'>> = {},
): Promise<void> {
  await tx.db
    .updateTable('arrivals')
    .set({ ...columns, status: state, lease_owner: null, lease_until: null, task: null, modified_at: tx.at })
    .where('id', '=', claim.id)
    .where('lease_owner', '=', claim.owner)
    .execute()
}

/** Ends a claim whose work failed, with a line in the log; what was lost to somebody else stays theirs. */
export function settleFailed(
  archive: Archive,
  viewer: Viewer,
  claim: Claim,
  { state, lines, document }: Readonly<{ state: ArrivalState; lines: readonly string[]; document?: null }>,
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    const row = await lockedRow(tx, claim)
    if (!row) return
    await logArrival(tx, claim.id, ...lines)
    // What cannot be archived directly waits in the prearchive like everything else (import 2.10).
    const slot = await openSlot(tx, { ...row, direct: 0 })
    // What came in meanwhile has to be looked at first.
    const columns = { slot, direct: 0, ...(document === undefined ? {} : { document }) }
    await settle(tx, claim, row.stale === 1 && isReceivable(row.status) ? 'RECEIVING' : state, columns)
  })
}

/** States of work during which more can come in. */
const isReceivable = (status: string): boolean => ['RECEIVING_INTERRUPT', 'BUILDING', 'ARCHIVING'].includes(status)

/** Work whose lease is over, or whose process is gone, waits for its turn again. @returns how many entries that were */
export async function recoverClaims(archive: Archive, viewer: Viewer): Promise<number> {
  const again: Readonly<Partial<Record<ArrivalState, ArrivalState>>> = {
    BUILDING: 'QUEUED_BUILDING',
    RECEIVING_INTERRUPT: 'RECEIVING',
    ARCHIVING: 'QUEUED_ARCHIVING',
    MOVING: 'QUEUED_MOVING',
    DELETING: 'QUEUED_DELETING',
  }
  return change(archive, viewer, why, async (tx) => {
    const working = await tx.db
      .selectFrom('arrivals')
      .select(['id', 'status', 'lease_owner', 'lease_until'])
      .where('status', 'in', Object.keys(again))
      .execute()
    const rows = working.filter((row) => (row.lease_until ?? '') < tx.at || isGone(row.lease_owner))
    let recovered = 0
    for (const { id, status, lease_owner: owner, lease_until: until } of rows) {
      const row = await tx.db
        .updateTable('arrivals')
        .set({ status: again[status as ArrivalState]!, lease_owner: null, lease_until: null, stale: 1 })
        .where('id', '=', id)
        .where('status', '=', status)
        .where('lease_owner', owner === null ? 'is' : '=', owner)
        // Unless it has shown meanwhile that it goes on.
        .where('lease_until', until === null ? 'is' : '=', until)
        .returning('id')
        .executeTakeFirst()
      if (!row) continue
      await logArrival(tx, id, `Work broke off in ${status} and is taken up again.`)
      recovered++
    }
    return recovered
  })
}
