import { setTimeout } from 'node:timers/promises'
import type { Archive } from './archive/archive.ts'
import { type Pace, type Swept, sweep } from './archive/sweep.ts'
import { isQuiet } from './intake/quiet.ts'
import { workRound } from './intake/work.ts'
import { openBackground } from './jobs/background.ts'
import { doWhenDue } from './jobs/due.ts'
import { openLoop } from './jobs/loop.ts'
import { durationMs } from './site/durations.ts'
import type { Site } from './site/site.ts'

/** How often it is looked whether a chore is due that comes once in a while. */
const LOOK_MS = 60_000
/** How soon a setting that another process has changed counts here. */
const SETTINGS_MS = 2000
/** How long a sweep rests after each step, so that it never has a disk for itself. */
const REST_MS = 50

/** What the process does by itself, beside answering. */
export type Chores = Readonly<{
  start: () => void
  /** Work that goes on after its request was answered; the signal comes when the process is to end. */
  later: (work: (signal: AbortSignal) => Promise<unknown>) => void
  /** Begins nothing more; resolves when what is under way has ended. */
  stop: () => Promise<void>
}>

/** Who is told of chores: of errors that belong to no entry, and of what a sweep did. */
export type Told = Readonly<{ failed: (error: unknown) => void; swept?: (swept: Swept) => void }>

/**
 * The list of chores: arrivals that are idle are closed, built and archived, and what waits or broke off is worked on
 * (import 2.11); bytes that nothing names are swept. How often are settings of the site, which other processes may change.
 */
export function openChores(archive: Archive, site: Site, { failed, swept }: Told): Chores {
  const loops = [
    openLoop({ everyMs: () => SETTINGS_MS, round: () => site.settings.refresh(), failed }),
    openLoop({
      everyMs: () => site.settings.value('sessionXmlRebuilderRepeat'),
      round: (signal) => workRound(archive, signal),
      failed,
    }),
    openLoop({ everyMs: () => LOOK_MS, round: (signal) => sweepWhenDue(archive, site, { signal, swept }), failed }),
  ]
  const background = openBackground(failed)
  return {
    start: () => {
      for (const loop of loops) loop.start()
    },
    later: background.begin,
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()))
      await background.stop()
    },
  }
}

type Sweeping = Readonly<{ signal: AbortSignal; swept?: Told['swept'] }>

/** Sweeps as often as the site says: one process for all, when nothing comes in, without hurry. @returns whether it did */
export function sweepWhenDue(archive: Archive, { settings }: Site, { signal, swept }: Sweeping): Promise<boolean> {
  const work = async (): Promise<void> => {
    const done = await sweep(archive, durationMs(settings.value('storageSweepGrace')), restful(signal))
    if (!signal.aborted) swept?.(done)
  }
  // What is no duration is `never`.
  const everyMs = durationMs(settings.value('storageSweepInterval'))
  return doWhenDue(archive.db, archive.now, { name: 'sweep', everyMs, quiet: () => isQuiet(archive), work }, signal)
}

const restful =
  (signal: AbortSignal): Pace =>
  async () => {
    await setTimeout(REST_MS, undefined, { signal }).catch(() => undefined)
    return !signal.aborted
  }
