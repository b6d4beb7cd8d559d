import { type Archive, type Change, changeFiles, type Reason, scopeOf } from '../archive/archive.ts'
import { keepAndName, nameBlobs } from '../archive/blobs.ts'
import type { Viewer } from '../model/access.ts'
import type { IncomingFile } from '../model/incoming-file.ts'
import { type ArrivalAddress, UNASSIGNED } from './arrivals.ts'
import { addArrived, type Sameness } from './arrived-files.ts'
import { countUntaken, type Joined, joinArrival, type NewArrival, type Study } from './join-arrival.ts'
import type { Reception } from './reception.ts'
import { settingsOnce, takeIn } from './take-in.ts'

/** An entry that something came into. */
export type Delivered = Readonly<{
  id: number
  arrival: ArrivalAddress
  /** Written past the prearchive. */
  direct: boolean
  study: Study
}>

/** What became of an object: it waits in this entry, or a filter dropped it. */
export type Received = (Readonly<{ outcome: 'stored' }> & Delivered) | Readonly<{ outcome: 'filtered' }>

const why: Reason = { type: 'PROCESS' }

/**
 * Takes in one object. When it resolves, the object and its place are on disk; objects that come at the same moment
 * share commits. Objects of one study come into one entry, however many are the first at once (import 2.2).
 * @param viewer on whose behalf: decides which projects the headers may name
 * @throws ArchiveError 'unreadable' when it is no DICOM object with the UIDs it needs, 'conflict' for a locked or other
 * exact entry, 'no-space', 'broken-off'
 */
export async function receiveInstance(
  archive: Archive,
  viewer: Viewer,
  reception: Reception,
  file: IncomingFile,
): Promise<Received> {
  const scope = scopeOf(archive, viewer)
  const taken = await takeIn(scope, { reception, settingsFor: settingsOnce(archive, reception) }, file)
  if (!taken.kept) {
    await changeFiles(archive, viewer, why, (tx) => countUntaken(tx, taken.study, 'filtered', 1))
    return { outcome: 'filtered' }
  }
  const { study, object, faults } = taken
  const staged = await taken.staging
  const sameness = await samenessOf(archive)
  const joined = await keepAndName(archive.db, [staged], (removals) =>
    changeFiles(archive, viewer, why, async (tx) => {
      await nameBlobs(tx, [staged.digest], removals)
      const joined = await joinArrival(tx, newArrival(tx, { reception, study, count: 1, faults }))
      await addArrived(tx, joined.id, object, { digest: staged.digest, sameness })
      return joined
    }),
  )
  return { outcome: 'stored', ...deliveredTo(joined, study) }
}

export const deliveredTo = ({ id, timestamp, folder, direct }: Joined, study: Study): Delivered => ({
  id,
  direct,
  study,
  arrival: { project: study.project?.name ?? UNASSIGNED, timestamp, folder },
})

/** What tells objects apart, as the site has it. */
export const samenessOf = async (archive: Archive): Promise<Sameness> =>
  (await archive.rules()).uidIdentifiesDicom ? 'uid' : 'name'

type Arriving = Readonly<{ reception: Reception; study: Study; count: number; faults: readonly string[] }>

/** What an entry is made with when objects of a study come this way. */
export function newArrival(tx: Change, { reception, study, count, faults }: Arriving): NewArrival {
  const { sender, receiver } = reception
  const from = sender ? `${sender.aeTitle}${sender.address ? `@${sender.address}` : ''}` : ''
  return {
    study,
    count,
    faults,
    anyStudy: reception.anyStudy,
    ...(reception.entry ? { entry: reception.entry } : {}),
    prevent_anon: reception.preventAnon ? 1 : 0,
    prevent_auto_commit: reception.preventAutoCommit ? 1 : 0,
    source: reception.source,
    visit: reception.visit,
    protocol: reception.protocol,
    timezone: reception.timezone,
    sender: receiver ? `${from} to ${receiver.aeTitle}:${receiver.port}` : from,
    wishes: JSON.stringify(reception.wishes),
    direct: reception.direct && study.project ? 1 : 0,
    user_id: tx.viewer.guest ? null : tx.viewer.id,
    // What headers say outranks the project's own code (import 2.9).
    auto_code: study.autoArchive === undefined ? null : study.autoArchive ? 4 : 0,
  }
}
