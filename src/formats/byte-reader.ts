import type { Bytes } from './concatenation.ts'

/** Reads a source of bytes forward, with a look ahead and with bytes given back. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)
  #ended = false
  #taken = 0

  constructor(source: Bytes) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** How many bytes were taken so far. */
  get taken(): number {
    return this.#taken
  }

  /** The next bytes without taking them: `length`, or fewer where the source ends. */
  async look(length: number): Promise<Buffer> {
    while (this.#held.length < length && !this.#ended) await this.#more()
    return this.#held.subarray(0, length)
  }

  /** Takes exactly so many bytes. @throws RangeError when the source ends before */
  async take(length: number): Promise<Buffer> {
    const bytes = await this.look(length)
    if (bytes.length < length) throw new RangeError('The bytes end too early')
    this.skipHeld(length)
    return bytes
  }

  /** Takes what was looked at. */
  skipHeld(length: number): void {
    this.#held = this.#held.subarray(length)
    this.#taken += length
  }

  /** The next piece, as long as it comes, at most `limit` bytes; undefined at the end. */
  async piece(limit = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    if (this.#held.length === 0 && !this.#ended) await this.#more()
    if (this.#held.length === 0) return undefined
    const piece = this.#held.subarray(0, Math.min(limit, this.#held.length))
    this.skipHeld(piece.length)
    return piece
  }

  /** Puts the end of the piece that was taken last back. */
  giveBack(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([bytes, this.#held])
    this.#taken -= bytes.length
  }

  /** Leaves the rest of the source alone. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  async #more(): Promise<void> {
    const next = await this.#source.next()
    if (next.done) this.#ended = true
    else if (this.#held.length === 0) this.#held = bufferOf(next.value)
    else this.#held = Buffer.concat([this.#held, next.value])
  }
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
