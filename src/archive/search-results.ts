import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Tables } from '../db/schema.ts'
import { timeText } from '../db/time.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { Search } from '../model/search.ts'
import { type Archive, scopeOf } from './archive.ts'
import { type RowKeys, rowCount } from './search-keys.ts'

/** How long a result is kept after it was last looked at. */
const KEPT_MS = 60 * 60 * 1000
/** How often a look is written down at most. */
const NOTED_MS = 60_000
/** Results of one user; the one that was not used for the longest goes first. */
const MAX_RESULTS = 20
/** Rows of one result: what is kept of them are numbers. */
const MAX_ROWS = 500_000
/** Rows whose numbers are stored together. */
export const ROWS_PER_PORTION = 10_000

/** A result that was kept: the search it is of, and how many rows it has. */
export type KeptResult = Readonly<{ id: string; search: Search; width: number; rows: number }>

/**
 * Keeps which rows a search found, for the viewer alone (hierarchy 7.5, `cache=true`). Cells are not kept: pages show
 * what is stored and visible when they are asked for.
 * @throws ArchiveError 'too-large' for more rows than MAX_ROWS
 */
export async function keepResult(archive: Archive, viewer: Viewer, search: Search, keys: RowKeys): Promise<KeptResult> {
  const rows = rowCount(keys)
  if (rows > MAX_ROWS)
    refuse({
      kind: 'too-large',
      what: 'search',
      because: `A result of more than ${MAX_ROWS} rows cannot be kept; narrow the search.`,
    })
  const id = `_${randomBytes(10).toString('hex').toUpperCase()}`
  const at = timeText(archive.now())
  const result = { id, login: viewer.login, document: JSON.stringify(search), width: keys.width, row_count: rows }
  await archive.db.change(async (tx) => {
    await forget(tx, archive, viewer)
    await tx
      .insertInto('search_results')
      .values({ ...result, created_at: at, used_at: at })
      .execute()
    const size = ROWS_PER_PORTION * keys.width
    for (let from = 0; from < keys.flat.length; from += size) {
      const numbers = JSON.stringify(keys.flat.slice(from, from + size))
      await tx
        .insertInto('search_result_rows')
        .values({ result_id: id, portion: from / size, numbers })
        .execute()
    }
  })
  return { id, search, width: keys.width, rows }
}

const oldest = (archive: Archive): string => timeText(new Date(archive.now().getTime() - KEPT_MS))

/** Makes room: results that nobody looked at for long go, and the viewer's oldest above the bound. */
async function forget(tx: Kysely<Tables>, archive: Archive, viewer: Viewer): Promise<void> {
  await tx.deleteFrom('search_results').where('used_at', '<', oldest(archive)).execute()
  const older = tx
    .selectFrom('search_results')
    .select('id')
    .where('login', '=', viewer.login)
    .orderBy('used_at', 'desc')
    .orderBy('id')
    .limit(1000)
    .offset(MAX_RESULTS - 1)
  await tx.deleteFrom('search_results').where('id', 'in', older).execute()
}

/** A result that the viewer kept. @throws ArchiveError 'gone' */
export async function findResult(archive: Archive, viewer: Viewer, id: string): Promise<KeptResult> {
  const row = await scopeOf(archive, viewer)
    .db.selectFrom('search_results')
    .selectAll()
    .where('id', '=', id)
    .where('login', '=', viewer.login)
    .where('used_at', '>=', oldest(archive))
    .executeTakeFirst()
  if (!row) return refuse({ kind: 'gone', what: 'search', because: `The result ${id} is kept no longer.` })
  if (row.used_at < timeText(new Date(archive.now().getTime() - NOTED_MS))) await noteUse(archive, id)
  return { id, search: JSON.parse(row.document) as Search, width: row.width, rows: row.row_count }
}

async function noteUse(archive: Archive, id: string): Promise<void> {
  const at = timeText(archive.now())
  await archive.db.change(async (tx) => {
    await tx.updateTable('search_results').set({ used_at: at }).where('id', '=', id).execute()
  })
}

/** The numbers of a portion of a result's rows. */
export async function keptRows(
  archive: Archive,
  viewer: Viewer,
  result: KeptResult,
  portion: number,
): Promise<RowKeys> {
  const row = await scopeOf(archive, viewer)
    .db.selectFrom('search_result_rows')
    .select('numbers')
    .where('result_id', '=', result.id)
    .where('portion', '=', portion)
    .executeTakeFirst()
  return { width: result.width, flat: row ? (JSON.parse(row.numbers) as number[]) : [] }
}
