import { type Element, elementIn, UNDEFINED_LENGTH } from '../dicom/elements.ts'
import type { PixelLayout } from '../dicom/image.ts'
import { type Fragments, frameOfFragments } from './fragments.ts'
import type { ImageFile } from './image-file.ts'
import { notRenderable } from './not-renderable.ts'

/** What the pixels of one frame are made of, as the file has them. */
export type FrameBytes = Readonly<{
  bytes: Uint8Array
  /** Compressed as the transfer syntax says. */
  compressed: boolean
  /** Floating point numbers of 32 or 64 bits, instead of integers. */
  float: boolean
}>

/** An element and where its value begins, in bytes. */
type PlacedElement = Element & Readonly<{ at: number }>

const PIXEL_DATA = 0x7fe00010
const FLOAT_PIXELS = 0x7fe00008
const DOUBLE_PIXELS = 0x7fe00009
const OFFSETS = 0x7fe00001
const LONGEST_HEAD = 12
/** More elements than these do not stand in the group of the pixels. */
const MAX_ELEMENTS = 8
/** Offsets of frames are read whole: so many bytes of them at most. */
const MAX_OFFSET_BYTES = 8 * 1024 * 1024

/**
 * The bytes of one frame and no others: the rest of the object is not read.
 * @param frame counted from 0
 * @throws ArchiveError 'unsupported' when they are not there, or more than can be
 */
export async function frameBytes(image: ImageFile, frame: number): Promise<FrameBytes> {
  if (frame < 0 || frame >= image.layout.frames) notRenderable(`it has no frame ${frame + 1}`)
  const { element, offsets } = await pixelElement(image)
  const float = element.tag !== PIXEL_DATA
  if (element.length !== UNDEFINED_LENGTH) {
    return { bytes: await nativeFrame(image, element, frame), compressed: false, float }
  }
  const fragments: Fragments = { source: image.source, at: element.at, offsets, frames: image.layout.frames }
  return { bytes: await frameOfFragments(fragments, frame), compressed: true, float }
}

/** The element with the pixels, and the offsets of the frames where an element before it has them. */
async function pixelElement({ source, before }: ImageFile): Promise<{ element: PlacedElement; offsets?: Uint8Array }> {
  let at = before.pixelsAt
  let offsets: Uint8Array | undefined
  for (let count = 0; count < MAX_ELEMENTS; count++) {
    const head = await source.read(at, Math.min(at + LONGEST_HEAD, source.size))
    const found = elementIn(head, before.encoding)
    if (!found) break
    const element = { ...found, at: at + found.head }
    if ([PIXEL_DATA, FLOAT_PIXELS, DOUBLE_PIXELS].includes(element.tag)) return { element, offsets }
    if (element.length === UNDEFINED_LENGTH) break
    if (element.tag === OFFSETS && element.length <= MAX_OFFSET_BYTES)
      offsets = await source.read(element.at, element.at + element.length)
    at = element.at + element.length
  }
  return notRenderable('the object has no pixels')
}

/** Bits from the beginning of one frame to that of the next; colours at half resolution take two samples a pixel. */
export function bitsOfFrame({ rows, columns, samples, bitsAllocated, photometric }: PixelLayout): number {
  const perPixel = samples === 3 && /_422$/.test(photometric) ? 2 : samples
  return rows * columns * perPixel * bitsAllocated
}

/** Missing bytes at the end of a broken object are black. */
async function nativeFrame(image: ImageFile, element: PlacedElement, frame: number): Promise<Uint8Array> {
  const { source, layout, bigEndian } = image
  const bits = bitsOfFrame(layout)
  const from = Math.floor((frame * bits) / 8)
  const to = Math.ceil(((frame + 1) * bits) / 8)
  const there = Math.min(element.length, source.size - element.at)
  if (from >= there) notRenderable('its pixels are missing')
  // Words are swapped whole, so that the range must begin and end with one.
  const word = bigEndian ? wordOf(element, layout) : 1
  const start = from - (from % word)
  const end = to + ((word - (to % word)) % word)
  const read = await source.read(element.at + start, element.at + Math.min(end, there))
  // What was read may belong to others, too, and must not be changed.
  const bytes = word === 1 && read.byteLength === end - start ? read : padded(read, end - start)
  if (word > 1) swap(bytes, word)
  const whole = bytes.subarray(from - start, to - start)
  return layout.bitsAllocated === 1 ? shifted(whole, (frame * bits) % 8) : whole
}

function padded(read: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  bytes.set(read)
  return bytes
}

/** How many bytes are written in reverse order: those of a sample, or the two of a word that holds several. */
const wordOf = ({ vr }: Element, { bitsAllocated }: PixelLayout): number =>
  bitsAllocated > 8 ? bitsAllocated / 8 : vr === 'OW' ? 2 : 1

function swap(bytes: Uint8Array, word: number): void {
  for (let at = 0; at + word <= bytes.length; at += word) bytes.subarray(at, at + word).reverse()
}

/** Frames of single bits follow each other without a gap: one may begin within a byte. */
function shifted(bytes: Uint8Array, by: number): Uint8Array {
  if (by === 0) return bytes
  return bytes.map((byte, at) => (byte >> by) | ((bytes[at + 1] ?? 0) << (8 - by)))
}
