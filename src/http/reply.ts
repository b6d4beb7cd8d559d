import { refuse } from '../errors.ts'
import { itemToCsv } from '../formats/item-csv.ts'
import { itemToHtml } from '../formats/item-html.ts'
import { itemToJson } from '../formats/item-json.ts'
import { itemToXml } from '../formats/item-xml.ts'
import { csvText } from '../formats/table-csv.ts'
import { htmlText, listText } from '../formats/table-html.ts'
import { jsonText } from '../formats/table-json.ts'
import { pagedChunks, type TableFormat, tableChunks } from '../formats/table-rows.ts'
import { xmlText } from '../formats/table-xml.ts'
import type { Dictionary } from '../model/dictionary.ts'
import type { Item } from '../model/item.ts'
import type { Cell, Column, Table } from '../model/table.ts'
import { valueAt } from '../model/value-at.ts'
import { compareCells } from '../model/values.ts'
import { parseXmlPath, resolvePath } from '../model/xml-path.ts'
import type { Answer, Call } from './call.ts'
import { picturesOf } from './shown-pictures.ts'

/** Short names of `format` and the media types they stand for (hierarchy 1.2). */
const formats: ReadonlyMap<string, string> = new Map(
  Object.entries({
    json: 'application/json',
    html: 'text/html',
    xml: 'text/xml',
    csv: 'text/csv',
    txt: 'text/plain',
    zip: 'application/zip',
    tar: 'application/x-tar',
    'tar.gz': 'application/x-gtar',
    xlist: 'application/xList',
    xcat: 'application/xcat',
    xar: 'application/xar',
    gif: 'image/gif',
    png: 'image/png',
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
  }),
)

/** What a place offers to an Accept header, its default first. */
export const tableVariants = ['application/json', 'text/html', 'text/xml'] as const
const itemVariants = ['text/html', 'text/xml', 'application/json'] as const

/** Rows from which a table is sent in pieces instead of as one text. */
const LONG_TABLE_ROWS = 2000

/** The media type asked for: `format` wins, then Accept; what nothing matches gets the default, never 406. */
export function mediaTypeOf(call: Call, variants: readonly string[]): string {
  const asked = call.query.get('format')
  if (asked) return formats.get(asked.toLowerCase()) ?? asked.toLowerCase()
  const media = call.query.get('media')
  return negotiate(media ? (formats.get(media.toLowerCase()) ?? media) : call.headers.accept, variants)
}

function negotiate(accept: string | undefined, variants: readonly string[]): string {
  const first = variants[0] ?? 'application/json'
  if (!accept || accept === '*/*') return first
  const ranges = accept.split(',').map(rangeOf)
  let best = { type: first, quality: 0, precision: -1 }
  for (const type of variants) {
    const match = ranges.filter((range) => covers(range.type, type)).sort((a, b) => b.precision - a.precision)[0]
    if (!match || match.quality === 0) continue
    const better = match.quality > best.quality || (match.quality === best.quality && match.precision > best.precision)
    if (better) best = { type, quality: match.quality, precision: match.precision }
  }
  return best.type
}

function rangeOf(text: string): { type: string; quality: number; precision: number } {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((parameter) => parameter.startsWith('q='))
  const quality = weight === undefined ? 1 : Number(weight.slice(2))
  return {
    type,
    quality: Number.isFinite(quality) ? quality : 0,
    precision: type === '*/*' ? 0 : type.endsWith('/*') ? 1 : 2,
  }
}

const covers = (range: string, type: string): boolean =>
  range === type ||
  range === '*/*' ||
  range === type.replace(/\/.*/, '/*') ||
  // pyxnat and browsers name XML both ways.
  (range === 'application/xml' && type === 'text/xml')

/** A listing in the format the call asks for, sorted as `sortBy` and `sortOrder` say. */
export function tableAnswer(call: Call, table: Table, variants: readonly string[] = tableVariants): Answer {
  const type = mediaTypeOf(call, variants)
  const list = type === 'application/xList'
  const sorted = sortTable(table, call.query.get('sortBy'), list ? undefined : call.query.get('sortOrder'))
  const [sent, format] = tableFormat(type)
  const chunks = tableChunks(format, sorted)
  return tableHeaded(sent, sorted.rows.length < LONG_TABLE_ROWS ? [...chunks].join('') : chunks)
}

const tableHeaded = (sent: string, body: Answer['body']): Answer => ({
  status: 200,
  headers: { 'content-type': `${sent}; charset=UTF-8`, vary: 'Accept' },
  body,
})

/** Pages that were read, and all of them: the same, where there are no more, or read as they are asked for. */
export type BegunPages<T> = Readonly<{ read: readonly T[]; all: readonly T[] | AsyncIterable<T> }>

/** The first pages are read before anything is answered: what fails, fails as an error. */
export async function begunPages<T>(pages: AsyncIterable<T>): Promise<BegunPages<T>> {
  const reading = pages[Symbol.asyncIterator]()
  const [first, second] = [await reading.next(), await reading.next()]
  const read = [first, second].flatMap(({ value, done }) => (done ? [] : [value]))
  return { read, all: second.done ? read : continued(read, reading) }
}

async function* continued<T>(read: readonly T[], reading: AsyncIterator<T>): AsyncGenerator<T, void> {
  yield* read
  for (let next = await reading.next(); !next.done; next = await reading.next()) yield next.value
}

/** A table in its own order, in the format the call asks for: of pages that are there, or read while it is sent. */
export function pagedTableAnswer(
  call: Call,
  head: Omit<Table, 'rows'>,
  pages: readonly (readonly (readonly Cell[])[])[] | AsyncIterable<readonly (readonly Cell[])[]>,
): Answer {
  const [sent, format] = tableFormat(mediaTypeOf(call, tableVariants))
  if (!(Symbol.asyncIterator in pages))
    return tableHeaded(sent, [...tableChunks(format, { ...head, rows: pages.flat() })].join(''))
  return tableHeaded(sent, pagedChunks(format, head, pages))
}

function tableFormat(type: string): [type: string, format: TableFormat] {
  if (type === 'application/json') return [type, jsonText]
  if (type === 'text/xml') return [type, xmlText]
  if (type === 'text/csv' || type === 'application/vnd.ms-excel') return [type, csvText]
  if (type === 'application/xList') return ['text/html', listText]
  return ['text/html', htmlText]
}

/** Sorts by column names, ignoring their case; unknown names are passed over; empty cells come last, then `DESC` reverses. */
function sortTable(table: Table, sortBy: string | undefined, sortOrder: string | undefined): Table {
  const keys = (sortBy ?? '')
    .split(',')
    .map((name) => table.columns.findIndex((column) => column.key.toLowerCase() === name.trim().toLowerCase()))
    .filter((index) => index >= 0)
  if (keys.length === 0) return table
  const rows = [...table.rows].sort((a, b) => compareRows(table.columns, keys, a, b))
  return { ...table, rows: sortOrder?.toUpperCase() === 'DESC' ? rows.reverse() : rows }
}

function compareRows(
  columns: readonly Column[],
  keys: readonly number[],
  a: readonly Cell[],
  b: readonly Cell[],
): number {
  for (const key of keys) {
    const order = compareCells(columns[key]!.kind, a[key] ?? null, b[key] ?? null)
    if (order !== 0) return order
  }
  return 0
}

export type ItemOptions = Readonly<{
  /** What is offered to an Accept header, the default first. */
  variants?: readonly string[]
  /** Where the type of the record is declared, instead of among those of the archive. */
  types?: Dictionary
  /** A scan answers `format=csv`, as its page promises; other items answer XML there. */
  csv?: true
  /** Former versions, shown after the current one when `includeHistory` asks for them. */
  history?: () => Promise<readonly Item[]>
}>

/** One record in the format the call asks for: HTML unless something else is named (hierarchy 1.2). */
export async function itemAnswer(call: Call, item: Item, options: ItemOptions = {}): Promise<Answer> {
  const pick = call.query.get('handler')
  if (pick !== undefined && pick !== '') return pickedValues(call, item, pick)
  const type = mediaTypeOf(call, options.variants ?? itemVariants)
  const types = options.types ?? call.archive.types
  const typed = (sent: string, body: string): Answer => ({
    status: 200,
    headers: { 'content-type': `${sent}; charset=UTF-8`, vary: 'Accept' },
    body,
  })
  if (type === 'text/html')
    return typed(
      type,
      itemToHtml(types, item, {
        path: call.path,
        lists: listsBelow(item.type),
        pictures: picturesOf(types, item),
      }),
    )
  if (type === 'text/csv' && options.csv) return typed(type, itemToCsv(types, item))
  if (type === 'application/json') {
    const history = call.query.flag('includeHistory') && options.history ? await options.history() : []
    return typed(type, itemToJson(types, [item, ...history], { headers: call.query.flag('includeHeaders') }))
  }
  const concealHidden = call.query.flag('concealHiddenFields')
  return typed('text/xml', itemToXml(types, item, { concealHidden, siteUrl: call.siteUrl }))
}

/** Lists below a record that its document does not hold. */
const listsBelow = (type: string): readonly string[] =>
  type === 'xnat:projectData' ? ['subjects', 'experiments', 'resources', 'files'] : []

/** `handler=values&columns=a,b`: the named fields as a table of one row, or one bare value (hierarchy 1.2). */
function pickedValues(call: Call, item: Item, pick: string): Answer {
  if (pick !== 'values') refuse({ kind: 'invalid', field: 'handler', because: `Invalid handler definition: ${pick}` })
  const names = (call.query.get('columns') ?? '').split(',').filter((name) => name !== '')
  if (names.length === 0)
    refuse({ kind: 'invalid', field: 'columns', because: 'The values handler needs the parameter columns.' })
  const values = names.map((name) => valueNamed(call.archive.types, item, name))
  if (names.length === 1 && call.query.flag('asValue')) {
    return { status: 200, headers: { 'content-type': 'text/plain; charset=UTF-8' }, body: String(values[0] ?? '') }
  }
  return tableAnswer(call, {
    columns: names.map((key) => ({ key, kind: 'string' as const })),
    rows: [values],
    metadata: { totalRecords: '1' },
  })
}

/** A path may begin with the record's type, and may lead through what is inside the record. */
function valueNamed(types: Dictionary, item: Item, name: string): Cell {
  const path = parseXmlPath(/^[^/[]*:[^/[]*\//.test(name) ? name : `${item.type}/${name}`)
  const found = path && resolvePath(types, item.type, path.steps)
  return (found && valueAt(types, item, found)) ?? null
}

export const textAnswer = (body: string): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/plain; charset=UTF-8' },
  body,
})

/** A success without a body; clients take any text there for the name of what was made. */
export const emptyAnswer: Answer = Object.freeze({
  status: 200,
  headers: { 'content-type': 'text/plain; charset=UTF-8' },
  body: '',
})

/** What creating answers: the bare id, 201 when it is new (hierarchy 4.2). */
export const idAnswer = (id: string, created: boolean): Answer => ({ ...textAnswer(id), status: created ? 201 : 200 })

/** What posting to a list answers: the address of the new record as `Location` and as text. */
export const locationAnswer = (url: string): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/plain; charset=UTF-8', location: url },
  body: url,
})
