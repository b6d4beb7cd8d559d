/** Bytes of one slot. */
export const SLOT_BYTES = 2 * 1024 * 1024
/** Slots that are kept for later use. */
const SPARE_SLOTS = 16

/**
 * Memory for bytes between their source, the disk and the threads that hash: used again and again, since made anew for
 * each body it would wait long for the collector.
 */
export class Slots {
  readonly #spare: SharedArrayBuffer[] = []

  /** Memory of SLOT_BYTES that begins with a page, as writing past the cache asks for: growable memory does. */
  take(): SharedArrayBuffer {
    return this.#spare.pop() ?? new SharedArrayBuffer(SLOT_BYTES, { maxByteLength: SLOT_BYTES })
  }

  give(memory: SharedArrayBuffer): void {
    if (this.#spare.length < SPARE_SLOTS) this.#spare.push(memory)
  }
}
