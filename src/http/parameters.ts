import type { AskedColumn, AskedFilter, Page } from '../archive/listing.ts'
import { refuse } from '../errors.ts'
import type { Shortcut } from '../model/types/shortcuts.ts'
import { parseXmlPath, type XmlPath } from '../model/xml-path.ts'
import type { Call } from './call.ts'
import { type Query, withoutNul } from './query.ts'

/** What a caller wants of a listing: which columns under which headings, which rows (hierarchy 1.5). */
export type AskedListing = Readonly<{
  columns: readonly AskedColumn[]
  filters: readonly AskedFilter[]
  xsiType: string | undefined
}>

/** Columns that are there anyway or never, whoever names them: the address of a row comes last by itself. */
const appended = new Set(['URI'])

/**
 * Reads `columns`, `xsiType` and every parameter that is a shortcut or a path.
 * @param defaults names of the columns shown when none are asked for
 */
export function readListing(query: Query, shortcuts: readonly Shortcut[], defaults: readonly string[]): AskedListing {
  const asked = query.get('columns')
  const names =
    !asked || asked.toUpperCase() === 'DEFAULT'
      ? defaults
      : decodedTwice(asked)
          .split(',')
          .map((name) => name.trim())
  const columns = new Map<string, AskedColumn>()
  for (const name of names) {
    const column = appended.has(name) ? undefined : columnOf(name, shortcuts)
    if (column && !columns.has(column.header)) columns.set(column.header, column)
  }
  return {
    columns: [...columns.values()],
    filters: query.entries.flatMap((entry) => filterOf(entry, shortcuts)),
    xsiType: xsiTypeOf(query),
  }
}

/** The type that a list is asked for. A value with a comma chooses nothing: old scripts send lists there. */
export function xsiTypeOf(query: Query): string | undefined {
  const value = query.get('xsiType')
  return value && !value.includes(',') ? value : undefined
}

/** The value of `columns` is decoded twice by the original, and some clients encode it twice. */
function decodedTwice(text: string): string {
  return withoutNul(decoded(text))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What no data type has under any name: lists decide whether to refuse it or to leave its cells empty. */
const nowhere: XmlPath = { type: '', steps: [] }

/** The column under the heading it will have: the shortcut's name, else the path in lower case. */
export function columnOf(name: string, shortcuts: readonly Shortcut[]): AskedColumn | undefined {
  const byName = shortcuts.find((shortcut) => shortcut.name === name)
  if (byName) return shortcutColumn(byName)
  if (!name.includes('/')) return undefined
  const header = shortcuts.find((one) => one.path.toLowerCase() === name.toLowerCase())?.name ?? name.toLowerCase()
  return { header, path: parseXmlPath(name) ?? nowhere }
}

/** Every list reads the paths of its default columns; taking each apart once halves that. */
const shortcutColumns = new WeakMap<Shortcut, AskedColumn>()

function shortcutColumn(shortcut: Shortcut): AskedColumn {
  const known = shortcutColumns.get(shortcut)
  if (known) return known
  const column = { header: shortcut.name, path: parseXmlPath(shortcut.path) ?? nowhere }
  shortcutColumns.set(shortcut, column)
  return column
}

function filterOf([name, value]: readonly [string, string], shortcuts: readonly Shortcut[]): AskedFilter[] {
  const shortcut = shortcuts.find((one) => one.name === name)
  if (name === 'xsiType' || (!shortcut && !name.includes('/'))) return []
  const path = parseXmlPath(shortcut?.path ?? name)
  return path ? [{ path, value }] : []
}

/** The heading and path of a column that every listing of the kind has. */
export const fixedColumn = (header: string, path: string): AskedColumn => ({
  header,
  path: parseXmlPath(path) as XmlPath,
})

/** `columns` with `first` in front, unless it is among them. */
export const withColumn = (first: AskedColumn, columns: readonly AskedColumn[]): readonly AskedColumn[] =>
  columns.some((column) => column.header === first.header) ? columns : [first, ...columns]

/**
 * The columns of a list of projects or subjects: the key first. A data type is never among them: clients would take it
 * for a type to create below (clients 0.12).
 */
export const keyedColumns = (key: AskedColumn, columns: readonly AskedColumn[]): readonly AskedColumn[] => [
  key,
  ...columns.filter((column) => column.header !== 'xsiType' && column.header !== key.header),
]

const DEFAULT_LIMIT = 100

/**
 * `limit` and `offset` (hierarchy 1.6): either brings the other's default; `*` switches paging off.
 * @throws ArchiveError 'invalid' for anything but a number or `*`
 */
export function readPage(query: Query): Page | undefined {
  const [limit, offset] = [query.get('limit'), query.get('offset')]
  if (limit === undefined && offset === undefined) return undefined
  if (limit === '*' || offset === '*') return undefined
  return { limit: countOf('limit', limit, DEFAULT_LIMIT), offset: countOf('offset', offset, 0) }
}

function countOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise
  if (/^\d{1,9}$/.test(text)) return Number(text)
  return refuse({ kind: 'invalid', field: name, because: `${name} must be a number of rows or *, not ${text}.` })
}

/** Whether DICOM headers are to be read again after the save (scans 6.5, hierarchy 1.11). */
export const pullsHeaders = ({ query }: Pick<Call, 'query'>): boolean =>
  query.flag('pullDataFromHeaders') || query.get('action') === 'pullDataFromHeaders'

/** Whether scans that nobody named are to be given types after the save (import 4.8). */
export const fixesScanTypes = ({ query }: Pick<Call, 'query'>): boolean =>
  query.flag('fixScanTypes') || query.get('action') === 'fixScanTypes'
