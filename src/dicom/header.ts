import { constants, inflateRawSync } from 'node:zlib'
import { decoderFor } from './charsets.ts'
import { broken, type Dataset, type Encoding, readDataset, type Source } from './elements.ts'
import { type Tag, tagOf } from './tags.ts'

/** The attributes of one instance that we read, without its pixels. */
export type DicomHeader = Dataset &
  Readonly<{
    transferSyntax: string
    /** The bytes ended before the pixels began: more of them may tell more. */
    cut: boolean
  }>

/** What to read of an instance at first, and at most: only headers with many frames are longer than the first. */
export const FIRST_BYTES = 64 * 1024
export const HEADER_BYTES = 4 * 1024 * 1024
/** Compressed bytes of a deflated data set that are looked at: they expand to 32 MiB at most. */
const DEFLATED_BYTES = 32 * 1024

const IMPLICIT = '1.2.840.10008.1.2'
const DEFLATED = '1.2.840.10008.1.2.1.99'
const BIG_ENDIAN = '1.2.840.10008.1.2.2'

/**
 * The header in the first bytes of a DICOM object, with or without preamble and file meta information.
 * @param bytes from the beginning of the object; those after HEADER_BYTES are not looked at
 * @param also further tags whose values are wanted
 * @throws ArchiveError 'unreadable' when it is no DICOM object with a SOP class and an instance UID, or a broken one
 * @see DICOM PS3.10 7.1, PS3.5 7
 */
export function readHeader(bytes: Uint8Array, also: ReadonlySet<Tag> = new Set()): DicomHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, HEADER_BYTES))
  const start = isMagic(view, 128) ? 132 : isMagic(view, 0) ? 4 : 0
  const source: Source = {
    view,
    end: view.byteLength,
    encoding: { explicit: true, little: true },
    decode: decoderFor([]),
    also,
  }
  const meta = hasMeta(view, start) ? readDataset(source, start, (group) => group !== 2) : undefined
  if (start > 0 && !meta) broken('nothing follows its preamble')
  const transferSyntax = meta?.dataset.values.get(tagOf('TransferSyntaxUID'))?.[0]
  const at = meta?.at ?? start
  const reading =
    transferSyntax === DEFLATED
      ? readDataset(inflated(source, at), 0)
      : readDataset({ ...source, encoding: encodingOf(transferSyntax, view, at) }, at)
  const { dataset, cut } = reading
  if (!dataset.values.has(tagOf('SOPClassUID')) || !dataset.values.has(tagOf('SOPInstanceUID'))) {
    broken('it has no SOP class or no instance UID')
  }
  return { ...dataset, transferSyntax: transferSyntax ?? IMPLICIT, cut }
}

const isMagic = (view: DataView, at: number): boolean => at + 4 <= view.byteLength && view.getUint32(at) === 0x4449434d

const hasMeta = (view: DataView, at: number): boolean => at + 8 <= view.byteLength && view.getUint16(at, true) === 2

/** As the transfer syntax says; without one, as the first element looks like. */
function encodingOf(transferSyntax: string | undefined, view: DataView, at: number): Encoding {
  if (transferSyntax === IMPLICIT) return { explicit: false, little: true }
  if (transferSyntax === BIG_ENDIAN) return { explicit: true, little: false }
  if (transferSyntax !== undefined) return { explicit: true, little: true }
  if (at + 8 > view.byteLength) broken('it is empty')
  // Data sets begin with group 0008 or close to it; anything else is no data set.
  const little = view.getUint16(at, true) <= 0x10
  if (!little && view.getUint16(at) > 0x10) broken('it begins with no known group')
  const vr = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5))
  return { explicit: /^[A-Z]{2}$/.test(vr), little }
}

function inflated(source: Source, at: number): Source {
  const { buffer, byteOffset, byteLength } = source.view
  const packed = new Uint8Array(buffer, byteOffset + at, Math.min(byteLength - at, DEFLATED_BYTES))
  const bytes = unpacked(packed)
  const view = new DataView(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, HEADER_BYTES))
  return { ...source, view, end: view.byteLength }
}

function unpacked(packed: Uint8Array): Uint8Array {
  try {
    // The end may be missing: what is there is flushed out.
    return inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH })
  } catch (error) {
    return broken('its deflated data set is damaged', error)
  }
}

/** The first value of an attribute, or undefined when it is absent or empty. */
export const firstOf = (dataset: Dataset, keyword: string): string | undefined =>
  dataset.values.get(tagOf(keyword))?.[0] || undefined
