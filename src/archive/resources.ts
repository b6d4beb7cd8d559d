import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { Direction, ExperimentAddress, ParentAddress } from '../model/address.ts'
import type { Cell, Column, Table } from '../model/table.ts'
import { type Archive, change, type Reason, type Scope, scopeOf } from './archive.ts'
import { admitDeletion } from './deletion.ts'
import { checkLabel, type Descriptors, type Folder, findFolders, foldersOf, insertFolder, tagsOf } from './folders.ts'
import { recordEvent } from './history.ts'
import { folderName } from './layout.ts'
import { locateExperiment } from './locate.ts'
import {
  assessorParent,
  assessorsOf,
  experimentParent,
  locateParent,
  locateParents,
  type Parent,
  reconstructionsOf,
  scansOf,
} from './parents.ts'
import { touched } from './touched.ts'

const text = (key: string): Column => ({ key, kind: 'string' })
const integer = (key: string): Column => ({ key, kind: 'integer' })

/** resources 2.2 */
const columns: readonly Column[] = [
  integer('xnat_abstractresource_id'),
  ...['label', 'element_name', 'category', 'cat_id', 'cat_desc'].map(text),
  integer('file_count'),
  integer('file_size'),
  ...['tags', 'content', 'format'].map(text),
]

const categories: Readonly<Record<ParentAddress['kind'], string>> = {
  project: 'resources',
  subject: 'resources',
  experiment: 'resources',
  scan: 'scans',
  reconstruction: 'reconstructions',
  assessor: 'assessors',
}

/**
 * The folders of a parent as a table; with `all`, those of a session's scans, reconstructions and readable assessors
 * as well (resources 2).
 */
export async function listResources(archive: Archive, viewer: Viewer, at: ParentAddress, all: boolean): Promise<Table> {
  const scope = scopeOf(archive, viewer)
  const union = all && at.kind === 'experiment'
  const folders = await foldersOf(scope, await parentsAt(scope, at, all))
  const rows = folders.map((folder) => rowOf(folder, union))
  return { columns, rows, metadata: { totalRecords: String(rows.length), title: 'Resources' } }
}

function rowOf({ row, parent }: Folder, union: boolean): readonly Cell[] {
  const inside = categories[parent.kind] !== 'resources'
  const description = inside && !(union && parent.kind === 'assessor') ? parent.type : union ? '' : ' '
  return [
    row.id,
    row.label,
    'xnat:resourceCatalog',
    categories[parent.kind],
    inside ? parent.name : '',
    inside || union ? description : ' ',
    row.file_count,
    row.file_size,
    tagsOf(row.tags).join(','),
    row.content,
    row.format,
  ]
}

/** The addressed parents; with `all`, a session and everything inside it that the viewer may read. */
export async function parentsAt(scope: Scope, at: ParentAddress, all: boolean): Promise<readonly Parent[]> {
  if (!all || at.kind !== 'experiment') return locateParents(scope, at, 'read')
  const parents: Parent[] = []
  for (const experiment of at.at.experiment.split(','))
    parents.push(...(await withInside(scope, { ...at.at, experiment })))
  return parents
}

/** An experiment and, where it is an imaging session, what is inside it. */
export async function withInside(
  scope: Scope,
  at: ExperimentAddress,
  directions: readonly Direction[] = ['out'],
): Promise<readonly Parent[]> {
  const experiment = await locateExperiment(scope, at, 'read')
  const own = experimentParent(experiment)
  if (!scope.archive.types.isA(experiment.row.xsi_type, 'xnat:imageSessionData')) return [own]
  const parents = [own, ...(await scansOf(scope, experiment, 'ALL'))]
  for (const direction of directions) parents.push(...(await reconstructionsOf(scope, experiment, 'ALL', direction)))
  const assessors = await assessorsOf(scope, experiment, 'ALL')
  for (const direction of [...directions, null]) {
    for (const row of assessors) parents.push(assessorParent(scope, experiment, row, direction))
  }
  return parents
}

/** A folder that is to be made; without a label only its number will name it. */
export type FolderPut = Readonly<{ parent: ParentAddress; label: string | undefined; described: Descriptors }>

/**
 * Makes a folder; returns its number.
 * @throws ArchiveError 'not-found', 'forbidden', 'invalid' for a label that cannot be, 'conflict' when it is taken
 */
export async function createResource(archive: Archive, viewer: Viewer, why: Reason, put: FolderPut): Promise<number> {
  return change(archive, viewer, why, async (tx) => {
    const parent = await locateParent(tx, put.parent, 'edit')
    if (put.label !== undefined) {
      checkLabel(put.label)
      const [taken] = await findFolders(tx, [parent], put.label)
      if (taken)
        refuse({ kind: 'conflict', noun: 'resource', name: put.label, because: 'Specified resource already exists.' })
    }
    const { noun, id } = parent.holder
    const event = await recordEvent(tx, { noun, id, action: 'Created Resource', detail: touched(parent, put.label) })
    const described = { ...put.described, content: put.described.content || (await impliedContent(tx, parent)) }
    return (await insertFolder(tx, { parent, label: put.label, described, event })).row.id
  })
}

/** The first folder of a scan with a type holds what the scanner made (resources 6.1). */
async function impliedContent(scope: Scope, parent: Parent): Promise<string | undefined> {
  if (parent.kind !== 'scan' || parent.type === '') return undefined
  const other = await scope.db
    .selectFrom('resources')
    .select('id')
    .where('parent', '=', parent.key)
    .limit(1)
    .executeTakeFirst()
  return other ? undefined : 'RAW'
}

/** Folders of one parent that are to go: labels and numbers in a comma list. */
export type FolderRemoval = Readonly<{ parent: ParentAddress; folders: string }>

/**
 * Deletes folders with all their files; their bytes go with a later sweep.
 * @throws ArchiveError 'not-found' when one of them is unknown, 'forbidden'
 */
export async function deleteResources(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  removal: FolderRemoval,
): Promise<void> {
  await change(archive, viewer, why, async (tx) => {
    const readable = await locateParent(tx, removal.parent, 'read')
    const folders = new Map<number, Folder>()
    for (const name of removal.folders.split(',')) {
      const named = await findFolders(tx, [readable], name)
      if (named.length === 0) refuse({ kind: 'not-found', noun: 'resource', name })
      for (const folder of named) folders.set(folder.row.id, folder)
    }
    const { holder } = await locateParent(tx, removal.parent, 'delete')
    await admitDeletion(tx, holder)
    for (const { row, parent } of folders.values()) {
      const detail = touched(parent, folderName(row))
      await recordEvent(tx, { noun: holder.noun, id: holder.id, action: 'Removed Resource', detail })
      const gone = await tx.db.deleteFrom('resources').where('id', '=', row.id).returning('id').executeTakeFirst()
      // Somebody else was faster, between the look-up and now.
      if (!gone) refuse({ kind: 'not-found', noun: 'resource', name: folderName(row) })
    }
  })
}
