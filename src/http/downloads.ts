import { createHash } from 'node:crypto'
import { isoTime } from '../archive/documents.ts'
import { readFile, readFileOnce, readSmallFile, SMALL_BYTES, type StoredBytes } from '../archive/stored-files.ts'
import type { Bytes, Span } from '../formats/concatenation.ts'
import { tarLength, writeTar, writeTarGz } from '../formats/tar-write.ts'
import { deflateZip } from '../formats/zip-deflate.ts'
import { writeZip, zipLength } from '../formats/zip-write.ts'
import type { Answer, Call, Send } from './call.ts'
import { contentAnswer } from './content-answer.ts'
import { disposition } from './content-type.ts'

/** Media types of downloads, with the extension of their names. */
const extensions: Readonly<Record<string, string>> = {
  'application/zip': '.zip',
  'application/x-tar': '.tar',
  'application/x-gtar': '.tar.gz',
}

/** The extension of such a download; empty for other media types. */
export const extensionOf = (type: string): string => extensions[type] ?? ''

/** Whether a media type asks for files packed into one. */
export const isDownload = (type: string): boolean => Object.hasOwn(extensions, type)

/** One file of a download under the name it has there. */
export type Member = StoredBytes & Readonly<{ name: string; crc32: number; md5: string; modified_at: string }>

/** Files to be sent as one: `name` is that of the download, without extension. */
export type Bundle = Readonly<{ type: string; name: string; members: readonly Member[] }>

type Entry = Member & Readonly<{ modified: Date }>

/** Files packed into one, made while it is sent; a stored zip can be resumed (resources 3.6). */
export async function downloadAnswer(call: Call, { type, name, members }: Bundle): Promise<Answer> {
  const entries = members.map((member): Entry => ({ ...member, modified: new Date(isoTime(member.modified_at)) }))
  const headers = { 'content-disposition': disposition('attachment', name + extensionOf(type)) }
  const open = opener(call, (entry) => readSmallFile(call.archive, entry))
  if (type === 'application/zip' && !wantsDeflate(call)) {
    return contentAnswer(call, {
      size: zipLength(entries),
      etag: etagOf(entries),
      modified: entries.reduce((latest, { modified }) => (modified > latest ? modified : latest), new Date(0)),
      type,
      headers,
      open: async (span) => sendFreeing(call, entries, span),
      stream: async (span) => writeZip(entries, open, span),
    })
  }
  const answer = { status: 200, headers: { ...headers, 'content-type': type } }
  if (type === 'application/x-tar')
    return { ...answer, length: tarLength(entries), body: call.head ? undefined : writeTar(entries, open) }
  return call.head
    ? answer
    : { ...answer, body: type === 'application/zip' ? deflateZip(entries, open) : writeTarGz(entries, open) }
}

/** `compression` is the method of the zip: 0 stored, which is the rule, anything else deflated. */
const wantsDeflate = (call: Call): boolean => !['', '0'].includes(call.query.get('compression') ?? '')

/** Opens members: small ones are read whole, in the way given, before their turn comes. */
const opener =
  ({ archive }: Call, readWhole: (entry: Entry) => Promise<Uint8Array>) =>
  async (entry: Entry, span?: Span): Promise<Bytes> =>
    span || entry.size > SMALL_BYTES ? readFile(archive, entry, span) : once(await readWhole(entry))

/**
 * A stored zip that sends itself, and gives the memory of each small file back when it is sent: left to the collector,
 * they would stand at many times of what is on its way. What cannot be opened at all is found before anything is sent.
 */
async function sendFreeing(call: Call, entries: readonly Entry[], span?: Span): Promise<Send> {
  const sent = new WeakMap<Uint8Array, () => void>()
  const open = opener(call, async (entry) => {
    const { bytes, free } = await readFileOnce(call.archive, entry)
    sent.set(bytes, free)
    return bytes
  })
  const pieces = writeZip(entries, open, span)
  const first = await pieces.next()
  return async (write) => {
    try {
      for (let next = first; !next.done; ) {
        const piece = next.value
        const written = write(piece)
        const following = pieces.next()
        following.catch(() => undefined) // awaited below
        await written
        sent.get(piece)?.()
        next = await following
      }
    } finally {
      await pieces.return()
    }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Equal for equal names, times and contents in equal order. */
function etagOf(entries: readonly Entry[]): string {
  const sum = createHash('md5')
  for (const { name, md5, modified_at } of entries) sum.update(`${name}\n${md5}\n${modified_at}\n`)
  return `"${sum.digest('hex')}"`
}
