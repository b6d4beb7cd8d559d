import { ITEM } from '../dicom/elements.ts'
import type { ByteSource } from './image-file.ts'
import { notRenderable } from './not-renderable.ts'

/** Compressed pixels: items of which the first may have the offsets of the frames. */
export type Fragments = Readonly<{
  source: ByteSource
  /** Where the first item begins, in bytes. */
  at: number
  frames: number
  /** The extended offset table, eight bytes each, where the object has one. */
  offsets?: Uint8Array
}>

/** Where the content of an item is, in bytes. */
export type ByteRange = Readonly<{ at: number; length: number }>
type Item = ByteRange

const HEAD_BYTES = 8
/** Fragments that are looked at; their heads must be read one after the other. */
const MAX_FRAGMENTS = 100_000
/** Compressed bytes of one frame. */
const MAX_FRAME_BYTES = 256 * 1024 * 1024

/**
 * Where the compressed bytes of one frame are: by the offsets where there are any, else by counting fragments.
 * @see DICOM PS3.5 A.4
 * @throws ArchiveError 'unsupported' when the fragments do not say which belong to the frame, or are too long
 */
export async function rangesOfFrame(fragments: Fragments, frame: number): Promise<readonly ByteRange[]> {
  const table = await itemAt(fragments.source, fragments.at)
  if (!table) return notRenderable('its pixels are missing')
  const first = table.at + table.length
  const offsets = fragments.offsets ? longs(fragments.offsets) : await offsetTable(fragments.source, table)
  if (fragments.frames > 1 && offsets.length === fragments.frames) {
    const end = offsets[frame + 1]
    const items = await itemsFrom(
      fragments.source,
      first + offsets[frame]!,
      end === undefined ? undefined : first + end,
    )
    return checked(items)
  }
  const items = await itemsFrom(fragments.source, first)
  return checked(await itemsOfFrame(fragments, items, frame))
}

/** Without offsets: all of them for the only frame, one each, or those from one beginning of an image to the next. */
async function itemsOfFrame(
  { frames, source }: Fragments,
  items: readonly Item[],
  frame: number,
): Promise<readonly Item[]> {
  if (frames === 1) return items
  if (items.length === frames) return items.slice(frame, frame + 1)
  const beginnings: number[] = []
  for (const [index, item] of items.entries()) if (await beginsImage(source, item)) beginnings.push(index)
  if (beginnings.length !== frames) notRenderable('its fragments do not tell where a frame begins')
  return items.slice(beginnings[frame], beginnings[frame + 1])
}

/** JPEG and JPEG-LS begin with FFD8, JPEG 2000 with FF4F. */
async function beginsImage({ read }: ByteSource, { at, length }: Item): Promise<boolean> {
  if (length < 2) return false
  const [first, second] = await read(at, at + 2)
  return first === 0xff && (second === 0xd8 || second === 0x4f)
}

/** The item whose head is at that place; undefined where there is none, as at the end. */
async function itemAt({ read, size }: ByteSource, at: number): Promise<Item | undefined> {
  if (at + HEAD_BYTES > size) return undefined
  const head = await read(at, at + HEAD_BYTES)
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const tag = view.getUint16(0, true) * 0x10000 + view.getUint16(2, true)
  const length = view.getUint32(4, true)
  if (tag !== ITEM) return undefined
  return { at: at + HEAD_BYTES, length: Math.min(length, size - at - HEAD_BYTES) }
}

async function itemsFrom(source: ByteSource, start: number, end = source.size): Promise<readonly Item[]> {
  const items: Item[] = []
  for (let at = start; at < end && items.length < MAX_FRAGMENTS; ) {
    const item = await itemAt(source, at)
    if (!item) break
    items.push(item)
    at = item.at + item.length
  }
  return items
}

function checked(items: readonly Item[]): readonly Item[] {
  const length = items.reduce((sum, item) => sum + item.length, 0)
  if (length === 0) notRenderable('its pixels are missing')
  if (length > MAX_FRAME_BYTES) notRenderable(`more than ${MAX_FRAME_BYTES} bytes in a frame`)
  return items
}

async function offsetTable({ read }: ByteSource, { at, length }: Item): Promise<readonly number[]> {
  if (length === 0 || length > MAX_FRAGMENTS * 4) return []
  const bytes = await read(at, at + length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: Math.floor(length / 4) }, (_, index) => view.getUint32(index * 4, true))
}

function longs(bytes: Uint8Array): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: Math.floor(bytes.byteLength / 8) }, (_, index) =>
    Number(view.getBigUint64(index * 8, true)),
  )
}
