import { escapeAttribute, escapeText } from './xml.ts'

/** Attributes in order; one that is undefined is left out. */
export type Attributes = Readonly<Record<string, string | undefined>>

/** An element to be written: its attributes, and either text or elements inside. */
export type Node = Readonly<{ name: string; attributes: Attributes; content: string | readonly Node[] }>

export const node = (name: string, attributes: Attributes, content: Node['content'] = []): Node => ({
  name,
  attributes,
  content,
})

/** The element and all in it as text, one element a line, indented by tabs. */
export function nodeText({ name, attributes, content }: Node, indent = ''): string {
  const shown = Object.entries(attributes)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`)
  const start = `${indent}<${name}${shown.join('')}`
  if (content.length === 0) return `${start}/>\n`
  if (typeof content === 'string') return `${start}>${escapeText(content)}</${name}>\n`
  return `${start}>\n${content.map((inner) => nodeText(inner, `${indent}\t`)).join('')}${indent}</${name}>\n`
}
