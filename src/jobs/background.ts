/** Work that nobody waits for but the end of the process. */
export type Background = Readonly<{
  begin: (work: () => Promise<unknown>) => void
  /** Resolves when all that was begun has ended. */
  settled: () => Promise<void>
}>

/** @param failed is told what work threw */
export function openBackground(failed: (error: unknown) => void): Background {
  const running = new Set<Promise<unknown>>()
  return {
    begin: (work) => {
      const one: Promise<unknown> = work()
        .catch(failed)
        .finally(() => running.delete(one))
      running.add(one)
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
