import { refuse } from '../errors.ts'

/** The query parameters of a request, decoded once. A bare name (`?all`) has no value and counts as absent. */
export type Query = Readonly<{
  entries: readonly (readonly [name: string, value: string])[]
  /** The last value given, or undefined. */
  get: (name: string) => string | undefined
  all: (name: string) => readonly string[]
  /** True when present with any value but `false` or `0`, the empty value included (hierarchy 1.7). */
  flag: (name: string) => boolean
  /** For flags that are on unless switched off with `false` or `0`. */
  flagUnlessOff: (name: string) => boolean
}>

/**
 * Reads the part of a URL after `?`.
 * @throws ArchiveError 'invalid' for a NUL in a value: no text of the archive has one, and PostgreSQL cannot hold it;
 * and for escapes that are no UTF-8, such as `%E9`: nobody knows which letter was meant
 */
export function parseQuery(text: string): Query {
  const entries = text.split('&').flatMap((pair) => {
    const at = signAfterName(pair)
    if (at <= 0) return []
    const name = decode(pair.slice(0, at), 'name of a parameter')
    return [[withoutNul(name), withoutNul(decode(pair.slice(at + 1), `parameter ${name}`))] as const]
  })
  return queryOf(entries)
}

/** Position of the sign between name and value; one inside a predicate (`addParam[name=P]/addField=v`) is the name's. */
function signAfterName(pair: string): number {
  const name = /^(?:\[[^\]]*\]|%5B(?:(?!%5D).)*%5D|[^=[%]|%(?!5B))+(?==)/is.exec(pair)
  return name ? name[0].length : pair.indexOf('=')
}

/** A Query of entries read elsewhere, such as a form body. */
export function queryOf(entries: Query['entries']): Query {
  const get = (name: string) => entries.findLast(([key]) => key === name)?.[1]
  const off = (value: string) => value.toLowerCase() === 'false' || value === '0'
  return {
    entries,
    get,
    all: (name) => entries.filter(([key]) => key === name).map(([, value]) => value),
    flag: (name) => {
      const value = get(name)
      return value !== undefined && !off(value)
    },
    flagUnlessOff: (name) => {
      const value = get(name)
      return value === undefined || !off(value)
    },
  }
}

/** The text itself. @throws ArchiveError 'invalid' for one with a NUL */
export function withoutNul(value: string): string {
  if (!value.includes('\0')) return value
  return refuse({ kind: 'invalid', field: 'query', because: 'A parameter must not contain NUL characters.' })
}

/** Percent signs that do not begin an escape stand for themselves: clients send `50%` unescaped. */
function decode(text: string, what: string): string {
  const spaced = text.replaceAll('+', ' ')
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced.replaceAll(/(%[0-9a-f]{2})+/gi, (escaped) => decodeEscapes(escaped, what))
  }
}

function decodeEscapes(escaped: string, what: string): string {
  try {
    return decodeURIComponent(escaped)
  } catch (error) {
    const because = `The ${what} is not UTF-8: é, for example, is written %C3%A9, not ${escaped}.`
    return refuse({ kind: 'invalid', field: 'query', because }, error)
  }
}
