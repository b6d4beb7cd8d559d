/**
 * Gives the memory of a piece back at once, where the piece has all of it to itself; it is empty from then on. Left to
 * the collector, the pieces of a large upload bring about one collection after the other (bench/README.md).
 */
export function free({ buffer, byteLength }: Uint8Array): void {
  if (byteLength > 0 && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}

/**
 * Copies `bytes` to a place in `target`; typed arrays' own way takes longer into memory that threads share.
 * @throws RangeError when they do not fit there
 */
export function copyInto(target: Uint8Array, { buffer, byteOffset, byteLength }: Uint8Array, at: number): void {
  if (at + byteLength > target.length)
    throw new RangeError(`${byteLength} bytes do not fit at ${at} of ${target.length}`)
  Buffer.from(buffer, byteOffset, byteLength).copy(target, at)
}
