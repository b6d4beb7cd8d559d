import { finished, type Readable, type Writable } from 'node:stream'
import { Busboy } from '@fastify/busboy'
import { ArchiveError, refuse } from '../errors.ts'
import type { Call } from './call.ts'
import { passOver } from './rest-of-body.ts'

/**
 * A part of a form that has a file name: its last component, and its bytes. Whoever may stop before their end reads them
 * through an iterator that does not destroy them: the rest of the form passes only when they do.
 */
export type FilePart = Readonly<{ name: string; bytes: Readable }>

/** Why nobody may name a file that is on the server already (resources 10). */
export const NO_REFERENCE = 'Files on the disk of the server cannot be referred to.'

/** Some programs send the whole path of the file, with slashes or backslashes. */
const lastComponent = (name: string): string => name.replace(/^.*[/\\]/s, '')

/** What the parser has met and nobody has taken yet. */
type Arrivals = { parts: FilePart[]; open: Set<Readable>; over: boolean; failure: unknown; wake: () => void }

/**
 * The file parts of a multipart/form-data body, one after the other; bytes of a part that are unread when the next one
 * is asked for are dropped (resources 7.1).
 * @param field is told of every part without a file name, as they come
 * @throws ArchiveError 'invalid' for a damaged form, for one without a file, and for a field named `reference`
 */
export async function* formParts(
  call: Call,
  field: (name: string, value: string) => void = () => undefined,
): AsyncGenerator<FilePart> {
  const { body } = call
  if (!body) return refuse({ kind: 'invalid', field: 'body', because: 'The form is empty.' })
  const arrivals: Arrivals = { parts: [], open: new Set(), over: false, failure: undefined, wake: () => undefined }
  parse(call, arrivals, field)
  let count = 0
  try {
    for (let part = await nextPart(arrivals); part; part = await nextPart(arrivals)) {
      count++
      yield part
      passOver(part.bytes)
    }
    if (count === 0)
      refuse({ kind: 'invalid', field: 'body', because: "You sent a form but didn't provide any data file in it." })
  } finally {
    for (const stream of arrivals.open) stream.destroy()
    passOver(body)
  }
}

function parse({ body, headers }: Call, arrivals: Arrivals, field: (name: string, value: string) => void): void {
  const fail = (error: unknown): void => {
    arrivals.failure ??= error
    // A part that never ends would keep its reader waiting.
    for (const stream of arrivals.open) stream.destroy(error instanceof Error ? error : new Error('The form broke off'))
    arrivals.wake()
  }
  const parser = beginForm(headers['content-type'] ?? '')
  parser.on('file', (_field: string, stream: Readable, filename: string | undefined) => {
    if (filename === undefined || filename === '') return void stream.resume()
    arrivals.open.add(stream)
    stream.on('close', () => arrivals.open.delete(stream))
    // Whoever reads the part sees it; one that is passed over must not end the process.
    stream.on('error', () => undefined)
    arrivals.parts.push({ name: lastComponent(filename), bytes: stream })
    arrivals.wake()
  })
  parser.on('field', (name: string, value: string) => {
    if (name === 'reference') fail(new ArchiveError({ kind: 'invalid', field: name, because: NO_REFERENCE }))
    else field(name, value)
  })
  parser.on('finish', () => {
    arrivals.over = true
    arrivals.wake()
  })
  if (body) feed(body, parser, fail)
}

/** Hands a body to the parser of a form; `fail` is told when one of them breaks off, or has already. */
export function feed(body: Readable, parser: Writable, fail: (error: unknown) => void): void {
  parser.on('error', fail)
  finished(body, { writable: false }, (error) => error && fail(error))
  body.pipe(parser)
}

/** A parser of the form with that Content-Type. @throws ArchiveError 'invalid' when it has no usable boundary */
export function beginForm(type: string): InstanceType<typeof Busboy> {
  try {
    // The parser would make nothing of names such as `..` and pass over the file; here they are refused.
    return new Busboy({ headers: { 'content-type': type }, preservePath: true })
  } catch (error) {
    return refuse(
      { kind: 'invalid', field: 'Content-Type', because: 'The multipart body has no usable boundary.' },
      error,
    )
  }
}

async function nextPart(arrivals: Arrivals): Promise<FilePart | undefined> {
  for (;;) {
    if (arrivals.failure instanceof ArchiveError) throw arrivals.failure
    if (arrivals.failure)
      refuse(
        { kind: 'invalid', field: 'body', because: 'The multipart body is damaged or not acceptable.' },
        arrivals.failure,
      )
    const part = arrivals.parts.shift()
    if (part || arrivals.over) return part
    await new Promise<void>((resolve) => {
      arrivals.wake = resolve
    })
  }
}
