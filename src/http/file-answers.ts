import { isoTime } from '../archive/documents.ts'
import {
  type FilePlace,
  findFile,
  pumpFile,
  readFile,
  readSmallFile,
  SMALL_BYTES,
  type StoredBytes,
  type StoredFile,
} from '../archive/stored-files.ts'
import { faultOf, refuse } from '../errors.ts'
import { type RandomAccess, readRanges } from '../formats/random-access.ts'
import { findZipMember, listZip } from '../formats/zip-read.ts'
import { pictureOfFile } from '../intake/pictures.ts'
import type { Answer, Call } from './call.ts'
import { contentAnswer } from './content-answer.ts'
import { contentTypeOf, disposition, lastStep, OCTETS } from './content-type.ts'
import { mediaTypeOf, tableAnswer } from './reply.ts'

/** Files that may be looked into (resources 4.5). */
const container = /\.(?:zip|jar|rar|ear|gar|mrb)$/i

/** What a path means: a file, or a member of a stored zip. */
export type Found = Readonly<{ file: StoredFile; member?: string }>

/**
 * The file of that very path; else the stored zip that an earlier part of the path names, with the rest as its member.
 * @throws ArchiveError 'not-found' for an unknown parent or folder
 */
export async function findContent(call: Call, place: FilePlace, path: string): Promise<Found | undefined> {
  const splits = splitsOf(path)
  const paths = [path, ...splits.map((split) => split.container)].filter((each) => !each.endsWith('/'))
  const file = await findFile(call.archive, call.viewer, place, paths)
  if (!file || file.path === path) return file && { file }
  return { file, member: splits.find((split) => split.container === file.path)?.member }
}

/** `x.zip!a/b` and `x.zip/a/b`, at every place where a zip may end. */
function splitsOf(path: string): { container: string; member: string }[] {
  const splits: { container: string; member: string }[] = []
  for (const match of path.matchAll(/\.(?:zip|jar|rar|ear|gar|mrb)(?=[!/])/gi)) {
    const end = match.index + match[0].length
    splits.push({ container: path.slice(0, end), member: path.slice(end + 1).replace(/^\//, '') })
  }
  return splits
}

/** A stored file, or a member or the list of members of a stored zip. */
export function foundAnswer(call: Call, { file, member }: Found): Promise<Answer> {
  if (member !== undefined) return memberAnswer(call, file, member)
  if (call.query.flag('listContents') && container.test(file.path)) return membersAnswer(call, file)
  return fileAnswer(call, file)
}

/** A stored file as it is (resources 4.2, 4.3); a DICOM object as JPEG where that is asked for (resources 4.7). */
export async function fileAnswer(call: Call, file: Omit<StoredFile, 'parent'>): Promise<Answer> {
  return (wantsJpeg(call) ? await jpegAnswer(call, file) : undefined) ?? bytesAnswer(call, file, 'attachment')
}

/** Asked for by name: whoever takes any image gets the file itself. */
const wantsJpeg = (call: Call): boolean =>
  mediaTypeOf(call, [OCTETS]) === JPEG || (call.query.get('format') === undefined && call.headers.accept === JPEG)

const JPEG = 'image/jpeg'

/** Undefined for what is no DICOM object. @throws ArchiveError 'invalid' for one without a picture (resources 4.7) */
async function jpegAnswer(call: Call, file: Omit<StoredFile, 'parent'>): Promise<Answer | undefined> {
  const picture = await pictureOrInvalid(call, file)
  if (!picture) return undefined
  const name = `${lastStep(file.path).replace(/\.dcm$/i, '')}.jpg`
  return pictureAnswer(call, picture, { 'content-type': JPEG, 'content-disposition': disposition('attachment', name) })
}

/** A picture that was drawn for this call alone. */
export function pictureAnswer(call: Call, picture: Uint8Array, headers: Readonly<Record<string, string>>): Answer {
  return {
    status: 200,
    headers: { ...headers, 'cache-control': 'no-cache', vary: 'Accept' },
    length: picture.byteLength,
    body: call.head ? undefined : Buffer.from(picture.buffer, picture.byteOffset, picture.byteLength),
  }
}

async function pictureOrInvalid(call: Call, file: StoredBytes): Promise<Uint8Array | undefined> {
  try {
    return await pictureOfFile(call.pictures, call.archive, file, JPEG)
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind !== 'unsupported') throw error
    return refuse({ kind: 'invalid', field: 'format', because: fault.because }, error)
  }
}

/** A stored file, as something to be kept or to be looked at. */
export function bytesAnswer(
  call: Call,
  file: Omit<StoredFile, 'parent'>,
  kind: 'attachment' | 'inline',
): Promise<Answer> {
  return contentAnswer(call, {
    size: file.size,
    etag: `"${file.md5}"`,
    modified: new Date(isoTime(file.modified_at)),
    type: contentTypeOf(file.path),
    headers: {
      'content-disposition': disposition(kind, lastStep(file.path)),
      'cache-control': 'must-revalidate',
    },
    open: async (range) => {
      if (file.size > SMALL_BYTES) return pumpFile(call.archive, file, range)
      if (range) return readFile(call.archive, file, range)
      const bytes = await readSmallFile(call.archive, file)
      return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    },
    stream: (range) => readFile(call.archive, file, range),
  })
}

const accessTo = (call: Call, file: StoredFile): RandomAccess =>
  readRanges(file.size, (range) => readFile(call.archive, file, range))

async function memberAnswer(call: Call, file: StoredFile, name: string): Promise<Answer> {
  const member = name === '' ? undefined : await findZipMember(accessTo(call, file), name)
  if (!member) return refuse({ kind: 'not-found', noun: 'file', name })
  const headers = { 'content-type': contentTypeOf(member.path), 'cache-control': 'must-revalidate' }
  return call.head ? { status: 200, headers } : { status: 200, headers, body: await member.open() }
}

async function membersAnswer(call: Call, file: StoredFile): Promise<Answer> {
  const members = await listZip(accessTo(call, file))
  return tableAnswer(call, {
    columns: [
      { key: 'File Name', kind: 'string' },
      { key: 'Size', kind: 'integer' },
    ],
    rows: members.map(({ name, size }) => [name, size]),
    metadata: { title: 'Files' },
  })
}
