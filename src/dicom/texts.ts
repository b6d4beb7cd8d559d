import type { Decode } from './charsets.ts'

/** What turns the bytes of a value into texts: the representation the file states, else the declared one. */
export type Form = Readonly<{ vr: string; declared: string; little: boolean; decode: Decode }>

/** Texts in which a backslash separates nothing. */
const UNDIVIDED = new Set(['ST', 'LT', 'UT', 'UR'])
/** Bytes that are neither text nor numbers we read. */
const OPAQUE = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'UN'])

const kindOf = (vr: string, declared: string): string => (vr === '' || vr === 'UN' ? declared : vr)

/** Whether a value of this representation has texts at all. */
export const isReadable = (vr: string, declared: string): boolean => !OPAQUE.has(kindOf(vr, declared))

/** Every value of an element as text; numbers in bytes as decimal numbers. */
export function textsOf(bytes: Buffer, { vr, declared, little, decode }: Form): readonly string[] {
  const kind = kindOf(vr, declared)
  const numbers = numberReaders[kind]
  if (numbers) {
    const count = Math.floor(bytes.length / numbers.bytes)
    return Array.from({ length: count }, (_, index) => numberText(numbers.read(bytes, index * numbers.bytes, little)))
  }
  const text = decode(bytes).replace(/[\0 ]+$/, '')
  return UNDIVIDED.has(kind) ? [text.trim()] : text.split('\\').map((part) => part.trim())
}

type NumberReader = Readonly<{
  bytes: number
  read: (bytes: Buffer, at: number, little: boolean) => number | bigint | string
}>

const numberReaders: Readonly<Record<string, NumberReader>> = {
  US: { bytes: 2, read: (bytes, at, little) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)) },
  SS: { bytes: 2, read: (bytes, at, little) => (little ? bytes.readInt16LE(at) : bytes.readInt16BE(at)) },
  UL: { bytes: 4, read: (bytes, at, little) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) },
  SL: { bytes: 4, read: (bytes, at, little) => (little ? bytes.readInt32LE(at) : bytes.readInt32BE(at)) },
  UV: { bytes: 8, read: (bytes, at, little) => (little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)) },
  SV: { bytes: 8, read: (bytes, at, little) => (little ? bytes.readBigInt64LE(at) : bytes.readBigInt64BE(at)) },
  FL: { bytes: 4, read: (bytes, at, little) => (little ? bytes.readFloatLE(at) : bytes.readFloatBE(at)) },
  FD: { bytes: 8, read: (bytes, at, little) => (little ? bytes.readDoubleLE(at) : bytes.readDoubleBE(at)) },
  AT: { bytes: 4, read: attributeTag },
}

function attributeTag(bytes: Buffer, at: number, little: boolean): string {
  const half = (offset: number): number => (little ? bytes.readUInt16LE(offset) : bytes.readUInt16BE(offset))
  return (half(at) * 0x10000 + half(at + 2)).toString(16).toUpperCase().padStart(8, '0')
}

/** A decimal string has at most 16 characters; numbers that stand for one are cut to that (import 4.4). */
const numberText = (value: number | bigint | string): string => {
  const text = String(value)
  return text.includes('e') ? text : text.slice(0, 16)
}
