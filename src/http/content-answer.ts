import { randomUUID } from 'node:crypto'
import { refuse } from '../errors.ts'
import type { Answer, Call } from './call.ts'
import { noSuchRangeAnswer } from './error-reply.ts'
import { contentRange, parseRanges, type Range } from './ranges.ts'

/** Bytes that can be sent whole or in part. */
export type Content = Readonly<{
  /** Bytes. */
  size: number
  /** With its quotes. */
  etag: string
  modified: Date
  type: string
  /** Further headers of a whole or partial answer. */
  headers: Readonly<Record<string, string>>
  open: (range?: Range) => Promise<NonNullable<Answer['body']>>
  /** The same in pieces, for an answer of several ranges. */
  stream: (range: Range) => Promise<AsyncIterable<Uint8Array>>
}>

/** A file as the call wants it: conditions, ranges and HEAD considered (resources 4.2, 4.3; RFC 9110, 13 and 14). */
export async function contentAnswer(call: Call, content: Content): Promise<Answer> {
  refuseChanged(call, content)
  const headers = {
    ...content.headers,
    'last-modified': content.modified.toUTCString(),
    etag: content.etag,
    'accept-ranges': 'bytes',
  }
  if (isUnchanged(call, content)) return { status: 304, headers }
  const ranges = wantsRanges(call, content) ? parseRanges(call.headers.range, content.size) : undefined
  if (ranges === undefined)
    return sent(
      call,
      { status: 200, headers: { ...headers, 'content-type': content.type }, length: content.size },
      () => content.open(),
    )
  if (ranges.length === 0) return unsatisfiable(call, content)
  return ranges.length === 1 ? onePart(call, content, headers, ranges[0]!) : manyParts(call, content, headers, ranges)
}

async function sent(call: Call, answer: Answer, open: () => Promise<Answer['body']>): Promise<Answer> {
  return call.head ? answer : { ...answer, body: await open() }
}

const listed = (header: string): string[] => header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
const names = (header: string, etag: string): boolean => header.trim() === '*' || listed(header).includes(etag)

/** The time of a header, in whole seconds as headers have it; NaN when it is none. */
const secondsOf = (header: string): number => Math.floor(Date.parse(header) / 1000)
const modifiedSeconds = ({ modified }: Content): number => Math.floor(modified.getTime() / 1000)

function refuseChanged(call: Call, content: Content): void {
  const { 'if-match': match, 'if-unmodified-since': since } = call.headers
  const changed =
    match !== undefined
      ? !names(match, content.etag)
      : since !== undefined && modifiedSeconds(content) > secondsOf(since)
  if (changed)
    refuse({ kind: 'precondition', what: 'file', because: 'The file is not the one that the request expects.' })
}

function isUnchanged(call: Call, content: Content): boolean {
  const { 'if-none-match': none, 'if-modified-since': since } = call.headers
  if (none !== undefined) return names(none, content.etag)
  return since !== undefined && modifiedSeconds(content) <= secondsOf(since)
}

/** Parts only of what the caller has parts of already. */
function wantsRanges(call: Call, content: Content): boolean {
  const condition = call.headers['if-range']
  if (condition === undefined) return true
  const text = String(condition).trim()
  return text.startsWith('"') ? text === content.etag : secondsOf(text) === modifiedSeconds(content)
}

function unsatisfiable(call: Call, { size }: Content): Answer {
  const answer = noSuchRangeAnswer(call.path)
  return { ...answer, headers: { ...answer.headers, 'content-range': `bytes */${size}` } }
}

type Headers = Readonly<Record<string, string>>

function onePart(call: Call, content: Content, headers: Headers, range: Range): Promise<Answer> {
  const partial = { ...headers, 'content-type': content.type, 'content-range': contentRange(range, content.size) }
  return sent(call, { status: 206, headers: partial, length: range.end + 1 - range.start }, () => content.open(range))
}

function manyParts(call: Call, content: Content, headers: Headers, ranges: readonly Range[]): Promise<Answer> {
  const boundary = randomUUID()
  const heads = ranges.map((range) =>
    Buffer.from(
      `\r\n--${boundary}\r\nContent-Type: ${content.type}\r\nContent-Range: ${contentRange(range, content.size)}\r\n\r\n`,
    ),
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  const bytes = ranges.reduce((sum, { start, end }) => sum + end + 1 - start, 0)
  const length = heads.reduce((sum, head) => sum + head.length, bytes + tail.length)
  const parts = async function* (): AsyncGenerator<Uint8Array> {
    for (const [at, range] of ranges.entries()) {
      yield heads[at]!
      yield* await content.stream(range)
    }
    yield tail
  }
  const partial = { ...headers, 'content-type': `multipart/byteranges; boundary=${boundary}` }
  return sent(call, { status: 206, headers: partial, length }, async () => parts())
}
