import { type Archive, scopeOf } from '../archive/archive.ts'
import { type RowKeys, rowCount } from '../archive/search-keys.ts'
import { type KeptResult, keptRows, ROWS_PER_PORTION } from '../archive/search-results.ts'
import { type PreparedSearch, prepareSearch } from '../archive/search-rows.ts'
import type { Viewer } from '../model/access.ts'
import type { Search, SearchSort } from '../model/search.ts'
import { splitTyped } from '../model/search-lookup.ts'
import type { Cell, Table } from '../model/table.ts'
import type { Answer, Call } from './call.ts'
import { readPage } from './parameters.ts'
import { begunPages, pagedTableAnswer } from './reply.ts'

/** Rows read by one statement. */
const ROWS_PER_PAGE = 500

/** The order that `sortBy` and `sortOrder` ask for: names of columns, ids of fields or paths. */
export function readSort({ query }: Call, root: string): readonly SearchSort[] {
  const descending = query.get('sortOrder')?.toUpperCase() === 'DESC'
  const names = (query.get('sortBy') ?? '').split(',').map((name) => name.trim())
  return names
    .filter((name) => name !== '')
    .map((name) => {
      const typed = splitTyped(name)
      return { element: typed?.element ?? root, field: typed?.rest ?? name, ...(descending && { descending: true }) }
    })
}

/** A search with the order that the call asks for. */
export const preparedFor = (call: Call, search: Search): PreparedSearch =>
  prepareSearch(scopeOf(call.archive, call.viewer), search, readSort(call, search.root))

/** Everything that a search finds, as a table that is read while it is sent. */
export async function foundAnswer(call: Call, search: Search): Promise<Answer> {
  const prepared = preparedFor(call, search)
  const keys = await prepared.find()
  const page = readPage(call.query)
  const from = page?.offset ?? 0
  const to = page ? from + page.limit : rowCount(keys)
  const metadata = { totalRecords: String(rowCount(keys)), rootElementName: prepared.type }
  return tableOf(call, prepared, metadata, pagesOf(prepared, keys, { from, to }))
}

type Pages = AsyncIterable<Cell[][]>

async function tableOf(
  call: Call,
  prepared: PreparedSearch,
  metadata: Table['metadata'],
  pages: Pages,
): Promise<Answer> {
  const { all } = await begunPages(pages)
  return pagedTableAnswer(call, { columns: prepared.columns, metadata }, all)
}

type Span = Readonly<{ from: number; to: number }>

async function* pagesOf(prepared: PreparedSearch, keys: RowKeys, { from, to }: Span): Pages {
  const end = Math.min(to, rowCount(keys))
  for (let at = from; at < end; at += ROWS_PER_PAGE) {
    yield await prepared.read(keys, at, Math.min(at + ROWS_PER_PAGE, end))
    // A client that reads as fast as it is written to would keep everybody else waiting.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** What a kept result says of itself. */
export const resultMetadata = ({ id, rows }: KeptResult, type: string): Table['metadata'] => ({
  ID: id,
  totalRecords: String(rows),
  rootElementName: type,
})

/** The head of a result that was just kept; rows only where `limit` asks for some: they are fetched page by page. */
export const keptAnswer = (call: Call, prepared: PreparedSearch, kept: KeptResult): Promise<Answer> =>
  readPage(call.query)
    ? resultAnswer(call, kept)
    : tableOf(call, prepared, resultMetadata(kept, prepared.type), noPages())

async function* noPages(): Pages {}

/** Rows of a kept result, as `limit` and `offset` say, in another order where the call asks for one. */
export async function resultAnswer(call: Call, kept: KeptResult): Promise<Answer> {
  const prepared = preparedFor(call, kept.search)
  const page = readPage(call.query)
  const span = { from: page?.offset ?? 0, to: page ? page.offset + page.limit : kept.rows }
  const sorted = readSort(call, kept.search.root).length > 0
  const pages = sorted
    ? pagesOf(prepared, await prepared.find(), span)
    : keptPages(prepared, { archive: call.archive, viewer: call.viewer, kept }, span)
  return tableOf(call, prepared, resultMetadata(kept, prepared.type), pages)
}

type Kept = Readonly<{ archive: Archive; viewer: Viewer; kept: KeptResult }>

/** The pages of a kept result, portion after portion. */
export async function* keptPages(prepared: PreparedSearch, { archive, viewer, kept }: Kept, span: Span): Pages {
  const end = Math.min(span.to, kept.rows)
  for (let at = span.from; at < end; ) {
    const portion = Math.floor(at / ROWS_PER_PORTION)
    const first = portion * ROWS_PER_PORTION
    const keys = await keptRows(archive, viewer, kept, portion)
    const last = Math.min(end, first + ROWS_PER_PORTION)
    yield* pagesOf(prepared, keys, { from: at - first, to: last - first })
    at = last
  }
}
