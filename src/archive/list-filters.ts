import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../db/dialect-sql.ts'
import { refuse } from '../errors.ts'
import { type Filter, type Wanted, wantedBy } from './filter-values.ts'
import type { ListedField } from './listed-fields.ts'

/**
 * One filter as SQL (hierarchy 1.5); true where nothing is asked, as of a number that is left empty.
 * @throws ArchiveError 'invalid' for what is no value of the field, and for more alternatives than a statement holds
 */
export function filterSql(dialect: Dialect, { expression, kind }: ListedField, asked: Omit<Filter, 'kind'>) {
  const wanted = wantedBy({ ...asked, kind })
  const plain = wanted.flatMap((one) => (one.is === 'text' ? [one.text] : []))
  const others = wanted.filter(({ is }) => is !== 'text')
  checkExtent(plain, others)
  const alternatives = others.map((one) => alternative(dialect, expression, one))
  if (plain.length > 0) alternatives.push(sql`${expression} in (${sql.join(plain)})`)
  return alternatives.length === 0 ? sql<boolean>`1 = 1` : sql<boolean>`(${sql.join(alternatives, sql` or `)})`
}

/** What one statement can hold in either database. */
const MAX_TEXTS = 10_000
const MAX_ALTERNATIVES = 200
const MAX_PATTERN = 1000

function checkExtent(plain: readonly string[], others: readonly Wanted[]): void {
  const fits = plain.length <= MAX_TEXTS && others.length <= MAX_ALTERNATIVES
  if (fits && others.every((one) => one.is !== 'pattern' || one.text.length <= MAX_PATTERN)) return
  const because = `A filter takes ${MAX_TEXTS} texts, or ${MAX_ALTERNATIVES} patterns, numbers or dates, of ${MAX_PATTERN} characters at most.`
  refuse({ kind: 'invalid', field: 'filter', because })
}

function alternative(dialect: Dialect, expression: RawBuilder<unknown>, wanted: Wanted): RawBuilder<unknown> {
  if (wanted.is === 'numbers') return sql`${dialect.number(expression)} between ${wanted.from} and ${wanted.to}`
  // Days are compared: the first ten characters of every stored date and time.
  if (wanted.is === 'days') return sql`substr(${expression}, 1, 10) between ${wanted.from} and ${wanted.to}`
  if (wanted.is === 'truth')
    return sql`lower(cast(${expression} as text)) in (${String(wanted.value)}, ${wanted.value ? '1' : '0'})`
  return dialect.matches(expression, wanted.text)
}
