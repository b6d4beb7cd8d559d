import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Sum, Sums } from './digest.ts'
import type { Answer, Asked, Slot } from './digest-worker.ts'
import { plainModule } from './plain-module.ts'
import type { Place, SmallFile } from './small-file.ts'
import type { Unpacked } from './unpack.ts'

/** Sums that other threads make while this one goes on receiving. Each promise rejects when a thread dies. */
export type ThreadedSums = Readonly<{
  /** Resolves when the slot may be written to again. */
  add: (slot: Slot) => Promise<void>
  /** Adds the last slot, if there is one more, and gives the sums. */
  end: (slot?: Slot) => Promise<Required<Sums>>
  /** Forgets the run; after `end` it does nothing. */
  drop: () => void
}>

/** A few threads that hash, and write what is small. They start with the first use, and only work in progress keeps the process alive. */
export type DigestThreads = Readonly<{
  start: () => ThreadedSums
  /**
   * Writes a body that lies in one slot to a new file, synced, and gives its sums; `kept` when it is part of the store.
   * With `unpacked`, what lies in the slot is deflated, and the file gets what it unpacks to.
   * @throws Error of the system, with its code, or one with the code DAMAGED; there is no file then
   */
  file: (slot: Slot, place: Place, unpacked?: Unpacked) => Promise<SmallFile>
  close: () => Promise<void>
}>

/** Two halves that take about as long as each other. */
const SHARES: readonly (readonly Sum[])[] = [['md5'], ['key', 'crc32']]
/** Each takes some 8 MiB. None waits for the disk, so that two are enough for two processors. */
const LEAST_THREADS = 2
const MOST_THREADS = 4
/** So many files on one thread weigh as much as a share of the sums of a large body. */
const SHARE_LOAD = 16
/** A thread holds next to nothing: what it hashes lies in shared memory. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 }

/** Opens the threads: one per processor, within bounds; the two halves of a digest are made side by side. */
export function openDigestThreads(): DigestThreads {
  const most = Math.max(LEAST_THREADS, Math.min(MOST_THREADS, availableParallelism()))
  const threads = new Set<DigestThread>()
  let source: URL | undefined
  let lastRun = 0

  const leastBusy = (others: readonly DigestThread[]): DigestThread => {
    const free = [...threads].filter((thread) => !others.includes(thread)).sort((a, b) => a.load - b.load)[0]
    // Beside threads that are at work for a large body there may be others, for what would wait behind it.
    const bound = most + [...threads].filter((thread) => thread.load >= SHARE_LOAD).length
    if (free && (free.load === 0 || threads.size >= Math.min(bound, MOST_THREADS))) return free
    source ??= workerSource()
    const made = new DigestThread(source, () => threads.delete(made))
    threads.add(made)
    return made
  }
  const start = (): ThreadedSums => {
    const run = ++lastRun
    const chosen: DigestThread[] = []
    for (const share of SHARES) {
      const thread = leastBusy(chosen)
      thread.begin(run, share)
      chosen.push(thread)
    }
    return runOn(chosen, run)
  }
  const file = async (slot: Slot, place: Place, unpacked?: Unpacked): Promise<SmallFile> => {
    const run = ++lastRun
    const thread = leastBusy([])
    thread.begin(run, undefined)
    const { sums, kept } = await thread.ask({ run, slot, file: place, unpacked })
    return { sums: sums as Required<Sums>, kept: kept === true }
  }
  return {
    start,
    file,
    close: async () => void (await Promise.all([...threads].map((thread) => thread.close()))),
  }
}

/** The worker under its other extension, when the house has been compiled. */
const workerSource = (): URL => plainModule(new URL(`./digest-worker${extname(import.meta.url)}`, import.meta.url))

function runOn(threads: readonly DigestThread[], run: number): ThreadedSums {
  const askAll = (asked: Asked) => Promise.all(threads.map((thread) => thread.ask(asked)))
  return {
    add: async (slot) => void (await askAll({ run, slot })),
    end: async (slot) => {
      const answers = await askAll({ run, slot, end: true })
      return Object.assign({}, ...answers.map(({ sums }) => sums)) as Required<Sums>
    },
    drop: () => {
      for (const thread of threads) thread.drop(run)
    },
  }
}

type Waiting = Readonly<{ resolve: (answer: Answer) => void; reject: (error: unknown) => void }>

/** A run on one thread: its share as long as the thread has not been told, and the answers it still owes. */
type Run = { begin: readonly Sum[] | undefined; readonly load: number; readonly owed: Waiting[] }

class DigestThread {
  readonly #worker: Worker
  readonly #runs = new Map<number, Run>()
  #load = 0
  #fallen: unknown

  constructor(source: URL, gone: () => void) {
    this.#worker = new Worker(source, { resourceLimits: HEAP_LIMITS })
    this.#worker.on('message', (answer: Answer) => this.#answered(answer))
    this.#worker.on('error', (error) => this.#fall(error, gone))
    this.#worker.on('exit', (code) => this.#fall(new Error(`A digest thread ended with code ${code}`), gone))
    this.#worker.unref()
  }

  get load(): number {
    return this.#load
  }

  begin(number: number, share: readonly Sum[] | undefined): void {
    this.#worker.ref()
    const run = { begin: share, load: share ? SHARE_LOAD : 1, owed: [] }
    this.#load += run.load
    this.#runs.set(number, run)
  }

  ask(asked: Asked): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const run = this.#runs.get(asked.run)
      if (!run) return reject(this.#fallen ?? new Error('This digest is over'))
      run.owed.push({ resolve, reject })
      this.#worker.postMessage({ ...asked, begin: run.begin } satisfies Asked)
      run.begin = undefined
    })
  }

  drop(number: number): void {
    const run = this.#runs.get(number)
    if (!run) return
    if (run.begin === undefined) this.#worker.postMessage({ run: number, end: true } satisfies Asked)
    for (const waiting of run.owed) waiting.reject(new Error('This digest was dropped'))
    this.#forget(number)
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #answered(answer: Answer): void {
    const { run, sums, failure } = answer
    // A dropped run still gives its answers.
    const waiting = this.#runs.get(run)?.owed.shift()
    if (failure) waiting?.reject(Object.assign(new Error(failure.message), { code: failure.code }))
    else waiting?.resolve(answer)
    if (sums || failure) this.#forget(run)
  }

  #forget(number: number): void {
    this.#load -= this.#runs.get(number)?.load ?? 0
    this.#runs.delete(number)
    if (this.#runs.size === 0) this.#worker.unref()
  }

  #fall(error: unknown, gone: () => void): void {
    if (this.#fallen) return
    this.#fallen = error
    gone()
    for (const run of this.#runs.values()) for (const waiting of run.owed) waiting.reject(error)
    this.#runs.clear()
  }
}
