import type { Digest } from './blob-store.ts'
import type { DigestThreads, ThreadedSums } from './digest-threads.ts'
import type { Slot } from './digest-worker.ts'
import { copyInto } from './memory.ts'
import type { NewFile } from './new-file.ts'
import type { Slots } from './slots.ts'

/** Slots per body: what is in flight between source, disk and digest threads is 8 MiB at most. */
const SLOTS = 4
/** After so many bytes in the cache the disk is told to begin, that the sync at the end may find little left to do. */
const SYNC_BYTES = 32 * 1024 * 1024

/** One large body on its way into an open, empty file: every slot of it is written and hashed at the same time. */
export class Lane {
  readonly #file: NewFile
  readonly #memories: Slots
  readonly #sums: ThreadedSums
  readonly #free: SharedArrayBuffer[] = []
  readonly #flying = new Set<Promise<void>>()
  #failure: { error: unknown } | undefined
  #slots = 0
  #slot: SharedArrayBuffer | undefined
  #filled = 0
  #size = 0
  #synced = 0

  constructor(file: NewFile, { threads, large }: Readonly<{ threads: DigestThreads; large: Slots }>) {
    this.#file = file
    this.#memories = large
    this.#sums = threads.start()
  }

  /** Takes a piece, which is not needed afterwards; resolves when there was room. Rejects with what went wrong first. */
  async add(piece: Uint8Array): Promise<void> {
    for (let taken = 0; taken < piece.length; ) {
      this.#slot ??= await this.#emptySlot()
      const part = piece.subarray(taken, taken + this.#memories.bytes - this.#filled)
      copyInto(new Uint8Array(this.#slot), part, this.#filled)
      this.#filled += part.length
      taken += part.length
      if (this.#filled === this.#memories.bytes) this.#flush(this.#slot)
    }
  }

  /** Resolves when every byte is written, synced and hashed; nobody may write to the file any more. */
  async end(): Promise<Digest> {
    const last = this.#slot && { memory: this.#slot, length: this.#filled }
    const summing = this.#sums.end(last)
    this.#fly([summing, ...(last ? [this.#write(last)] : [])])
    await this.#landed()
    await this.#file.finish()
    return { size: this.#size, ...(await summing) }
  }

  /** Leaves the file alone from now on. Call it whatever happened. */
  async close(): Promise<void> {
    this.#sums.drop()
    await Promise.all(this.#flying)
    for (const slot of [...this.#free, ...(this.#slot ? [this.#slot] : [])]) this.#memories.give(slot)
  }

  async #emptySlot(): Promise<SharedArrayBuffer> {
    while (this.#free.length === 0 && this.#slots === SLOTS && !this.#failure) await Promise.race(this.#flying)
    if (this.#failure) throw this.#failure.error
    const slot = this.#free.pop()
    if (slot) return slot
    this.#slots++
    return this.#memories.take()
  }

  /** Sends the full slot on its way. */
  #flush(memory: SharedArrayBuffer): void {
    const slot = { memory, length: this.#filled }
    this.#fly([this.#write(slot), this.#sums.add(slot)], () => this.#free.push(memory))
    this.#slot = undefined
    this.#filled = 0
    if (this.#file.direct || this.#size - this.#synced < SYNC_BYTES) return
    this.#synced = this.#size
    this.#fly([this.#file.sync()])
  }

  #write({ memory, length }: Slot): Promise<void> {
    const position = this.#size
    this.#size += length
    return this.#file.write(new Uint8Array(memory, 0, length), position)
  }

  async #landed(): Promise<void> {
    await Promise.all(this.#flying)
    if (this.#failure) throw this.#failure.error
  }

  #fly(works: readonly Promise<unknown>[], landed?: () => void): void {
    const flight = Promise.allSettled(works).then((results) => {
      this.#flying.delete(flight)
      const broken = results.find((result) => result.status === 'rejected')
      if (broken) this.#failure ??= { error: broken.reason }
      else landed?.()
    })
    this.#flying.add(flight)
  }
}
