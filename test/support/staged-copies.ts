import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** The names of staged copies in the store of a data folder: everything in it that is no blob. */
export async function stagedCopies(data: string): Promise<readonly string[]> {
  const found = await readdir(join(data, 'blobs'), { recursive: true, withFileTypes: true })
  return found.filter((entry) => entry.isFile() && !/^[0-9a-f]{64}$/.test(entry.name)).map(({ name }) => name)
}
