import type { Archive } from '../archive/archive.ts'
import { readFile, type StoredBytes } from '../archive/stored-files.ts'
import { paletteOf, shadesOf } from '../dicom/image.ts'
import { faultOf } from '../errors.ts'
import type { PictureType } from '../pixels/encode.ts'
import { framePieces } from '../pixels/frames.ts'
import { type ByteSource, type ImageFile, openImage } from '../pixels/image-file.ts'
import { type Cell, openPictureProcesses, type PictureProcesses } from '../pixels/picture-processes.ts'

/** What makes pictures of images, open once per process. */
export type Pictures = Readonly<{
  processes: PictureProcesses
  /** Makes what has that name unless it is being made just now; then waits until it is. */
  once: (name: string, make: () => Promise<void>) => Promise<void>
  close: () => Promise<void>
}>

export function openPictures(processes: PictureProcesses = openPictureProcesses()): Pictures {
  const making = new Map<string, Promise<void>>()
  const once: Pictures['once'] = (name, make) => {
    const known = making.get(name)
    if (known) return known
    const made = make().finally(() => making.delete(name))
    making.set(name, made)
    return made
  }
  return { processes, once, close: processes.close }
}

/**
 * The first frame of a stored file as a picture (resources 4.7); undefined when the file is no DICOM object.
 * @throws ArchiveError 'unsupported' when it is one, but cannot be shown
 */
export async function pictureOfFile(
  pictures: Pictures,
  archive: Archive,
  file: StoredBytes,
  type: PictureType,
): Promise<Uint8Array | undefined> {
  const image = await orUndefined(openImage(sourceOf(archive, file), 0))
  if (!image) return undefined
  const { columns, rows } = image.layout
  const cells = (async function* () {
    yield { frame: await frameOf(image), x: 0, y: 0 }
  })()
  const drawing = { canvas: { columns, rows, colour: isColour(image) }, cells }
  return pictures.processes.draw(drawing, (write) => whole(write({ type, half: false })))
}

/** A file that was written, in memory. */
export const whole = async (pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> =>
  Buffer.concat(await Array.fromAsync(pieces))

async function orUndefined(image: Promise<ImageFile>): Promise<ImageFile | undefined> {
  try {
    return await image
  } catch (error) {
    if (faultOf(error)?.kind === 'unreadable') return undefined
    throw error
  }
}

/** Whether a picture of it has colours. */
export const isColour = ({ layout }: ImageFile): boolean =>
  layout.samples === 3 || layout.photometric === 'PALETTE COLOR'

/** The frame of an image with all that it takes to draw it. */
export async function frameOf(image: ImageFile): Promise<Cell['frame']> {
  const { layout, before } = image
  const look = { layout, shades: shadesOf(before.header, layout), palette: paletteOf(before.header, layout) }
  return { ...(await framePieces(image)), look }
}

/** Small ranges follow each other: so many bytes are read at least. */
const READ_BYTES = 16 * 1024

/** A stored file, read by ranges. */
export function sourceOf(archive: Archive, file: StoredBytes): ByteSource {
  let start = 0
  let block: Uint8Array = new Uint8Array()
  const load = async (from: number, to: number): Promise<Uint8Array> => {
    if (from >= to) return new Uint8Array()
    const bytes = new Uint8Array(to - from)
    let at = 0
    for await (const piece of await readFile(archive, file, { start: from, end: to - 1 })) {
      bytes.set(piece as Uint8Array, at)
      at += (piece as Uint8Array).byteLength
    }
    return bytes
  }
  const read = async (from: number, to: number): Promise<Uint8Array> => {
    const end = Math.min(to, file.size)
    if (end - from >= READ_BYTES) return load(from, end)
    if (from < start || end > start + block.byteLength) {
      start = from
      block = await load(from, Math.min(from + READ_BYTES, file.size))
    }
    return block.subarray(from - start, Math.max(from, end) - start)
  }
  return { size: file.size, read }
}
