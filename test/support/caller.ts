import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'

/** An answer, read whole. */
export type Reply = Readonly<{
  status: number
  headers: IncomingHttpHeaders
  /** Content-Type without parameters. */
  type: string
  bytes: Buffer
  text: string
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  json: () => any
  /** `ResultSet.Result` of a JSON table. */
  rows: () => Record<string, string>[]
  /** The text of the `h3` of an error page. */
  message: () => string | undefined
}>

export type Body = string | Uint8Array | AsyncIterable<Uint8Array>
export type Options = Readonly<{ headers?: Record<string, string>; body?: Body; chunked?: boolean }>

/** Sends one request; the path goes onto the wire exactly as it is written (nothing is normalised). */
export type Caller = (method: string, path: string, options?: Options) => Promise<Reply>

/** A caller that signs every request in with Basic, or with nothing when no name is given. */
export function callerOf(origin: string, name?: string, password?: string): Caller {
  const basic: Record<string, string> =
    name === undefined ? {} : { authorization: `Basic ${btoa(`${name}:${password ?? ''}`)}` }
  return (method, path, options = {}) =>
    send(origin, method, path, { ...options, headers: { ...basic, ...options.headers } })
}

function send(origin: string, method: string, path: string, options: Options): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const { hostname, port } = new URL(origin)
  const headers: Record<string, string> = { accept: '*/*', ...options.headers }
  const fixed = typeof options.body === 'string' || options.body instanceof Uint8Array
  if (fixed && !options.chunked)
    headers['content-length'] = String(Buffer.byteLength(options.body as string | Uint8Array))
  if (options.body === undefined && (method === 'PUT' || method === 'POST')) headers['content-length'] ??= '0'
  const outgoing = httpRequest({ hostname, port, method, path, headers, agent: false }, (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('error', reject)
    response.on('end', () => resolve(replyOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks))))
  })
  outgoing.on('error', reject)
  if (options.body === undefined) outgoing.end()
  else
    Readable.from(fixed ? [Buffer.from(options.body as string)] : (options.body as AsyncIterable<Uint8Array>)).pipe(
      outgoing,
    )
  return promise
}

function replyOf(status: number, headers: IncomingHttpHeaders, bytes: Buffer): Reply {
  const text = bytes.toString('utf8')
  return {
    status,
    headers,
    type: (headers['content-type'] ?? '').split(';')[0] ?? '',
    bytes,
    text,
    json: () => JSON.parse(text),
    rows: () => JSON.parse(text).ResultSet.Result,
    message: () => /<h3>(.*?)<\/h3>/s.exec(text)?.[1],
  }
}

export type Part = Readonly<{ field: string; filename?: string; type?: string; body: string | Uint8Array }>

/** A multipart/form-data body with the header that goes with it. */
export function multipart(parts: readonly Part[]): { headers: Record<string, string>; body: Buffer } {
  const boundary = 'isocenter-boundary-7f3a'
  const pieces: Uint8Array[] = []
  for (const part of parts) {
    const name = part.filename === undefined ? '' : `; filename="${part.filename}"`
    const type = part.type ? `\r\nContent-Type: ${part.type}` : ''
    pieces.push(
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${part.field}"${name}${type}\r\n\r\n`),
    )
    pieces.push(Buffer.from(part.body as string), Buffer.from('\r\n'))
  }
  pieces.push(Buffer.from(`--${boundary}--\r\n`))
  return { headers: { 'content-type': `multipart/form-data; boundary=${boundary}` }, body: Buffer.concat(pieces) }
}
