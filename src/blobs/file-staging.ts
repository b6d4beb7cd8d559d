import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { refuse } from '../errors.ts'
import type { Digest, Staged, StagedFile, Taking } from './blob-store.ts'
import { digestOf } from './digest.ts'
import * as disk from './disk.ts'
import { diskRefuses } from './full-disk.ts'
import { type Reception, SMALL_BYTES } from './staging.ts'
import { failedWith } from './system-errors.ts'

const lstat = promisify(fs.lstat)
const chmod = promisify(fs.chmod)
const copyFile = promisify(fs.copyFile)

/** What file systems answer that cannot give this file a second name. */
const NO_LINK = ['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']
/** What they answer when they cannot let two files share their blocks. */
const NO_SHARING = ['EXDEV', 'EPERM', 'EINVAL', 'ENOTTY', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EBADF']

/** The store whose `staged` folder the file gets a name in. */
export type FileStage = Readonly<{
  staged: string
  reception: Reception
  /** Reads a stream into the store, for files that cannot share their bytes. */
  stage: (source: AsyncIterable<Uint8Array>, expectedSize: number) => Promise<Staged>
  /** Makes a staged copy with that digest a blob. */
  keep: (copy: Readonly<{ path: string; arrived: number }>, digest: Digest) => Promise<void>
}>

/**
 * Takes in a file of this machine, see BlobStore. A second name is given only to files of the account that this
 * process runs as: of others neither the rights nor the time could be set later.
 */
export async function stageFile(stage: FileStage, path: string, taking: Taking): Promise<StagedFile> {
  const found = await lstat(path)
  if (!found.isFile()) refuse({ kind: 'unreadable', what: 'file', because: `${path} is no regular file.` })
  const staged = join(stage.staged, randomUUID())
  const linked = taking === 'link' && found.uid === process.geteuid?.() && (await linkFile(path, staged))
  if (!linked && !(await shareBlocks(path, staged))) {
    const copied = await stage.stage(fs.createReadStream(path), found.size)
    return { ...copied, linked: false }
  }
  try {
    const { digest, state } = await readStaged(stage, staged)
    const copy = { path: staged, arrived: Date.now() }
    return {
      digest,
      linked,
      keep: async () => {
        await seal(staged, state)
        await stage.keep(copy, digest)
      },
      release: () => disk.unlink(staged).catch(() => undefined),
    }
  } catch (error) {
    await disk.unlink(staged).catch(() => undefined)
    throw error
  }
}

async function linkFile(path: string, staged: string): Promise<boolean> {
  try {
    await disk.link(path, staged)
    return true
  } catch (error) {
    if (failedWith(error, ...NO_LINK)) return false
    return diskRefuses(error)
  }
}

/** A copy that costs no space until one of the two is changed, where the file system can make one. */
async function shareBlocks(path: string, staged: string): Promise<boolean> {
  try {
    await copyFile(path, staged, fs.constants.COPYFILE_FICLONE_FORCE | fs.constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    await disk.unlink(staged).catch(() => undefined)
    if (failedWith(error, ...NO_SHARING)) return false
    return diskRefuses(error)
  }
}

/** What changes when somebody writes to a file. */
type State = Readonly<{ size: number; mtimeMs: number; ino: number }>

type Read = Readonly<{ digest: Digest; state: State }>

async function readStaged({ reception }: FileStage, staged: string): Promise<Read> {
  // A link that took the file's place since it was looked at must not be followed.
  const file = await disk.open(staged, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
  try {
    const state = stateOf(await disk.fstat(file))
    const digest = await digestOfFile(file, state.size, reception)
    // It may have been written a moment ago, and not have reached the disk yet.
    await disk.fdatasync(file)
    if (digest.size !== state.size) changed()
    return { digest, state }
  } finally {
    disk.close(file)
  }
}

const stateOf = ({ size, mtimeMs, ino }: fs.Stats): State => ({ size, mtimeMs, ino })

async function digestOfFile(file: number, size: number, reception: Reception): Promise<Digest> {
  if (size > SMALL_BYTES) return digestInParts(file, reception)
  const bytes = Buffer.allocUnsafeSlow(size)
  return digestOf(bytes.subarray(0, await disk.readFully(file, bytes, 0)))
}

/** Reads one part while the one before is hashed. */
async function digestInParts(file: number, { threads, large: memories }: Reception): Promise<Digest> {
  const sums = threads.start()
  const slots = [memories.take(), memories.take()] as const
  const busy: Promise<void>[] = []
  try {
    let size = 0
    for (let turn = 0; ; turn = 1 - turn) {
      await busy[turn]
      const memory = slots[turn === 0 ? 0 : 1]
      const length = await disk.readFully(file, new Uint8Array(memory, 0, memories.bytes), size)
      size += length
      if (length < memories.bytes) return { size, ...(await sums.end({ memory, length })) }
      busy[turn] = sums.add({ memory, length })
      busy[turn]?.catch(() => undefined) // awaited with its next turn
    }
  } finally {
    sums.drop()
    await Promise.allSettled(busy)
    for (const memory of slots) memories.give(memory)
  }
}

/** Lets nobody write to the bytes any more, and makes sure that nobody has since they were hashed. */
async function seal(staged: string, state: State): Promise<void> {
  const { mode } = await disk.stat(staged)
  // Who may read it stays as it is: under its other name it may be private.
  await chmod(staged, (mode & 0o555) | 0o400)
  const now = stateOf(await disk.stat(staged))
  if (now.size !== state.size || now.mtimeMs !== state.mtimeMs || now.ino !== state.ino) changed()
}

const changed = (): never =>
  refuse({ kind: 'broken-off', what: 'file', because: 'The file was changed while it was read.' })

/** Whether two paths are names of one file. */
export async function areOne(one: string, other: string): Promise<boolean> {
  try {
    const [a, b] = [await disk.stat(one), await lstat(other)]
    return a.ino === b.ino && a.dev === b.dev
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return false
    throw error
  }
}
