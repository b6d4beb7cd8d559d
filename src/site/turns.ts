/** Runs acts, so many at once and no more; the others wait in the order they came. */
export type Turns = <T>(act: () => Promise<T>) => Promise<T>

export function openTurns(most: number): Turns {
  const waiting: (() => void)[] = []
  let running = 0
  return async (act) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await act()
    } finally {
      const next = waiting.shift()
      // The turn is handed over as it is, so that nobody who comes now gets in between.
      if (next) next()
      else running--
    }
  }
}
