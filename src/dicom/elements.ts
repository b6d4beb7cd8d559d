import { refuse } from '../errors.ts'
import { type Decode, decoderFor } from './charsets.ts'
import { attributes, type Tag } from './tags.ts'

/** What was read of a data set: texts of its values, and the items of its sequences, both by tag. */
export type Dataset = Readonly<{
  values: ReadonlyMap<Tag, readonly string[]>
  items: ReadonlyMap<Tag, readonly Dataset[]>
}>

/** How the elements are written. */
export type Encoding = Readonly<{ explicit: boolean; little: boolean }>

/** Bytes to read elements from, up to `end`. */
export type Source = Readonly<{
  view: DataView
  end: number
  encoding: Encoding
  decode: Decode
  also: ReadonlySet<Tag>
}>

/** A data set, where its reading stopped, and whether that was where the bytes end. */
export type Reading = Readonly<{ dataset: Dataset; at: number; cut: boolean }>

/** Sequences may stand in each other this deep; deeper ones are refused. */
const MAX_DEPTH = 16
/** Longer values are passed over: none that we read is meant to be that long. */
const MAX_VALUE_BYTES = 64 * 1024
/** From this group on there are pixels. */
const PIXEL_GROUP = 0x7fe0
const UNDEFINED_LENGTH = 0xffffffff
const ITEM_GROUP = 0xfffe
const ITEM_TAGS = 0xfffe0000
const ITEM = 0xfffee000
const SEQUENCE_END = 0xfffee0dd

/** `tag` is group and element as one number; `vr` is empty where none is stated. */
type Element = Readonly<{ tag: number; vr: string; at: number; length: number }>

const LONG_FORM = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'])

/** The element whose head begins at `at`, or undefined when the bytes end within the head. */
function elementAt({ view, end, encoding: { explicit, little } }: Source, at: number): Element | undefined {
  if (at + 8 > end) return undefined
  const group = view.getUint16(at, little)
  const tag = group * 0x10000 + view.getUint16(at + 2, little)
  if (group === ITEM_GROUP || !explicit) return { tag, vr: '', at: at + 8, length: view.getUint32(at + 4, little) }
  const vr = representationAt(view, at + 4)
  if (!LONG_FORM.has(vr)) return { tag, vr, at: at + 8, length: view.getUint16(at + 6, little) }
  return at + 12 > end ? undefined : { tag, vr, at: at + 12, length: view.getUint32(at + 8, little) }
}

function representationAt(view: DataView, at: number): string {
  const [first, second] = [view.getUint8(at), view.getUint8(at + 1)]
  if (!isCapital(first) || !isCapital(second)) broken(`no value representation at byte ${at}`)
  return String.fromCharCode(first, second)
}

const isCapital = (code: number): boolean => code >= 65 && code <= 90

/** @throws ArchiveError 'unreadable' */
export function broken(why: string, cause?: unknown): never {
  return refuse({ kind: 'unreadable', what: 'DICOM', because: `This is no readable DICOM object: ${why}.` }, cause)
}

const tagName = (tag: number): Tag => tag.toString(16).toUpperCase().padStart(8, '0')

/** The attributes we read by number, with their names and representations. */
const wanted: ReadonlyMap<number, Readonly<{ name: Tag; vr: string }>> = new Map(
  Object.entries(attributes).map(([name, [, vr]]) => [Number.parseInt(name, 16), { name, vr }]),
)

/**
 * The elements from `at` on that we read, up to the pixels, the end of the item or the end of the bytes.
 * @param stop tells from an element's group whether the reading ends before it
 * @throws ArchiveError 'unreadable'
 */
export function readDataset(
  source: Source,
  at: number,
  stop: (group: number) => boolean = isPixels,
  depth = 0,
): Reading {
  if (depth > MAX_DEPTH) broken('its sequences are too deep')
  const values = new Map<Tag, readonly string[]>()
  const items = new Map<Tag, readonly Dataset[]>()
  let { decode } = source
  let position = at
  const done = (cut: boolean): Reading => ({ dataset: { values, items }, at: position, cut })
  while (position < source.end) {
    if (position + 2 <= source.end && stop(source.view.getUint16(position, source.encoding.little))) return done(false)
    const element = elementAt(source, position)
    if (!element) return done(true)
    position = element.at
    if (element.tag >= ITEM_TAGS) return done(false)
    const known = wanted.get(element.tag)
    if (isSequence(element, known?.vr)) {
      const sequence = readSequence({ ...source, decode }, element, { kept: known?.vr === 'SQ', depth })
      if (known && sequence.items.length > 0) items.set(known.name, sequence.items)
      position = sequence.at
      if (sequence.cut) return done(true)
      continue
    }
    position += element.length
    if (position > source.end) return done(true)
    const name = known?.name ?? asked(source, element.tag)
    if (name === undefined) continue
    const texts = textsOf({ ...source, decode }, element, known?.vr ?? 'LO')
    if (texts.some((text) => text !== '')) values.set(name, texts)
    if (name === '00080005') decode = decoderFor(texts)
  }
  return done(true)
}

const isPixels = (group: number): boolean => group >= PIXEL_GROUP && group !== ITEM_GROUP
const never = (): boolean => false

/** The name of a tag that somebody wants besides the attributes we read. */
function asked({ also }: Source, tag: number): Tag | undefined {
  const name = also.size === 0 ? undefined : tagName(tag)
  return name !== undefined && also.has(name) ? name : undefined
}

/** Whatever has no length of its own is made of items: sequences, and pixels in fragments. */
const isSequence = ({ vr, length }: Element, declared: string | undefined): boolean =>
  length === UNDEFINED_LENGTH || vr === 'SQ' || ((vr === '' || vr === 'UN') && declared === 'SQ')

type Sequence = Readonly<{ items: readonly Dataset[]; at: number; cut: boolean }>

/** The items of a sequence; unwanted ones are only passed over. What unknown elements hold is always implicit. */
function readSequence(
  source: Source,
  { vr, at, length }: Element,
  { kept, depth }: { kept: boolean; depth: number },
): Sequence {
  const encoding = vr === 'UN' ? { explicit: false, little: true } : source.encoding
  const open = length === UNDEFINED_LENGTH
  const end = open ? source.end : Math.min(source.end, at + length)
  const cut = !open && at + length > source.end
  if (!kept && !open) return { items: [], at: at + length, cut }
  const inside: Source = { ...source, encoding, end }
  const items: Dataset[] = []
  let position = at
  while (position < end) {
    const item = elementAt(inside, position)
    if (!item) return { items, at: end, cut: true }
    if (item.tag < ITEM_TAGS) broken(`a sequence without items at byte ${position}`)
    if (item.tag === SEQUENCE_END) return { items, at: item.at, cut: false }
    if (item.tag !== ITEM) broken(`a sequence without items at byte ${position}`)
    const closed = item.length !== UNDEFINED_LENGTH
    if (closed && item.at + item.length > end) return { items, at: end, cut: true }
    if (closed && !kept) position = item.at + item.length
    else {
      const itemEnd = closed ? item.at + item.length : end
      const reading = readDataset({ ...inside, end: itemEnd }, item.at, never, depth + 1)
      if (!closed && reading.cut) return { items, at: end, cut: true }
      if (kept) items.push(reading.dataset)
      position = closed ? itemEnd : reading.at
    }
  }
  return { items, at: end, cut: open || cut }
}

/** Texts in which a backslash separates nothing. */
const UNDIVIDED = new Set(['ST', 'LT', 'UT', 'UR'])

function textsOf({ view, encoding, decode }: Source, { vr, at, length }: Element, declared: string): readonly string[] {
  if (length > MAX_VALUE_BYTES) return []
  const kind = vr === '' || vr === 'UN' ? declared : vr
  const numbers = numberReaders[kind]
  if (numbers) {
    const count = Math.floor(length / numbers.bytes)
    return Array.from({ length: count }, (_, index) =>
      numberText(numbers.read(view, at + index * numbers.bytes, encoding.little)),
    )
  }
  if (LONG_FORM.has(kind) && !TEXT_LONG_FORM.has(kind)) return []
  const text = decode(new Uint8Array(view.buffer, view.byteOffset + at, length)).replace(/[\0 ]+$/, '')
  return UNDIVIDED.has(kind) ? [text.trim()] : text.split('\\').map((part) => part.trim())
}

const TEXT_LONG_FORM = new Set(['UC', 'UR', 'UT'])

type NumberReader = Readonly<{ bytes: number; read: (view: DataView, at: number, little: boolean) => number | bigint }>

const numberReaders: Readonly<Record<string, NumberReader>> = {
  US: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  SS: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  UL: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  SL: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  UV: { bytes: 8, read: (view, at, little) => view.getBigUint64(at, little) },
  SV: { bytes: 8, read: (view, at, little) => view.getBigInt64(at, little) },
  FL: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  FD: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
}

/** A decimal string has at most 16 characters; numbers that stand for one are cut to that (import 4.4). */
const numberText = (value: number | bigint): string => {
  const text = String(value)
  return text.includes('e') ? text : text.slice(0, 16)
}
