import type { Selectable } from 'kysely'
import { portions } from '../db/portions.ts'
import type { Tables } from '../db/schema.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ExperimentAddress, ReconstructionAddress } from '../model/address.ts'
import { emptyItem, type Item, itemToDocument } from '../model/item.ts'
import { scanIdFault } from '../model/label.ts'
import { applyPatch, type Patch } from '../model/patch.ts'
import { type Archive, type Change, change, type Reason, type Scope } from './archive.ts'
import {
  type Columns,
  formerVersions,
  numbered,
  resourceItems,
  sameDocument,
  storedItem,
  withChildren,
} from './documents.ts'
import { keepVersion } from './history.ts'
import { patched, typeNamed } from './identity.ts'
import { leaveFilesOf } from './left-files.ts'
import { type LocatedExperiment, locateSession, orNothing } from './locate.ts'
import { checkDeletion, editableSession, filePartEvent, freeId, sessionToChange } from './session-parts.ts'

const RECONSTRUCTION = 'xnat:reconstructedImageData'

export type ReconstructionRow = Selectable<Tables['reconstructions']>
export type FoundReconstruction = Readonly<{ row: ReconstructionRow; session: LocatedExperiment }>

/** Creates a reconstruction or changes the one with that ID (hierarchy 6.2). @throws ArchiveError as `putScan` */
export function putReconstruction(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: { at: ReconstructionAddress; patch: Patch },
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    const session = await sessionToChange(tx, wish.at)
    checkType(tx, wish.patch)
    const id = wish.at.reconstruction
    await writeReconstruction(tx, editableSession(tx, session, 'edit'), { id, patch: wish.patch })
  })
}

/** Creates a reconstruction, by default under the smallest free number; returns its ID. @throws ArchiveError 'conflict' too */
export function postReconstruction(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: { at: ExperimentAddress; patch: Patch },
): Promise<string> {
  return change(archive, viewer, why, async (tx) => {
    const session = await sessionToChange(tx, wish.at)
    checkType(tx, wish.patch)
    return writeReconstruction(tx, editableSession(tx, session, 'create'), { patch: wish.patch, mustBeNew: true })
  })
}

function checkType({ archive: { types } }: Change, { namedType }: Patch): void {
  if (namedType === undefined) return
  if (!types.isA(typeNamed(types, namedType).name, RECONSTRUCTION)) {
    refuse({
      kind: 'unreadable',
      what: 'document',
      because: 'Only Reconstruction documents can be PUT to this address.',
    })
  }
}

type Wish = Readonly<{ id?: string; patch: Patch; mustBeNew?: true }>

/** Creates or changes one reconstruction inside a change; returns its ID. */
async function writeReconstruction(tx: Change, session: LocatedExperiment<'edit'>, wish: Wish): Promise<string> {
  const { types } = tx.archive
  const sent = applyPatch(types, emptyItem(RECONSTRUCTION), wish.patch).item.fields['ID'] ?? wish.id
  const asked = sent === undefined || sent === '' ? undefined : String(sent)
  const name = asked ?? (await freeId(tx, session, 'reconstruction'))
  const fault = scanIdFault(name)
  if (fault !== undefined) refuse({ kind: 'invalid', field: 'ID', because: fault })
  // A free number that somebody takes meanwhile is nothing to change: the change is tried again with another number.
  const stored =
    asked === undefined
      ? undefined
      : await tx.archive.db.dialect.forUpdate(rowsNamed(tx, session, name)).executeTakeFirst()
  if (stored && wish.mustBeNew) {
    refuse({ kind: 'conflict', noun: 'reconstruction', name, because: 'Specified reconstruction already exists.' })
  }
  const base = stored ? storedItem(RECONSTRUCTION, stored, {}) : emptyItem(RECONSTRUCTION)
  const doc = itemToDocument(types, await numbered(tx, patched(types, base, wish.patch).item))
  if (!stored) await createReconstruction(tx, session, name, doc)
  else if (!sameDocument(doc, stored.doc)) await modifyReconstruction(tx, session, stored, doc)
  return name
}

const rowsNamed = (scope: Scope, session: LocatedExperiment, name: string) =>
  scope.db
    .selectFrom('reconstructions')
    .selectAll()
    .where('session_id', '=', session.row.id)
    .where('reconstruction_id', '=', name)

async function createReconstruction(tx: Change, session: LocatedExperiment, name: string, doc: string): Promise<void> {
  const event = await filePartEvent(tx, session, { verb: 'Added', type: RECONSTRUCTION, noun: 'reconstruction', name })
  const recorded = { created_at: tx.at, created_by: tx.viewer.login, modified_at: tx.at, event_id: event }
  const row = { session_id: session.row.id, reconstruction_id: name, xsi_type: RECONSTRUCTION, doc, ...recorded }
  await tx.db.insertInto('reconstructions').values(row).execute()
}

async function modifyReconstruction(
  tx: Change,
  session: LocatedExperiment,
  stored: ReconstructionRow,
  doc: string,
): Promise<void> {
  const name = stored.reconstruction_id
  const event = await filePartEvent(tx, session, {
    verb: 'Modified',
    type: RECONSTRUCTION,
    noun: 'reconstruction',
    name,
  })
  await keepVersion(tx, { noun: 'reconstruction', row: stored, xsiType: RECONSTRUCTION, endedBy: event })
  await tx.db
    .updateTable('reconstructions')
    .set({ doc, modified_at: tx.at, event_id: event })
    .where('id', '=', stored.id)
    .execute()
}

/** A reconstruction by its exact ID within the session, for somebody who may read it. @throws ArchiveError 'not-found' */
export async function readableReconstruction(scope: Scope, at: ReconstructionAddress): Promise<FoundReconstruction> {
  const session = await orNothing(locateSession(scope, at, 'read'))
  const row = session && (await rowsNamed(scope, session, at.reconstruction).executeTakeFirst())
  if (!session || !row) return refuse({ kind: 'not-found', noun: 'reconstruction', name: at.reconstruction })
  return { row, session }
}

/** Deletes a reconstruction with its folders; without `removeFiles` the bytes stay. @throws ArchiveError 'not-found', 'forbidden' */
export function deleteReconstruction(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: { at: ReconstructionAddress; removeFiles: boolean },
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    const { row, session } = await readableReconstruction(tx, wish.at)
    await checkDeletion(tx, session)
    if (!wish.removeFiles) await leaveFilesOf(tx, { reconstructionIds: [row.id] })
    const name = row.reconstruction_id
    await filePartEvent(tx, session, { verb: 'Removed', type: row.xsi_type, noun: 'reconstruction', name })
    const { numDeletedRows } = await tx.db.deleteFrom('reconstructions').where('id', '=', row.id).executeTakeFirst()
    if (numDeletedRows === 0n) refuse({ kind: 'not-found', noun: 'reconstruction', name })
  })
}

/** What a reconstruction must know of its imaging session; `project` is the ID of the project that owns it. */
type Home = Readonly<{ id: number; accession: string; project: string }>

const columnsOf = (row: ReconstructionRow, { accession }: Home): Columns => ({
  ID: row.reconstruction_id,
  image_session_ID: accession,
})

/** Every reconstruction of these sessions as a whole record with its folders, by session, in order of creation. */
export async function reconstructionItems(
  scope: Scope,
  sessions: readonly Home[],
): Promise<ReadonlyMap<number, Item[]>> {
  const found = new Map<number, Item[]>()
  for (const portion of portions(sessions)) {
    const ids = portion.map(({ id }) => id)
    const rows = await scope.db
      .selectFrom('reconstructions')
      .selectAll()
      .where('session_id', 'in', ids)
      .orderBy('id')
      .execute()
    for (const [id, items] of await wholeItems(scope, rows, portion)) found.set(id, items)
  }
  return found
}

/** One reconstruction as a whole record, and its former versions for those who ask for them. */
export async function reconstructionItem(
  scope: Scope,
  { row, session }: FoundReconstruction,
): Promise<{ item: Item; history: () => Promise<Item[]> }> {
  const { id, accession } = session.row
  const home = { id, accession, project: session.owner.name }
  const items = await wholeItems(scope, [row], [home])
  return {
    item: items.get(id)![0]!,
    history: () => formerVersions(scope, 'reconstruction', row, columnsOf(row, home)),
  }
}

/** Reconstructions as records, by session. */
async function wholeItems(
  scope: Scope,
  rows: readonly ReconstructionRow[],
  homes: readonly Home[],
): Promise<ReadonlyMap<number, Item[]>> {
  const byId = new Map(homes.map((home) => [home.id, home]))
  const homeOf = (row: ReconstructionRow): Home => byId.get(row.session_id)!
  const folders = await resourceItems(
    scope.db,
    new Map(rows.flatMap((row) => ['in', 'out'].map((way) => [`r${row.id}/${way}`, homeOf(row).project]))),
  )
  const items = new Map<number, Item[]>(homes.map(({ id }) => [id, []]))
  for (const row of rows) {
    const item = withChildren(storedItem(row.xsi_type, row, columnsOf(row, homeOf(row))), {
      'in/file': folders.get(`r${row.id}/in`) ?? [],
      'out/file': folders.get(`r${row.id}/out`) ?? [],
    })
    items.get(row.session_id)!.push(item)
  }
  return items
}
