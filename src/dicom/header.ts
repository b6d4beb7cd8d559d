import { constants, inflateRawSync } from 'node:zlib'
import { refuse } from '../errors.ts'
import { ByteQueue } from './byte-queue.ts'
import { decoderFor } from './charsets.ts'
import {
  arrived,
  broken,
  type Dataset,
  type Encoding,
  type Reading,
  readDataset,
  type Source,
  type Steps,
} from './elements.ts'
import { type Tag, tagOf } from './tags.ts'

/** The attributes of one instance that we read, without its pixels. */
export type DicomHeader = Dataset &
  Readonly<{
    transferSyntax: string
    /** The bytes ended within the header: more of them may tell more. */
    cut: boolean
    /** Whether file meta information stood before the data set; what came over a network has none. */
    hasMeta: boolean
  }>

/** What to read besides the attributes that we always read, and what the sender said outside of the bytes. */
export type Wanted = Readonly<{
  /** Further tags whose values and presence are wanted, with their representations. */
  also?: ReadonlyMap<Tag, string>
  /** The transfer syntax where the bytes do not state one. */
  transferSyntax?: string
  /** What the picture of this frame needs is wanted, too: look-up tables, and what it says, but no other frame. */
  frame?: number
}>

/** Reads a header from the bytes of an object as they pass by. */
export type HeaderReader = Readonly<{
  /**
   * Takes the next bytes, which are not held on to; returns whether more are needed to know the header.
   * @throws ArchiveError 'unreadable' as soon as it is certain that this is no DICOM object
   */
  push: (bytes: Uint8Array) => boolean
  /**
   * The header, when all bytes have been pushed or no more are needed.
   * @throws ArchiveError 'unreadable'; its `what` is MEDIA_DIRECTORY for a DICOMDIR, which lists objects and is none
   */
  end: () => DicomHeader
}>

/** What a refusal is about when the bytes are a directory of a medium, not an object. */
export const MEDIA_DIRECTORY = 'DICOM directory'

/** Characters of all values that are kept of one header, at most. */
const HEADER_CHARACTERS = 4 * 1024 * 1024
/** Compressed bytes of a deflated data set that are looked at: the first, and when the header is longer, at most. */
const DEFLATED_BYTES = 32 * 1024
const MAX_DEFLATED_BYTES = 4 * 1024 * 1024
/** What they may expand to. */
const MAX_INFLATED_BYTES = 64 * 1024 * 1024

const IMPLICIT = '1.2.840.10008.1.2'
const EXPLICIT = '1.2.840.10008.1.2.1'
export const DEFLATED = '1.2.840.10008.1.2.1.99'
const BIG_ENDIAN = '1.2.840.10008.1.2.2'
const DIRECTORY_CLASS = '1.2.840.10008.1.3.10'

/**
 * Opens the reading of one object whose bytes come in pieces of any size, with or without preamble and file meta
 * information, in any transfer syntax. Elements that nobody wants are passed over, however long they are.
 * @see DICOM PS3.10 7.1, PS3.5 7
 */
export function openHeader(wanted: Wanted = {}): HeaderReader {
  const { push, end } = openObject(wanted)
  return Object.freeze({ push, end: () => end().header })
}

/**
 * A header, how its elements are written, where the file meta information begins, where the data set does and where the
 * pixels do, in bytes.
 */
export type BeforePixels = Readonly<{
  header: DicomHeader
  encoding: Encoding
  metaAt: number
  startsAt: number
  pixelsAt: number
}>

/** The same for somebody who goes on to read the pixels. In a deflated object it is not said where they begin. */
export function openObject({
  also,
  transferSyntax,
  frame,
}: Wanted = {}): Pick<HeaderReader, 'push'> & Readonly<{ end: () => BeforePixels }> {
  const bytes = new ByteQueue()
  const source: Source = {
    bytes,
    encoding: { explicit: true, little: true },
    decode: decoderFor([]),
    also: new Map([...(also ?? [])].map(([tag, vr]) => [Number.parseInt(tag, 16), vr])),
    room: { left: HEADER_CHARACTERS },
    frame,
  }
  const steps = readObject(source, transferSyntax)
  let found: BeforePixels | undefined
  const advance = (): boolean => {
    if (found) return false
    const step = steps.next()
    if (step.done) found = step.value
    return !step.done
  }
  return Object.freeze({
    push: (piece: Uint8Array) => {
      if (found) return false
      bytes.push(piece)
      return advance()
    },
    end: () => {
      bytes.end()
      advance()
      return found!
    },
  })
}

/**
 * The header in the bytes of a DICOM object, or in the first of them.
 * @throws ArchiveError 'unreadable' when it is no DICOM object with a SOP class and an instance UID, or a broken one
 */
export function readHeader(bytes: Uint8Array, wanted: Wanted = {}): DicomHeader {
  const reader = openHeader(wanted)
  reader.push(bytes)
  return reader.end()
}

function* readObject(source: Source, told: string | undefined): Steps<BeforePixels> {
  const { bytes } = source
  yield* passPreamble(bytes)
  const metaAt = bytes.position
  const meta = (yield* startsMeta(bytes)) ? yield* readDataset(source, (group) => group !== 2) : undefined
  const stated = meta?.dataset.values.get(tagOf('TransferSyntaxUID'))?.[0] ?? (meta ? undefined : told)
  if (!(yield* arrived(bytes, 8))) broken('there is no data set in it')
  const encoding = encodingOf(bytes, stated)
  const startsAt = bytes.position
  const reading = stated === DEFLATED ? yield* readDeflated(source) : yield* readDataset({ ...source, encoding })
  checkIdentity(reading.dataset, meta?.dataset)
  const { dataset, cut } = reading
  const header = { ...dataset, transferSyntax: stated ?? syntaxOf(encoding), cut, hasMeta: meta !== undefined }
  return { header, encoding, metaAt, startsAt, pixelsAt: bytes.position }
}

/** Objects begin with 128 bytes of anything and a magic word; some lack the former, some both. */
function* passPreamble(bytes: ByteQueue): Steps<void> {
  if ((yield* arrived(bytes, 132)) && isMagic(bytes, 128)) bytes.skip(132)
  else if (bytes.has(4) && isMagic(bytes, 0)) bytes.skip(4)
  else if (!(yield* arrived(bytes, 8))) broken('it is too short')
}

const isMagic = (bytes: ByteQueue, at: number): boolean => bytes.u32(at, false) === 0x4449434d

function* startsMeta(bytes: ByteQueue): Steps<boolean> {
  return (yield* arrived(bytes, 8)) && bytes.u16(0, true) === 2
}

/**
 * How the data set is written, as its first element looks: what is stated about it is wrong often enough, and decides
 * only where the look does not.
 */
function encodingOf(bytes: ByteQueue, stated: string | undefined): Encoding {
  const [little, big] = [bytes.u16(0, true), bytes.u16(0, false)]
  // Data sets begin with group 0008 or close to it; anything else is no data set.
  if (stated === undefined && Math.min(little, big) > 0x10) broken('it begins with no known group')
  const vr = bytes.peek(6).toString('latin1', 4, 6)
  return { explicit: REPRESENTATIONS.has(vr), little: little === big ? stated !== BIG_ENDIAN : little < big }
}

const REPRESENTATIONS = new Set(
  'AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV'.split(' '),
)

function syntaxOf({ explicit, little }: Encoding): string {
  if (!explicit) return IMPLICIT
  return little ? EXPLICIT : BIG_ENDIAN
}

function checkIdentity({ values }: Dataset, meta: Dataset | undefined): void {
  const stored = meta?.values.get(tagOf('MediaStorageSOPClassUID'))?.[0]
  if (stored === DIRECTORY_CLASS) {
    refuse({ kind: 'unreadable', what: MEDIA_DIRECTORY, because: 'This is a DICOM directory, not a DICOM object.' })
  }
  if (!values.has(tagOf('SOPClassUID')) || !values.has(tagOf('SOPInstanceUID')))
    broken('it has no SOP class or no instance UID')
}

/** Expands as much as is needed to come to the pixels. */
function* readDeflated(source: Source): Steps<Reading> {
  const { bytes } = source
  for (let most = DEFLATED_BYTES; ; most *= 4) {
    const more = yield* arrived(bytes, most)
    const packed = bytes.peek(bytes.has(bytes.available) ? Math.min(most, bytes.available) : 0)
    const reading = readInflated(source, inflatedPart(packed))
    if (!reading.cut || !more || most >= MAX_DEFLATED_BYTES) return reading
  }
}

function readInflated(source: Source, inflated: Uint8Array): Reading {
  const bytes = new ByteQueue()
  bytes.push(inflated)
  bytes.end()
  const steps = readDataset({ ...source, bytes, room: { ...source.room } })
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/**
 * What the beginning of a deflated data set expands to.
 * @throws ArchiveError 'unreadable' when it is damaged, or expands to more than anybody could need
 */
export function inflatedPart(packed: Uint8Array): Buffer {
  try {
    // The end may be missing: what is there is flushed out.
    return inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_INFLATED_BYTES })
  } catch (error) {
    return broken('its deflated data set is damaged', error)
  }
}

/** The header, unless the bytes ended within it. @throws ArchiveError 'unreadable' */
export const wholeHeader = (header: DicomHeader): DicomHeader =>
  header.cut ? broken('it ends within its header') : header

/** The first value of an attribute, or undefined when it is absent or empty. */
export const firstOf = (dataset: Dataset, keyword: string): string | undefined =>
  dataset.values.get(tagOf(keyword))?.[0] || undefined
