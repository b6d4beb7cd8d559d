import { type Archive, change, type Reason, type Scope, scopeOf } from '../archive/archive.ts'
import { keepAndName, nameBlobs, releaseAll } from '../archive/blobs.ts'
import type { Staged } from '../blobs/blob-store.ts'
import { MEDIA_DIRECTORY } from '../dicom/header.ts'
import { faultOf, refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { IncomingFile } from '../model/incoming-file.ts'
import { type ArrivedObject, addPending, attach } from './arrived-files.ts'
import type { RunningImport } from './imports.ts'
import { countUntaken, joinArrival, placeOfStudy, type Study } from './join-arrival.ts'
import { type Delivered, deliveredTo, newArrival, samenessOf } from './receive.ts'
import type { Reception } from './reception.ts'
import { notDicom, type SettingsFor, settingsOnce, type Taken, takeIn } from './take-in.ts'

/** Objects that share one change; so many are written to the disk at the same time. */
const OBJECTS_PER_CHANGE = 16

const why: Reason = { type: 'PROCESS' }

/** Many files that come with one request. */
export type Delivery = Readonly<{
  reception: Reception
  files: AsyncIterable<IncomingFile>
  /** Pass over what is no DICOM object, unless nothing else comes. */
  skipUnreadable: boolean
  /** Refuse objects of more than one session. */
  oneSession: boolean
  running: RunningImport
}>

type Target = { study: Study; faults: readonly string[]; received: number; filtered: number }
type Pending = Readonly<{ target: number; object: ArrivedObject; staging: Promise<Staged> }>

/** What one request has brought so far. */
type State = {
  readonly targets: Map<string, Target & { number: number }>
  pending: Pending[]
  /** What came before those is being made part of the request. */
  flushing: Promise<void>
  filtered: number
  failed: number
  last: Readonly<{ path: string; error: unknown }> | undefined
}

/**
 * Takes in the files of one request, all or none: until the last one has come they show nowhere, and when one of them
 * is refused or the request breaks off, none stays.
 * @returns the entries that they joined, each once; none when a filter dropped everything
 * @throws ArchiveError 'invalid' naming a file that is no DICOM object, or when nothing was; whatever reading the
 * files brings; as `receiveInstance`
 */
export async function receiveFiles(
  archive: Archive,
  viewer: Viewer,
  delivery: Delivery,
): Promise<readonly Delivered[]> {
  const scope = scopeOf(archive, viewer)
  const state: State = {
    targets: new Map(),
    pending: [],
    flushing: Promise.resolve(),
    filtered: 0,
    failed: 0,
    last: undefined,
  }
  const settingsFor = settingsOnce(archive, delivery.reception)
  try {
    for await (const file of delivery.files) await takeFile(scope, { delivery, state, settingsFor }, file)
    await flushNext(scope, delivery, state)
    await state.flushing
    refuseNothing(state)
    return await join(scope, delivery, state)
  } catch (error) {
    // What is under way would otherwise be there when the rest was given up.
    await state.flushing.catch(() => undefined)
    await allStaged(state.pending).then(releaseAll, () => undefined)
    await delivery.running.giveUp()
    throw error
  }
}

type Taking = Readonly<{ delivery: Delivery; state: State; settingsFor: SettingsFor }>

async function takeFile(scope: Scope, { delivery, state, settingsFor }: Taking, file: IncomingFile): Promise<void> {
  const taken = await readable(file, { delivery, state }, () =>
    takeIn(scope, { reception: delivery.reception, settingsFor }, file),
  )
  if (!taken) return
  const target = targetOf(state, taken)
  // Also what is refused now is released with the rest.
  if (taken.kept) state.pending.push({ target: target.number, object: taken.object, staging: taken.staging })
  if (delivery.oneSession && state.targets.size > 1)
    refuse({
      kind: 'invalid',
      field: 'dest',
      because: 'The upload holds multiple imaging sessions; name a prearchive destination for them.',
    })
  if (!taken.kept) {
    target.filtered++
    state.filtered++
    return
  }
  target.received++
  if (!file.atHand) await taken.staging
  if (state.pending.length >= OBJECTS_PER_CHANGE) await flushNext(scope, delivery, state)
}

/** Begins to keep what has come since the last time, which is over then: the next files come in meanwhile. */
async function flushNext(scope: Scope, delivery: Delivery, state: State): Promise<void> {
  await state.flushing
  state.flushing = flush(scope, delivery, state)
  // Whoever awaits it next meets the error.
  state.flushing.catch(() => undefined)
}

/** What an object is; undefined where it is none and may be passed over. */
async function readable(
  { path, packed }: IncomingFile,
  { delivery, state }: Pick<Taking, 'delivery' | 'state'>,
  take: () => Promise<Taken>,
): Promise<Taken | undefined> {
  try {
    return await take()
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind !== 'unreadable') throw error
    // Then it may be damaged rather than something else.
    await packed?.check()
    // People drag whole CDs in, with their directories.
    if (fault.what === MEDIA_DIRECTORY) return undefined
    if (!delivery.skipUnreadable) notDicom(path, error)
    state.failed++
    state.last = { path, error }
    return undefined
  }
}

function targetOf({ targets }: State, { study, faults }: Taken): Target & { number: number } {
  const key = JSON.stringify([placeOfStudy(study), study.studyUid, study.label])
  const known = targets.get(key)
  if (known) return known
  const target = { study, faults, received: 0, filtered: 0, number: targets.size }
  targets.set(key, target)
  return target
}

function refuseNothing({ targets, last }: State): void {
  if (targets.size > 0) return
  if (last) notDicom(last.path, last.error)
  refuse({ kind: 'invalid', field: 'file', because: 'The upload holds no DICOM objects.' })
}

/** Keeps what has come since the last time, as part of the request. */
async function flush({ archive, viewer }: Scope, { running }: Delivery, state: State): Promise<void> {
  const { pending, filtered, failed } = state
  state.pending = []
  state.filtered = 0
  state.failed = 0
  const staged = await allStaged(pending)
  const objects = pending.map(({ target, object }, at) => ({ target, object, digest: staged[at]!.digest }))
  const bytes = staged.reduce((sum, { digest }) => sum + digest.size, 0)
  const tally = { received: staged.length, filtered, failed, bytes }
  await keepAndName(archive.db, staged, (removals) =>
    change(archive, viewer, why, async (tx) => {
      await nameBlobs(
        tx,
        staged.map(({ digest }) => digest),
        removals,
      )
      await addPending(tx, running.id, objects)
      await running.count(tx, tally)
    }),
  )
}

/** The copies, when all of them are on the disk; none stays when one of them fails. */
async function allStaged(pending: readonly Pending[]): Promise<readonly Staged[]> {
  const ends = await Promise.allSettled(pending.map(({ staging }) => staging))
  const staged = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
  const failure = ends.find((end) => end.status === 'rejected')
  if (!failure) return staged
  await releaseAll(staged)
  throw failure.reason
}

/** Makes all of it part of the prearchive, in one change. */
async function join(
  { archive, viewer }: Scope,
  { reception, running }: Delivery,
  { targets }: State,
): Promise<readonly Delivered[]> {
  const sameness = await samenessOf(archive)
  return change(archive, viewer, why, async (tx) => {
    await running.received(tx)
    const delivered: Delivered[] = []
    for (const { study, faults, received, filtered, number } of targets.values()) {
      if (received > 0) {
        const joined = await joinArrival(tx, newArrival(tx, { reception, study, count: received, faults }))
        await attach(tx, joined.id, { request: running.id, target: number }, sameness)
        delivered.push(deliveredTo(joined, study))
      }
      if (filtered > 0) await countUntaken(tx, study, 'filtered', filtered)
    }
    return delivered
  })
}
