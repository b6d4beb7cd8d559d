import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ParentAddress } from '../model/address.ts'
import { type Archive, type Change, change, type Reason } from './archive.ts'
import { keepAndName, type Removals } from './blobs.ts'
import { pathFault, writeArrivals } from './files.ts'
import { locateParent } from './parents.ts'
import { type CachePlace, cacheFile, removeCacheFile } from './user-cache.ts'

/** A file of the viewer's cache, and the file of the archive that it is to become. */
export type CacheMove = Readonly<{
  from: CachePlace
  to: Readonly<{ parent: ParentAddress; folder: string; path: string }>
}>

export type CacheMoves = Readonly<{ moves: readonly CacheMove[]; overwrite: boolean }>

/**
 * Moves files out of the viewer's cache, all in one change; no byte is copied, for both name the same blobs
 * (resources 9.5).
 * @returns the paths that are taken: those files stay where they are
 * @throws ArchiveError 'not-found' for a file, parent or folder number; 'forbidden'; 'invalid' for a path or label
 */
export function moveCacheFiles(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { moves, overwrite }: CacheMoves,
): Promise<readonly string[]> {
  return keepAndName(archive.db, [], (removals) =>
    change(archive, viewer, why, async (tx) => {
      const taken: string[] = []
      for (const move of moves) taken.push(...(await moveFile(tx, move, { overwrite, removals })))
      return taken
    }),
  )
}

type How = Readonly<{ overwrite: boolean; removals: Removals }>

async function moveFile(tx: Change, { from, to }: CacheMove, { overwrite, removals }: How): Promise<readonly string[]> {
  const because = pathFault(to.path, to.folder)
  if (because) refuse({ kind: 'invalid', field: 'dest', because })
  const file = await cacheFile(tx, from)
  const taken = await writeArrivals(tx, {
    parent: await locateParent(tx, to.parent, 'edit'),
    upload: { folder: to.folder, overwrite, described: { tags: [] } },
    arrivals: [{ path: to.path, staged: { digest: { ...file, key: file.blob } } }],
    removals,
  })
  if (taken.length > 0) return taken
  // Another move was faster: the whole change is taken back.
  if (!(await removeCacheFile(tx, file))) refuse({ kind: 'not-found', noun: 'file', name: from.path })
  return []
}
