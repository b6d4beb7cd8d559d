import { setTimeout as pause } from 'node:timers/promises'
import { refuse } from '../errors.ts'
import { keepRecent } from './recent.ts'
import { openTurns } from './turns.ts'

/** Failures that cost nothing, the pause that the next one costs, and the longest. */
const FREE_FAILURES = 3
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 4000
/** How long failures are remembered, and how long a gate stays locked. */
const MEMORY_MS = 3_600_000
const MAX_GATES = 10_000
/** Attempts at one gate that may wait for their turn. */
const MAX_WAITING = 20
/** Attempts at all gates that are checked at the same moment: each takes 19 MiB and a thread that files need, too. */
const MAX_AT_ONCE = 4

/**
 * Slows down whoever guesses passwords: at one gate (a name from one address) attempts go one after the other, and
 * from the fourth failure on each waits, 0.25 s at first and twice as long every time, up to 4 s. After `maxFailures`
 * the gate is locked for an hour. A success before that opens it again.
 */
export type Turnstile = Readonly<{
  /**
   * Runs an attempt when it is its turn.
   * @throws ArchiveError 'unauthenticated' when it is locked, or too many are waiting at it already
   */
  pass: (gate: string, attempt: () => Promise<boolean>) => Promise<boolean>
}>

type Gate = {
  failures: number
  waiting: number /** Of the last attempt, in ms. */
  since: number
  last: Promise<unknown>
}

/** What the turnstile goes by; 0 failures allowed means that nothing is ever locked. */
export type TurnstileRules = Readonly<{
  now: () => Date
  maxFailures: () => number
  wait?: (ms: number) => Promise<unknown>
}>

export function openTurnstile(rules: TurnstileRules): Turnstile {
  const gates = new Map<string, Gate>()
  const turns = openTurns(MAX_AT_ONCE)
  return {
    pass: (name, attempt) => {
      const gate = gateOf(gates, name, rules.now().getTime())
      if (gate.waiting >= MAX_WAITING)
        refuse({ kind: 'unauthenticated', because: 'Too many login attempts at once. Please try again later.' })
      gate.waiting++
      const turn = gate.last.then(() => tried(gate, rules, () => turns(attempt)))
      const leave = () => gate.waiting--
      gate.last = turn.then(leave, leave)
      return turn
    },
  }
}

function gateOf(gates: Map<string, Gate>, name: string, now: number): Gate {
  const held = gates.get(name)
  const fresh = { failures: 0, waiting: 0, since: now, last: Promise.resolve() }
  const gate = held && (held.waiting > 0 || now - held.since < MEMORY_MS) ? held : fresh
  keepRecent(gates, name, gate, MAX_GATES)
  return gate
}

async function tried(
  gate: Gate,
  { now, maxFailures, wait = pause }: TurnstileRules,
  attempt: () => Promise<boolean>,
): Promise<boolean> {
  const [most, paid] = [maxFailures(), gate.failures - FREE_FAILURES]
  if (most > 0 && gate.failures >= most)
    refuse({ kind: 'unauthenticated', because: 'Too many failed login attempts. Please try again in an hour.' })
  gate.since = now().getTime()
  if (paid >= 0) await wait(Math.min(FIRST_PAUSE_MS * 2 ** paid, LONGEST_PAUSE_MS))
  const passed = await attempt()
  gate.failures = passed ? 0 : gate.failures + 1
  return passed
}
