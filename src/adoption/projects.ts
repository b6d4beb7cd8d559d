import { stat } from 'node:fs/promises'
import { refuse } from '../errors.ts'
import { projectIdFault } from '../model/label.ts'
import type { Tell } from './findings.ts'
import { identifierOf } from './names.ts'
import { type Entry, listFolder } from './tree.ts'

/** What can be taken in as one: a session, the folders of a subject, or those of a project. */
export type OldPlace = Readonly<{
  kind: 'session' | 'subject' | 'project'
  /** ID of the project, as here. */
  project: string
  /** Label, as here; of a project its ID. */
  name: string
  /** Its folders in the old archive: several where a project has several archive sub-folders. */
  paths: readonly string[]
  /** XML documents that lie beside the folder of a session. */
  documents: readonly string[]
}>

/**
 * The places of an archive folder of the original, project by project: `PROJECT/arc001/SESSION`,
 * `PROJECT/subjects/SUBJECT` and `PROJECT/resources` (resources 9.1).
 * @param wanted IDs of projects; empty for all
 * @throws ArchiveError 'invalid' for what is no such folder, 'not-found' for a wanted project that is not in it
 */
export async function findPlaces(archive: string, wanted: readonly string[], tell: Tell): Promise<readonly OldPlace[]> {
  if (!(await stat(archive).catch(() => undefined))?.isDirectory())
    return refuse({ kind: 'invalid', field: 'ARCHIVE_DIR', because: `${archive} is no folder.` })
  const { folders, files } = await listFolder(archive, tell)
  if (folders.some(({ name }) => isArc(name))) {
    const because = `${archive} is the folder of one project: name the folder above it, and the project with --project.`
    return refuse({ kind: 'invalid', field: 'ARCHIVE_DIR', because })
  }
  for (const name of wanted)
    if (!folders.some((folder) => folder.name === name)) {
      const because = `There is no project ${name} in ${archive}.`
      return refuse({ kind: 'not-found', noun: 'project', name, because })
    }
  const chosen = folders.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
  if (wanted.length === 0) for (const { path } of files) unplaced(path, tell)
  const places: OldPlace[] = []
  for (const project of chosen) places.push(...(await placesOf(project, tell)))
  return places
}

const isArc = (name: string): boolean => /^arc\d+$/i.test(name)

const unplaced = (path: string, tell: Tell): void =>
  tell({ kind: 'unplaced', path, detail: 'Nothing of the original lies there.' })

async function placesOf({ name: project, path }: Entry, tell: Tell): Promise<readonly OldPlace[]> {
  if (projectIdFault(project) !== undefined) {
    tell({ kind: 'refused', path, detail: `A project cannot have the ID ${project}.` })
    return []
  }
  const { folders, files } = await listFolder(path, tell)
  for (const file of files) unplaced(file.path, tell)
  const places: OldPlace[] = []
  const sessions: Found[] = []
  for (const folder of folders) {
    if (folder.name === 'resources')
      places.push({ kind: 'project', project, name: project, paths: [folder.path], documents: [] })
    else if (folder.name === 'subjects') places.push(...(await subjectsIn(project, folder.path, tell)))
    else if (await holdsSessions(folder, tell)) sessions.push(...(await sessionsIn(folder.path, tell)))
    else unplaced(folder.path, tell)
  }
  places.push(...joined(project, 'session', sessions, tell))
  if (places.length === 0)
    tell({ kind: 'empty', path, detail: 'A folder without sessions and resources is no project.' })
  return places
}

/** An archive sub-folder has a name of its own in some projects: then what lies in it tells. */
async function holdsSessions({ name, path }: Entry, tell: Tell): Promise<boolean> {
  if (isArc(name)) return true
  const quiet: Tell = () => undefined
  for (const inner of (await listFolder(path, quiet)).folders) {
    const parts = (await listFolder(inner.path, quiet)).folders
    if (parts.some((part) => /^(SCANS|RESOURCES|ASSESSORS)$/.test(part.name))) {
      tell({ kind: 'guessed', path, detail: 'Taken for an archive sub-folder, since sessions lie in it.' })
      return true
    }
  }
  return false
}

type Found = Readonly<{ entry: Entry; documents: readonly string[] }>

async function sessionsIn(arc: string, tell: Tell): Promise<readonly Found[]> {
  const { folders, files } = await listFolder(arc, tell)
  const documents = new Map(files.map(({ name, path }) => [name, path]))
  const sessions = folders.map((entry) => {
    const document = documents.get(`${entry.name}.xml`)
    documents.delete(`${entry.name}.xml`)
    return { entry, documents: document === undefined ? [] : [document] }
  })
  for (const path of documents.values()) unplaced(path, tell)
  return sessions
}

async function subjectsIn(project: string, path: string, tell: Tell): Promise<readonly OldPlace[]> {
  const { folders, files } = await listFolder(path, tell)
  for (const file of files) unplaced(file.path, tell)
  const found = folders.map((entry) => ({ entry, documents: [] }))
  return joined(project, 'subject', found, tell)
}

/**
 * Folders as places: those of one name belong together, since labels are unique in a project. Another name that
 * becomes the same label here must not be mixed with it.
 */
function joined(project: string, kind: OldPlace['kind'], found: readonly Found[], tell: Tell): readonly OldPlace[] {
  const byLabel = new Map<string, { original: string; place: OldPlace }>()
  for (const { entry, documents } of found) {
    const name = identifierOf(entry, tell)
    if (name === undefined) continue
    const known = byLabel.get(name)
    if (known && known.original !== entry.name) {
      const detail = `It would be called ${name} here, as ${known.original} is already; nothing of it was taken.`
      tell({ kind: 'conflict', path: entry.path, detail })
      continue
    }
    const paths = [...(known?.place.paths ?? []), entry.path]
    const place = { kind, project, name, paths, documents: [...(known?.place.documents ?? []), ...documents] }
    byLabel.set(name, { original: entry.name, place })
  }
  return [...byLabel.values()].map(({ place }) => place)
}
