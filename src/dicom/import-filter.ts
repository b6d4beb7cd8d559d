import { refuse } from '../errors.ts'
import type { DicomHeader } from './header.ts'
import { type Attribute, attributeNamed, attributeWritten } from './keywords.ts'
import { type Condition, parseCondition } from './modality-map.ts'
import { compilePattern, linesOf, ofLine } from './patterns.ts'
import { type Tag, tagOf } from './tags.ts'

export type FilterMode = 'blacklist' | 'whitelist' | 'modalityMap'

/** Which objects are let in (import 8.4). */
export type ImportFilter = Readonly<{
  /** Tags that a header must be read with. */
  also: ReadonlyMap<Tag, string>
  accepts: (header: DicomHeader) => boolean
  /** The modality under which a modality map puts an object; undefined where it leaves it out or there is none. */
  modalityOf: (header: DicomHeader) => string | undefined
}>

/** Longer texts are cut before an expression looks at them. */
const MAX_TEXT_LENGTH = 1024

/**
 * A series import filter from what administrators wrote.
 * @throws ArchiveError 'invalid' for an unknown mode, an unknown section, or what is no regular expression
 */
export function parseFilter(mode: string, text: string): Promise<ImportFilter> {
  const named = mode.toLowerCase()
  if (named === 'modalitymap') return parseModalityMap(text)
  if (named === 'blacklist' || named === 'whitelist') return parseList(text, named === 'whitelist')
  return refuse({
    kind: 'invalid',
    field: 'mode',
    because: `The mode of a series import filter must be blacklist, whitelist or modalityMap, not ${mode}.`,
  })
}

/** Whether one line of a list matches an object. */
type Test = (header: DicomHeader) => boolean

async function parseList(text: string, whitelist: boolean): Promise<ImportFilter> {
  const also = new Map<Tag, string>()
  const tests: Test[] = []
  let section: Attribute = { tag: tagOf('SeriesDescription'), vr: 'LO' }
  for (const { number, text: raw } of linesOf(text)) {
    const line = { number, text: raw.trim() }
    if (line.text.startsWith('#')) continue
    const [, named] = /^\[\s*(\w+|\(?\s*[0-9A-F]{4}\s*,\s*[0-9A-F]{4}\s*\)?)\s*\]$/i.exec(line.text) ?? []
    if (named !== undefined && isSection(line.text)) {
      const found = await attributeWritten(named)
      section = found ?? ofLine(line, () => unknown(named))
    } else tests.push(ofLine(line, (written) => testOf(section.tag, written)))
    also.set(section.tag, section.vr)
  }
  const accepts = (header: DicomHeader): boolean => tests.some((test) => test(header)) === whitelist
  return { also, accepts, modalityOf: () => undefined }
}

/** A set of signs in brackets, such as `[abc]`, is an expression; a keyword begins with a capital and has more than one. */
const isSection = (line: string): boolean => /,/.test(line) || /^\[\s*[A-Za-z]\w{2,}\s*\]$/.test(line)

const unknown = (name: string): never =>
  refuse({ kind: 'invalid', field: 'filter', because: `There is no DICOM attribute ${name}.` })

function testOf(tag: Tag, line: string): Test {
  const present = (header: DicomHeader): boolean => header.values.has(tag) || header.items.has(tag)
  if (/^EXISTS$/i.test(line)) return present
  if (/^!EXISTS$/i.test(line)) return (header) => !present(header)
  const pattern = compilePattern(line, 'filter', true)
  return (header) => pattern.occursIn(textOf(header, tag).slice(0, MAX_TEXT_LENGTH))
}

const textOf = (header: DicomHeader, tag: Tag): string => header.values.get(tag)?.join('\\') ?? ''

/** Keys of a modality map that are no modalities. */
const reserved = new Set(['enabled', 'mode', 'projectId', 'strict', 'exclude', 'default'])

async function parseModalityMap(text: string): Promise<ImportFilter> {
  const map = mapOf(text)
  const also = new Map<Tag, string>()
  const known = new Map<string, Attribute>()
  for (const [, keyword = ''] of Object.values(map)
    .join(' ')
    .matchAll(/#(\w+)#/g)) {
    const attribute = (await attributeNamed(keyword)) ?? unknown(keyword)
    known.set(keyword, attribute)
    also.set(attribute.tag, attribute.vr)
  }
  const condition = (expression: string): Condition => parseCondition(expression, (keyword) => known.get(keyword))
  const excluded = map['exclude'] === undefined ? () => false : condition(map['exclude'])
  const modalities = Object.entries(map)
    .filter(([key]) => !reserved.has(key))
    .map(([modality, expression]) => [modality, condition(expression)] as const)
  const modalityOf = (header: DicomHeader): string | undefined => {
    const text = (tag: Tag): string => textOf(header, tag).slice(0, MAX_TEXT_LENGTH)
    if (excluded(text)) return undefined
    return modalities.find(([, holds]) => holds(text))?.[0] ?? map['default']
  }
  return { also, accepts: (header) => modalityOf(header) !== undefined, modalityOf }
}

function mapOf(text: string): Readonly<Record<string, string>> {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, String(value)]))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return refuse({ kind: 'invalid', field: 'filter', because: 'A modality map must be a JSON object.' })
}
