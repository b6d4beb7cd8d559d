/** A round of work that comes again and again. */
export type Loop = Readonly<{
  start: () => void
  /** Begins no further round; resolves when the one under way has ended. */
  stop: () => Promise<void>
}>

/** How often it is looked whether a round is due: changes of the interval take effect within this time. */
const LOOK_MS = 1000

export type LoopWish = Readonly<{
  /** Between the beginnings of two rounds, as it is now. */
  everyMs: () => number
  /** The signal comes when the loop is to stop. */
  round: (signal: AbortSignal) => Promise<unknown>
  /** Is told what a round threw; the next one comes all the same. */
  failed: (error: unknown) => void
}>

/** Runs a round when it is due, one at a time; the first one at once. */
export function openLoop({ everyMs, round, failed }: LoopWish): Loop {
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<unknown> = Promise.resolve()
  let begun = Number.NEGATIVE_INFINITY
  const look = async (): Promise<void> => {
    if (performance.now() - begun >= everyMs()) {
      begun = performance.now()
      running = round(stopping.signal).catch(failed)
      await running
    }
    if (stopping.signal.aborted) return
    timer = setTimeout(look, Math.min(LOOK_MS, everyMs()))
    timer.unref()
  }
  return {
    start: () => void look(),
    stop: async () => {
      stopping.abort()
      clearTimeout(timer)
      await running
    },
  }
}
