import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../db/dialect-sql.ts'
import { refuse } from '../errors.ts'
import { readDate, readDateTime, readTime } from '../model/dates.ts'
import type { Kind } from '../model/dictionary.ts'
import type { Comparison, Criterion } from '../model/search.ts'

/** A value as SQL, with the kind that decides how it is compared. */
export type Compared = Readonly<{ expression: RawBuilder<unknown>; kind: Kind }>

/**
 * One comparison as SQL; an absent value is an empty one, and only `IS NULL` and `=` with nothing find those.
 * @throws ArchiveError 'unreadable' for a value that the field can never have, naming both
 */
export function comparisonSql(dialect: Dialect, compared: Compared, criterion: Criterion): RawBuilder<boolean> {
  const { comparison, value } = criterion
  const { expression } = compared
  if (findsNothing(criterion)) return sql<boolean>`(${expression} is null or cast(${expression} as text) = '')`
  if (comparison === 'IS NOT NULL' || (comparison === '!=' && value === ''))
    return sql<boolean>`(${expression} is not null and cast(${expression} as text) <> '')`
  if (comparison === 'LIKE') return dialect.like(expression, wild(criterion))
  if (comparison === 'NOT LIKE') return sql<boolean>`not (${dialect.like(expression, wild(criterion))})`
  if (comparison === 'BETWEEN') return between(dialect, compared, criterion)
  if (comparison === 'IN') return among(dialect, compared, criterion)
  return ordered(dialect, compared, criterion)
}

/** Whether a record without the value fits. */
export const findsNothing = ({ comparison, value }: Criterion): boolean =>
  comparison === 'IS NULL' || ((comparison === '=' || comparison === 'IS') && value === '')

const MAX_PATTERN = 1000

/** pyxnat's users write `*`, which it replaces only in some places. */
function wild({ field, value }: Criterion): string {
  if (value.length > MAX_PATTERN) tooMuch(`${field} LIKE takes a pattern of ${MAX_PATTERN} characters at most.`)
  return value.replaceAll('*', '%')
}

const signs: Readonly<Partial<Record<Comparison, string>>> = {
  '=': '=',
  IS: '=',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}

function ordered(dialect: Dialect, compared: Compared, criterion: Criterion): RawBuilder<boolean> {
  const sign = signs[criterion.comparison] ?? '='
  const equality = sign === '=' || sign === '<>'
  const { left, right } = sides(dialect, compared, criterion, equality)(criterion.value)
  return sql<boolean>`${left} ${sql.raw(sign)} ${right}`
}

type Sides = Readonly<{ left: RawBuilder<unknown>; right: unknown }>

/** What is compared with what. Texts that look like numbers are put in order as numbers, and are equal as texts. */
function sides(
  dialect: Dialect,
  { expression, kind }: Compared,
  { field }: Criterion,
  equality: boolean,
): (value: string) => Sides {
  return (value) => {
    if (kind === 'integer' || kind === 'float')
      return { left: dialect.number(expression), right: sql`cast(${numberOf(field, value)} as double precision)` }
    if (kind === 'datetime' && /\d[T ]\d/.test(value.trim()))
      return { left: dialect.byCode(expression), right: readDateTime(value.trim()) ?? wrong(field, value, 'time') }
    if (kind === 'date' || kind === 'datetime') return daySides(expression, field, value)
    if (kind === 'time') return { left: expression, right: readTime(value) ?? wrong(field, value, 'time') }
    if (kind === 'boolean')
      return { left: sql`lower(cast(${expression} as text)) in ('true', '1')`, right: truth(value) }
    if (!equality && isNumber(value))
      return { left: dialect.numberIn(expression), right: sql`cast(${Number(value)} as double precision)` }
    return { left: equality ? expression : dialect.byCode(expression), right: value }
  }
}

const isNumber = (value: string): boolean => value.trim() !== '' && Number.isFinite(Number(value))
const truth = (value: string): RawBuilder<unknown> => (/^(true|1)$/i.test(value.trim()) ? sql`(1 = 1)` : sql`(1 = 0)`)

function numberOf(field: string, value: string): number {
  return isNumber(value) ? Number(value) : wrong(field, value, 'number')
}

/** Days are compared, or only years where the value is one. */
function daySides(expression: RawBuilder<unknown>, field: string, value: string): Sides {
  const text = value.trim()
  if (/^\d{4}$/.test(text)) return { left: sql`substr(${expression}, 1, 4)`, right: text }
  const day = readDate(text) ?? readDate(text.slice(0, 10)) ?? wrong(field, value, 'date')
  return { left: sql`substr(${expression}, 1, 10)`, right: day }
}

function wrong(field: string, value: string, what: string): never {
  return refuse({
    kind: 'unreadable',
    what: 'search',
    because: `${field} is compared with ${value}, which is no ${what}.`,
  })
}

function between(dialect: Dialect, compared: Compared, criterion: Criterion): RawBuilder<boolean> {
  const [low, high, ...more] = criterion.value.split(/\s+and\s+|,/i).map((text) => text.trim())
  if (!low || !high || more.length > 0) {
    const because = `${criterion.field} BETWEEN takes two values joined by AND, not ${criterion.value}.`
    return refuse({ kind: 'unreadable', what: 'search', because })
  }
  const at = sides(dialect, compared, criterion, false)
  const [from, to] = [at(low), at(high)]
  return sql<boolean>`(${from.left} >= ${from.right} and ${to.left} <= ${to.right})`
}

/** What one statement can hold in either database. */
const MAX_VALUES = 10_000
const MAX_DATES = 200

/** Values are separated by commas, with or without brackets around all and quotes around each. */
function among(dialect: Dialect, compared: Compared, criterion: Criterion): RawBuilder<boolean> {
  const inner = /^\s*\((.*)\)\s*$/s.exec(criterion.value)?.[1] ?? criterion.value
  const values = inner.split(',').map((text) => text.trim().replace(/^'(.*)'$/s, '$1'))
  const dates = compared.kind === 'date' || compared.kind === 'datetime'
  const most = dates ? MAX_DATES : MAX_VALUES
  if (values.length > most) tooMuch(`${criterion.field} IN takes ${most} values at most, not ${values.length}.`)
  const parts = values.map(sides(dialect, compared, criterion, true))
  if (!dates) return sql<boolean>`${parts[0]!.left} in (${sql.join(parts.map(({ right }) => right))})`
  return sql<boolean>`(${sql.join(
    parts.map(({ left, right }) => sql`${left} = ${right}`),
    sql` or `,
  )})`
}

const tooMuch = (because: string): never => refuse({ kind: 'unreadable', what: 'search', because })
