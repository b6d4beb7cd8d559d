import { faultOf } from '../errors.ts'
import { prepareSnapshots, SNAPSHOTS } from '../intake/snapshots.ts'
import type { Call } from './call.ts'

/**
 * Where files are asked for that snapshots of a scan are kept among, they are made before anybody looks (import 7):
 * clients read them there without having asked for them anywhere else.
 */
export async function prepareAskedSnapshots(call: Call): Promise<void> {
  const { project, subject, experiment, scan, folder } = call.params
  if (folder !== SNAPSHOTS || experiment === undefined || scan === undefined) return
  const wish = { at: { project, subject, experiment, scan }, contents: call.query.all('file_content') }
  try {
    await prepareSnapshots(call.pictures, call.archive, call.viewer, wish)
  } catch (error) {
    // Several scans in one address, or none: whoever lists the files says so in the words of that place.
    if (faultOf(error)?.kind !== 'not-found') throw error
  }
}
