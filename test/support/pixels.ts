import { decode } from 'fast-png'
import { paletteOf, shadesOf } from '../../src/dicom/image.ts'
import type { PictureType } from '../../src/pixels/encode.ts'
import { framePieces } from '../../src/pixels/frames.ts'
import { openImage } from '../../src/pixels/image-file.ts'
import type { PictureProcesses } from '../../src/pixels/picture-processes.ts'
import { MR_STORAGE, UID_ROOT } from './dicom.ts'

/** One element: tag in hexadecimal digits, value representation, and its value or the items of a sequence. */
export type Element = readonly [tag: string, vr: string, value: Value]
type Value = string | number | readonly number[] | Uint8Array | readonly (readonly Element[])[]

/** How elements are written. */
type Writing = Readonly<{ explicit: boolean; little: boolean }>

export const IMPLICIT = '1.2.840.10008.1.2'
export const EXPLICIT = '1.2.840.10008.1.2.1'
export const DEFLATED = '1.2.840.10008.1.2.1.99'
export const BIG_ENDIAN = '1.2.840.10008.1.2.2'
export const RLE = '1.2.840.10008.1.2.5'
export const JPEG = '1.2.840.10008.1.2.4.50'
export const JPEG_LOSSLESS = '1.2.840.10008.1.2.4.70'
export const JPEG_LS = '1.2.840.10008.1.2.4.80'
export const JPEG_2000 = '1.2.840.10008.1.2.4.90'

const LONG_FORM = new Set(['OB', 'OD', 'OF', 'OW', 'SQ', 'UN'])

function element([tag, vr, value]: Element, writing: Writing): Buffer {
  const { explicit, little } = writing
  const content = contentOf(vr, value, writing)
  const head = Buffer.alloc(explicit && LONG_FORM.has(vr) ? 12 : 8)
  for (const [at, half] of [tag.slice(0, 4), tag.slice(4)].entries()) {
    const number = Number.parseInt(half, 16)
    if (little) head.writeUInt16LE(number, 2 * at)
    else head.writeUInt16BE(number, 2 * at)
  }
  if (explicit) head.write(vr, 4, 'latin1')
  const [at, long] = explicit && !LONG_FORM.has(vr) ? [6, false] : [head.length - 4, true]
  if (long) head[little ? 'writeUInt32LE' : 'writeUInt32BE'](content.length, at)
  else head[little ? 'writeUInt16LE' : 'writeUInt16BE'](content.length, at)
  return Buffer.concat([head, content])
}

function contentOf(vr: string, value: Value, writing: Writing): Buffer {
  if (value instanceof Uint8Array) return even(Buffer.from(value), 0)
  if (vr === 'SQ') return Buffer.concat((value as readonly (readonly Element[])[]).map((item) => itemOf(item, writing)))
  if (vr === 'US' || vr === 'SS') {
    const numbers = [value].flat() as number[]
    const bytes = Buffer.from(new Uint16Array(numbers).buffer)
    return writing.little ? bytes : bytes.swap16()
  }
  return even(Buffer.from(String(value)), vr === 'UI' ? 0 : 0x20)
}

const itemOf = (elements: readonly Element[], writing: Writing): Buffer =>
  element(['FFFEE000', 'na', dataset(elements, writing)], { ...writing, explicit: false })

const even = (bytes: Buffer, padding: number): Buffer =>
  bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.of(padding)])

const dataset = (elements: readonly Element[], writing: Writing): Buffer =>
  Buffer.concat([...elements].sort(([a], [b]) => (a < b ? -1 : 1)).map((one) => element(one, writing)))

/** An image: its size, the layout of its pixels where it is not the usual one, and whatever else its header says. */
export type TestImage = Readonly<{
  columns: number
  rows: number
  /** As they stand in the file, or compressed. */
  pixels: Uint8Array | Uint16Array | Int16Array | Int8Array | Uint32Array | Int32Array | Float32Array | Float64Array
  syntax?: string
  elements?: readonly Element[]
  number?: number
}>

/** A DICOM object with an image: grey, unsigned, as many bits as the numbers of the pixels have, unless said otherwise. */
export function imageOf(image: TestImage): Buffer {
  const { columns, rows, pixels, syntax = EXPLICIT, elements = [], number = 1 } = image
  const bits = pixels.BYTES_PER_ELEMENT * 8
  const signed = pixels instanceof Int8Array || pixels instanceof Int16Array || pixels instanceof Int32Array
  const usual: readonly Element[] = [
    ['00080016', 'UI', MR_STORAGE],
    ['00080018', 'UI', `${UID_ROOT}.7.${number}`],
    ['0020000D', 'UI', `${UID_ROOT}.5`],
    ['0020000E', 'UI', `${UID_ROOT}.6`],
    ['00200013', 'IS', number],
    ['00280002', 'US', 1],
    ['00280004', 'CS', 'MONOCHROME2'],
    ['00280010', 'US', rows],
    ['00280011', 'US', columns],
    ['00280100', 'US', bits],
    ['00280101', 'US', bits],
    ['00280102', 'US', bits - 1],
    ['00280103', 'US', signed ? 1 : 0],
    [pixelTag(pixels), bits === 8 ? 'OB' : pixelVr(pixels), bytesOf(pixels)],
  ]
  const said = new Map([...usual, ...elements].map((one) => [one[0], one]))
  return instanceOf(
    [...said.values()].filter(([, , value]) => value !== ''),
    syntax,
  )
}

const pixelTag = (pixels: TestImage['pixels']): string =>
  pixels instanceof Float32Array ? '7FE00008' : pixels instanceof Float64Array ? '7FE00009' : '7FE00010'
const pixelVr = (pixels: TestImage['pixels']): string =>
  pixels instanceof Float32Array ? 'OF' : pixels instanceof Float64Array ? 'OD' : 'OW'

export const bytesOf = (numbers: TestImage['pixels']): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)

/** A DICOM object of these elements in that transfer syntax. */
export function instanceOf(elements: readonly Element[], syntax: string): Buffer {
  const meta = dataset(
    [
      ['00020001', 'OB', new Uint8Array([0, 1])],
      ['00020002', 'UI', MR_STORAGE],
      ['00020003', 'UI', `${UID_ROOT}.7`],
      ['00020010', 'UI', syntax],
      ['00020012', 'UI', `${UID_ROOT}.0`],
    ],
    { explicit: true, little: true },
  )
  const length = Buffer.alloc(4)
  length.writeUInt32LE(meta.length)
  const group = element(['00020000', 'UN', length], { explicit: true, little: true })
  // Its representation is UL, whose head is the short one.
  const start = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), shortLength(group), meta])
  const written = dataset(elements, { explicit: syntax !== IMPLICIT, little: syntax !== BIG_ENDIAN })
  return Buffer.concat([start, written])
}

const shortLength = (group: Buffer): Buffer =>
  Buffer.concat([group.subarray(0, 4), Buffer.from('UL'), Buffer.of(4, 0), group.subarray(12)])

/** A picture as it came back: grey as one number a pixel, colours as three. */
export type Seen = Readonly<{ columns: number; rows: number; channels: number; shades: readonly number[] }>

export function readPng(png: Uint8Array): Seen {
  const { width, height, channels, data } = decode(png)
  return { columns: width, rows: height, channels, shades: [...data] }
}

/** Draws one frame of a DICOM object in a process. @param frame counted from 0 */
export async function seen(processes: PictureProcesses, bytes: Uint8Array, frame = 0): Promise<Seen> {
  return readPng(await drawn(processes, bytes, { frame, type: 'image/png' }))
}

type Wish = Readonly<{ frame?: number; type: PictureType }>

export async function drawn(
  processes: PictureProcesses,
  bytes: Uint8Array,
  { frame = 0, type }: Wish,
): Promise<Uint8Array> {
  const image = await openImage(
    { size: bytes.byteLength, read: async (start, end) => bytes.subarray(start, end) },
    frame,
  )
  const { layout, before } = image
  const colour = layout.samples === 3 || layout.photometric === 'PALETTE COLOR'
  const look = { layout, shades: shadesOf(before.header, layout), palette: paletteOf(before.header, layout) }
  const cells = (async function* () {
    yield { frame: { ...(await framePieces(image)), look }, x: 0, y: 0 }
  })()
  const canvas = { columns: layout.columns, rows: layout.rows, colour }
  return processes.draw({ canvas, cells }, async (write) =>
    Buffer.concat(await Array.fromAsync(write({ type, half: false }))),
  )
}
