import fs from 'node:fs'
import { dirname } from 'node:path'
import { blobPath, copyPath } from './blob-path.ts'
import { checksOf, keyOf, type Sums } from './digest.ts'
import { syncFolder } from './disk.ts'
import { NewFile } from './new-file.ts'
import { failedWith } from './system-errors.ts'
import { damaged } from './unpack.ts'

/** A file that is to be made in a store, under this name beside its blob; and whether it is to be kept as well. */
export type Place = Readonly<{ directory: string; name: string; keep: boolean }>

/** The sums of what was written; and whether it is part of the store already. */
export type SmallFile = Readonly<{ sums: Required<Sums>; kept: boolean }>

/**
 * Writes bytes that are all at hand to a new file of a store, synced. What need not be known before is summed up while
 * the disk takes them.
 * @param announced the CRC-32 that the bytes must have, where one is known
 * @throws Error of the system, or with the code DAMAGED when their CRC-32 is another; there is no file then
 */
export async function writeSmallFile(place: Place, bytes: Uint8Array, announced?: number): Promise<SmallFile> {
  const { directory, name, keep } = place
  const key = keyOf(bytes)
  const [copy, final] = [copyPath(directory, key, name), blobPath(directory, key)]
  const file = await makeFile(copy, bytes.length)
  try {
    const writing = file.write(bytes, 0)
    const sums = { key, ...checksOf(bytes) }
    await writing
    if (announced !== undefined && sums.crc32 !== announced) damaged()
    await file.finish()
    return { sums, kept: keep && (await isKept(copy, final)) }
  } catch (error) {
    fs.unlinkSync(copy)
    throw error
  } finally {
    file.close()
  }
}

async function makeFile(path: string, length: number): Promise<NewFile> {
  try {
    return NewFile.make(path, length)
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) throw error
    await makeFolder(dirname(path))
    return NewFile.make(path, length)
  }
}

/** Makes a folder of the store, durably. */
async function makeFolder(folder: string): Promise<void> {
  try {
    fs.mkdirSync(folder)
  } catch (error) {
    // Another thread made it in this moment.
    if (!failedWith(error, 'EEXIST')) throw error
  }
  await syncFolder(dirname(folder))
}

/** Gives a written file its final name, durably; false when that takes more thought: such content may be there already. */
async function isKept(copy: string, final: string): Promise<boolean> {
  try {
    fs.linkSync(copy, final)
    await syncFolder(dirname(final))
    return true
  } catch {
    return false
  }
}
