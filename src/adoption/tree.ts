import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tell } from './findings.ts'

/** Something in a folder of the old archive. */
export type Entry = Readonly<{ name: string; path: string }>

/** What is in a folder, by name, numbers in them in their order. */
export type Listed = Readonly<{ folders: readonly Entry[]; files: readonly Entry[] }>

const order = new Intl.Collator('en', { numeric: true })
/** What file systems and desktops leave behind. */
const leftover = /^(\.nfs[0-9a-f]+|\.DS_Store|\._.*|Thumbs\.db|desktop\.ini|lost\+found|\.snapshot)$/
/** What stands for bytes that are no UTF-8. */
const NO_LETTER = '\uFFFD'

/**
 * The folders and files in a folder. Links are not followed: they may lead out of the tree; they and everything else
 * that is neither are told of. A folder that cannot be read is told of and counts as empty.
 */
export async function listFolder(folder: string, tell: Tell): Promise<Listed> {
  const folders: Entry[] = []
  const files: Entry[] = []
  for (const found of await entriesOf(folder, tell)) {
    const { name } = found
    const entry = { name, path: join(folder, name) }
    if (leftover.test(name))
      tell({ kind: 'passed', path: entry.path, detail: 'A leftover of a file system or desktop.' })
    else if (name.includes(NO_LETTER)) tell({ kind: 'refused', path: entry.path, detail: 'Its name is no UTF-8.' })
    else if (found.isDirectory()) folders.push(entry)
    else if (found.isFile()) files.push(entry)
    else if (found.isSymbolicLink())
      tell({ kind: 'link', path: entry.path, detail: 'Symbolic links are not followed.' })
    else tell({ kind: 'unreadable', path: entry.path, detail: 'It is neither file nor folder.' })
  }
  const byName = (one: Entry, other: Entry): number => order.compare(one.name, other.name)
  return { folders: folders.sort(byName), files: files.sort(byName) }
}

async function entriesOf(folder: string, tell: Tell) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    tell({ kind: 'unreadable', path: folder, detail: (error as Error).message })
    return []
  }
}

/** A file with its path below the folder that was walked. */
export type FileBelow = Readonly<{ path: string; from: string }>

/** All files below a folder, those of a folder before those of the folders in it. */
export async function* filesBelow(folder: string, tell: Tell, prefix = ''): AsyncGenerator<FileBelow> {
  const { files, folders } = await listFolder(folder, tell)
  for (const { name, path } of files) yield { path: prefix + name, from: path }
  for (const { name, path } of folders) yield* filesBelow(path, tell, `${prefix}${name}/`)
}
