/** Work that nobody waits for but the end of the process. */
export type Background = Readonly<{
  /** The signal comes when the process ends: work that can go on another time stops then. */
  begin: (work: (signal: AbortSignal) => Promise<unknown>) => void
  /** Gives the signal; resolves when all that was begun has ended. */
  stop: () => Promise<void>
}>

/** @param failed is told what work threw */
export function openBackground(failed: (error: unknown) => void): Background {
  const running = new Set<Promise<unknown>>()
  const stopping = new AbortController()
  return {
    begin: (work) => {
      const one: Promise<unknown> = work(stopping.signal)
        .catch(failed)
        .finally(() => running.delete(one))
      running.add(one)
    },
    stop: async () => {
      stopping.abort()
      while (running.size > 0) await Promise.all(running)
    },
  }
}
