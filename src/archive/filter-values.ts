import { refuse } from '../errors.ts'
import { readDate, readTime } from '../model/dates.ts'
import type { ColumnKind } from '../model/table.ts'
import type { XmlPath } from '../model/xml-path.ts'

/** What a filter says of one field, as it was sent. */
export type Filter = Readonly<{ path: XmlPath; kind: ColumnKind; value: string }>

/** One alternative of a filter; numbers and days are ranges, inclusive on both ends. */
export type Wanted =
  | Readonly<{ is: 'text' | 'pattern'; text: string }>
  | Readonly<{ is: 'numbers'; from: number; to: number }>
  | Readonly<{ is: 'days'; from: string; to: string }>
  | Readonly<{ is: 'truth'; value: boolean }>

/**
 * The alternatives of a filter (hierarchy 1.5), separated by commas: texts exactly, with `*` or `%` for any run of
 * characters; numbers and dates, or `A-B` for a range of them. A blank after a comma may belong to the text or not.
 * @throws ArchiveError 'invalid' for what is no number, date or flag, naming the field
 */
export function wantedBy({ path, kind, value }: Filter): Wanted[] {
  const texts = value.split(',')
  if (kind === 'string') return spellings(texts).map(textOrPattern)
  if (kind === 'time') return spellings(texts).map((text) => textOrPattern(readTime(text) ?? text))
  const given = texts.map((text) => text.trim()).filter((text) => text !== '')
  return given.map((text) => readers[kind](text) ?? unreadable(path, kind, text))
}

const spellings = (texts: readonly string[]): string[] => [...new Set(texts.flatMap((text) => [text, text.trim()]))]

const textOrPattern = (text: string): Wanted => ({ is: /[*%]/.test(text) ? 'pattern' : 'text', text })

type ReadKind = Exclude<ColumnKind, 'string' | 'time'>

const readers: Readonly<Record<ReadKind, (text: string) => Wanted | undefined>> = {
  integer: readNumbers,
  float: readNumbers,
  date: readDays,
  datetime: readDays,
  boolean: readTruth,
}

const wishes: Readonly<Record<ReadKind, string>> = {
  integer: 'numbers and ranges such as 10-20',
  float: 'numbers and ranges such as 1.5-2',
  date: 'dates and ranges such as 2024-01-31 or 01/01/2024-12/31/2024',
  datetime: 'dates and ranges such as 2024-01-31 or 01/01/2024-12/31/2024',
  boolean: 'true and false',
}

function unreadable(path: XmlPath, kind: ReadKind, text: string): never {
  const field = path.steps.map((step) => step.name).join('/')
  return refuse({ kind: 'invalid', field, because: `A filter on ${field} takes ${wishes[kind]}, not ${text}.` })
}

function readNumbers(text: string): Wanted | undefined {
  const [, from, to = from] = /^([+-]?[\d.]+(?:e[+-]?\d+)?)(?:\s*-\s*([+-]?[\d.]+(?:e[+-]?\d+)?))?$/i.exec(text) ?? []
  const [low, high] = [Number(from ?? Number.NaN), Number(to ?? Number.NaN)]
  return Number.isFinite(low) && Number.isFinite(high) ? { is: 'numbers', from: low, to: high } : undefined
}

function readDays(text: string): Wanted | undefined {
  const day = readDate(text)
  if (day) return { is: 'days', from: day, to: day }
  for (let at = text.indexOf('-'); at > 0; at = text.indexOf('-', at + 1)) {
    const [from, to] = [readDate(text.slice(0, at).trim()), readDate(text.slice(at + 1).trim())]
    if (from && to) return { is: 'days', from, to }
  }
  return undefined
}

function readTruth(text: string): Wanted | undefined {
  return /^(true|false|1|0)$/i.test(text) ? { is: 'truth', value: /^(true|1)$/i.test(text) } : undefined
}
