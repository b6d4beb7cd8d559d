import { randomUUID } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { faultOf, refuse } from '../errors.ts'
import type { ArchiveEntry } from '../formats/archive-entry.ts'
import { type ArchiveKind, archiveKind } from '../formats/archive-kind.ts'
import { readArchive } from '../formats/archive-read.ts'
import { type Bytes, lazily } from '../formats/concatenation.ts'
import type { IncomingFile } from '../model/incoming-file.ts'
import type { Call } from './call.ts'
import { lastStep, uploadName } from './content-type.ts'
import { formParts, NO_REFERENCE } from './form-parts.ts'

/** Members of archives up to this size are read into memory, a few at a time. */
const AT_HAND_BYTES = 256 * 1024

/** One file as it was sent: where it is to be stored as it is, and the name that tells whether it is an archive. */
type SentFile = Readonly<{ path: string; name: string; bytes: Bytes; size?: number; alone?: true }>

/**
 * The files that an upload brings, unread: the body itself or the parts of a form, archives among them unpacked where
 * `extract` asks for it (resources 7.1, 7.2, 7.6).
 * @param path what follows `/files/` in the address, empty when nothing does
 * @throws ArchiveError 'invalid' when nothing was sent that could be stored; further ones while the files are read
 */
export function readUpload(call: Call, path: string): AsyncIterable<IncomingFile> {
  if (call.query.get('reference') !== undefined) {
    refuse({ kind: 'invalid', field: 'reference', because: NO_REFERENCE })
  }
  const sent = isForm(call) ? formFiles(call, path) : rawFile(call, path)
  return call.query.flag('extract') ? unpacked(call, sent) : sent
}

const typeOf = (call: Call): string => call.headers['content-type'] ?? ''
const isForm = (call: Call): boolean => /^multipart\/form-data/i.test(typeOf(call))

async function* formFiles(call: Call, path: string): AsyncGenerator<SentFile> {
  if (call.query.flag('inbody'))
    refuse({
      kind: 'invalid',
      field: 'inbody',
      because: 'inbody=true goes with a body that is the file, not with a form.',
    })
  for await (const { name, bytes } of formParts(call)) {
    const named = path === '' || path.endsWith('/')
    if (named && name.includes('\uFFFD')) unreadableName(name)
    const stored = named ? path + name : path
    yield { path: stored, name, bytes: bytes.iterator({ destroyOnReturn: false }) }
  }
}

/** Two such names may have become the same one. */
const unreadableName = (name: string): never =>
  refuse({ kind: 'invalid', field: 'filename', because: `The file name ${name} is not UTF-8.` })

async function* rawFile(call: Call, path: string): AsyncGenerator<SentFile> {
  const type = typeOf(call)
  if (!call.body && type === '' && !call.query.flag('inbody')) {
    refuse({
      kind: 'invalid',
      field: 'body',
      because: `You tried to ${call.method} a file but didn't provide any data to store.`,
    })
  }
  if (path.endsWith('/'))
    refuse({ kind: 'invalid', field: 'path', because: 'The path of a file cannot end with a slash.' })
  const stored = path === '' ? uploadName(type) : path
  yield { path: stored, name: lastStep(stored), bytes: bytesOf(call), size: lengthOf(call), alone: true }
}

/** The body; a reader that stops early must not take the connection down, for the answer still has to be sent. */
const bytesOf = ({ body }: Call): Bytes => body?.iterator({ destroyOnReturn: false }) ?? nothing()

async function* nothing(): AsyncGenerator<Uint8Array> {}

function lengthOf({ headers }: Call): number | undefined {
  const length = headers['content-length']
  return length === undefined || headers['content-encoding'] ? undefined : Number(length)
}

/** Catalogs and their locks in an archive are bookkeeping of another server. */
const isBookkeeping = (path: string): boolean => /_catalog\.xml(\.lock)?$/.test(path)

async function* unpacked(call: Call, files: AsyncIterable<SentFile>): AsyncGenerator<IncomingFile> {
  for await (const file of files) {
    const kind = archiveKind(file.name)
    if (kind) yield* membersOf(call, file, kind)
    else yield file
  }
}

/** An archive is whole on disk before its first member is taken: a zip is read from its end. */
async function* membersOf(
  { archive }: Call,
  { name, bytes, size }: SentFile,
  kind: ArchiveKind,
): AsyncGenerator<IncomingFile> {
  const spool = join(archive.scratch, randomUUID())
  try {
    await mkdir(archive.scratch, { recursive: true })
    await spooled(spool, bytes, size)
    for await (const member of readArchive({ path: spool, kind, name }, archive.limits)) {
      if (isBookkeeping(member.path)) continue
      yield await memberFile(member)
    }
  } catch (error) {
    // A form may bring several archives: the sentence says which one it is about.
    const fault = faultOf(error)
    if (fault?.kind !== 'invalid' && fault?.kind !== 'too-large') throw error
    refuse({ ...fault, because: `${name}: ${fault.because}` }, error)
  } finally {
    await rm(spool, { force: true })
  }
}

async function spooled(path: string, bytes: Bytes, size: number | undefined): Promise<void> {
  let seen = 0
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of bytes) {
      seen += piece.length
      yield piece
    }
  }
  try {
    // Opened before anything can go wrong: what is opened later would be there after it has been removed.
    const file = await open(path, 'wx')
    await pipeline(counted, file.createWriteStream())
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
      refuse({ kind: 'no-space', because: 'There is no space left for the archive.' }, error)
    refuse({ kind: 'broken-off', what: 'archive', because: 'The archive broke off.' }, error)
  }
  if (size !== undefined && seen !== size)
    refuse({ kind: 'broken-off', what: 'archive', because: `The archive ended after ${seen} of ${size} bytes.` })
}

/** A small member is read at once, so that several can be written to disk at the same time. */
async function memberFile({ path, size, open }: ArchiveEntry): Promise<IncomingFile> {
  if (size === undefined || size > AT_HAND_BYTES) return { path, size, bytes: lazily(open) }
  const bytes = await buffer(await open())
  return { path, size, bytes: Readable.from([bytes]), atHand: true }
}
