import { setTimeout as pause } from 'node:timers/promises'
import { refuse } from '../errors.ts'
import { keepRecent } from './recent.ts'
import { openTurns } from './turns.ts'

/** Failures that cost nothing, the pause that the next one costs, and the longest. */
const FREE_FAILURES = 3
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 4000
/** Failures older than this are forgotten. */
const MEMORY_MS = 15 * 60_000
const MAX_GATES = 10_000
/** Attempts at one gate that may wait for their turn. */
const MAX_WAITING = 20
/** Attempts at all gates that are checked at the same moment: each takes 19 MiB and a thread that files need, too. */
const MAX_AT_ONCE = 4

/**
 * Slows down whoever guesses passwords: at one gate (a name from one address) attempts go one after the other, and
 * from the fourth failure on each waits, 0.25 s at first and twice as long every time, up to 4 s. A success opens
 * the gate again.
 */
export type Turnstile = Readonly<{
  /**
   * Runs an attempt when it is its turn.
   * @throws ArchiveError 'unauthenticated' when too many are waiting at this gate already
   */
  pass: (gate: string, attempt: () => Promise<boolean>) => Promise<boolean>
}>

type Gate = { failures: number; waiting: number; since: number; last: Promise<unknown> }

export function openTurnstile(now: () => Date, wait: (ms: number) => Promise<unknown> = pause): Turnstile {
  const gates = new Map<string, Gate>()
  const turns = openTurns(MAX_AT_ONCE)
  return {
    pass: (name, attempt) => {
      const gate = gateOf(gates, name, now().getTime())
      if (gate.waiting >= MAX_WAITING)
        refuse({ kind: 'unauthenticated', because: 'Too many login attempts at once. Please try again later.' })
      gate.waiting++
      const turn = gate.last.then(() => tried(gate, () => turns(attempt), wait))
      gate.last = turn.then(
        () => gate.waiting--,
        () => gate.waiting--,
      )
      return turn
    },
  }
}

function gateOf(gates: Map<string, Gate>, name: string, now: number): Gate {
  const held = gates.get(name)
  const gate =
    held && now - held.since < MEMORY_MS ? held : { failures: 0, waiting: 0, since: now, last: Promise.resolve() }
  gate.since = now
  keepRecent(gates, name, gate, MAX_GATES)
  return gate
}

async function tried(
  gate: Gate,
  attempt: () => Promise<boolean>,
  wait: (ms: number) => Promise<unknown>,
): Promise<boolean> {
  const paid = gate.failures - FREE_FAILURES
  if (paid >= 0) await wait(Math.min(FIRST_PAUSE_MS * 2 ** paid, LONGEST_PAUSE_MS))
  const passed = await attempt()
  gate.failures = passed ? 0 : gate.failures + 1
  return passed
}
