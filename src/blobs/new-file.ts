import { fdatasync, writeAll } from './disk.ts'
import { BLOCK_BYTES, blocksOf, closeFile, makeFile, notOffered, type Opened, seal, writeNow } from './write-whole.ts'

/**
 * A file that is being written for the first time. Its full blocks go to the disk straight from memory, past the
 * system's cache, where the file system offers that: the bytes have to be on the disk anyway before anybody is
 * answered, and the copy into fresh pages of the cache cost more than everything else (bench/README.md).
 */
export class NewFile {
  readonly #opened: Opened

  private constructor(opened: Opened) {
    this.#opened = opened
  }

  /** Makes the file. @throws Error of the system; EEXIST when there is such a file */
  static make(path: string): NewFile {
    // Made here and not in the thread pool: the trip there and back lasts longer, all the more under load.
    return new NewFile(makeFile(path))
  }

  /** Writes all of `bytes`; where they go past the cache, they must begin with a page of memory. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    const written = await this.#writeDirectly(bytes.subarray(0, blocksOf(bytes.length, position)), position)
    const rest = bytes.subarray(written)
    // Less than a block is in the cache sooner than a thread is woken for it.
    if (rest.length < BLOCK_BYTES) writeNow(this.#opened.file, rest, position + written)
    else await writeAll(this.#opened.file, rest, position + written)
  }

  /** Resolves when all that was written is on the disk. */
  sync(): Promise<void> {
    return fdatasync(this.#opened.file)
  }

  /** The same; from now on nobody may write to it. */
  finish(): Promise<void> {
    seal(this.#opened)
    return this.sync()
  }

  /** Whether what is written reaches the disk at once, if not yet durably. */
  get direct(): boolean {
    return this.#opened.direct !== undefined
  }

  close(): void {
    closeFile(this.#opened)
  }

  /** Returns how much was written so: nothing where the file system does not offer it. */
  async #writeDirectly(blocks: Uint8Array, position: number): Promise<number> {
    const { direct } = this.#opened
    if (direct === undefined || blocks.length === 0) return 0
    try {
      await writeAll(direct, blocks, position)
      return blocks.length
    } catch (error) {
      if (!notOffered(error)) throw error
      return 0
    }
  }
}
