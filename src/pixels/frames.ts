import { type Element, elementIn, UNDEFINED_LENGTH } from '../dicom/elements.ts'
import type { PixelLayout } from '../dicom/image.ts'
import { type ByteRange, type Fragments, rangesOfFrame } from './fragments.ts'
import type { FrameForm } from './frame-bytes.ts'
import type { ByteSource, ImageFile } from './image-file.ts'
import { notRenderable } from './not-renderable.ts'

/** The bytes of one frame as they are read, a piece after the other, and how it lies in them. */
export type FramePieces = Readonly<{ form: FrameForm; pieces: AsyncIterable<Uint8Array> }>

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
 * The bytes of one frame and no others: the rest of the object is not read, and the frame itself is not held.
 * @throws ArchiveError 'unsupported' when they are not there, or more than can be
 */
export async function framePieces(image: ImageFile): Promise<FramePieces> {
  const { source, layout, frame } = image
  if (frame < 0 || frame >= layout.frames) notRenderable(`it has no frame ${frame + 1}`)
  const { element, offsets } = await pixelElement(image)
  if (element.length !== UNDEFINED_LENGTH) return nativeFrame(image, element)
  const fragments: Fragments = { source, at: element.at, offsets, frames: layout.frames }
  const ranges = await rangesOfFrame(fragments, frame)
  const length = ranges.reduce((sum, range) => sum + range.length, 0)
  const form = { compressed: true, float: element.tag !== PIXEL_DATA, length, word: 1, from: 0, to: length, bits: 0 }
  return { form, pieces: piecesOf(source, ranges) }
}

/** Bytes that are read at once. */
const PIECE_BYTES = 1024 * 1024

async function* piecesOf(source: ByteSource, ranges: readonly ByteRange[]): AsyncGenerator<Uint8Array> {
  for (const { at, length } of ranges) {
    for (let start = at; start < at + length; start += PIECE_BYTES)
      yield source.read(start, Math.min(start + PIECE_BYTES, at + length))
  }
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

function nativeFrame({ source, frame, layout, bigEndian }: ImageFile, element: PlacedElement): FramePieces {
  const bits = bitsOfFrame(layout)
  const from = Math.floor((frame * bits) / 8)
  const to = Math.ceil(((frame + 1) * bits) / 8)
  const there = Math.min(element.length, source.size - element.at)
  if (from >= there) notRenderable('its pixels are missing')
  // Words are swapped whole, so that the range must begin and end with one.
  const word = bigEndian ? wordOf(element, layout) : 1
  const start = from - (from % word)
  const end = to + ((word - (to % word)) % word)
  const form: FrameForm = {
    compressed: false,
    float: element.tag !== PIXEL_DATA,
    length: end - start,
    word,
    from: from - start,
    to: to - start,
    bits: layout.bitsAllocated === 1 ? (frame * bits) % 8 : 0,
  }
  const range = { at: element.at + start, length: Math.min(end, there) - start }
  return { form, pieces: piecesOf(source, [range]) }
}

/** How many bytes are written in reverse order: those of a sample, or the two of a word that holds several. */
const wordOf = ({ vr }: Element, { bitsAllocated }: PixelLayout): number =>
  bitsAllocated > 8 ? bitsAllocated / 8 : vr === 'OW' ? 2 : 1
