/**
 * Gives the memory of a piece back at once, where the piece has all of it to itself; it is empty from then on. Left to
 * the collector, the pieces of a large upload bring about one collection after the other (bench/README.md).
 */
export function free({ buffer, byteLength }: Uint8Array): void {
  if (byteLength > 0 && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}
