import { createReadStream } from 'node:fs'
import { relative, sep } from 'node:path'
import { faultOf } from '../errors.ts'
import { type CatalogFile, readCatalog } from '../formats/catalog-read.ts'
import { checkFilePath } from '../model/label.ts'
import type { Tell } from './findings.ts'
import { type FileBelow, filesBelow, listFolder } from './tree.ts'

/** What lies in one folder of files, with what its catalogs say. */
export type Holdings = Readonly<{
  /** Without catalogs; `listed` is what a catalog says of the file. */
  files: readonly (FileBelow & Readonly<{ listed: CatalogFile | undefined }>)[]
  /** Whether there is a catalog, even an empty one. */
  catalogued: boolean
}>

/**
 * The files of a folder and what its catalogs say of them: the one of the folder, and any in folders below it. Entries
 * without a file, and those whose file lies elsewhere, are told of.
 * @param root the old archive's folder, with those of its projects
 */
export async function readHoldings(
  root: string,
  { path, shallow }: Readonly<{ path: string; shallow: boolean }>,
  tell: Tell,
): Promise<Holdings> {
  const found = shallow ? await right(path, tell) : await Array.fromAsync(filesBelow(path, tell))
  const catalogs = new Map<FileBelow, readonly CatalogFile[] | undefined>()
  for (const file of found)
    if (/catalog\.xml$/i.test(file.path)) {
      const entries = await catalogAt(file, tell)
      if (entries !== 'none') catalogs.set(file, entries)
    }
  const files = found.filter((file) => !catalogs.has(file))
  const listed = entriesByPath({ root, folder: path, files, catalogs }, tell)
  return { files: files.map((file) => ({ ...file, listed: listed.get(file.path) })), catalogued: catalogs.size > 0 }
}

async function right(path: string, tell: Tell): Promise<FileBelow[]> {
  const { files } = await listFolder(path, tell)
  return files.map((file) => ({ path: file.name, from: file.path }))
}

/** The entries of a catalog, undefined for one that cannot be used, or `none` when the file is something else. */
async function catalogAt({ from }: FileBelow, tell: Tell): Promise<readonly CatalogFile[] | undefined | 'none'> {
  try {
    return (await readCatalog(createReadStream(from))) ?? 'none'
  } catch (error) {
    if (!faultOf(error) && (error as NodeJS.ErrnoException).code === undefined) throw error
    tell({ kind: 'catalog', path: from, detail: (error as Error).message })
    return undefined
  }
}

type Read = Readonly<{
  root: string
  folder: string
  files: readonly FileBelow[]
  catalogs: ReadonlyMap<FileBelow, readonly CatalogFile[] | undefined>
}>

function entriesByPath({ root, folder, files, catalogs }: Read, tell: Tell): ReadonlyMap<string, CatalogFile> {
  const there = new Set(files.map(({ path }) => path))
  const found = new Map<string, CatalogFile>()
  const place = relative(root, folder).split(sep).join('/')
  for (const [catalog, entries] of catalogs) {
    const prefix = catalog.path.slice(0, catalog.path.lastIndexOf('/') + 1)
    for (const entry of entries ?? []) {
      const path = pathOf(entry, { place, prefix, there })
      if (path === 'whole folder') continue
      if (path === undefined)
        tell({ kind: 'remote', path: catalog.from, detail: `Listed, but outside its folder: ${entry.uri}` })
      else if (!there.has(path))
        tell({ kind: 'missing', path: `${folder}${sep}${path}`, detail: 'Listed, but not there.' })
      else if (found.get(path)?.md5 === undefined) found.set(path, entry)
    }
  }
  return found
}

/** `place`: of the folder below the old archive's, e.g. `P1/arc001/MR1/RESOURCES/NIFTI`. */
type Surroundings = Readonly<{ place: string; prefix: string; there: ReadonlySet<string> }>

/** The path below the folder that an entry means, as a file has it; undefined where it means one elsewhere. */
function pathOf(entry: CatalogFile, around: Surroundings): string | 'whole folder' | undefined {
  const { prefix, there } = around
  const paths = [entry.uri, entry.cachePath, entry.id].flatMap((text) =>
    text === undefined ? [] : below(text, around),
  )
  if (paths.includes('')) return 'whole folder'
  const own = paths.map((path) => prefix + path)
  const known = own.flatMap((path) => [path, decoded(path)]).find((path) => there.has(path))
  if (known !== undefined) return known
  return own.find((path) => checkFilePath(path) === undefined && !isElsewhere(entry.uri))
}

/** Addresses of files that other machines have. */
const isElsewhere = (uri: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(uri) && !/^file:/i.test(uri)

/** A path as catalogs write it, below their folder: also absolute ones, where they end in the place of the folder. */
function below(text: string, { place }: Surroundings): string[] {
  if (isElsewhere(text)) return []
  const plain = text
    .replace(/^file:\/*/i, '/')
    .replaceAll('\\', '/')
    .replace(/^(\.\/)+/, '')
  if (plain === '.' || plain === '') return ['']
  if (!plain.startsWith('/')) return [plain]
  // The old archive may have been mounted elsewhere: what comes from the project on is the same.
  const at = plain.lastIndexOf(`/${place}/`)
  return at < 0 ? [] : [plain.slice(at + place.length + 2)]
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
