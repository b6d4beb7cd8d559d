import { type Kysely, type RawBuilder, sql } from 'kysely'
import { first, prepared } from '../db/prepared.ts'
import type { Tables } from '../db/schema.ts'
import { timeText } from '../db/time.ts'
import { faultOf } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import { type Archive, type Change, change, type Reason } from './archive.ts'
import { forbid, type LocatedProject, locateProject, projectNamed } from './locate.ts'

/** How often a visit is written down at most: looking at a project must not become a write. */
const VISIT_MS = 60_000

const visitOf = prepared<{ user: number; project: number }, { visited_at: string | null }>((db, at) =>
  db
    .selectFrom('user_projects')
    .select('visited_at')
    .where('user_id', '=', at('user'))
    .where('project_id', '=', at('project')),
)

/** Remembers that the viewer looked at the project, for the list of recent ones; guests leave no trace. */
export async function noteVisit(archive: Archive, viewer: Viewer, project: LocatedProject): Promise<void> {
  if (viewer.guest) return
  const now = archive.now()
  const known = await first(visitOf, archive.db.reads, { user: viewer.id, project: project.row.id })
  if (known?.visited_at && known.visited_at > timeText(new Date(now.getTime() - VISIT_MS))) return
  try {
    await archive.db.change((tx) => writeVisit(tx, viewer, { project: project.row.id, at: timeText(now) }))
  } catch (error) {
    // A full disk must not keep anybody from looking, and a project that was deleted meanwhile needs no visit.
    if (!['no-space', 'not-found'].includes(faultOf(error)?.kind ?? '')) throw error
  }
}

async function writeVisit(tx: Kysely<Tables>, viewer: Viewer, visit: { project: number; at: string }): Promise<void> {
  await tx
    .insertInto('user_projects')
    .values({ user_id: viewer.id, project_id: visit.project, visited_at: visit.at, favorite: 0 })
    .onConflict((on) => on.columns(['user_id', 'project_id']).doUpdateSet({ visited_at: visit.at }))
    .execute()
}

/** Makes a project that the viewer can see one of the viewer's favourites. @throws ArchiveError 'not-found', 'forbidden' */
export function addFavorite(archive: Archive, viewer: Viewer, why: Reason, name: string): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    if (viewer.guest) forbid(tx, 'project', name)
    const { row } = await locateProject(tx, { project: name }, 'read')
    await tx.db
      .insertInto('user_projects')
      .values({ user_id: viewer.id, project_id: row.id, visited_at: null, favorite: 1 })
      .onConflict((on) => on.columns(['user_id', 'project_id']).doUpdateSet({ favorite: 1 }))
      .execute()
  })
}

/**
 * Takes a project from the favourites, also one that the viewer can see no more; nothing happens when it is none.
 * @throws ArchiveError 'not-found' for one that is neither a favourite nor visible, 'forbidden'
 */
export function removeFavorite(archive: Archive, viewer: Viewer, why: Reason, name: string): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    if (viewer.guest) forbid(tx, 'project', name)
    const row = await projectNamed(tx, name)
    if (row && (await forgetFavorite(tx, row.id))) return
    await locateProject(tx, { project: name }, 'read')
  })
}

async function forgetFavorite(tx: Change, project: number): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable('user_projects')
    .set({ favorite: 0 })
    .where('user_id', '=', tx.viewer.id)
    .where('project_id', '=', project)
    .where('favorite', '=', 1)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** A condition for the list of projects: the viewer's favourites. */
export const favoritesOnly = (viewer: Viewer): RawBuilder<boolean> =>
  sql<boolean>`p.id in (select f.project_id from user_projects f where f.user_id = ${viewer.id} and f.favorite = 1)`
