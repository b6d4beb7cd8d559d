import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../db/dialect-sql.ts'
import { refuse } from '../errors.ts'
import { readDate } from '../model/dates.ts'
import type { ListedField } from './listed-fields.ts'

/**
 * One filter as SQL (hierarchy 1.5): comma-separated alternatives; `*` or `%` in a text stands for any run of
 * characters; `A-B` is an inclusive range of numbers or dates.
 */
export function filterSql(dialect: Dialect, field: ListedField, value: string): RawBuilder<boolean> {
  const texts = value.split(',').map((text) => text.trim())
  const plain = isText(field) ? texts.filter((text) => !isPattern(text)) : []
  const others = isText(field) ? texts.filter(isPattern) : texts
  checkExtent(plain, others)
  const alternatives = others.map((text) => alternative(dialect, field, text))
  if (plain.length > 0) alternatives.push(sql`${field.expression} in (${sql.join(plain)})`)
  return sql<boolean>`(${sql.join(alternatives, sql` or `)})`
}

const isText = ({ kind }: ListedField): boolean => !['integer', 'float', 'date', 'datetime', 'boolean'].includes(kind)
const isPattern = (text: string): boolean => /[*%]/.test(text)

/** What one statement can hold in either database. */
const MAX_TEXTS = 10_000
const MAX_ALTERNATIVES = 200
const MAX_PATTERN = 1000

function checkExtent(plain: readonly string[], others: readonly string[]): void {
  const fits = plain.length <= MAX_TEXTS && others.length <= MAX_ALTERNATIVES
  if (fits && others.every((text) => text.length <= MAX_PATTERN)) return
  const because = `A filter takes ${MAX_TEXTS} texts, or ${MAX_ALTERNATIVES} patterns, numbers or dates, of ${MAX_PATTERN} characters at most.`
  refuse({ kind: 'invalid', field: 'filter', because })
}

function alternative(dialect: Dialect, { expression, kind }: ListedField, text: string): RawBuilder<unknown> {
  if (kind === 'integer' || kind === 'float') return numberFilter(dialect, expression, text)
  if (kind === 'date' || kind === 'datetime') return dateFilter(expression, text)
  if (kind === 'boolean') return sql`lower(cast(${expression} as text)) in (${text.toLowerCase()}, ${truth(text)})`
  return dialect.matches(expression, text)
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
