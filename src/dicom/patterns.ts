import { type Context, createContext, Script } from 'node:vm'
import { faultOf, refuse } from '../errors.ts'

/** A regular expression that an administrator wrote, in the way of Java. */
export type Pattern = Readonly<{
  /** Number of capturing groups. */
  groups: number
  /** Its groups where it matches the entire text. */
  whole: (text: string) => readonly (string | undefined)[] | undefined
  /** Whether it matches any part of the text. */
  occursIn: (text: string) => boolean
  /** The text with every match replaced, where `$1` stands for a group and `\` takes the next sign as it is. */
  replace: (text: string, replacement: string) => string
}>

/** An expression that needs longer than this for one text, in milliseconds, does not match it. */
const PATIENCE_MS = 100
/** Steps that an expression may need before its time is watched, which costs more than most expressions do. */
const UNWATCHED_STEPS = 1e6

/**
 * @param field what the expression is called where it is refused
 * @throws ArchiveError 'invalid' for what is no regular expression
 */
export function compilePattern(text: string, field: string, ignoreCase = false): Pattern {
  const { source, flags } = fromJava(text)
  const options = `${flags}${ignoreCase && !flags.includes('i') ? 'i' : ''}`
  const [entire, some] = [compiled(`^(?:${source})$`, options, text, field), compiled(source, options, text, field)]
  const every = new RegExp(source, `${options}g`)
  const watched = watch()
  return Object.freeze({
    groups: (new RegExp(`(?:${source})|`, options).exec('')?.length ?? 1) - 1,
    whole: (value: string) => watched(entire, value, () => entire.exec(value)?.slice()),
    occursIn: (value: string) => watched(some, value, () => some.test(value)) ?? false,
    replace: (value: string, replacement: string) =>
      watched(every, value, () => value.replaceAll(every, javaReplacement(replacement))) ?? value,
  })
}

/**
 * Reads one line of several that an administrator wrote.
 * @throws ArchiveError 'invalid' that says in which line, and what is wrong with it
 */
export function ofLine<T>({ number, text }: Line, read: (text: string) => T): T {
  try {
    return read(text)
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind !== 'invalid') throw error
    return refuse({ ...fault, because: `Line ${number}: ${fault.because}` }, error)
  }
}

/** A line that says something, by its number from 1. */
export type Line = Readonly<{ number: number; text: string }>

/** The lines of a text that are not blank. */
export const linesOf = (text: string): readonly Line[] =>
  text
    .split(/\r?\n/)
    .map((line, at) => ({ number: at + 1, text: line }))
    .filter((line) => line.text.trim() !== '')

function compiled(source: string, flags: string, text: string, field: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return refuse({ kind: 'invalid', field, because: `This is no regular expression: ${text}` }, error)
  }
}

/** POSIX classes, as they stand within brackets. */
const posix: Readonly<Record<string, string>> = {
  Alpha: 'A-Za-z',
  Digit: '0-9',
  Alnum: 'A-Za-z0-9',
  Upper: 'A-Z',
  Lower: 'a-z',
  XDigit: '0-9A-Fa-f',
  Punct: '!-\\/:-@\\[-`{-~',
  Space: '\\s',
  Blank: ' \\t',
}

/** What Java writes in another way: flags at the beginning, quotations, ends of the text, possessive repetition, classes. */
function fromJava(text: string): Readonly<{ source: string; flags: string }> {
  const [all = '', letters = ''] = /^\(\?([ims]+)\)/.exec(text) ?? []
  const unquoted = text
    .slice(all.length)
    .replaceAll(/\\Q(.*?)(?:\\E|$)/gs, (_, quoted: string) => quoted.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
  let inClass = false
  const source = unquoted.replaceAll(/\\p\{(\w+)\}|\\.|[*+?}]\+|[[\]]/gs, (sign, name: string | undefined) => {
    const set = name === undefined ? undefined : posix[name]
    if (set !== undefined) return inClass ? set : `[${set}]`
    if (sign === '[') inClass = true
    if (sign === ']') inClass = false
    if (inClass || sign.length === 1) return sign
    if (sign.endsWith('+') && !sign.startsWith('\\')) return sign.slice(0, 1)
    return { '\\A': '^', '\\z': '$', '\\Z': '$', '\\h': '[ \\t]' }[sign] ?? sign
  })
  return { source, flags: [...new Set(letters)].join('') }
}

const javaReplacement =
  (replacement: string) =>
  (match: string, ...rest: readonly unknown[]) => {
    const groups = [
      match,
      ...rest.slice(
        0,
        rest.findIndex((each) => typeof each === 'number'),
      ),
    ]
    return replacement.replaceAll(/\\(.)|\$(\d)/gs, (_, escaped: string | undefined, group: string) =>
      escaped === undefined ? String(groups[Number(group)] ?? '') : escaped,
    )
  }

type Watched = <T>(pattern: RegExp, text: string, act: () => T) => T | undefined

/** What `act` returns, or undefined when the expression would run away on this text. */
function watch(): Watched {
  let room: Context | undefined
  return <T>(pattern: RegExp, text: string, act: () => T): T | undefined => {
    if (steps(pattern.source, text.length) < UNWATCHED_STEPS) return act()
    room ??= createContext({})
    room['act'] = act
    try {
      return CALL.runInContext(room, { timeout: PATIENCE_MS }) as T
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined
      throw error
    }
  }
}

const CALL = new Script('act()')

/** A bound on the steps of a match: each repetition may try every length, repeated groups multiply without end. */
function steps(source: string, length: number): number {
  const bare = source.replaceAll(/\\./gs, 'a').replaceAll(/\[[^\]]*\]/g, 'a')
  if (/\)(?:[*+]|\{\d+(?:,|\}))/.test(bare)) return Number.POSITIVE_INFINITY
  const repetitions = bare.match(/[*+]|\{\d+,\d*\}/g)?.length ?? 0
  return (length + 1) ** (repetitions + 1)
}
