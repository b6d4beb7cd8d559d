import type { GeneratedAlways } from 'kysely'

/** The tables of searches, each with the one module that writes it. */
export type SearchTables = {
  /** archive/searches.ts */
  stored_searches: StoredSearchesTable
  /** archive/searches.ts: whom a stored search is for, users as `u:login`, groups as `g:name` */
  search_readers: { search_id: number; reader: string }
  /** archive/search-results.ts: results kept for a while, to be paged through */
  search_results: SearchResultsTable
  /** archive/search-results.ts: the numbers of a portion of its rows, as a JSON list */
  search_result_rows: { result_id: string; portion: number; numbers: string }
}

type StoredSearchesTable = {
  id: GeneratedAlways<number>
  /** The id that people give. */
  name: string
  /** Login of whoever stored it. */
  owner: string
  /** 1: everybody sees it; 0: its owner and its readers. */
  open: number
  /** The data type of its rows. */
  xsi_type: string
  tag: string
  /** The search itself, as JSON. */
  document: string
  created_at: string
  modified_at: string
}

type SearchResultsTable = {
  id: string
  /** Whose result it is. */
  login: string
  /** The search itself, as JSON. */
  document: string
  /** Numbers that make a row. */
  width: number
  row_count: number
  created_at: string
  used_at: string
}
