/** Bytes of a slot for what is small, and how many are kept for later use. */
const SMALL = { bytes: 1024 * 1024, spare: 32 }
/** The same for a part of what is large. */
const LARGE = { bytes: 2 * 1024 * 1024, spare: 8 }

/**
 * Memory for bytes between their source, the disk and the threads that hash: used again and again, since made anew for
 * each body it would wait long for the collector. What nobody has written to yet takes no room.
 */
export class Slots {
  readonly #spare: SharedArrayBuffer[] = []
  /** How much one takes, in bytes. */
  readonly bytes: number
  readonly #mostSpare: number

  constructor(size: 'small' | 'large') {
    const { bytes, spare } = size === 'small' ? SMALL : LARGE
    this.bytes = bytes
    this.#mostSpare = spare
  }

  /** Memory that begins with a page, as writing past the cache asks for: growable memory does. */
  take(): SharedArrayBuffer {
    return this.#spare.pop() ?? new SharedArrayBuffer(this.bytes, { maxByteLength: this.bytes })
  }

  give(memory: SharedArrayBuffer): void {
    if (this.#spare.length < this.#mostSpare) this.#spare.push(memory)
  }
}
