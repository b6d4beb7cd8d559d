import fs from 'node:fs'
import { failedWith, fdatasync, writeAll } from './disk.ts'

/** What is written past the cache begins at a multiple of this, in the file and in memory, and is a multiple of it. */
const BLOCK_BYTES = 4096
/** Absent where the system has nothing like it. */
const DIRECT: number | undefined = fs.constants.O_DIRECT

/**
 * Its maker alone may open it again, to write past the cache as well. Nobody may write to it any more when it is kept.
 */
const BEING_WRITTEN = 0o600

/**
 * A file that is being written for the first time. Its full blocks go to the disk straight from memory, past the
 * system's cache, where the file system offers that: the bytes have to be on the disk anyway before anybody is
 * answered, and the copy into fresh pages of the cache cost more than everything else (bench/README.md).
 */
export class NewFile {
  readonly #file: number
  readonly #direct: number | undefined

  private constructor(file: number, direct: number | undefined) {
    this.#file = file
    this.#direct = direct
  }

  /**
   * Makes the file.
   * @param length in bytes, where it is known; what is shorter than a block has none to send past the cache
   * @throws Error of the system; EEXIST when there is such a file
   */
  static make(path: string, length: number = Number.POSITIVE_INFINITY): NewFile {
    // Made here and not in the thread pool: the trip there and back lasts longer, all the more under load.
    const file = fs.openSync(path, 'wx', BEING_WRITTEN)
    try {
      return new NewFile(file, length < BLOCK_BYTES ? undefined : openDirect(path))
    } catch (error) {
      fs.closeSync(file)
      throw error
    }
  }

  /** Writes all of `bytes`; where they go past the cache, they must begin with a page of memory. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    const blocks = position % BLOCK_BYTES === 0 ? bytes.length - (bytes.length % BLOCK_BYTES) : 0
    const written = await this.#writeDirectly(bytes.subarray(0, blocks), position)
    const rest = bytes.subarray(written)
    // Less than a block is in the cache sooner than a thread is woken for it.
    if (rest.length < BLOCK_BYTES) writeNow(this.#file, rest, position + written)
    else await writeAll(this.#file, rest, position + written)
  }

  /** Resolves when all that was written is on the disk. */
  sync(): Promise<void> {
    return fdatasync(this.#file)
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
    const file = this.#direct
    if (file === undefined || blocks.length === 0) return 0
    try {
      await writeAll(file, blocks, position)
      return blocks.length
    } catch (error) {
      if (!failedWith(error, ...NOT_OFFERED)) throw error
      return 0
    }
  }
}

const NOT_OFFERED = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']

function openDirect(path: string): number | undefined {
  if (DIRECT === undefined) return undefined
  try {
    return fs.openSync(path, fs.constants.O_WRONLY | DIRECT)
  } catch (error) {
    if (failedWith(error, ...NOT_OFFERED)) return undefined
    throw error
  }
}

function writeNow(file: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; )
    written += fs.writeSync(file, bytes, written, bytes.length - written, position + written)
}
