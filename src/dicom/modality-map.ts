import { refuse } from '../errors.ts'
import type { Attribute } from './keywords.ts'
import { compilePattern } from './patterns.ts'
import type { Tag } from './tags.ts'

/** Says of a header, given the text of each attribute, whether an expression holds. */
export type Condition = (text: (tag: Tag) => string) => boolean

/** A literal with `#Keyword#` in it, ready to be filled in. */
type Filled = (text: (tag: Tag) => string) => string

const TOKEN =
  /\s*(?:(\|\||&&|===?|!==?|!|\(|\))|'([^']*)'|"([^"]*)"|\/((?:\\.|[^/\\\n])+)\/(\w*)\.test\b|(true|false)\b)/y

type Token = Readonly<{ sign?: string; text?: string; regex?: string; flags?: string; truth?: boolean }>

/**
 * A condition on the attributes of an object, written as a boolean expression: texts with `#Keyword#` in them,
 * `==`, `!=`, `&&`, `||`, `!`, parentheses and `/regex/i.test(text)` (import 8.4). Nothing else: it is no program.
 * @param attribute the attribute that a keyword names
 * @throws ArchiveError 'invalid'
 */
export function parseCondition(expression: string, attribute: (keyword: string) => Attribute | undefined): Condition {
  const tokens = tokensOf(expression)
  let at = 0
  const wrong = (): never => unreadable(expression)
  const takes = (...signs: readonly string[]): string | undefined => {
    const sign = tokens[at]?.sign
    if (sign === undefined || !signs.includes(sign)) return undefined
    at += 1
    return sign
  }
  const literal = (): Filled => {
    const text = tokens[at]?.text ?? wrong()
    at += 1
    return filled(text, attribute)
  }
  const joined = (sign: string, part: () => Condition, holds: (all: readonly boolean[]) => boolean): Condition => {
    const parts = [part()]
    while (takes(sign)) parts.push(part())
    return (text) => holds(parts.map((each) => each(text)))
  }
  const either = (): Condition => joined('||', both, (all) => all.includes(true))
  const both = (): Condition => joined('&&', single, (all) => !all.includes(false))
  const single = (): Condition => {
    if (takes('!')) {
      const inner = single()
      return (text) => !inner(text)
    }
    if (takes('(')) {
      const inner = either()
      return takes(')') ? inner : wrong()
    }
    const { truth, regex, flags } = tokens[at] ?? wrong()
    if (truth !== undefined) {
      at += 1
      return () => truth
    }
    if (regex === undefined) return comparison(literal(), takes('==', '===', '!=', '!==') ?? wrong(), literal())
    at += 1
    if (!takes('(')) wrong()
    const [pattern, text] = [compilePattern(regex, 'filter', flags?.includes('i')), literal()]
    return takes(')') ? (of) => pattern.occursIn(text(of)) : wrong()
  }
  const condition = either()
  return at === tokens.length ? condition : wrong()
}

function comparison(left: Filled, sign: string, right: Filled): Condition {
  const same: Condition = (text) => left(text) === right(text)
  return sign.startsWith('=') ? same : (text) => !same(text)
}

function filled(literal: string, attribute: (keyword: string) => Attribute | undefined): Filled {
  const pieces = literal.split(/#(\w+)#/).map((piece, index) => (index % 2 === 0 ? piece : attribute(piece)))
  return (text) => pieces.map((piece) => (typeof piece === 'string' ? piece : piece ? text(piece.tag) : '')).join('')
}

function tokensOf(expression: string): readonly Token[] {
  const tokens: Token[] = []
  const trimmed = expression.trimEnd()
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < trimmed.length; ) {
    const [, sign, single, double, regex, flags, truth] = TOKEN.exec(trimmed) ?? unreadable(expression)
    tokens.push({ sign, text: single ?? double, regex, flags, ...(truth && { truth: truth === 'true' }) })
  }
  return tokens
}

function unreadable(expression: string): never {
  return refuse({
    kind: 'invalid',
    field: 'filter',
    because: `This is no condition of an import filter: ${expression}`,
  })
}
