import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import { type BeforePixels, DEFLATED, openObject } from '../dicom/header.ts'
import { type PixelLayout, pixelLayout } from '../dicom/image.ts'
import { notRenderable } from './not-renderable.ts'

/** The bytes of a stored object, read by ranges; `end` is exclusive, and no further than `size`. */
export type ByteSource = Readonly<{ size: number; read: (start: number, end: number) => Promise<Uint8Array> }>

/** One frame of an object with pixels: what the header says of it, and where the pixels begin. */
export type ImageFile = Readonly<{
  source: ByteSource
  /** Counted from 0. */
  frame: number
  before: BeforePixels
  layout: PixelLayout
  bigEndian: boolean
}>

/** Headers of objects with thousands of frames are long; longer ones than this are not read. */
const MAX_HEADER_BYTES = 32 * 1024 * 1024
const PIECE_BYTES = 64 * 1024
/** Of a deflated object, which must be unpacked whole, in memory. */
const MAX_DEFLATED_BYTES = 16 * 1024 * 1024
const MAX_INFLATED_BYTES = 32 * 1024 * 1024

/** Pixels of one frame: beyond that a picture is not made. */
export const MAX_PIXELS = 32 * 1024 * 1024

const inflated = promisify(inflateRaw)

/**
 * Reads as much of an object as comes before its pixels.
 * @throws ArchiveError 'unreadable' when it is no DICOM object, 'unsupported' when it has no image, or one too large
 */
export async function openImage(source: ByteSource, frame: number): Promise<ImageFile> {
  const before = await readHead(source, frame)
  if (before.header.transferSyntax === DEFLATED) return openInflated(source, frame, before.startsAt)
  return imageIn(source, frame, before)
}

async function readHead(source: ByteSource, frame: number): Promise<BeforePixels> {
  const reader = openObject({ frame })
  for (let at = 0; at < source.size; at += PIECE_BYTES) {
    if (at > MAX_HEADER_BYTES) notRenderable('its header is too long')
    if (!reader.push(await source.read(at, Math.min(at + PIECE_BYTES, source.size)))) break
  }
  return reader.end()
}

function imageIn(source: ByteSource, frame: number, before: BeforePixels): ImageFile {
  const layout = pixelLayout(before.header)
  if (!layout || before.header.cut) return notRenderable('the object has no pixels')
  if (layout.rows * layout.columns > MAX_PIXELS) notRenderable(`more than ${MAX_PIXELS} pixels in a frame`)
  if (![1, 3].includes(layout.samples)) notRenderable(`${layout.samples} samples per pixel`)
  if (![1, 8, 16, 32, 64].includes(layout.bitsAllocated)) notRenderable(`samples of ${layout.bitsAllocated} bits`)
  return { source, frame, before, layout, bigEndian: !before.encoding.little }
}

async function openInflated({ size, read }: ByteSource, frame: number, startsAt: number): Promise<ImageFile> {
  if (size > MAX_DEFLATED_BYTES) notRenderable('the object is deflated and too large to be unpacked')
  const bytes = await unpacked(await read(startsAt, size))
  // What was inside begins with its data set, and tells by itself how it is written.
  const source = { size: bytes.byteLength, read: async (start: number, end: number) => bytes.subarray(start, end) }
  return imageIn(source, frame, await readHead(source, frame))
}

async function unpacked(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await inflated(bytes, { maxOutputLength: MAX_INFLATED_BYTES })
  } catch (error) {
    return notRenderable('its deflated data set is damaged or too large', error)
  }
}
