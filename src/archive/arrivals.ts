import type { Staged } from '../blobs/blob-store.ts'
import type { IncomingFile } from '../model/incoming-file.ts'
import type { Archive } from './archive.ts'
import { releaseAll } from './blobs.ts'

/** Files whose bytes are at hand are written to disk so many at a time. */
const STAGES_AT_ONCE = 8

/** One file that has arrived. */
export type Arrival = Readonly<{ path: string; staged: Staged; described?: IncomingFile['described'] }>

/** What came, each path once, and the paths that were passed over. */
export type Received = Readonly<{ arrivals: readonly Arrival[]; duplicates: readonly string[] }>

/** How files are taken in. `isTaken` refuses a path that cannot be; taken ones are passed over unless overwritten. */
export type Reception = Readonly<{ isTaken: (path: string) => Promise<boolean>; overwrite: boolean }>

/**
 * Takes in every file whose path is free; of two of one path the first, or with `overwrite` the last. Nothing stays
 * when one of them fails.
 */
export async function receiveFiles(
  { blobs, db }: Pick<Archive, 'blobs' | 'db'>,
  files: AsyncIterable<IncomingFile>,
  { isTaken, overwrite }: Reception,
): Promise<Received> {
  const arrivals = new Map<string, Promise<Staged>>()
  const replaced: Promise<Staged>[] = []
  const duplicates: string[] = []
  const descriptions = new Map<string, IncomingFile['described']>()
  const running = new Set<Promise<void>>()
  try {
    for await (const { path, bytes, size, atHand, alone, described } of files) {
      if (((await isTaken(path)) || arrivals.has(path)) && !overwrite) {
        duplicates.push(path)
        continue
      }
      replaced.push(...(arrivals.has(path) ? [arrivals.get(path)!] : []))
      const staged = blobs.stage(bytes, size, alone ? { lastly: db.soon } : undefined)
      arrivals.set(path, staged)
      descriptions.set(path, described)
      const over: Promise<void> = staged.then(
        () => void running.delete(over),
        // Whoever awaits the copy itself meets the error.
        () => void running.delete(over),
      )
      running.add(over)
      if (!atHand) await staged
      if (running.size === STAGES_AT_ONCE) await Promise.race(running)
    }
    const staged = await Promise.all(arrivals.values())
    await releaseAll(await Promise.all(replaced))
    const paths = [...arrivals.keys()]
    const received = paths.map((path, at) => ({ path, staged: staged[at]!, described: descriptions.get(path) }))
    return { arrivals: received, duplicates }
  } catch (error) {
    const ends = await Promise.allSettled([...arrivals.values(), ...replaced])
    await releaseAll(ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])))
    throw error
  }
}
