import { type Archive, type Change, change, type Reason, scopeOf } from '../archive/archive.ts'
import type { Viewer } from '../model/access.ts'
import type { Admitted } from './admit.ts'
import { archiveArrival } from './archive-arrival.ts'
import { type ArrivalAddress, type ArrivalRow, locateArrival, lockArrival } from './arrivals.ts'
import { automaticCode } from './auto-archive.ts'
import { buildArrival } from './build.ts'
import { automaticPolicy } from './merge-policy.ts'
import { patiently } from './patience.ts'
import type { Wishes } from './reception.ts'

/** What comes with a commit: values for the session, and columns of the entry. */
export type CommitWish = Readonly<{
  autoArchive?: boolean
  values: Readonly<Record<string, string>>
  visit?: string
  protocol?: string
  timezone?: string
  source?: string
}>

/** The same with what the archived session is to get beside values. */
type EntryWish = CommitWish & Wishes & Pick<CommitWish, 'values'>

/** What an entry is after its commit: sessions of the archive, or entries that wait. One unless it was taken apart. */
export type Committed =
  | Readonly<{ kind: 'archived'; sessions: readonly Admitted[] }>
  | Readonly<{ kind: 'waiting'; entries: readonly ArrivalAddress[] }>

/**
 * Says that an entry is whole: it is built, with the values that are given, and archived where that is wanted
 * (import 2.5).
 * @throws ArchiveError 'not-found', 'forbidden', 'conflict', 'failed'
 */
export async function commitArrival(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { at, wish }: Readonly<{ at: ArrivalAddress; wish: CommitWish }>,
): Promise<Committed> {
  const { row } = await locateArrival(scopeOf(archive, viewer), at, 'edit')
  await keepWishes(archive, viewer, why, { at, wish })
  // Series of one session are sent side by side: the last one may still be closing its entry.
  const how = wish.autoArchive === false ? 'rebuild' : undefined
  const { state, entries } = await patiently(() => buildArrival(archive, viewer, row.id, how))
  const code = state === 'READY' ? await automaticCode(scopeOf(archive, viewer), row, wish.autoArchive) : undefined
  if (code === undefined) {
    const { project } = at
    return { kind: 'waiting', entries: entries.map(({ timestamp, folder }) => ({ project, timestamp, folder })) }
  }
  const sessions: Admitted[] = []
  const archiving = { policy: automaticPolicy(code), names: {} }
  for (const { id } of entries) sessions.push(await archiveArrival(archive, viewer, why, { id, wish: archiving }))
  return { kind: 'archived', sessions }
}

/** Adds values that a session is to get, and what else is known of an entry now. */
export function keepWishes(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { at, wish }: Readonly<{ at: ArrivalAddress; wish: EntryWish }>,
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    await writeWishes(tx, (await lockArrival(tx, at, 'edit')).row, wish)
  })
}

/** The same for an entry that this change has locked. */
export async function writeWishes(tx: Change, { id, wishes: text }: ArrivalRow, wish: EntryWish): Promise<void> {
  const former = JSON.parse(text) as Wishes
  const wishes: Wishes = {
    ...former,
    ...(wish.quarantine === undefined ? {} : { quarantine: wish.quarantine }),
    ...(wish.triggerPipelines === undefined ? {} : { triggerPipelines: wish.triggerPipelines }),
    values: { ...former.values, ...wish.values },
  }
  const { visit, protocol, timezone, source } = wish
  const given = Object.entries({ visit, protocol, timezone, source }).filter(([, value]) => value !== undefined)
  const changed = Object.keys(wish.values).length > 0
  await tx.db
    .updateTable('arrivals')
    .set({ ...Object.fromEntries(given), wishes: JSON.stringify(wishes), ...(changed ? { stale: 1 } : {}) })
    .where('id', '=', id)
    .execute()
}
