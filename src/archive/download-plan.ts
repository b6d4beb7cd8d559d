import type { Viewer } from '../model/access.ts'
import { type Archive, scopeOf } from './archive.ts'
import { type Folder, foldersOf } from './folders.ts'
import { folderName } from './layout.ts'
import { orNothing } from './locate.ts'
import { withInside } from './resources.ts'

/**
 * What somebody wants of some sessions, by the names of kinds and folders. A list that is absent stands for nothing of
 * its kind; where no list is given at all, everything is wanted.
 */
export type DownloadWish = Readonly<{
  /** Accession ids. */
  sessions: readonly string[]
  scanTypes?: readonly string[]
  /** Labels of the folders of scans. */
  scanFormats?: readonly string[]
  /** Labels of the folders of the session itself. */
  resources?: readonly string[]
  /** Names of data types, as people call them. */
  assessors?: readonly string[]
  reconstructions?: readonly string[]
}>

/** One session with those of its folders that are wanted; all hang on it or on what is inside it. */
export type PlannedSession = Readonly<{ id: string; label: string; project: string; folders: readonly Folder[] }>

/** The wanted folders, session by session; sessions that are unknown or invisible by now are left out (clients 5.5). */
export async function planDownload(
  archive: Archive,
  viewer: Viewer,
  wish: DownloadWish,
): Promise<readonly PlannedSession[]> {
  const scope = scopeOf(archive, viewer)
  const planned: PlannedSession[] = []
  for (const id of wish.sessions) {
    const parents = await orNothing(withInside(scope, { experiment: id }))
    const holder = parents?.[0]?.holder
    if (!parents || !holder) continue
    const folders = (await foldersOf(scope, parents)).filter((folder) => isWanted(wish, folder))
    planned.push({ id: holder.name, label: holder.label, project: holder.project, folders })
  }
  return planned
}

function isWanted(wish: DownloadWish, { row, parent }: Folder): boolean {
  const { scanTypes, scanFormats, resources, assessors, reconstructions } = wish
  if (![scanTypes, scanFormats, resources, assessors, reconstructions].some((list) => list !== undefined)) return true
  const label = folderName(row)
  if (parent.kind === 'scan') {
    if (scanTypes === undefined && scanFormats === undefined) return false
    return (scanTypes?.includes(parent.type) ?? true) && (scanFormats?.includes(label) ?? true)
  }
  if (parent.kind === 'assessor') return assessors?.includes(parent.type) ?? false
  if (parent.kind === 'reconstruction') return reconstructions?.includes(parent.type) ?? false
  return resources?.includes(label) ?? false
}
