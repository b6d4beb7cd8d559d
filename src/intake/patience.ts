import { setTimeout } from 'node:timers/promises'
import { faultOf } from '../errors.ts'

/** How long, and how often, an act waits for an entry that somebody works on. */
const PATIENCE_MS = 60_000
const LOOK_MS = 50

/** Runs an act that needs an entry for itself, again while somebody else has it. @throws what the act throws at last */
export async function patiently<T>(act: () => Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await act()
    } catch (error) {
      const fault = faultOf(error)
      const locked = fault?.kind === 'conflict' && fault.noun === 'arrival'
      if (!locked || performance.now() > until) throw error
      await setTimeout(LOOK_MS)
    }
  }
}
