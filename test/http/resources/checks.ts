import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Caller, Options, Reply } from '../../support/caller.ts'

/** Column names in table order (resources 2.2 and 3.2). */
export const RESOURCE_COLUMNS =
  'xnat_abstractresource_id,label,element_name,category,cat_id,cat_desc,file_count,file_size,tags,content,format'
export const FILE_COLUMNS = 'Name,Size,URI,collection,file_tags,file_format,file_content,cat_ID,digest'

export const OCTETS = 'application/octet-stream'

export type Row = Readonly<Record<string, string>>

/** The status is the expected one; otherwise the failure shows the answer. */
export function is(reply: Reply, status: number): void {
  assert.equal(reply.status, status, `expected ${status}, got ${reply.status}: ${reply.text.slice(0, 400)}`)
}

/** 200 without a body. */
export function done(reply: Reply): void {
  is(reply, 200)
  assert.equal(reply.text, '')
}

/** Some 4xx. */
export function refused(reply: Reply): void {
  const { status, text } = reply
  assert.ok(status >= 400 && status < 500, `expected a 4xx, got ${status}: ${text.slice(0, 400)}`)
}

/** 200 with exactly these duplicates. */
export function duplicates(reply: Reply, names: readonly string[]): void {
  is(reply, 200)
  assert.deepEqual(reply.json(), { duplicates: names })
}

/** Options that send bytes as xnatpy does: octets with their length. */
export const octets = (body: string | Uint8Array): Options => ({ headers: { 'content-type': OCTETS }, body })

/** Stores a new file and is sure of it. */
export async function store(caller: Caller, path: string, body: string | Uint8Array = 'some bytes'): Promise<void> {
  done(await caller('PUT', path, octets(body)))
}

/** The rows of a listing. */
export async function rowsOf(caller: Caller, path: string): Promise<Row[]> {
  const reply = await caller('GET', path)
  is(reply, 200)
  return reply.rows()
}

/** The rows of a listing, or none where the place is unknown. */
export async function rowsIfAny(caller: Caller, path: string): Promise<Row[]> {
  const reply = await caller('GET', path)
  return reply.status === 404 ? [] : reply.rows()
}

/** The row of one folder, by label. @param resources the address of the listing */
export async function folderRow(caller: Caller, resources: string, label: string): Promise<Row> {
  const row = (await rowsOf(caller, resources)).find((each) => each['label'] === label)
  assert.ok(row, `no folder ${label} in ${resources}`)
  return row
}

/** Labels of a listing, in its order. */
export async function labelsOf(caller: Caller, resources: string): Promise<string[]> {
  return (await rowsOf(caller, resources)).map((row) => row['label'] ?? '')
}

/** `file_count` and `file_size` of one folder. */
export async function totals(caller: Caller, resources: string, label: string): Promise<[string?, string?]> {
  const row = await folderRow(caller, resources, label)
  return [row['file_count'], row['file_size']]
}

/** What follows `/files/` in the URI of a row. */
export const pathOf = (row: Row): string => /\/resources\/\d+\/files\/(.*)$/.exec(row['URI'] ?? '')?.[1] ?? ''

/** Sorted paths of the files that a listing shows. */
export async function pathsOf(caller: Caller, files: string): Promise<string[]> {
  return (await rowsOf(caller, files)).map(pathOf).sort()
}

/** A listed URI as it goes onto the wire: URIs in tables are not percent-encoded. */
export const wire = (uri: string): string => uri.split('/').map(encodeURIComponent).join('/')

/** Path to text of every file that a listing shows, each fetched by its listed URI. */
export async function contentsOf(caller: Caller, files: string): Promise<Record<string, string>> {
  const rows = await rowsOf(caller, files)
  const found: [string, string][] = []
  for (const row of rows.sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1))) {
    const reply = await caller('GET', wire(row['URI'] ?? ''))
    is(reply, 200)
    assert.equal(row['Size'], String(reply.bytes.length), `Size of ${row['URI']}`)
    assert.equal(row['digest'], md5(reply.bytes), `digest of ${row['URI']}`)
    found.push([pathOf(row), reply.text])
  }
  return Object.fromEntries(found)
}

export const md5 = (bytes: string | Uint8Array): string => createHash('md5').update(bytes).digest('hex')
export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Names of everything below a folder on disk. */
export async function namesBelow(folder: string): Promise<string[]> {
  return readdir(folder, { recursive: true })
}

/** A value without the keys that change from run to run. */
export const without = (row: Row, ...keys: string[]): Row =>
  Object.fromEntries(Object.entries(row).filter(([key]) => !keys.includes(key)))

export type RawReply = Readonly<{ status: number; text: string }>

/** Sends text onto the wire as it is, and reads until the server closes; status 0 when it answers nothing. */
export function rawExchange(origin: string, request: string | Uint8Array): Promise<RawReply> {
  const { promise, resolve, reject } = Promise.withResolvers<RawReply>()
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  socket.setTimeout(60_000, () => socket.destroy(new Error('The server neither answered nor closed within a minute')))
  socket.on('data', (chunk) => chunks.push(Buffer.from(chunk as string)))
  socket.on('error', reject)
  socket.on('close', () => {
    const text = Buffer.concat(chunks).toString()
    resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text })
  })
  socket.write(request)
  return promise
}

/** Head of a request for `rawExchange`, signed in; ends with the empty line. */
export function rawHead(method: string, target: string, login: string, headers: Record<string, string> = {}): string {
  const signed = {
    host: 'localhost',
    connection: 'close',
    authorization: `Basic ${btoa(`${login}:${login}-password`)}`,
  }
  const lines = Object.entries({ ...signed, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`
}
