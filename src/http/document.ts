import type { Readable } from 'node:stream'
import { typeNamed, typeNamedFolded } from '../archive/identity.ts'
import { faultOf, refuse } from '../errors.ts'
import { xmlToItem } from '../formats/item-xml.ts'
import { MAX_XML_BYTES, readSentXml, type SentXml } from '../formats/xml-read.ts'
import type { Item } from '../model/item.ts'
import type { Assignment, Patch } from '../model/patch.ts'
import type { Shortcut } from '../model/types/shortcuts.ts'
import { parseXmlPath } from '../model/xml-path.ts'
import type { Call } from './call.ts'
import { beginForm, feed } from './form-parts.ts'
import { parseQuery, type Query, queryOf, withoutNul } from './query.ts'
import { passOver } from './rest-of-body.ts'

/**
 * What a PUT or POST of a record asks for: its document (raw, or the parts of a multipart body whose names end in
 * `.xml`), form fields, and query parameters on top (scans 4.2, hierarchy 1.10).
 * @throws ArchiveError 'unreadable', 'too-large'
 */
export async function readPatch(call: Call, shortcuts: readonly Shortcut[]): Promise<Patch> {
  const sent = await readBody(call)
  const entries = [...sent.fields, ...call.query.entries]
  const named = lastValue(entries, 'ELEMENT_0') ?? lastValue(entries, 'xsiType')
  return {
    document: sent.document?.item,
    faults: sent.document?.faults ?? [],
    namedType: sent.document?.item.type ?? (named || undefined),
    impliedType: entries
      .map(([name]) => name)
      .find((name) => /^[^/]*:[^/]*\//.test(name))
      ?.replace(/\/.*/s, ''),
    assignments: [sent.fields, call.query.entries].flatMap((some) => assignmentsOf(some, shortcuts)),
    removesAbsent: call.query.get('allowDataDeletion') === 'true',
  }
}

/**
 * The same for places that take records of one type only.
 * @throws ArchiveError 'unreadable' for another type, 'invalid' for one that nobody knows
 */
export async function readPatchOf(call: Call, shortcuts: readonly Shortcut[], type: string): Promise<Patch> {
  const patch = await readPatch(call, shortcuts)
  const { types } = call.archive
  const named = patch.namedType === undefined ? type : typeNamedFolded(types, patch.namedType).name
  if (named !== type) {
    const { prefix, root } = typeNamed(types, type)
    const because = `Only ${prefix}:${root} documents can be PUT to this address.`
    refuse({ kind: 'unreadable', what: 'document', because })
  }
  // Here any value but `false` and `0` will do (hierarchy 1.7).
  return { ...patch, removesAbsent: call.query.flag('allowDataDeletion') }
}

/** The query parameters with the fields of a form body under them, for places that read both as one. */
export async function readParameters(call: Call): Promise<Query> {
  const type = call.headers['content-type'] ?? ''
  const form = call.query.get('req_format') === 'form' || /^application\/x-www-form-urlencoded/i.test(type)
  if (!call.body || !form) return call.query
  const sent = parseQuery((await wholeBody(call.body)).toString('utf8'))
  return queryOf([...sent.entries, ...call.query.entries])
}

const lastValue = (entries: Query['entries'], name: string): string | undefined =>
  entries.findLast(([key]) => key === name)?.[1]

function assignmentsOf(entries: Query['entries'], shortcuts: readonly Shortcut[]): Assignment[] {
  const seen = new Map<string, number>()
  return entries.flatMap(([name, value]) => {
    const shortcut = shortcuts.find((one) => one.name === name)
    if (shortcut?.readonly) return []
    const nth = seen.get(name) ?? 0
    seen.set(name, nth + 1)
    const text = shortcut ? nthPath(shortcut, nth) : name
    const path = shortcut || name.includes(':') ? parseXmlPath(text) : undefined
    return path ? [{ path, value }] : []
  })
}

/** A name that may come several times means one more entry of its list each time (hierarchy 3.6). */
const nthPath = ({ path, repeated }: Shortcut, nth: number): string =>
  repeated === undefined || nth === 0 ? path : path.replace(repeated, `${repeated}[${nth}]`)

type Sent = Readonly<{ document?: { item: Item; faults: readonly string[] }; fields: Query['entries'] }>

async function readBody(call: Call): Promise<Sent> {
  const type = (call.headers['content-type'] ?? '').toLowerCase()
  const form = call.query.get('req_format') === 'form'
  const asked = !form && (call.query.get('req_format') === 'xml' || call.query.flag('inbody'))
  if (!call.body) return { fields: [] }
  if (isMultipart(call)) {
    const { fields, bytes } = await readMultipart(call, form)
    return bytes
      ? { document: readDocument(call, { bytes, charset: undefined }), fields: form ? fields : [] }
      : { fields }
  }
  // What the address says outweighs the type: curl calls every body a form.
  if (!asked && (form || type.startsWith('application/x-www-form-urlencoded'))) {
    return { fields: parseQuery((await wholeBody(call.body)).toString('utf8')).entries }
  }
  if (!asked && !/^(text|application)\/xml/.test(type)) return { fields: [] }
  const bytes = await wholeBody(call.body)
  return bytes.length === 0
    ? { fields: [] }
    : { document: readDocument(call, { bytes, charset: charsetOf(call) }), fields: [] }
}

function readDocument(call: Call, document: SentXml): { item: Item; faults: readonly string[] } {
  return xmlToItem(call.archive.types, readSentXml(document))
}

/** The encoding that a body is said to be in, of one that is a document itself. */
export const charsetOf = ({ headers }: Call): string | undefined =>
  /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1]

/**
 * A whole small body. Of a longer one the rest is passed over, so that its sender comes to read the answer.
 * @throws ArchiveError 'too-large' beyond MAX_XML_BYTES, 'broken-off' when the sender or the form around it breaks off
 */
export async function wholeBody(body: Readable | undefined): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body?.iterator({ destroyOnReturn: false }) ?? []) {
      size += (chunk as Buffer).length
      if (size > MAX_XML_BYTES) break
      chunks.push(chunk as Buffer)
    }
  } catch (error) {
    if (faultOf(error)) throw error
    refuse({ kind: 'broken-off', what: 'body', because: `The document broke off after ${size} bytes.` }, error)
  }
  if (size <= MAX_XML_BYTES) return Buffer.concat(chunks, size)
  passOver(body)
  return tooLarge()
}

const tooLarge = (): never =>
  refuse({ kind: 'too-large', what: 'body', because: `The document is larger than ${MAX_XML_BYTES} bytes.` })

type Form = Readonly<{ fields: Query['entries']; bytes: Buffer | undefined }>

/**
 * The document that a call brings, whatever its type is called: the body itself, or the first part of a form whose name
 * ends in `.xml`. Without bytes when there is none.
 * @throws ArchiveError 'too-large', 'broken-off', 'invalid' for a damaged form
 */
export async function readSentDocument(call: Call): Promise<SentXml> {
  if (!isMultipart(call)) return { bytes: await wholeBody(call.body), charset: charsetOf(call) }
  return { bytes: (await readMultipart(call, false)).bytes ?? Buffer.alloc(0), charset: undefined }
}

const isMultipart = ({ headers }: Call): boolean => /^multipart\/form-data/i.test(headers['content-type'] ?? '')

/** The fields of a form, and the bytes of its first document; no more of either than a document may have. */
async function readMultipart(call: Call, form: boolean): Promise<Form> {
  const fields: [string, string][] = []
  let size = 0
  let document: Promise<Buffer> | undefined
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const parser = beginForm(call.headers['content-type'] ?? '')
  parser.on('field', (name: string, value: string) => {
    size += name.length + value.length
    if (size <= MAX_XML_BYTES) fields.push([name, value])
  })
  parser.on('file', (_field: string, stream: Readable, filename: string | undefined) => {
    // Whoever reads the part sees it; one that is passed over must not end the process.
    stream.on('error', () => undefined)
    if (form || document || !filename?.toLowerCase().endsWith('.xml')) return void stream.resume()
    document = wholeBody(stream)
    document.catch(() => undefined) // awaited when the form has ended, which may be much later
  })
  parser.on('finish', resolve)
  if (call.body) feed(call.body, parser, reject)
  await promise.catch((error: unknown) =>
    refuse({ kind: 'invalid', field: 'body', because: 'The multipart body is damaged.' }, error),
  )
  if (size > MAX_XML_BYTES) tooLarge()
  for (const [, value] of fields) withoutNul(value)
  return { fields, bytes: await document }
}
