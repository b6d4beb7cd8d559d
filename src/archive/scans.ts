import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ExperimentAddress, ScanAddress } from '../model/address.ts'
import type { Dictionary, Scalar } from '../model/dictionary.ts'
import { emptyItem, type Item, itemToDocument, merge } from '../model/item.ts'
import { scanIdFault } from '../model/label.ts'
import { applyPatch, isEmptyPatch, type Patch, patchOf } from '../model/patch.ts'
import { type Archive, type Change, change, type Reason, type Scope } from './archive.ts'
import { numbered, sameDocument, storedItem } from './documents.ts'
import { keepVersion } from './history.ts'
import { patched, typeNamed } from './identity.ts'
import { leaveFilesOf } from './left-files.ts'
import { type LocatedExperiment, type LocatedScan, locateScan, orNothing, type ScanRow } from './locate.ts'
import { checkDeletion, editableSession, filePartEvent, freeId, sessionToChange } from './session-parts.ts'

export const SCAN = 'xnat:imageScanData'

/** The type that a new scan gets in a session of this type when none is named (scans 4.9). */
const scanTypeOfSession: Readonly<Record<string, string>> = {
  'xnat:mrSessionData': 'xnat:mrScanData',
  'xnat:petSessionData': 'xnat:petScanData',
  'xnat:ctSessionData': 'xnat:ctScanData',
}

/** A PUT of a scan: what was sent, and what its headers say where they are to be read again. */
export type PutScan = Readonly<{ at: ScanAddress; patch: Patch; headers?: Item }>

/**
 * Creates a scan or changes the one with that ID (scans 4.1).
 * @throws ArchiveError 'not-found' (session), 'nothing-sent' (no type), 'invalid', 'forbidden', 'conflict' (other type)
 */
export function putScan(archive: Archive, viewer: Viewer, why: Reason, wish: PutScan): Promise<void> {
  const { at, patch, headers } = wish
  return change(archive, viewer, why, async (tx) => {
    const session = await sessionToChange(tx, at)
    const stored = await storedScan(tx, session, at.scan)
    const idle = stored && !headers && isEmptyPatch(patch) && patch.namedType === undefined
    if (idle) {
      editableSession(tx, session, 'edit')
      return
    }
    const type = typeToPut(archive.types, patch, stored?.xsi_type)
    const editable = editableSession(tx, session, stored ? 'edit' : 'create')
    await writeScan(tx, editable, { scanId: at.scan, patch, type, headers })
  })
}

/**
 * Creates a scan in a session, by default under the smallest free number (scans 4.9).
 * @returns its ID
 * @throws ArchiveError 'conflict' when a scan with the ID sent exists; else as `putScan`
 */
export function postScan(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: { at: ExperimentAddress; patch: Patch },
): Promise<string> {
  const { at, patch } = wish
  return change(archive, viewer, why, async (tx) => {
    const session = await sessionToChange(tx, at)
    const type = typeToPost(archive.types, patch, session.row.xsi_type)
    const editable = editableSession(tx, session, 'create')
    return (await writeScan(tx, editable, { patch, type, mustBeNew: true })).scanId
  })
}

const ONLY_SCANS = 'Only Scan documents can be PUT to this address.'
const NO_MODALITY =
  'Multiple scan modalities can be associated here.  Please retry with the specification of a particular modality (i.e. ?xsiType=xnat:mrScanData).'

function typeToPut(types: Dictionary, patch: Patch, stored: string | undefined): string {
  const name = patch.namedType ?? stored ?? impliedType(types, patch)
  if (name === undefined) return refuse({ kind: 'nothing-sent', field: 'xsiType', because: 'Need PUT Contents' })
  if (name === stored) return name
  const type = typeNamed(types, name).name
  if (!types.isA(type, SCAN)) {
    refuse({ kind: 'invalid', field: 'xsiType', because: `${ONLY_SCANS} Expected: ${SCAN} Received: ${type}` })
  }
  return withModality(type)
}

function typeToPost(types: Dictionary, patch: Patch, session: string): string {
  const name = patch.namedType ?? impliedType(types, patch) ?? scanTypeOfSession[session]
  if (name === undefined) return refuse({ kind: 'nothing-sent', field: 'xsiType', because: 'Need POST Contents' })
  const type = typeNamed(types, name).name
  if (!types.isA(type, SCAN)) refuse({ kind: 'unreadable', what: 'document', because: ONLY_SCANS })
  return withModality(type === SCAN && patch.namedType === undefined ? (scanTypeOfSession[session] ?? type) : type)
}

/** The type that the first path among the values begins with; one that nobody knows says nothing. */
const impliedType = (types: Dictionary, patch: Patch): string | undefined =>
  patch.impliedType === undefined ? undefined : types.findFolded(patch.impliedType)?.name

const withModality = (type: string): string =>
  type === SCAN ? refuse({ kind: 'invalid', field: 'xsiType', because: NO_MODALITY }) : type

/** What to write: what a request sent for a scan of that type, or a record as it stands in a session's document. */
export type ScanWish = Readonly<{
  /** The ID unless the values name one; without either the smallest free number. */
  scanId?: string
  mustBeNew?: true
  /** The event that this is part of; without one an event of its own is filed. */
  event?: number
  /** Laid over all else; its type of scan only where none is known (scans 6.5). */
  headers?: Item
}> &
  (Readonly<{ patch: Patch; type: string }> | Readonly<{ item: Item }>)

export type WrittenScan = Readonly<{ id: number; scanId: string; outcome: 'created' | 'modified' | 'unchanged' }>

/**
 * Creates or changes one scan of a session inside a change: values that are not mentioned stay (scans 4.10).
 * @throws ArchiveError 'invalid' (ID, values), 'conflict' (another type, or there already)
 */
export async function writeScan(tx: Change, session: LocatedExperiment<'edit'>, wish: ScanWish): Promise<WrittenScan> {
  const { types } = tx.archive
  const sent = 'item' in wish ? { patch: patchOf(wish.item), type: wish.item.type } : wish
  const asked = sentId(types, sent) ?? wish.scanId
  const scanId = asked ?? (await freeId(tx, session, 'scan'))
  const fault = scanIdFault(scanId)
  if (fault !== undefined) refuse({ kind: 'invalid', field: 'ID', because: fault })
  // A free number that somebody takes meanwhile is no scan to change: the change is tried again with another number.
  const stored = asked === undefined ? undefined : await storedScan(tx, session, scanId)
  if (stored && wish.mustBeNew)
    refuse({ kind: 'conflict', noun: 'scan', name: scanId, because: 'Specified scan already exists.' })
  const named = stored ? mergedType(types, stored, sent.type, 'item' in wish) : sent.type
  const type = named === SCAN ? (wish.headers?.type ?? named) : named
  const base = stored ? { ...storedItem(stored.xsi_type, stored, {}), type } : emptyItem(type)
  const { item } = patched(types, base, sent.patch)
  const whole = wish.headers ? merge(types, item, withoutKnownType(item, wish.headers)) : item
  const doc = itemToDocument(types, await numbered(tx, whole))
  if (stored) return modifyScan(tx, session, { stored, type, doc, event: wish.event })
  return createScan(tx, session, { scanId, type, doc, event: wish.event })
}

/** Whether somebody has said what type of scan it is. */
export const isCalled = (type: Scalar | undefined): boolean => !/^(unknown)?$/i.test(String(type ?? ''))

/** What people call a scan outweighs what its scanner called it. */
function withoutKnownType(item: Item, headers: Item): Item {
  if (!isCalled(item.fields['type'])) return headers
  const { type: _, ...fields } = headers.fields
  return { ...headers, fields }
}

/** The ID that a document or a parameter gives the scan; it wins over the address (scans 4.7). */
function sentId(types: Dictionary, { patch, type }: Readonly<{ patch: Patch; type: string }>): string | undefined {
  const id = applyPatch(types, emptyItem(type), patch).item.fields['ID']
  return id === undefined || id === '' ? undefined : String(id)
}

function storedScan(tx: Change, session: LocatedExperiment, scanId: string): Promise<ScanRow | undefined> {
  const query = tx.db
    .selectFrom('scans')
    .selectAll()
    .where('session_id', '=', session.row.id)
    .where('scan_id', '=', scanId)
  // Two changes of one scan at once both stay: the second reads what the first has written.
  return tx.archive.db.dialect.forUpdate(query).executeTakeFirst()
}

/** Only a scan without a modality may get another type; a document need not repeat the subtype (scans 4.1). */
function mergedType(types: Dictionary, stored: ScanRow, type: string, inDocument: boolean): string {
  if (stored.xsi_type === type || stored.xsi_type === SCAN) return type
  if (inDocument && types.isA(stored.xsi_type, type)) return stored.xsi_type
  return refuse({
    kind: 'conflict',
    noun: 'scan',
    name: stored.scan_id,
    because: 'Specified xsiType differs from existing xsiType',
  })
}

type NewScan = Readonly<{ scanId: string; type: string; doc: string; event: number | undefined }>

async function createScan(
  tx: Change,
  session: LocatedExperiment,
  { scanId, type, doc, event }: NewScan,
): Promise<WrittenScan> {
  const filed = event ?? (await filePartEvent(tx, session, { verb: 'Added', type, noun: 'scan', name: scanId }))
  const row = await tx.db
    .insertInto('scans')
    .values({
      session_id: session.row.id,
      scan_id: scanId,
      xsi_type: type,
      doc,
      created_at: tx.at,
      created_by: tx.viewer.login,
      modified_at: tx.at,
      event_id: filed,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id: row.id, scanId, outcome: 'created' }
}

type ChangedScan = Readonly<{ stored: ScanRow; type: string; doc: string; event: number | undefined }>

async function modifyScan(
  tx: Change,
  session: LocatedExperiment,
  { stored, type, doc, event }: ChangedScan,
): Promise<WrittenScan> {
  const { id, scan_id: scanId } = stored
  if (stored.xsi_type === type && sameDocument(doc, stored.doc)) return { id, scanId, outcome: 'unchanged' }
  const filed = event ?? (await filePartEvent(tx, session, { verb: 'Modified', type, noun: 'scan', name: scanId }))
  await keepVersion(tx, { noun: 'scan', row: stored, xsiType: stored.xsi_type, endedBy: filed })
  await tx.db
    .updateTable('scans')
    .set({ xsi_type: type, doc, modified_at: tx.at, event_id: filed })
    .where('id', '=', id)
    .execute()
  return { id, scanId, outcome: 'modified' }
}

/**
 * A scan by its exact ID, for somebody who may read it.
 * @throws ArchiveError 'not-found', of the scan also when its session is unknown (scans 3.6, 5)
 */
export async function readableScan(scope: Scope, at: ScanAddress): Promise<LocatedScan> {
  return (await orNothing(locateScan(scope, at, 'read'))) ?? refuse({ kind: 'not-found', noun: 'scan', name: at.scan })
}

/**
 * Deletes a scan with its folders, for every project that sees it. Without `removeFiles` the bytes stay (scans 5).
 * @throws ArchiveError 'not-found', then 'forbidden'
 */
export function deleteScan(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: { at: ScanAddress; removeFiles: boolean },
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    const { row, session } = await readableScan(tx, wish.at)
    await checkDeletion(tx, session)
    if (!wish.removeFiles) await leaveFilesOf(tx, { scanIds: [row.id] })
    await filePartEvent(tx, session, { verb: 'Removed', type: row.xsi_type, noun: 'scan', name: row.scan_id })
    const { numDeletedRows } = await tx.db.deleteFrom('scans').where('id', '=', row.id).executeTakeFirst()
    if (numDeletedRows === 0n) refuse({ kind: 'not-found', noun: 'scan', name: wish.at.scan })
  })
}
