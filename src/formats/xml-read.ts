import { SaxesParser, type SaxesTagNS } from 'saxes'
import { refuse } from '../errors.ts'

/** A name as XML means it: the prefix is only how one document spells it. */
export type XmlName = Readonly<{ uri: string; local: string; prefix: string }>

export type XmlAttribute = Readonly<{ uri: string; local: string; value: string }>

export type XmlElement = XmlName &
  Readonly<{
    /** The name in `xsi:type`, its prefix resolved where it stands. */
    type?: XmlName
    /** Without namespace declarations. */
    attributes: readonly XmlAttribute[]
    children: readonly XmlElement[]
    /** The element's own text without comments, trimmed. */
    text: string
  }>

export type XmlLimits = Readonly<{
  bytes: number
  /** Elements inside one another. */
  depth: number
  /** Elements and attributes together: small ones cost far more memory than their bytes. */
  nodes: number
}>

export const MAX_XML_BYTES = 32 * 1024 * 1024
const MAX_XML_DEPTH = 64
const MAX_XML_NODES = 1_000_000
export const xmlLimits: XmlLimits = Object.freeze({ bytes: MAX_XML_BYTES, depth: MAX_XML_DEPTH, nodes: MAX_XML_NODES })

export const XSI = 'http://www.w3.org/2001/XMLSchema-instance'
const XMLNS = 'http://www.w3.org/2000/xmlns/'
/** Encodings by the byte order mark that begins a text in them. */
const marks: Readonly<Record<string, string>> = { efbbbf: 'utf-8', fffe: 'utf-16le', feff: 'utf-16be' }
/** Enough to hold the XML declaration, which may name the encoding. */
const HEAD_BYTES = 256

/** A document as it was sent: its bytes, and the encoding that the sender names beside them. */
export type SentXml = Readonly<{ bytes: Uint8Array; charset: string | undefined }>

/**
 * The root element of a document that was sent. A byte order mark says its encoding, else the sender, else the document
 * itself (RFC 7303, section 3.2).
 * @throws ArchiveError 'unreadable' as `readXml`, and for an encoding that nobody knows; 'too-large' beyond a limit
 */
export function readSentXml({ bytes, charset }: SentXml, limits: XmlLimits = xmlLimits): XmlElement {
  const reader = openReader(limits, { charset })
  reader.bytes(bytes)
  return reader.end()
}

/**
 * The root element of a document.
 * @throws ArchiveError 'unreadable' when it is not well-formed or has a DOCTYPE, 'too-large' beyond a limit
 */
export function readXml(document: string | Uint8Array, limits: XmlLimits = xmlLimits): XmlElement {
  const reader = openReader(limits)
  if (typeof document === 'string') reader.text(document)
  else reader.bytes(document)
  return reader.end()
}

/** Whether an element that has ended has been dealt with, and need not be kept. */
export type TakeElement = (element: XmlElement) => boolean

/**
 * The same of a document that arrives in pieces; reads no further than the first fault.
 * @param take sees every element when it ends; the root is given back without those that it took
 */
export async function readXmlStream(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limits: XmlLimits = xmlLimits,
  take?: TakeElement,
): Promise<XmlElement> {
  const reader = openReader(limits, { take })
  for await (const chunk of chunks) reader.bytes(chunk)
  return reader.end()
}

type Reader = Readonly<{ text: (text: string) => void; bytes: (bytes: Uint8Array) => void; end: () => XmlElement }>

type Reading = Readonly<{ take?: TakeElement | undefined; charset?: string | undefined }>

function openReader(limits: XmlLimits, { take, charset }: Reading = {}): Reader {
  const tree = openTree(limits, take)
  let size = 0
  let head: Uint8Array = new Uint8Array()
  let decoder: TextDecoder | undefined
  const count = (length: number): void => {
    size += length
    if (size > limits.bytes) tooLarge(`The XML is larger than ${limits.bytes} bytes.`)
  }
  const begin = (): void => {
    decoder = decoderFor(head, charset)
    tree.write(decoded(decoder, head))
  }
  return {
    text: (text) => {
      count(Buffer.byteLength(text))
      tree.write(text)
    },
    bytes: (bytes) => {
      count(bytes.length)
      if (decoder) return tree.write(decoded(decoder, bytes))
      head = Buffer.concat([head, bytes])
      if (head.length >= HEAD_BYTES) begin()
    },
    end: () => {
      if (!decoder && head.length > 0) begin()
      if (decoder) tree.write(decoded(decoder))
      return tree.end()
    },
  }
}

type Growing = XmlName & {
  type?: XmlName
  attributes: readonly XmlAttribute[]
  children: Growing[]
  text: string
}

function openTree(limits: XmlLimits, take?: TakeElement): { write: (text: string) => void; end: () => XmlElement } {
  const parser = new SaxesParser({ xmlns: true, forceXMLVersion: true, defaultXMLVersion: '1.0' })
  // The parser's own table inherits names such as `constructor` from Object.
  parser.ENTITIES = Object.assign(Object.create(null), { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" })
  const open: Growing[] = []
  let root: Growing | undefined
  let nodes = 0
  const count = (): void => {
    nodes += 1
    if (nodes > limits.nodes) tooLarge(`The XML has more than ${limits.nodes} elements and attributes.`)
  }
  const addText = (text: string): void => {
    const element = open.at(-1)
    if (element) element.text += text
  }
  parser.on('error', (error) => unreadable(error.message, error))
  parser.on('doctype', () => unreadable('DOCTYPE is disallowed in documents sent here.'))
  parser.on('attribute', count)
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('opentag', (tag) => {
    count()
    if (open.length >= limits.depth) tooLarge(`The XML is nested more than ${limits.depth} elements deep.`)
    const element = growing(tag, (prefix) => parser.resolve(prefix))
    open.at(-1)?.children.push(element)
    root ??= element
    open.push(element)
  })
  parser.on('closetag', () => {
    const element = open.pop()
    if (!element) return
    element.text = element.text.trim()
    if (take?.(element)) open.at(-1)?.children.pop()
  })
  return {
    write: (text) => void parser.write(text),
    end: () => {
      parser.close()
      return root ?? unreadable('document must contain a root element.')
    },
  }
}

function growing(tag: SaxesTagNS, resolve: (prefix: string) => string | undefined): Growing {
  const { uri, local, prefix } = tag
  const element: Growing = { uri, local, prefix, attributes: [], children: [], text: '' }
  const all = Object.values(tag.attributes)
  if (all.length === 0) return element
  element.attributes = all
    .filter((attribute) => attribute.uri !== XMLNS)
    .map((attribute) => ({ uri: attribute.uri, local: attribute.local, value: attribute.value }))
  const type = element.attributes.find((attribute) => attribute.uri === XSI && attribute.local === 'type')
  if (type) element.type = qualified(type.value.trim(), resolve)
  return element
}

function qualified(name: string, resolve: (prefix: string) => string | undefined): XmlName {
  const colon = name.indexOf(':')
  const prefix = colon < 0 ? '' : name.slice(0, colon)
  return { uri: resolve(prefix) ?? '', local: name.slice(colon + 1), prefix }
}

/** By byte order mark, else by what the sender says, else by the declared encoding, else UTF-8. */
function decoderFor(head: Uint8Array, charset: string | undefined): TextDecoder {
  const start = Buffer.from(head.subarray(0, 3)).toString('hex')
  const marked = Object.entries(marks).find(([mark]) => start.startsWith(mark))?.[1]
  const declared = /^<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(Buffer.from(head).toString('latin1'))?.[1]
  const encoding = marked ?? charset ?? declared ?? 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true })
  } catch (error) {
    return unreadable(`Unsupported encoding ${encoding}.`, error)
  }
}

function decoded(decoder: TextDecoder, bytes?: Uint8Array): string {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined })
  } catch (error) {
    return unreadable(`The text is not valid ${decoder.encoding}.`, error)
  }
}

function unreadable(detail: string, cause?: unknown): never {
  refuse({ kind: 'unreadable', what: 'XML', because: `An error occurred parsing the XML: ${detail}` }, cause)
}

function tooLarge(because: string): never {
  refuse({ kind: 'too-large', what: 'XML', because })
}
