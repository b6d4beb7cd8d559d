import type { Readable } from 'node:stream'
import { type Entry, fromRandomAccessReaderPromise, getFileNameLowLevel, RandomAccessReader, type ZipFile } from 'yauzl'
import type { MemberKind } from './archive-entry.ts'
import type { RandomAccess } from './random-access.ts'

/** A member as the directory of a zip tells it; sizes in bytes. */
export type ZipMember = Readonly<{
  /** As it stands there, backslashes turned into slashes: some packers of Windows write them between folders. */
  name: string
  kind: MemberKind
  encrypted: boolean
  /** 0 is stored, 8 deflated. */
  method: number
  size: number
  packedSize: number
  crc32: number
  /** Where the local header lies. */
  offset: number
}>

/** How much of the directory is read at once, in bytes. */
const WINDOW_BYTES = 256 * 1024
const FOLDER_ATTRIBUTE = 0x10

/** A zip whose end has been found, with as many members as it says to have. */
export type ZipDirectory = Readonly<{ count: number; members: () => AsyncGenerator<ZipMember, void> }>

/** Finds the directory at the end of a zip. @throws Error when there is none, and from `members` when it is damaged */
export async function openDirectory(source: RandomAccess): Promise<ZipDirectory> {
  const zip = await fromRandomAccessReaderPromise(new Window(source), source.size, {
    lazyEntries: true,
    decodeStrings: false,
    autoClose: false,
  })
  return { count: zip.entryCount, members: () => membersOf(zip) }
}

async function* membersOf(zip: ZipFile): AsyncGenerator<ZipMember, void> {
  for await (const entry of zip.eachEntry()) yield memberOf(entry)
}

function memberOf(entry: Entry): ZipMember {
  const raw = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true)
  const name = raw.replaceAll('\\', '/')
  return {
    name,
    kind: kindOf(entry, name),
    encrypted: entry.isEncrypted(),
    method: entry.compressionMethod,
    size: entry.uncompressedSize,
    packedSize: entry.compressedSize,
    crc32: entry.crc32,
    offset: entry.relativeOffsetOfLocalHeader,
  }
}

/** The upper half of the attributes is a Unix mode, or nothing. */
function kindOf({ externalFileAttributes }: Entry, name: string): MemberKind {
  const type = externalFileAttributes >>> 28
  if (type !== 0 && type !== 0x8 && type !== 0x4) return 'other'
  const folder = name.endsWith('/') || type === 0x4 || (type === 0 && (externalFileAttributes & FOLDER_ATTRIBUTE) !== 0)
  return folder ? 'folder' : 'file'
}

/** Reads ahead: a directory is thousands of records of some fifty bytes, each asked for in two parts. */
class Window extends RandomAccessReader {
  readonly #source: RandomAccess
  #start = 0
  #bytes: Uint8Array = new Uint8Array(0)

  constructor(source: RandomAccess) {
    super()
    this.#source = source
  }

  override read(...[target, offset, length, position, done]: Parameters<RandomAccessReader['read']>): void {
    this.#at(position, length).then(
      (bytes) => {
        target.set(bytes, offset)
        done(bytes.length < length ? new Error('The zip ends too early') : null)
      },
      (error: Error) => done(error),
    )
  }

  override _readStreamForRange(): Readable {
    throw new Error('The members are read from the source itself')
  }

  async #at(position: number, length: number): Promise<Uint8Array> {
    if (position < this.#start || position + length > this.#start + this.#bytes.length) {
      this.#bytes = await this.#source.bytes(position, Math.max(length, WINDOW_BYTES))
      this.#start = position
    }
    return this.#bytes.subarray(position - this.#start, position - this.#start + length)
  }
}
