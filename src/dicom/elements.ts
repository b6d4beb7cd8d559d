import { refuse } from '../errors.ts'
import { ByteQueue } from './byte-queue.ts'
import { type Decode, decoderFor } from './charsets.ts'
import { attributes, type Tag } from './tags.ts'
import { isReadable, textsOf } from './texts.ts'

/** What was read of a data set: texts of its values, and the items of its sequences, both by tag. */
export type Dataset = Readonly<{
  values: ReadonlyMap<Tag, readonly string[]>
  items: ReadonlyMap<Tag, readonly Dataset[]>
  /** Look-up tables as words with their lower byte first, where they were asked for. */
  tables?: ReadonlyMap<Tag, Uint8Array>
}>

/** How the elements are written. */
export type Encoding = Readonly<{ explicit: boolean; little: boolean }>

/** Bytes to read elements from. */
export type Source = Readonly<{
  bytes: ByteQueue
  encoding: Encoding
  decode: Decode
  /** Further tags that are wanted, with the representation that implicit encodings leave out. */
  also: ReadonlyMap<number, string>
  /** How much may still be kept, in characters. */
  room: { left: number }
  /** What the picture of this frame needs is wanted, too: look-up tables, and what it says, but no other frame. */
  frame?: number
}>

/** A data set, and whether the bytes ended within it. */
export type Reading = Readonly<{ dataset: Dataset; cut: boolean }>

/** Something that is read as far as bytes have arrived, and waits for more at each `yield`. */
export type Steps<T> = Generator<void, T, void>

/** Sequences may stand in each other this deep; deeper ones are refused. */
const MAX_DEPTH = 32
/** Longer values are passed over: none that we read is meant to be that long. */
const MAX_VALUE_BYTES = 64 * 1024
/** A look-up table has at most 65,536 entries of two bytes. */
const MAX_TABLE_BYTES = 128 * 1024
/** What an element or an item costs besides its text, in characters. */
const OVERHEAD = 32
/** The group of the pixels. */
const PIXEL_GROUP = 0x7fe0
export const UNDEFINED_LENGTH = 0xffffffff
const ITEM_GROUP = 0xfffe
const ITEM_TAGS = 0xfffe0000
export const ITEM = 0xfffee000
const ITEM_END = 0xfffee00d
const SEQUENCE_END = 0xfffee0dd
const CHARACTER_SET = 0x00080005
const PER_FRAME = 0x52009230
/** Frames have windows of their own, of which only pictures are made. */
const FRAME_WINDOW = 0x00289132

/** `tag` is group and element as one number; `vr` is empty where none is stated; the value follows. */
export type Element = Readonly<{ tag: number; vr: string; length: number }>

const LONG_FORM = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'])

/** Waits until so many bytes are there; false when they will never be. */
export function* arrived(bytes: ByteQueue, count: number): Steps<boolean> {
  while (!bytes.has(count)) {
    if (bytes.ended) return false
    yield
  }
  return true
}

/** The element that begins with these bytes and the length of its head, or undefined when they end within that. */
export function elementIn(bytes: Uint8Array, encoding: Encoding): (Element & Readonly<{ head: number }>) | undefined {
  const queue = new ByteQueue()
  queue.push(bytes)
  queue.end()
  const element = elementAhead({ bytes: queue, encoding })
  return element && { ...element, head: queue.position }
}

/** The next element, its head read, or undefined when the bytes end within the head. */
function* nextElement(source: Source): Steps<Element | undefined> {
  while (true) {
    const element = elementAhead(source)
    if (element) return element
    if (source.bytes.ended) return undefined
    yield
  }
}

/** The same without waiting: undefined when the head has not arrived. */
function elementAhead({
  bytes,
  encoding: { explicit, little },
}: Pick<Source, 'bytes' | 'encoding'>): Element | undefined {
  if (!bytes.has(8)) return undefined
  const group = bytes.u16(0, little)
  const tag = group * 0x10000 + bytes.u16(2, little)
  // Some writers fall back to implicit elements in the middle of explicit ones.
  const vr = explicit && group !== ITEM_GROUP ? representationAhead(bytes) : ''
  if (vr === '') return headRead(bytes, 8, { tag, vr, length: bytes.u32(4, little) })
  if (!LONG_FORM.has(vr)) return headRead(bytes, 8, { tag, vr, length: bytes.u16(6, little) })
  return bytes.has(12) ? headRead(bytes, 12, { tag, vr, length: bytes.u32(8, little) }) : undefined
}

function headRead(bytes: ByteQueue, size: number, element: Element): Element {
  bytes.skip(size)
  return element
}

function representationAhead(bytes: ByteQueue): string {
  const [first, second] = [bytes.u8(4), bytes.u8(5)]
  return isCapital(first) && isCapital(second) ? (REPRESENTATIONS[(first - 65) * 26 + second - 65] ?? '') : ''
}

/** Every pair of capitals, so that none is made anew for each element. */
const REPRESENTATIONS = Array.from({ length: 26 * 26 }, (_, pair) =>
  String.fromCharCode(65 + Math.floor(pair / 26), 65 + (pair % 26)),
)

const isCapital = (code: number): boolean => code >= 65 && code <= 90

/** @throws ArchiveError 'unreadable' */
export function broken(why: string, cause?: unknown): never {
  return refuse({ kind: 'unreadable', what: 'DICOM', because: `This is no readable DICOM object: ${why}.` }, cause)
}

export const tagName = (tag: number): Tag => tag.toString(16).toUpperCase().padStart(8, '0')

/** The attributes we read by number, with their names and representations. */
const wanted: ReadonlyMap<number, Readonly<{ name: Tag; vr: string }>> = new Map(
  Object.entries(attributes).map(([name, [, vr]]) => [Number.parseInt(name, 16), { name, vr }]),
)

/** Where a reading of elements ends: at this offset, or before an element of such a group. */
type Bounds = Readonly<{ end: number; stop: (group: number) => boolean; depth: number }>

function afterWanted({ also }: Source): (group: number) => boolean {
  // Tags are compared without a sign: those from 80000000 on are the last, not the first.
  const last = Math.max(PIXEL_GROUP - 1, ...[...also.keys()].map((tag) => Math.floor(tag / 0x10000)))
  return (group) => group > last && group !== ITEM_GROUP
}

const never = (): boolean => false

/**
 * The elements that follow, up to the pixels or to where `stop` says, told by the group of an element. Where a tag is
 * wanted that comes after the pixels, they are passed over.
 * @throws ArchiveError 'unreadable'
 */
export function readDataset(source: Source, stop = afterWanted(source)): Steps<Reading> {
  return readElements(source, { end: Number.POSITIVE_INFINITY, stop, depth: 0 })
}

function* readElements(source: Source, { end, stop, depth }: Bounds): Steps<Reading> {
  if (depth > MAX_DEPTH) broken('its sequences are too deep')
  const { bytes } = source
  const values = new Map<Tag, readonly string[]>()
  const items = new Map<Tag, readonly Dataset[]>()
  const tables = source.frame === undefined ? undefined : new Map<Tag, Uint8Array>()
  const done = (cut: boolean): Reading => ({ dataset: tables ? { values, items, tables } : { values, items }, cut })
  let { decode } = source
  while (bytes.position < end) {
    if (!bytes.has(2) && !(yield* arrived(bytes, 2))) return done(bytes.available > 0 || bytes.short || depth > 0)
    if (stop(bytes.u16(0, source.encoding.little))) return done(false)
    // Waiting costs more than reading: it is asked for only where it is needed.
    const element = elementAhead(source) ?? (yield* nextElement(source))
    if (!element) return done(true)
    if (element.tag >= ITEM_TAGS) {
      // A delimiter ends an item; at the top some writers leave one behind.
      if (depth > 0 || (element.tag !== ITEM_END && element.tag !== SEQUENCE_END)) return done(false)
      continue
    }
    const known = asked(source, element.tag, depth)
    if (isSequence(element, known?.vr)) {
      const sequence = yield* readSequence({ ...source, decode }, element, { end, kept: known?.vr === 'SQ', depth })
      if (known && sequence.items.length > 0) items.set(known.name, sequence.items)
      if (known && source.also.has(element.tag)) values.set(known.name, [])
      if (sequence.cut) return done(true)
      continue
    }
    const length = Math.min(element.length, end - bytes.position)
    if (tables && known?.vr === TABLE && length <= MAX_TABLE_BYTES) {
      if (!(yield* arrived(bytes, length))) return done(true)
      tables.set(known.name, charged(source, tableOf(bytes.peek(length), source.encoding)))
      bytes.skip(length)
      continue
    }
    if (!known || length > MAX_VALUE_BYTES || !isReadable(element.vr, known.vr)) {
      bytes.skip(length)
      if (known && source.also.has(element.tag)) values.set(known.name, [])
      continue
    }
    if (!bytes.has(length) && !(yield* arrived(bytes, length))) return done(true)
    const texts = textsOf(bytes.peek(length), { vr: element.vr, declared: known.vr, ...source.encoding, decode })
    bytes.skip(length)
    if (element.tag === CHARACTER_SET) decode = decoderFor(texts)
    if (texts.some((text) => text !== '')) values.set(known.name, charged(source, texts))
    else if (source.also.has(element.tag)) values.set(known.name, [])
  }
  return done(false)
}

function charged<T extends Uint8Array | readonly string[]>({ room }: Source, value: T): T {
  const size = value instanceof Uint8Array ? value.length : value.reduce((sum, text) => sum + text.length, 0)
  room.left -= size + OVERHEAD
  if (room.left < 0) broken('its header says too much')
  return value
}

/** The only attributes of this representation that we read are look-up tables. */
const TABLE = 'OW'

function tableOf(bytes: Uint8Array, { little }: Encoding): Uint8Array {
  const table = Uint8Array.from(bytes)
  if (!little) for (let word = 0; word + 2 <= table.length; word += 2) table.subarray(word, word + 2).reverse()
  return table
}

/** An attribute that we read, or that somebody wants besides at the top of the data set. */
function asked({ also, frame }: Source, tag: number, depth: number): Readonly<{ name: Tag; vr: string }> | undefined {
  if (tag === FRAME_WINDOW && frame === undefined) return undefined
  const known = wanted.get(tag)
  const vr = known || depth > 0 || also.size === 0 ? undefined : also.get(tag)
  return vr === undefined ? known : { name: tagName(tag), vr }
}

/** Whatever has no length of its own is made of items: sequences, and pixels in fragments. */
const isSequence = ({ vr, length }: Element, declared: string | undefined): boolean =>
  length === UNDEFINED_LENGTH || vr === 'SQ' || ((vr === '' || vr === 'UN') && declared === 'SQ')

type Sequence = Readonly<{ items: readonly Dataset[]; cut: boolean }>

/** The items of a sequence; unwanted ones are only passed over. What unknown elements hold is always implicit. */
function* readSequence(
  source: Source,
  { tag, vr, length }: Element,
  { end: within, kept, depth }: { end: number; kept: boolean; depth: number },
): Steps<Sequence> {
  const { bytes, room } = source
  const open = length === UNDEFINED_LENGTH
  const end = open ? within : Math.min(within, bytes.position + length)
  const inside = vr === 'UN' ? { ...source, encoding: { explicit: false, little: true } } : source
  const items: Dataset[] = []
  const said = new Set<string>()
  if (!kept && !open) {
    bytes.skip(end - bytes.position)
    return { items, cut: false }
  }
  for (let count = 0; bytes.position < end; count++) {
    const item = elementAhead(inside) ?? (yield* nextElement(inside))
    if (!item) return { items, cut: true }
    if (item.tag === SEQUENCE_END) return { items, cut: false }
    if (item.tag !== ITEM) broken(`a sequence without items at byte ${bytes.position}`)
    const closed = item.length !== UNDEFINED_LENGTH
    const itemEnd = closed ? Math.min(end, bytes.position + item.length) : end
    if (closed && !kept) bytes.skip(itemEnd - bytes.position)
    else {
      const before = room.left
      const reading = yield* readElements(inside, { end: itemEnd, stop: never, depth: depth + 1 })
      if (reading.cut) return { items, cut: true }
      if (closed && bytes.position < itemEnd) bytes.skip(itemEnd - bytes.position)
      if (kept && (tag !== PER_FRAME || isTold(source, said, reading.dataset, count))) items.push(reading.dataset)
      else room.left = before
      if (kept) charged(source, [])
    }
  }
  return { items, cut: false }
}

/** Whether what a frame says is kept: of all, thousands that say the same are one; for a picture, that of its frame. */
function isTold({ frame }: Source, said: Set<string>, dataset: Dataset, index: number): boolean {
  if (frame !== undefined) return index === frame
  const text = datasetText(dataset)
  return said.size !== said.add(text).size
}

/** The same text for data sets that say the same in the same order. */
export const datasetText = (dataset: Dataset): string => JSON.stringify(plain(dataset))

/** A data set as JSON can say it: its values, then its items. */
type Plain = readonly [
  values: readonly (readonly [Tag, readonly string[]])[],
  items: readonly (readonly [Tag, Plain[]])[],
]

const plain = ({ values, items }: Dataset): Plain => [
  [...values],
  [...items].map(([tag, list]) => [tag, list.map(plain)] as const),
]
