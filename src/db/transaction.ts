import { type Kysely, sql } from 'kysely'
import { refuse } from '../errors.ts'
import { troubleOf } from './constraint.ts'
import { pause } from './pause.ts'
import { prepared } from './prepared.ts'
import type { Tables } from './schema.ts'

/** A Kysely inside an open transaction. */
export type Transaction = Kysely<Tables>
export type Act<T> = (tx: Transaction) => Promise<T>
/**
 * What an act may write: `files` for folders, files and what waits in the prearchive only, which leaves everything else
 * where it is.
 */
export type Extent = 'files' | 'anything'
/** Runs an act in a transaction of its own; it has reached the disk when the promise resolves. */
export type Changes = <T>(act: Act<T>, extent?: Extent) => Promise<T>

/** Which changes had been made when something was read: here, those of files among them or not, and elsewhere. */
export type Moment = Readonly<{ changes: number; files: number; others: number }>

/** How many acts may share one commit, and how long they may keep the event loop busy between two pauses. */
const MAX_BATCH = 64
const MAX_BUSY_MS = 4
/** How long a commit waits at most for changes that are announced. */
const MAX_GATHER_MS = 4
const MAX_TRIES = 6

type Job = { act: Act<unknown>; extent: Extent; resolve: (value: unknown) => void; reject: (error: unknown) => void }
/** Answers whoever waits for a job, once the commit has reached the disk. */
type Settle = () => void

/** How changes run, and who may be expected to ask for one. */
export type Writer = Readonly<{
  change: Changes
  /** Does short work that a change follows at once: a commit that is due waits a moment for it, so that both share it. */
  soon: <T>(work: () => Promise<T>) => Promise<T>
  /** The moment before a reading; of what other processes have written the caller may know already. */
  moment: (others?: number) => Moment
  /**
   * Whether everything but folders, files and what waits in the prearchive is certainly as it was at that moment, so
   * that inside a change nobody has to look for it again. Always false where others may write at the same time.
   */
  isAsAt: (moment: Moment) => boolean
}>

/**
 * Group commit over the one connection that writes: acts that wait at the same moment run one after the other and
 * share one commit and its fsync. An act that fails takes only itself back; the others may run twice for it.
 * @param others changes whenever another process has written
 */
export function groupedChanges(connection: Kysely<Tables>, others: () => number): Writer {
  const waiting: Job[] = []
  const history = new History(others)
  const expected = new Expected()
  let running = false
  const drain = async (): Promise<void> => {
    running = true
    do {
      await pause()
      if (waiting.length < MAX_BATCH) await expected.settled(MAX_GATHER_MS)
      await runBatch(connection, waiting.splice(0, MAX_BATCH), history)
    } while (waiting.length > 0)
    running = false
  }
  return {
    change: <T>(act: Act<T>, extent: Extent = 'anything') =>
      new Promise<T>((resolve, reject) => {
        waiting.push({ act, extent, resolve: resolve as (value: unknown) => void, reject })
        if (!running) void drain()
      }),
    soon: (work) => expected.during(work),
    moment: (elsewhere = history.others) => ({ changes: history.changes, files: history.files, others: elsewhere }),
    isAsAt: (moment) => moment.changes === history.changes && moment.others === history.others,
  }
}

/** Counts the acts, and those that may have changed more than files: when they begin, and again when their commit is over. */
class History {
  changes = 0
  files = 0
  #open = false
  readonly #others: () => number
  #fixed: number | undefined

  constructor(others: () => number) {
    this.#others = others
  }

  /** What other processes have written. */
  get others(): number {
    return this.#fixed ?? this.#others()
  }

  /** Does work of an open transaction, during which no other process can write. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    this.#fixed = this.#others()
    try {
      return await work()
    } finally {
      this.#fixed = undefined
    }
  }

  noting(jobs: readonly Job[]): readonly Job[] {
    this.files += 1
    return jobs.map((job) => (job.extent === 'files' ? job : { ...job, act: (tx) => this.#begin(() => job.act(tx)) }))
  }

  /** Whoever read between the two has read what was there before. */
  settle(): void {
    this.files += 1
    if (this.#open) this.changes += 1
    this.#open = false
  }

  #begin<T>(work: () => Promise<T>): Promise<T> {
    this.#open = true
    this.changes += 1
    return work()
  }
}

/** Counts the work that changes will follow, and waits until there is none or the time is up. */
class Expected {
  #count = 0
  #wake: (() => void) | undefined

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#count += 1
    try {
      return await work()
    } finally {
      this.#count -= 1
      // After what follows the work had its turn: that is when its change is asked for.
      if (this.#count === 0) setImmediate(() => this.#wake?.())
    }
  }

  async settled(longest: number): Promise<void> {
    if (this.#count === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, longest)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
  }
}

async function runBatch(connection: Kysely<Tables>, waiting: readonly Job[], history: History): Promise<void> {
  const jobs = history.noting(waiting)
  try {
    const settlings = await connection
      .connection()
      .execute(async (tx) => {
        const during: During = (work) => inTransaction(tx, () => history.alone(work))
        return (await runTogether(tx, jobs, during)) ?? during(() => runApart(tx, jobs))
      })
      .finally(() => history.settle())
    for (const settle of settlings) settle()
  } catch (error) {
    for (const job of jobs) job.reject(wordsFor(error))
  }
}

/** Does work inside a transaction of its own. */
type During = <T>(work: () => Promise<T>) => Promise<T>

async function inTransaction<T>(tx: Transaction, work: () => Promise<T>): Promise<T> {
  await begin(tx, {})
  try {
    const value = await work()
    await commit(tx, {})
    return value
  } catch (error) {
    // Some failures (a full disk) have ended the transaction already: then there is nothing to roll back.
    await sql`rollback`.execute(tx).catch(() => undefined)
    throw error
  }
}

const begin = prepared<Record<string, never>, never>((db) => raw(db, 'begin immediate'))
const commit = prepared<Record<string, never>, never>((db) => raw(db, 'commit'))

const raw = (db: Transaction, text: string) => ({ compile: () => sql.raw<never>(text).compile(db) })

/** What one of several acts failed with, while they ran without savepoints. */
class ActFailed extends Error {}

/**
 * The acts without savepoints, which cost two statements and a copy of each page touched; undefined when one of them
 * failed and the others have to be run again without it.
 */
async function runTogether(
  tx: Transaction,
  jobs: readonly Job[],
  during: During,
): Promise<readonly Settle[] | undefined> {
  try {
    return await during(async () => {
      const settlings: Settle[] = []
      for await (const job of paced(jobs)) {
        const value = await job
          .act(tx)
          .catch((cause) => Promise.reject(jobs.length === 1 ? cause : new ActFailed('', { cause })))
        settlings.push(() => job.resolve(value))
      }
      return settlings
    })
  } catch (error) {
    if (error instanceof ActFailed) return undefined
    throw error
  }
}

/** Each act behind a savepoint: one that fails takes back only itself. */
async function runApart(tx: Transaction, jobs: readonly Job[]): Promise<readonly Settle[]> {
  const settlings: Settle[] = []
  for await (const job of paced(jobs)) {
    await sql`savepoint act`.execute(tx)
    try {
      const value = await job.act(tx)
      settlings.push(() => job.resolve(value))
    } catch (error) {
      // A full disk has ended the whole transaction: then that is what everybody is told.
      await sql`rollback to act`.execute(tx).catch(() => Promise.reject(error))
      settlings.push(() => job.reject(wordsFor(error)))
    }
    await sql`release act`.execute(tx)
  }
  return settlings
}

/** The jobs one after the other, with a pause for other requests where they take long. */
async function* paced(jobs: readonly Job[]): AsyncGenerator<Job> {
  let since = performance.now()
  for (const job of jobs) {
    yield job
    if (performance.now() - since <= MAX_BUSY_MS) continue
    await pause()
    since = performance.now()
  }
}

/**
 * One transaction per act, tried again when the database asks for it or when two acts met on the same key: the second
 * try sees what the first one's rival has written.
 */
export function separateChanges(pool: Kysely<Tables>): Writer {
  const change = async <T>(act: Act<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await pool.transaction().setIsolationLevel('read committed').execute(act)
      } catch (error) {
        const trouble = troubleOf(error)
        if (attempt === MAX_TRIES || trouble === undefined || trouble === 'full') throw wordsFor(error)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt))
      }
    }
  }
  // The server groups its commits by itself.
  return { change, soon: (work) => work(), moment: () => ({ changes: 0, files: 0, others: 0 }), isAsAt: () => false }
}

/** The error itself, or a Fault where the driver's code tells what happened. */
function wordsFor(error: unknown): unknown {
  try {
    const trouble = troubleOf(error)
    if (trouble === 'full') refuse({ kind: 'no-space', because: 'The disk of the catalog is full.' }, error)
    if (trouble === 'unique')
      refuse({ kind: 'conflict', noun: 'path', name: '', because: 'The name is taken already.' }, error)
    if (trouble === 'reference')
      refuse({ kind: 'not-found', noun: 'path', name: '', because: 'The parent was deleted meanwhile.' }, error)
    return error
  } catch (fault) {
    return fault
  }
}
