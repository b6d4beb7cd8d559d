import { pause } from '../db/pause.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ParentAddress } from '../model/address.ts'
import type { Catalog, CatalogChange, CatalogEntry } from '../model/catalog.ts'
import { type Archive, type Scope, scopeOf } from './archive.ts'
import { isoTime } from './documents.ts'
import type { FileRow } from './files.ts'
import { type Folder, findFolders, placeOfFolder, tagsOf } from './folders.ts'
import { locateParents } from './parents.ts'
import { withInside } from './resources.ts'

/** Rows per query; between two of them other requests have their turn. */
const PAGE_ROWS = 2000

/**
 * The catalog of one folder (resources 5): an own one of the parent, or, where it has none of that name, the only one
 * of that name inside a session.
 * @throws ArchiveError 'not-found' when there is none or more than one
 */
export async function catalogOf(archive: Archive, viewer: Viewer, at: ParentAddress, name: string): Promise<Catalog> {
  const scope = scopeOf(archive, viewer)
  const folder = await onlyFolder(scope, at, name)
  const entries: CatalogEntry[] = []
  for (let after = 0; ; ) {
    const page = await scope.db
      .selectFrom('files')
      .selectAll()
      .where('resource_id', '=', folder.row.id)
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE_ROWS)
      .execute()
    for (const row of page) entries.push(entryOf(row))
    const last = page.at(-1)
    if (!last || page.length < PAGE_ROWS) break
    after = last.id
    await pause()
  }
  return { ...describe(folder), audit: auditOf(entries), entries }
}

async function onlyFolder(scope: Scope, at: ParentAddress, name: string): Promise<Folder> {
  const own = await findFolders(scope, await locateParents(scope, at, 'read'), name)
  const found =
    own.length > 0 || at.kind !== 'experiment' ? own : await findFolders(scope, await withInside(scope, at.at), name)
  const [folder] = found
  return folder && found.length === 1 ? folder : refuse({ kind: 'not-found', noun: 'resource', name })
}

function describe(folder: Folder): Pick<Catalog, 'id' | 'label' | 'project' | 'rootPath'> {
  const { row, parent } = folder
  const { project } = parent.holder
  return { id: row.id, label: row.label ?? undefined, project, rootPath: `${project}/${placeOfFolder(folder)}` }
}

function entryOf(row: FileRow): CatalogEntry {
  const modified = row.modified_event !== null
  return {
    path: row.path,
    name: row.path.slice(row.path.lastIndexOf('/') + 1),
    size: row.size,
    digest: row.md5,
    format: row.format ?? undefined,
    content: row.content ?? undefined,
    description: row.description ?? undefined,
    tags: tagsOf(row.tags),
    uid: row.sop_uid ?? undefined,
    instanceNumber: row.instance_number ?? undefined,
    createdBy: row.created_by,
    createdAt: isoTime(row.created_at),
    createdEventId: row.created_event,
    modifiedBy: modified ? (row.modified_by ?? undefined) : undefined,
    modifiedAt: modified ? isoTime(row.modified_at) : undefined,
    modifiedEventId: row.modified_event ?? undefined,
  }
}

/** What each change did to the files that are there now. */
function auditOf(entries: readonly CatalogEntry[]): CatalogChange[] {
  const changes = new Map<number, { eventId: number; at: string; added: number; modified: number }>()
  const changeAt = (eventId: number, at: string) => {
    const known = changes.get(eventId) ?? { eventId, at, added: 0, modified: 0 }
    changes.set(eventId, known)
    return known
  }
  for (const { createdEventId, createdAt, modifiedEventId, modifiedAt } of entries) {
    if (createdEventId !== undefined) changeAt(createdEventId, createdAt ?? '').added++
    if (modifiedEventId !== undefined) changeAt(modifiedEventId, modifiedAt ?? '').modified++
  }
  return [...changes.values()].sort((a, b) => a.eventId - b.eventId)
}
