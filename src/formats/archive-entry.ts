import type { Readable } from 'node:stream'
import { ArchiveError, refuse } from '../errors.ts'
import { hasControls } from '../model/characters.ts'

/** A file in an archive: a relative path that stays below wherever it is put, and what is there. */
export type ArchiveEntry = Readonly<{
  path: string
  /** Bytes, as the archive announces them: what `open` gives has that size, or ends with an error. */
  size: number | undefined
  /** @throws ArchiveError 'invalid' (also later, while reading) when the content is damaged */
  open: () => Promise<Readable>
}>

/**
 * What an archive may hold at most: members; bytes of all of them together when unpacked; and how often larger than
 * packed those may be.
 */
export type ArchiveLimits = Readonly<{ maxEntries: number; maxBytes: number; maxRatio: number }>

/** Below this many unpacked bytes no ratio is suspicious. */
const RATIO_FLOOR_BYTES = 1024 * 1024

/** Whether a member is a file, a folder (which needs no member) or something that has no place in an archive of files. */
export type MemberKind = 'file' | 'folder' | 'other'

/** Checks the members of one archive as they are met. */
export class MemberCheck {
  readonly #limits: ArchiveLimits
  #entries = 0
  #bytes = 0

  constructor(limits: ArchiveLimits) {
    this.#limits = limits
  }

  /** @throws ArchiveError 'too-large' when so many members are too many */
  expect(members: number): void {
    if (members > this.#limits.maxEntries) tooLarge(`The archive has more than ${this.#limits.maxEntries} members.`)
  }

  /**
   * The path under which a member is to be stored; undefined for a folder. A path may come more than once: what that
   * means is for whoever stores them to say.
   * @throws ArchiveError 'invalid' for a name that leads elsewhere, for links and devices; 'too-large'
   */
  admit(name: string, kind: MemberKind, size: number): string | undefined {
    this.expect(++this.#entries)
    if (kind === 'other') invalidMember(name, 'is neither a file nor a folder')
    const path = memberPath(name)
    if (kind === 'folder') return undefined
    if (path === '') invalidMember(name, 'has no name')
    this.#bytes += size
    checkBytes(this.#bytes, this.#limits)
    return path
  }

  /** @throws ArchiveError 'too-large' when the files met so far are too many times larger than `packed` bytes */
  checkRatio(packed: number): void {
    checkRatio(this.#bytes, packed, this.#limits)
  }
}

/** @throws ArchiveError 'too-large' */
export function checkBytes(unpacked: number, { maxBytes }: ArchiveLimits): void {
  if (unpacked > maxBytes) tooLarge(`The archive unpacks to more than ${maxBytes} bytes.`)
}

/** @throws ArchiveError 'too-large' */
export function checkRatio(unpacked: number, packed: number, { maxRatio }: ArchiveLimits): void {
  if (unpacked <= RATIO_FLOOR_BYTES || unpacked <= packed * maxRatio) return
  tooLarge(`The archive unpacks to more than ${maxRatio} times its size.`)
}

/** A member's name without leading `/` and `./`. @throws ArchiveError 'invalid' when it could lead elsewhere */
export function memberPath(name: string): string {
  const path = plainPath(name)
  if (hasControls(path)) invalidMember(name, 'has control characters in its name')
  if (path.includes('\\')) invalidMember(name, 'has a backslash in its name')
  if (/^[a-z]:/i.test(path)) invalidMember(name, 'names a drive')
  if (path.split('/').includes('..')) invalidMember(name, 'leads out of the archive')
  return path
}

/** A name without the segments that say nothing: the empty ones and `.`. */
export function plainPath(name: string): string {
  return name
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/')
}

/** Throws the refusal of one member, which is that of its archive. */
export function invalidMember(name: string, because: string, cause?: unknown): never {
  return refuse({ kind: 'invalid', field: 'archive', because: `The member ${JSON.stringify(name)} ${because}.` }, cause)
}

/** Throws `error` as that of a damaged archive, unless it is a fault already. */
export function damaged(error: unknown): never {
  if (error instanceof ArchiveError) throw error
  return refuse({ kind: 'invalid', field: 'archive', because: 'The archive is damaged.' }, error)
}

function tooLarge(because: string): never {
  return refuse({ kind: 'too-large', what: 'archive', because })
}
