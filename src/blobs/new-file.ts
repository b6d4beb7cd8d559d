import fs from 'node:fs'
import { fdatasync, writeAll } from './disk.ts'
import { failedWith } from './system-errors.ts'

/** What is written past the cache begins at a multiple of this, in the file and in memory, and is a multiple of it. */
const BLOCK_BYTES = 4096
/** Absent where the system has nothing like it. */
const DIRECT: number | undefined = fs.constants.O_DIRECT

/** Its maker alone may open it again, to write past the cache as well. */
const BEING_WRITTEN = 0o600
/** What is written is never written to again. */
const READ_ONLY = 0o444

/**
 * A file that is being written for the first time. Its full blocks go to the disk straight from memory, past the
 * system's cache, where the file system offers that: the bytes have to be on the disk anyway before anybody is
 * answered, and the copy into fresh pages of the cache cost more than everything else (bench/README.md).
 */
export class NewFile {
  readonly #file: number
  /** The same file once more, where its file system lets bytes go past the cache. */
  readonly #direct: number | undefined

  private constructor(file: number, direct: number | undefined) {
    this.#file = file
    this.#direct = direct
  }

  /**
   * Makes the file.
   * @param length in bytes, where it is known; what is shorter than a block has none to send past the cache
   * @throws Error of the system, EEXIST when there is such a file; none is made then
   */
  static make(path: string, length: number = Number.POSITIVE_INFINITY): NewFile {
    // Made here and not in the thread pool: the trip there and back lasts longer, all the more under load.
    const file = fs.openSync(path, 'wx', BEING_WRITTEN)
    try {
      return new NewFile(file, length < BLOCK_BYTES ? undefined : openDirect(path))
    } catch (error) {
      fs.closeSync(file)
      fs.unlinkSync(path)
      throw error
    }
  }

  /** Writes all of `bytes`; where they go past the cache, they must begin with a page of memory. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    const written = await this.#writeDirectly(bytes.subarray(0, blocksOf(bytes.length, position)), position)
    const rest = bytes.subarray(written)
    // Less than a block is in the cache sooner than a thread is woken for it.
    if (rest.length < BLOCK_BYTES) writeNow(this.#file, rest, position + written)
    else await writeAll(this.#file, rest, position + written)
  }

  /** Resolves when all that was written is on the disk. */
  sync(): Promise<void> {
    return fdatasync(this.#file)
  }

  /** The same; from now on nobody may write to it. */
  finish(): Promise<void> {
    fs.fchmodSync(this.#file, READ_ONLY)
    return this.sync()
  }

  /** Whether what is written reaches the disk at once, if not yet durably. */
  get direct(): boolean {
    return this.#direct !== undefined
  }

  close(): void {
    fs.closeSync(this.#file)
    if (this.#direct !== undefined) fs.closeSync(this.#direct)
  }

  /** Returns how much was written so: nothing where the file system does not offer it. */
  async #writeDirectly(blocks: Uint8Array, position: number): Promise<number> {
    if (this.#direct === undefined || blocks.length === 0) return 0
    try {
      await writeAll(this.#direct, blocks, position)
      return blocks.length
    } catch (error) {
      if (!notOffered(error)) throw error
      return 0
    }
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

/** Whether an error only says that this file system takes nothing past its cache, or not from such memory. */
const notOffered = (error: unknown): boolean => failedWith(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP')

/** How many of so many bytes, meant for that position, may go past the cache: all full blocks, or none. */
const blocksOf = (length: number, position: number): number =>
  position % BLOCK_BYTES === 0 ? length - (length % BLOCK_BYTES) : 0

/** Writes all of `bytes`, here and now. */
function writeNow(file: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; )
    written += fs.writeSync(file, bytes, written, bytes.length - written, position + written)
}
