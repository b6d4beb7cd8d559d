import type { PixelLayout } from '../dicom/image.ts'

/** Pixels of a compressed image, as it says itself. */
export type CodedSize = Readonly<{ rows: number; columns: number }>

const JPEG_START = 0xffd8
const CODESTREAM_START = 0xff4f
const SIZE_MARKER = 0xff51
const SCAN_MARKER = 0xffda
/** The box in which a file of JPEG 2000 has its codestream: `jp2c`. */
const CODESTREAM_BOX = 0x6a703263

/**
 * The size that a stream of JPEG, JPEG-LS or JPEG 2000 claims for itself; undefined when it is none of them.
 * @see ITU-T T.81 B.2.2, T.87 C.2.2, T.800 A.5.1
 */
export function codedSize(bytes: Uint8Array): CodedSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.byteLength < 16) return undefined
  const start = view.getUint16(0)
  if (start === JPEG_START) return sizeInFrame(view)
  return start === CODESTREAM_START ? sizeInCodestream(view, 0) : sizeInBoxes(view)
}

/** Frame headers are the markers C0 to CF but for three that mean something else, and F7 of JPEG-LS. */
const beginsFrame = (marker: number): boolean =>
  marker === 0xfff7 || (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker))

function sizeInFrame(view: DataView): CodedSize | undefined {
  const frame = segments(view).find(({ marker }) => beginsFrame(marker))
  return frame && { rows: view.getUint16(frame.at + 5), columns: view.getUint16(frame.at + 7) }
}

/** Number of segments and offsets of fifteen of them. */
const RUNS_HEADER_BYTES = 64

/**
 * Runs do not say how large their image is: the size that they should have, where there are as many segments as samples
 * have bytes, in their order; else undefined.
 * @see DICOM PS3.5 G.5
 */
export function runsSize(
  bytes: Uint8Array,
  { rows, columns, samples, bitsAllocated }: PixelLayout,
): CodedSize | undefined {
  if (bytes.byteLength < RUNS_HEADER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = view.getUint32(0, true)
  if (count !== (samples * bitsAllocated) / 8 || count > 15) return undefined
  const offsets = Array.from({ length: count }, (_, segment) => view.getUint32(4 + 4 * segment, true))
  const inOrder = offsets.every((offset, at) => offset >= (offsets[at - 1] ?? RUNS_HEADER_BYTES))
  return inOrder && offsets.at(-1)! <= bytes.byteLength ? { rows, columns } : undefined
}

const JFIF = 0xffe0
const ADOBE = 0xffee
/** A shorter segment lacks the byte that says it; decoders pass over it. */
const ADOBE_BYTES = 14

/**
 * Whether a stream of JPEG does not say how its colours are written: no marker does, and all have the same resolution.
 */
export function isUnmarked(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found = segments(view)
  const frame = found.find(({ marker }) => beginsFrame(marker))
  const says = ({ marker, at }: Segment): boolean =>
    marker === JFIF || (marker === ADOBE && view.getUint16(at + 2) >= ADOBE_BYTES)
  if (!frame || found.some(says)) return false
  const components = Math.min(view.getUint8(frame.at + 9), Math.floor((view.byteLength - frame.at - 10) / 3))
  const factors = Array.from({ length: components }, (_, index) => view.getUint8(frame.at + 11 + 3 * index))
  return new Set(factors).size === 1
}

/** More segments than these do not stand before a frame header. */
const MAX_SEGMENTS = 4096

type Segment = Readonly<{ marker: number; at: number }>

/** The segments of a stream of JPEG up to its frame header. */
function segments(view: DataView): readonly Segment[] {
  const found: Segment[] = []
  for (let at = 2; at + 10 <= view.byteLength && found.length < MAX_SEGMENTS; ) {
    const marker = view.getUint16(at)
    if (marker < 0xff00 || marker === SCAN_MARKER) break
    if (marker !== 0xffff) found.push({ marker, at })
    if (beginsFrame(marker)) break
    at += marker === 0xffff ? 1 : 2 + view.getUint16(at + 2)
  }
  return found
}

function sizeInCodestream(view: DataView, start: number): CodedSize | undefined {
  if (start + 24 > view.byteLength || view.getUint16(start + 2) !== SIZE_MARKER) return undefined
  const [right, bottom, left, top] = [8, 12, 16, 20].map((at) => view.getUint32(start + at)) as [
    number,
    number,
    number,
    number,
  ]
  return { rows: bottom - top, columns: right - left }
}

function sizeInBoxes(view: DataView): CodedSize | undefined {
  for (let at = 0; at + 8 <= view.byteLength; ) {
    const length = view.getUint32(at)
    if (view.getUint32(at + 4) === CODESTREAM_BOX) return sizeInCodestream(view, at + 8)
    if (length < 8) return undefined
    at += length
  }
  return undefined
}
