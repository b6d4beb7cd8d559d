import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../db/dialect-sql.ts'
import { readDate } from '../model/dates.ts'
import type { ListedField } from './listed-fields.ts'

/**
 * One filter as SQL (hierarchy 1.5): comma-separated alternatives; `*` or `%` in a text stands for any run of
 * characters; `A-B` is an inclusive range of numbers or dates.
 */
export function filterSql(dialect: Dialect, field: ListedField, value: string): RawBuilder<boolean> {
  const alternatives = value.split(',').map((text) => alternative(dialect, field, text.trim()))
  return sql<boolean>`(${sql.join(alternatives, sql` or `)})`
}

function alternative(dialect: Dialect, { expression, kind }: ListedField, text: string): RawBuilder<unknown> {
  if (kind === 'integer' || kind === 'float') return numberFilter(dialect, expression, text)
  if (kind === 'date' || kind === 'datetime') return dateFilter(expression, text)
  if (kind === 'boolean') return sql`lower(cast(${expression} as text)) in (${text.toLowerCase()}, ${truth(text)})`
  return /[*%]/.test(text) ? dialect.matches(expression, text) : sql`${expression} = ${text}`
}

const truth = (text: string): string => (text === '1' || text.toLowerCase() === 'true' ? '1' : '0')

function numberFilter(dialect: Dialect, expression: RawBuilder<unknown>, text: string): RawBuilder<unknown> {
  const range = /^([\d.]+)\s*-\s*([\d.]+)$/.exec(text)
  const number = dialect.number(expression)
  if (range) return sql`${number} between ${Number(range[1])} and ${Number(range[2])}`
  return Number.isFinite(Number(text)) && text !== '' ? sql`${number} = ${Number(text)}` : sql`1 = 0`
}

/** Days are compared: the first ten characters of every stored date and time. */
function dateFilter(expression: RawBuilder<unknown>, text: string): RawBuilder<unknown> {
  const day = sql`substr(${expression}, 1, 10)`
  const whole = readDate(text)
  if (whole) return sql`${day} = ${whole}`
  for (let at = text.indexOf('-'); at > 0; at = text.indexOf('-', at + 1)) {
    const [from, to] = [readDate(text.slice(0, at).trim()), readDate(text.slice(at + 1).trim())]
    if (from && to) return sql`${day} between ${from} and ${to}`
  }
  return sql`1 = 0`
}
