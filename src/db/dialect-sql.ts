import { type Expression, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'

/** The few expressions in which SQLite and PostgreSQL differ. Nothing outside `db/` asks which database it is. */
export type Dialect = Readonly<{
  name: 'sqlite' | 'postgres'
  /** Its statements run in this process and hold up everything else: long ones are cut into short ones. */
  blocks: boolean
  /** Text of the value at `path` of a JSON document column; null when absent. Numbers in path are list positions. */
  jsonText: (doc: Expression<unknown>, path: readonly (string | number)[]) => RawBuilder<string | null>
  /** A set-returning expression over the list at `path`; its rows have one column `value`, a JSON document. */
  jsonEach: (doc: Expression<unknown>, path: readonly (string | number)[]) => RawBuilder<unknown>
  /** Letter-case-sensitive match of a pattern in which `*` and `%` stand for any run of characters. */
  matches: (value: Expression<unknown>, pattern: string) => RawBuilder<boolean>
  /** A text expression as a number, so that 9 comes before 10. */
  number: (value: Expression<unknown>) => RawBuilder<number>
  /** Match of an SQL pattern (`%` any run, `_` any one character) without regard to letter case. */
  like: (value: Expression<unknown>, pattern: string) => RawBuilder<boolean>
  /** The number that a text is, null where it is none. */
  numberIn: (value: Expression<unknown>) => RawBuilder<number | null>
  /** A text expression to sort by, in the order of its characters' codes. */
  byCode: (value: Expression<unknown>) => RawBuilder<string>
  /** The entries of a JSON list given as text; its rows have one column `value`, a JSON document. */
  entriesOf: (list: string) => RawBuilder<unknown>
  /** Locks the selected rows until the transaction ends, where a transaction does not lock everything anyway. */
  forUpdate: <DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>) => SelectQueryBuilder<DB, TB, O>
}>

const sqlitePath = (path: readonly (string | number)[]): string =>
  `$${path.map((step) => (typeof step === 'number' ? `[${step}]` : `."${step.replaceAll('"', '')}"`)).join('')}`

export const sqliteDialect: Dialect = Object.freeze({
  name: 'sqlite',
  blocks: true,
  jsonText: (doc, path) => sql<string | null>`json_extract(${doc}, ${sql.lit(sqlitePath(path))})`,
  jsonEach: (doc, path) => sql`json_each(${doc}, ${sql.lit(sqlitePath(path))})`,
  matches: (value, pattern) => sql<boolean>`${value} glob ${globOf(pattern)}`,
  number: (value) => sql<number>`cast(${value} as real)`,
  like: (value, pattern) => sql<boolean>`cast(${value} as text) like ${literalBackslash(pattern)} escape '\\'`,
  numberIn: (value) =>
    sql<number>`case when json_valid(${value}) and json_type(${value}) in ('integer', 'real') then cast(${value} as real) end`,
  byCode: (value) => sql<string>`${value}`,
  entriesOf: (list) => sql`json_each(${list})`,
  forUpdate: (query) => query,
})

const postgresPath = (path: readonly (string | number)[]): string =>
  `{${path.map((step) => `"${String(step).replaceAll(/["\\]/g, '')}"`).join(',')}}`

export const postgresDialect: Dialect = Object.freeze({
  name: 'postgres',
  blocks: false,
  jsonText: (doc, path) => sql<string | null>`(${doc} #>> ${sql.lit(postgresPath(path))})`,
  jsonEach: (doc, path) => {
    const list = sql`(${doc} #> ${sql.lit(postgresPath(path))})`
    return sql`jsonb_array_elements(case jsonb_typeof(${list}) when 'array' then ${list} else '[]'::jsonb end)`
  },
  matches: (value, pattern) => sql<boolean>`${value} like ${likeOf(pattern)}`,
  number: (value) => sql<number>`cast(${value} as double precision)`,
  like: (value, pattern) => sql<boolean>`cast(${value} as text) ilike ${literalBackslash(pattern)} escape '\\'`,
  numberIn: (value) =>
    sql<number>`case when ${value} ~ '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$' then cast(${value} as double precision) end`,
  byCode: (value) => sql<string>`${value} collate "C"`,
  entriesOf: (list) => sql`jsonb_array_elements(cast(${list} as jsonb))`,
  // Rows that only refer to a locked one (a new file of a folder) need not wait for it.
  forUpdate: (query) => query.forNoKeyUpdate(),
})

const globOf = (pattern: string): string => pattern.replaceAll(/[?[\]]/g, (sign) => `[${sign}]`).replaceAll('%', '*')
const likeOf = (pattern: string): string => pattern.replaceAll(/[\\_]/g, (sign) => `\\${sign}`).replaceAll('*', '%')
/** A backslash in a pattern stands for itself. */
const literalBackslash = (pattern: string): string => pattern.replaceAll('\\', '\\\\')
