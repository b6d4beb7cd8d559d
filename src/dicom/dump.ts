import { type Decode, decoderFor } from './charsets.ts'
import { type Element, type Encoding, elementIn, tagName, UNDEFINED_LENGTH } from './elements.ts'
import { type BeforePixels, DEFLATED, inflatedPart, openObject } from './header.ts'
import type { Tag } from './tags.ts'
import { isReadable, textsOf } from './texts.ts'

/** One element of a header; `parent` is the sequence it is in. `value` is empty for what is no text. */
export type Dumped = Readonly<{ parent: Tag | undefined; tag: Tag; vr: string; value: string }>

/** Longer values are shown by their beginning, in characters. */
const MAX_VALUE = 1024
/** Sequences in sequences are followed this deep. */
const MAX_LEVELS = 8
/** Elements that are shown of one object. */
const MAX_ELEMENTS = 5000
const ITEM_GROUP = 0xfffe
const CHARACTER_SET = 0x00080005

type Dump = Readonly<{
  bytes: Buffer
  encoding: Encoding
  representationOf: (tag: Tag) => string
  found: Dumped[]
}>

/**
 * Every element in the beginning of an object up to its pixels, in order, those of sequences after their sequence: first
 * the file meta information, then the data set.
 * @param bytes the beginning; what is cut off at its end is left out
 * @param representationOf for encodings that do not state them
 * @throws ArchiveError 'unreadable' when it is no DICOM object
 */
export function dumpOf(bytes: Buffer, representationOf: (tag: Tag) => string): readonly Dumped[] {
  const { header, encoding, metaAt, startsAt, pixelsAt } = placesIn(bytes)
  const found: Dumped[] = []
  const dump = (part: Buffer, written: Encoding): number =>
    dumpElements(
      { bytes: part, encoding: written, representationOf, found },
      { at: 0, end: part.length, parent: undefined, level: 0 },
      decoderFor([]),
    )
  if (header.hasMeta) dump(bytes.subarray(metaAt, startsAt), { explicit: true, little: true })
  if (header.transferSyntax === DEFLATED) {
    const inside = inflatedPart(bytes.subarray(startsAt))
    const places = placesIn(inside)
    dump(inside.subarray(0, places.pixelsAt), places.encoding)
  } else dump(bytes.subarray(startsAt, pixelsAt), encoding)
  return found
}

function placesIn(bytes: Buffer): BeforePixels {
  const reader = openObject()
  reader.push(bytes)
  return reader.end()
}

const shown = (values: readonly string[]): string => values.join('\\').slice(0, MAX_VALUE)

type Run = Readonly<{ at: number; end: number; parent: Tag | undefined; level: number }>

/** @returns where the run ended */
function dumpElements(dump: Dump, { at, end, parent, level }: Run, decode: Decode): number {
  let position = at
  let reading = decode
  while (position < end && dump.found.length < MAX_ELEMENTS) {
    const element = elementIn(dump.bytes.subarray(position, end), dump.encoding)
    if (!element) return end
    const value = position + element.head
    if (element.tag >>> 16 === ITEM_GROUP) return position
    position = dumpElement(dump, element, { at: value, end, parent, level }, reading)
    if (element.tag === CHARACTER_SET) reading = decoderFor(dump.found.at(-1)?.value.split('\\') ?? [])
  }
  return position
}

/** @returns where the element ends */
function dumpElement(dump: Dump, element: Element, { at, end, parent, level }: Run, decode: Decode): number {
  const tag = tagName(element.tag)
  const vr = element.vr || dump.representationOf(tag)
  const stop = element.length === UNDEFINED_LENGTH ? end : Math.min(end, at + element.length)
  if (vr === 'SQ' || element.length === UNDEFINED_LENGTH) {
    dump.found.push({ parent, tag, vr: 'SQ', value: '' })
    const after = level < MAX_LEVELS ? dumpItems(dump, { at, end: stop, parent: tag, level }, decode) : stop
    return element.length === UNDEFINED_LENGTH ? after : stop
  }
  const form = { vr, declared: vr, little: dump.encoding.little, decode }
  const value = isReadable(vr, vr) ? shown(textsOf(dump.bytes.subarray(at, stop), form)) : ''
  dump.found.push({ parent, tag, vr, value })
  return stop
}

function dumpItems(dump: Dump, { at, end, parent, level }: Run, decode: Decode): number {
  let position = at
  while (position < end) {
    const item = elementIn(dump.bytes.subarray(position, end), dump.encoding)
    if (!item) return end
    position += item.head
    if ((item.tag & 0xffff) === 0xe0dd) return position
    const stop = item.length === UNDEFINED_LENGTH ? end : Math.min(end, position + item.length)
    if ((item.tag & 0xffff) === 0xe000 && item.length !== 0)
      position = dumpElements(dump, { at: position, end: stop, parent, level: level + 1 }, decode)
    if (item.length !== UNDEFINED_LENGTH && (item.tag & 0xffff) === 0xe000) position = stop
  }
  return position
}
