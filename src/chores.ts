import type { Archive } from './archive/archive.ts'
import { workRound } from './intake/work.ts'
import { openBackground } from './jobs/background.ts'
import { openLoop } from './jobs/loop.ts'
import type { Site } from './site/site.ts'

/** What the process does by itself, beside answering. */
export type Chores = Readonly<{
  start: () => void
  /** Work that goes on after its request was answered; the signal comes when the process is to end. */
  later: (work: (signal: AbortSignal) => Promise<unknown>) => void
  /** Begins nothing more; resolves when what is under way has ended. */
  stop: () => Promise<void>
}>

/**
 * The list of chores: arrivals that are idle are closed, built and archived, and what waits or broke off is worked on
 * (import 2.11). How often is a setting of the site, read afresh.
 * @param failed is told of errors that belong to no entry
 */
export function openChores(archive: Archive, site: Site, failed: (error: unknown) => void): Chores {
  const arrivals = openLoop({
    everyMs: () => site.settings.value('sessionXmlRebuilderRepeat'),
    round: (signal) => workRound(archive, signal),
    failed,
  })
  const background = openBackground(failed)
  return {
    start: arrivals.start,
    later: background.begin,
    stop: async () => {
      await arrivals.stop()
      await background.stop()
    },
  }
}
