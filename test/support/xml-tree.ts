import { SaxesParser } from 'saxes'

/** What stands between two tags, in document order. */
export type XmlNode = XmlElement | Readonly<{ text: string }> | Readonly<{ comment: string }>

/** An element of a document, with its namespace resolved. */
export type XmlElement = Readonly<{
  /** As written, with its prefix. */
  name: string
  local: string
  uri: string
  /** By name as written, namespace declarations among them. */
  attributes: Readonly<Record<string, string>>
  nodes: readonly XmlNode[]
  children: readonly XmlElement[]
  /** All character data directly in the element. */
  text: string
}>

type Growing = { nodes: XmlNode[]; children: XmlElement[]; text: string } & Omit<XmlElement, 'nodes' | 'children'>

const isText = (node: XmlNode | undefined): node is { text: string } =>
  node !== undefined && !('name' in node) && 'text' in node

/** The root element of a document. @throws when it is not well-formed or uses an undeclared prefix */
export function readXml(source: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true })
  const open: Growing[] = []
  let root: Growing | undefined
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', (tag) => {
    const attributes = Object.fromEntries(Object.values(tag.attributes).map((each) => [each.name, each.value]))
    const element: Growing = {
      name: tag.name,
      local: tag.local,
      uri: tag.uri,
      attributes,
      nodes: [],
      children: [],
      text: '',
    }
    open.at(-1)?.children.push(element)
    open.at(-1)?.nodes.push(element)
    root ??= element
    open.push(element)
  })
  parser.on('closetag', () => open.pop())
  parser.on('comment', (comment) => open.at(-1)?.nodes.push({ comment }))
  const addText = (text: string) => grow(open.at(-1), text)
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.write(source).close()
  if (!root) throw new Error('The document is empty.')
  return root
}

function grow(element: Growing | undefined, text: string): void {
  if (!element || text === '') return
  element.text += text
  const last = element.nodes.at(-1)
  if (isText(last)) element.nodes[element.nodes.length - 1] = { text: last.text + text }
  else element.nodes.push({ text })
}

/** The first element below `root` reached by these local names, or undefined. */
export function findXml(root: XmlElement, ...path: readonly string[]): XmlElement | undefined {
  let at: XmlElement | undefined = root
  for (const local of path) at = at?.children.find((child) => child.local === local)
  return at
}

/** Every comment in the document. */
export function commentsIn(element: XmlElement): string[] {
  return element.nodes.flatMap((node) => ('comment' in node ? [node.comment] : 'name' in node ? commentsIn(node) : []))
}
