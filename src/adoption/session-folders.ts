import type { Direction } from '../model/address.ts'
import type { Tell } from './findings.ts'
import { identifierOf, resourceLabelOf } from './names.ts'
import { type Entry, listFolder } from './tree.ts'

/** What a folder of files hangs on, within its place. */
export type Hold =
  | Readonly<{ on: 'place' }>
  | Readonly<{ on: 'scan' | 'reconstruction' | 'assessor'; name: string; direction: Direction }>

/** A folder of files in the old archive. */
export type OldFolder = Readonly<{
  hold: Hold
  /** As here; undefined where the files lie in a scan without a folder of their own. */
  label: string | undefined
  path: string
  /** Only the files right in it belong to it: the folders beside them are folders of their own. */
  shallow: boolean
}>

/** What lies in a session: folders of files, and documents that may describe it. */
export type SessionFolders = Readonly<{ folders: readonly OldFolder[]; documents: readonly string[] }>

const onPlace: Hold = Object.freeze({ on: 'place' })

/** The folders of files right below a folder such as `RESOURCES` or `PROJECT/resources`. */
export async function resourcesIn(path: string, hold: Hold, tell: Tell): Promise<readonly OldFolder[]> {
  const { folders, files } = await listFolder(path, tell)
  for (const file of files) tell({ kind: 'unplaced', path: file.path, detail: 'It lies in no folder of a resource.' })
  return labelled(folders, hold, tell)
}

/** The folders of a project's or subject's own. */
export const ownResources = (path: string, tell: Tell): Promise<readonly OldFolder[]> =>
  resourcesIn(path, onPlace, tell)

function labelled(folders: readonly Entry[], hold: Hold, tell: Tell): readonly OldFolder[] {
  return folders.flatMap((entry) => {
    const label = resourceLabelOf(entry, tell)
    return label === undefined ? [] : [{ hold, label, path: entry.path, shallow: false }]
  })
}

/** Everything in the folder of a session (resources 9.1). */
export async function sessionFolders(session: string, tell: Tell): Promise<SessionFolders> {
  const { folders, files } = await listFolder(session, tell)
  const found: OldFolder[] = []
  for (const entry of folders) {
    const read = readers[entry.name.toUpperCase()]
    if (read) found.push(...(await read(entry.path, tell)))
    else tell({ kind: 'unplaced', path: entry.path, detail: 'No such part of a session is known.' })
  }
  const documents = files.filter(({ name }) => /\.xml$/i.test(name))
  for (const file of files)
    if (!documents.includes(file))
      tell({ kind: 'unplaced', path: file.path, detail: 'It lies in no part of a session.' })
  return { folders: found, documents: documents.map(({ path }) => path) }
}

type ReadPart = (path: string, tell: Tell) => Promise<readonly OldFolder[]>

const readers: Readonly<Record<string, ReadPart>> = {
  SCANS: scanFolders,
  RESOURCES: (path, tell) => resourcesIn(path, onPlace, tell),
  ASSESSORS: assessorFolders,
  PROCESSED: (path, tell) => partFolders('reconstruction', path, tell),
  RECONSTRUCTIONS: (path, tell) => partFolders('reconstruction', path, tell),
}

async function scanFolders(path: string, tell: Tell): Promise<readonly OldFolder[]> {
  const found: OldFolder[] = []
  for (const { name, entry } of await named(path, tell)) {
    const hold: Hold = { on: 'scan', name, direction: 'out' }
    const { folders, files } = await listFolder(entry.path, tell)
    // Very old sessions have the files and their catalog right in the scan.
    if (files.length > 0) found.push({ hold, label: undefined, path: entry.path, shallow: true })
    if (files.length + folders.length === 0) tell({ kind: 'empty', path: entry.path, detail: 'A scan without files.' })
    found.push(...labelled(folders, hold, tell))
  }
  return found
}

async function assessorFolders(path: string, tell: Tell): Promise<readonly OldFolder[]> {
  const found: OldFolder[] = []
  for (const { name, entry } of await named(path, tell)) {
    if (name === 'PROCESSED') found.push(...(await partFolders('reconstruction', entry.path, tell)))
    else found.push(...(await foldersOfPart({ on: 'assessor', name }, entry.path, tell)))
  }
  return found
}

async function partFolders(on: 'reconstruction', path: string, tell: Tell): Promise<readonly OldFolder[]> {
  const found: OldFolder[] = []
  for (const { name, entry } of await named(path, tell))
    found.push(...(await foldersOfPart({ on, name }, entry.path, tell)))
  return found
}

type Part = Readonly<{ on: 'reconstruction' | 'assessor'; name: string }>

/** `in/LABEL`, `out/LABEL` or `LABEL` right in the part, which then counts as out. */
async function foldersOfPart(part: Part, path: string, tell: Tell): Promise<readonly OldFolder[]> {
  const { folders, files } = await listFolder(path, tell)
  for (const file of files) tell({ kind: 'unplaced', path: file.path, detail: 'It lies in no folder of a resource.' })
  const found: OldFolder[] = []
  for (const entry of folders) {
    const way = await directionOf(entry)
    const hold: Hold = { ...part, direction: way ?? 'out' }
    if (way === undefined) found.push(...labelled([entry], hold, tell))
    else found.push(...(await resourcesIn(entry.path, hold, tell)))
  }
  return found
}

/** Whether a folder is no resource of its own but has those that go in or come out. */
async function directionOf({ name, path }: Entry): Promise<Direction | undefined> {
  if (name !== 'in' && name !== 'out' && name !== 'RESOURCES') return undefined
  const { files, folders } = await listFolder(path, () => undefined)
  if (files.length > 0 || folders.length === 0) return undefined
  return name === 'in' ? 'in' : 'out'
}

/** The folders in a folder that are named after scans or the like, by the name that these have here. */
async function named(path: string, tell: Tell): Promise<readonly Readonly<{ name: string; entry: Entry }>[]> {
  const { folders, files } = await listFolder(path, tell)
  for (const file of files)
    tell({ kind: 'unplaced', path: file.path, detail: 'It lies in none of the folders that are expected here.' })
  return folders.flatMap((entry) => {
    const name = identifierOf(entry, tell)
    return name === undefined ? [] : [{ name, entry }]
  })
}
