/**
 * Bytes that arrive in pieces of any size and are read in order: what was read is dropped, and what is passed over is
 * never held. Reading beyond what has arrived is a mistake of the caller, who asks `has` first.
 */
export class ByteQueue {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  /** Pieces that arrived after `#bytes` and were not yet joined to it. */
  #pieces: Buffer[] = []
  #piecesLength = 0
  #toSkip = 0
  #position = 0
  #ended = false

  /** Offset from the beginning of all that ever arrived, in bytes; may lie beyond it after `skip`. */
  get position(): number {
    return this.#position
  }

  /** How many bytes have arrived and were not read. */
  get available(): number {
    return this.#bytes.length - this.#at + this.#piecesLength
  }

  get ended(): boolean {
    return this.#ended
  }

  /** The bytes ended before all was there that was to be passed over. */
  get short(): boolean {
    return this.#toSkip > 0
  }

  push(bytes: Uint8Array): void {
    const skipped = Math.min(this.#toSkip, bytes.length)
    this.#toSkip -= skipped
    if (skipped === bytes.length) return
    this.#pieces.push(Buffer.from(bytes.buffer, bytes.byteOffset + skipped, bytes.length - skipped))
    this.#piecesLength += bytes.length - skipped
  }

  end(): void {
    this.#ended = true
  }

  /** Whether the next `count` bytes have arrived. */
  has(count: number): boolean {
    if (this.#bytes.length - this.#at >= count) return true
    if (this.available < count) return false
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), ...this.#pieces])
    this.#at = 0
    this.#pieces = []
    this.#piecesLength = 0
    return true
  }

  /** Passes over the next bytes, arrived or not. */
  skip(count: number): void {
    this.#position += count
    const held = Math.min(count, this.#bytes.length - this.#at)
    this.#at += held
    let left = count - held
    while (left > 0 && this.#pieces.length > 0) left -= this.#skipPiece(left)
    this.#toSkip += left
  }

  #skipPiece(most: number): number {
    const [piece] = this.#pieces as [Buffer]
    const count = Math.min(most, piece.length)
    if (count === piece.length) this.#pieces.shift()
    else this.#pieces[0] = piece.subarray(count)
    this.#piecesLength -= count
    return count
  }

  u8(ahead: number): number {
    return this.#bytes[this.#at + ahead]!
  }

  u16(ahead: number, little: boolean): number {
    const at = this.#at + ahead
    return little ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at)
  }

  u32(ahead: number, little: boolean): number {
    const at = this.#at + ahead
    return little ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at)
  }

  /** The next bytes, without passing over them; they are good until more arrive. */
  peek(count: number): Buffer {
    return this.#bytes.subarray(this.#at, this.#at + count)
  }
}
