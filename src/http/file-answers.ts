import { isoTime } from '../archive/documents.ts'
import {
  type FilePlace,
  findFile,
  pumpFile,
  readFile,
  readSmallFile,
  SMALL_BYTES,
  type StoredFile,
} from '../archive/stored-files.ts'
import { refuse } from '../errors.ts'
import { type RandomAccess, readRanges } from '../formats/random-access.ts'
import { findZipMember, listZip } from '../formats/zip-read.ts'
import type { Answer, Call } from './call.ts'
import { contentAnswer } from './content-answer.ts'
import { contentTypeOf, disposition, lastStep } from './content-type.ts'
import { tableAnswer } from './reply.ts'

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

/** A stored file as it is (resources 4.2, 4.3). */
export function fileAnswer(call: Call, file: Omit<StoredFile, 'parent'>): Promise<Answer> {
  return contentAnswer(call, {
    size: file.size,
    etag: `"${file.md5}"`,
    modified: new Date(isoTime(file.modified_at)),
    type: contentTypeOf(file.path),
    headers: {
      'content-disposition': disposition('attachment', lastStep(file.path)),
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
