/** What the pixels of one frame are made of. */
export type FrameBytes = Readonly<{
  bytes: Uint8Array
  /** Compressed as the transfer syntax says. */
  compressed: boolean
  /** Floating point numbers of 32 or 64 bits, instead of integers. */
  float: boolean
}>

/** How the bytes of a frame lie in what was read of the file. */
export type FrameForm = Omit<FrameBytes, 'bytes'> &
  Readonly<{
    /** Bytes to be read; those that are missing at the end of a broken object are black. */
    length: number
    /** How many bytes are written in reverse order; words are swapped whole. */
    word: number
    /** Where the frame begins and ends within them: in bytes, and how many bits of the first are another frame's. */
    from: number
    to: number
    bits: number
  }>

/** The frame in the bytes that were read for it, which may be changed. */
export function frameIn(bytes: Uint8Array, { compressed, float, word, from, to, bits }: FrameForm): FrameBytes {
  if (word > 1) swap(bytes, word)
  return { bytes: shifted(bytes.subarray(from, to), bits), compressed, float }
}

function swap(bytes: Uint8Array, word: number): void {
  for (let at = 0; at + word <= bytes.length; at += word) bytes.subarray(at, at + word).reverse()
}

/** Frames of single bits follow each other without a gap: one may begin within a byte. */
function shifted(bytes: Uint8Array, by: number): Uint8Array {
  if (by === 0) return bytes
  return bytes.map((byte, at) => (byte >> by) | ((bytes[at + 1] ?? 0) << (8 - by)))
}
