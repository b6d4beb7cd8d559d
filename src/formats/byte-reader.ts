import type { Bytes } from './concatenation.ts'

/** Reads a source of bytes forward, with a look ahead and with bytes given back. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  /** Pieces at hand, joined only when somebody wants to look across them. */
  #pieces: Buffer[] = []
  #length = 0
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
    while (this.#length < length && !this.#ended) await this.#more()
    const [first] = this.#pieces
    if (first && (first.length >= length || this.#pieces.length === 1)) return first.subarray(0, length)
    const all = Buffer.concat(this.#pieces)
    this.#pieces = all.length > 0 ? [all] : []
    return all.subarray(0, length)
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
    const [first] = this.#pieces
    if (length === 0 || !first) return
    if (length < first.length) this.#pieces[0] = first.subarray(length)
    else this.#pieces.shift()
    this.#length -= length
    this.#taken += length
  }

  /** The next piece, as long as it comes, at most `limit` bytes; undefined at the end. */
  async piece(limit = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    while (this.#length === 0 && !this.#ended) await this.#more()
    const piece = this.#pieces[0]?.subarray(0, limit)
    if (piece) this.skipHeld(piece.length)
    return piece
  }

  /** Puts the end of the piece that was taken last back. */
  giveBack(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#pieces.unshift(bytes)
    this.#length += bytes.length
    this.#taken -= bytes.length
  }

  /** Leaves the rest of the source alone. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  async #more(): Promise<void> {
    const next = await this.#source.next()
    if (next.done) this.#ended = true
    else if (next.value.length > 0) {
      this.#pieces.push(bufferOf(next.value))
      this.#length += next.value.length
    }
  }
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
