import { readFile } from '../archive/stored-files.ts'
import { type CacheFileRow, findCacheFile } from '../archive/user-cache.ts'
import { ArchiveError, refuse } from '../errors.ts'
import { lazily } from '../formats/concatenation.ts'
import { filesWithin, type SentFile } from '../formats/container-stream.ts'
import type { IncomingFile } from '../model/incoming-file.ts'
import type { Call } from './call.ts'
import { uploadName } from './content-type.ts'
import { formParts } from './form-parts.ts'
import { type Query, queryOf } from './query.ts'
import { parseCacheUri } from './user-cache-uris.ts'

/** A file in a form that is not longer is read before its import begins. */
const AHEAD_BYTES = 1024 * 1024

/** What a request for an import brings: its parameters, those of a form among them, and its one file taken apart. */
export type ImportBody = Readonly<{ query: Query; files: AsyncIterable<IncomingFile>; fromCache: boolean }>

const noFile = (): never =>
  refuse({ kind: 'invalid', field: 'file', because: 'Unable to identify upload format: no file was sent.' })

/**
 * Reads the beginning of an import: a raw body, a form with one file, or a file of the caller's cache (import 1.1).
 * Archives are taken apart as they stream in.
 * @throws ArchiveError 'invalid' without a file; 'not-found' for an unknown `src`
 */
export async function readImport(call: Call): Promise<ImportBody> {
  const type = call.headers['content-type'] ?? ''
  if (/^multipart\/form-data/i.test(type)) return readForm(call)
  const src = call.query.get('src')
  if (src !== undefined && src !== '')
    return { query: call.query, files: await cachedFiles(call, src), fromCache: true }
  if (!call.body || call.headers['content-length'] === '0') return noFile()
  const size = Number(call.headers['content-length'])
  const sent: SentFile = {
    path: uploadName(type),
    bytes: call.body.iterator({ destroyOnReturn: false }),
    ...(Number.isSafeInteger(size) && !call.headers['content-encoding'] ? { size } : {}),
  }
  return { query: call.query, files: filesWithin(sent, call.archive.limits), fromCache: false }
}

async function readForm(call: Call): Promise<ImportBody> {
  const fields: [string, string][] = []
  const late: string[] = []
  let begun = false
  const parts = formParts(call, (name, value) => {
    if (!begun) fields.push([name, value])
    else late.push(name)
  })
  const first = await parts.next()
  if (first.done) return noFile()
  const { name, bytes } = first.value
  // An archive is known before its last bytes have come.
  const pieces = bytes.iterator({ destroyOnReturn: false })
  const ahead = await readAhead(pieces).catch(async (error: unknown) => {
    await parts.return(undefined)
    throw error
  })
  const second = ahead.ended ? await parts.next() : undefined
  begun = true
  const files = async function* (): AsyncGenerator<IncomingFile> {
    try {
      yield* filesWithin({ path: name, bytes: both(ahead.pieces, pieces) }, call.archive.limits)
      if (!(second ?? (await parts.next())).done)
        refuse({ kind: 'invalid', field: 'file', because: 'Import one file at a time: more than one was sent.' })
      // The file is read as it comes: what is said after it comes too late to decide about it.
      if (late.length > 0)
        refuse({
          kind: 'invalid',
          field: late[0]!,
          because: `In a form with a long file, parameters must come before the file: ${late.join(', ')}.`,
        })
    } finally {
      await parts.return(undefined)
    }
  }
  return { query: queryOf([...fields, ...call.query.entries]), files: files(), fromCache: false }
}

type Ahead = Readonly<{ pieces: readonly Uint8Array[]; ended: boolean }>

/** The beginning of a file; all of it where it is short, so that parameters behind it are known in time. */
async function readAhead(source: AsyncIterator<Uint8Array>): Promise<Ahead> {
  const pieces: Uint8Array[] = []
  let size = 0
  try {
    while (size < AHEAD_BYTES) {
      const next = await source.next()
      if (next.done) return { pieces, ended: true }
      pieces.push(next.value)
      size += next.value.length
    }
  } catch (error) {
    // What the form itself is refused for says why.
    if (error instanceof ArchiveError) throw error
    refuse({ kind: 'broken-off', what: 'body', because: `The form broke off after ${size} bytes of its file.` }, error)
  }
  return { pieces, ended: false }
}

async function* both(pieces: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces
  yield* rest
}

async function cachedFiles(call: Call, src: string): Promise<AsyncIterable<IncomingFile>> {
  const place = parseCacheUri(src)
  if (!place) return refuse({ kind: 'invalid', field: 'src', because: `${src} names no file of your cache.` })
  const row: CacheFileRow = await findCacheFile(call.archive, call.viewer, place)
  const bytes = lazily(() => readFile(call.archive, row))
  return filesWithin({ path: row.path.replace(/^.*\//s, ''), bytes, size: row.size }, call.archive.limits)
}
