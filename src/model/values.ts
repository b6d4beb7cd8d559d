import { isUnwritable } from './characters.ts'
import { readDate, readDateTime, readTime } from './dates.ts'
import type { FieldDecl, Kind, Scalar } from './dictionary.ts'
import type { Cell, ColumnKind } from './table.ts'

export type Read = Readonly<{ value: Scalar }> | Readonly<{ fault: string }>

type Reader = (text: string) => Scalar | undefined

/** Longest `string` in UTF-16 code units when its declaration names no other limit (hierarchy 1.10). */
const MAX_STRING_LENGTH = 255

const readers: Readonly<Record<Exclude<Kind, 'string' | 'text'>, Reader>> = {
  integer: readInteger,
  float: readFloat,
  boolean: readBoolean,
  date: readDate,
  time: readTime,
  datetime: readDateTime,
}

const kindNames: Readonly<Record<Exclude<Kind, 'string' | 'text'>, string>> = {
  integer: 'Integer',
  float: 'Float',
  boolean: 'Boolean',
  date: 'Date',
  time: 'Time',
  datetime: 'DateTime',
}

/**
 * The stored form of a value that came as text (hierarchy 1.10, scans 4.8).
 * @returns the value, or as `fault` the end of the message, e.g. `Must Be A Valid Integer`
 */
export function readValue(decl: FieldDecl, text: string): Read {
  if (decl.kind === 'string' || decl.kind === 'text') return readText(decl, text)
  const value = readers[decl.kind](text.trim())
  const bareTime = decl.kind === 'datetime' && !decl.timeAlone && String(value).length === 'HH:mm:ss'.length
  if (value === undefined || isTooLarge(decl, value) || bareTime)
    return { fault: `Must Be A Valid ${kindNames[decl.kind]}` }
  if (decl.min !== undefined && orderOf(value) < decl.min) {
    return { fault: `Must Be Greater Than Or Equal To ${decl.min}` }
  }
  return { value }
}

function readText(decl: FieldDecl, text: string): Read {
  const max = decl.max ?? (decl.kind === 'string' ? MAX_STRING_LENGTH : undefined)
  if (max !== undefined && text.length > max) {
    return { fault: `Must Be Less Than ${max} Characters : Current Length (${text.length})` }
  }
  if (isUnwritable(text)) return { fault: 'Must Not Contain Control Characters' }
  if (decl.values && !decl.values.includes(text)) return { fault: `Must Be One Of: ${decl.values.join(', ')}` }
  return { value: text }
}

/** Integers have 32 bits; only totals that the archive itself keeps, such as sizes in bytes, may be larger. */
const isTooLarge = ({ kind, readonly }: FieldDecl, value: Scalar): boolean =>
  kind === 'integer' && !readonly && value !== (Number(value) | 0)

function readInteger(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined
  const value = Number(text)
  return Number.isSafeInteger(value) ? value + 0 : undefined
}

function readFloat(text: string): Scalar | undefined {
  if (text === 'NaN') return 'NaN'
  const infinite = /^([+-]?)(?:INF|Infinity)$/.exec(text)
  if (infinite) return infinite[1] === '-' ? '-INF' : 'INF'
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined
  const value = Number(text)
  // One that is too large for a double is not infinite.
  return Number.isFinite(value) ? value + 0 : undefined
}

function readBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase()
  if (word === 'true' || word === '1') return true
  return word === 'false' || word === '0' ? false : undefined
}

/** Text of a value in listings: floats as Java writes them, everything else plain (scans 2.5). */
export function cellText(kind: ColumnKind | Kind, value: Cell): string {
  if (value === null) return ''
  return kind === 'float' && typeof value === 'number' ? javaDouble(value) : String(value)
}

/** Text of a value in item XML: floats as Java writes them, booleans `1` and `0`, date-times with a `T` (scans 3.4). */
export function xmlText(kind: Kind, value: Scalar): string {
  if (kind === 'boolean') return value === true ? '1' : '0'
  if (kind === 'datetime') return String(value).replace(' ', 'T')
  return cellText(kind, value)
}

/** A value in item JSON: numbers as numbers, booleans and names such as `NaN` as strings (scans 3.3). */
export function jsonValue(_kind: Kind, value: Scalar): string | number {
  return typeof value === 'boolean' ? String(value) : value
}

/**
 * Order of two cells for sorting: numbers by size, text by UTF-16 code unit, null and empty cells last (scans 2.5).
 * @returns negative, zero or positive
 */
export function compareCells(kind: ColumnKind, a: Cell, b: Cell): number {
  const absent = Number(isEmpty(a)) - Number(isEmpty(b))
  if (absent !== 0 || isEmpty(a) || isEmpty(b)) return absent
  if (kind !== 'integer' && kind !== 'float') return compareText(String(a), String(b))
  const [left, right] = [orderOf(a), orderOf(b)]
  if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right))
  return left < right ? -1 : Number(left > right)
}

const isEmpty = (cell: Cell): cell is null | '' => cell === null || cell === ''

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function orderOf(value: Scalar): number {
  if (value === 'INF') return Number.POSITIVE_INFINITY
  return value === '-INF' ? Number.NEGATIVE_INFINITY : Number(value)
}

/** A float as `Double.toString` of Java writes it: `42.0`, `0.001`, `1.0E10`. */
function javaDouble(value: number): string {
  const size = Math.abs(value)
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(value) ? `${value}.0` : String(value)
  const [mantissa = '', exponent = ''] = value.toExponential().split('e')
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`
}
