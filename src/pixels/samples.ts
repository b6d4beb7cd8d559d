import type { PixelLayout } from '../dicom/image.ts'
import { notRenderable } from './not-renderable.ts'

/** Stored values, one for each sample of a frame. */
export type Samples = Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array

/** Bytes of samples without compression, with their lower byte first. */
export type SampleBytes = Readonly<{ bytes: Uint8Array; layout: PixelLayout; float: boolean }>

/**
 * The stored values of one frame: only the bits that belong to them, with their sign.
 * @throws ArchiveError 'unsupported' when there are fewer bytes than samples
 */
export function samplesOf({ bytes, layout, float }: SampleBytes): Samples {
  const { rows, columns, samples, bitsAllocated } = layout
  const count = rows * columns * samples
  if (bytes.byteLength < Math.ceil((count * bitsAllocated) / 8)) notRenderable('its pixels are fewer than they should')
  if (float) return bitsAllocated === 64 ? viewOf(Float64Array, bytes, count) : viewOf(Float32Array, bytes, count)
  if (bitsAllocated === 1) return Uint16Array.from({ length: count }, (_, at) => (bytes[at >> 3]! >> (at & 7)) & 1)
  if (bitsAllocated === 8) return meant(Uint16Array.from(bytes.subarray(0, count)), layout)
  if (bitsAllocated === 16) return meant(viewOf(Uint16Array, bytes, count), layout)
  if (bitsAllocated === 32) return layout.signed ? viewOf(Int32Array, bytes, count) : viewOf(Uint32Array, bytes, count)
  return notRenderable(`integers of ${bitsAllocated} bits`)
}

type Numbers<T> = { new (buffer: ArrayBufferLike, offset: number, count: number): T; BYTES_PER_ELEMENT: number }

/** Copies where the bytes do not lie as the numbers must. */
function viewOf<T>(Kind: Numbers<T>, bytes: Uint8Array, count: number): T {
  const length = count * Kind.BYTES_PER_ELEMENT
  const aligned = bytes.byteOffset % Kind.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice(0, length)
  return new Kind(aligned.buffer, aligned.byteOffset, count)
}

/** Bits above and below those that are stored may hold something else, such as an overlay. Changes the values in place. */
function meant(values: Uint16Array, { bitsStored, highBit, signed, bitsAllocated }: PixelLayout): Samples {
  const shift = Math.max(0, Math.min(highBit, bitsAllocated - 1) - bitsStored + 1)
  const mask = 2 ** bitsStored - 1
  const up = signed ? 32 - bitsStored : 0
  const clean = signed ? new Int16Array(values.buffer, values.byteOffset, values.length) : values
  if (bitsStored === 16) return clean
  for (let at = 0; at < values.length; at++) clean[at] = (((values[at]! >> shift) & mask) << up) >> up
  return clean
}
