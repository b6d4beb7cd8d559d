import fs from 'node:fs'
import { failedWith } from './system-errors.ts'

/** What is written past the cache begins at a multiple of this, in the file and in memory, and is a multiple of it. */
export const BLOCK_BYTES = 4096
/** Absent where the system has nothing like it. */
const DIRECT: number | undefined = fs.constants.O_DIRECT

/** Its maker alone may open it again, to write past the cache as well. */
const BEING_WRITTEN = 0o600
/** What is written is never written to again. */
const READ_ONLY = 0o444

/** A file made a moment ago, open; `direct` is there where its file system lets bytes go past the cache. */
export type Opened = Readonly<{ file: number; direct: number | undefined }>

/**
 * Makes a file.
 * @param length in bytes, where it is known; what is shorter than a block has none to send past the cache
 * @throws Error of the system, EEXIST when there is such a file; none is made then
 */
export function makeFile(path: string, length: number = Number.POSITIVE_INFINITY): Opened {
  const file = fs.openSync(path, 'wx', BEING_WRITTEN)
  try {
    return { file, direct: length < BLOCK_BYTES ? undefined : openDirect(path) }
  } catch (error) {
    fs.closeSync(file)
    fs.unlinkSync(path)
    throw error
  }
}

/** Lets nobody write to a file any more. */
export const seal = ({ file }: Opened): void => fs.fchmodSync(file, READ_ONLY)

export function closeFile({ file, direct }: Opened): void {
  fs.closeSync(file)
  if (direct !== undefined) fs.closeSync(direct)
}

/** How many of so many bytes, meant for that position, may go past the cache: all full blocks, or none. */
export const blocksOf = (length: number, position: number): number =>
  position % BLOCK_BYTES === 0 ? length - (length % BLOCK_BYTES) : 0

/** Whether an error only says that this file system takes nothing past its cache, or not from such memory. */
export const notOffered = (error: unknown): boolean => failedWith(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP')

/** Writes all of `bytes`, here and now. */
export function writeNow(file: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; )
    written += fs.writeSync(file, bytes, written, bytes.length - written, position + written)
}

/**
 * Makes a file with these bytes, to which nobody may write; it is on the disk when this returns. For threads that may
 * wait for the disk.
 * @throws Error of the system; there is no file then
 */
export function writeWhole(path: string, bytes: Uint8Array): void {
  const opened = makeFile(path, bytes.length)
  try {
    fill(opened, bytes)
  } catch (error) {
    fs.unlinkSync(path)
    throw error
  }
}

function fill(opened: Opened, bytes: Uint8Array): void {
  try {
    const written = opened.direct === undefined ? 0 : writeBlocks(opened.direct, bytes)
    writeNow(opened.file, bytes.subarray(written), written)
    seal(opened)
    fs.fdatasyncSync(opened.file)
  } finally {
    closeFile(opened)
  }
}

function writeBlocks(direct: number, bytes: Uint8Array): number {
  const length = blocksOf(bytes.length, 0)
  try {
    writeNow(direct, bytes.subarray(0, length), 0)
    return length
  } catch (error) {
    if (notOffered(error)) return 0
    throw error
  }
}

function openDirect(path: string): number | undefined {
  if (DIRECT === undefined) return undefined
  try {
    return fs.openSync(path, fs.constants.O_WRONLY | DIRECT)
  } catch (error) {
    if (notOffered(error)) return undefined
    throw error
  }
}
