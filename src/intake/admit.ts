import type { Change } from '../archive/archive.ts'
import { lockedDocument, sameDocument, storedItem } from '../archive/documents.ts'
import { keepVersion, recordEvent } from '../archive/history.ts'
import { patched } from '../archive/identity.ts'
import {
  entitled,
  forbid,
  type LocatedExperiment,
  type LocatedSubject,
  locateProject,
  mayInProject,
} from '../archive/locate.ts'
import { insertExperiment } from '../archive/new-experiments.ts'
import { writeNewSubject } from '../archive/subjects.ts'
import { type ComingScan, type Filed, insertScans, replaceScan } from '../archive/whole-sessions.ts'
import { refuse } from '../errors.ts'
import { emptyItem, type Item, itemToDocument, merge } from '../model/item.ts'
import { patchOf } from '../model/patch.ts'
import { type Finding, findings, reasonOf } from './admission-findings.ts'
import { type AdmissionNames, type AdmissionPlan, type PlannedScan, planAdmission } from './admission-plan.ts'
import { admitFiles, fileFindings, newImages, type PlacedScan } from './admit-files.ts'
import type { ArrivalRow } from './arrivals.ts'
import { projectOf } from './build.ts'
import type { MergePolicy } from './merge-policy.ts'
import type { Wishes } from './reception.ts'
import type { SessionDocument } from './session-document.ts'

/** An entry that is to become, or to join, a session of the archive. */
export type Admission = Readonly<{
  row: ArrivalRow
  document: SessionDocument
  policy: MergePolicy
  names: AdmissionNames
}>

/** The session that an entry became, by the names that addresses use. */
export type Admitted = Readonly<{
  project: string
  subject: string
  experiment: string
  /** Accession id. */
  id: string
  merged: boolean
}>

/**
 * Makes an entry part of the archive, inside one change that also removes the entry: no byte is moved, the files name
 * the same blobs (import 2.8).
 * @throws ArchiveError 'conflict' with all its reasons, 'forbidden', 'invalid' without a project, 'failed' without a scan
 */
export async function admit(tx: Change, admission: Admission): Promise<Admitted> {
  const { row, document, policy, names } = admission
  const owner = await projectOf(tx, row)
  if (!owner) refuse({ kind: 'invalid', field: 'project', because: findings.noProject().message })
  if (document.scans.length === 0)
    refuse({ kind: 'failed', what: 'arrival', because: 'Empty sessions cannot be archived.' })
  const project = await locateProject(tx, { project: owner.name }, 'read')
  if (!mayInProject(tx, project, document.type, 'create')) forbid(tx, 'project', owner.name)
  // Creations in one project go one after the other, so that two of one label become one.
  await lockedDocument(tx, 'projects', project.row.id)
  const plan = await planAdmission(tx, { row, project, document, names })
  const scans = placed(plan)
  const blocking = [...plan.findings, ...(await fileFindings(tx, row.id, scans))].filter(({ blocks }) => blocks(policy))
  if (blocking.length > 0) refuseConflicts(plan, blocking)
  const subject = plan.subject ?? (await newSubject(tx, plan))
  const session = plan.existing ? editable(tx, plan.existing) : await newSession(tx, plan, { admission, subject })
  const filed: Filed = { session, event: plan.existing ? await mergedEvent(tx, plan, admission) : session.row.event_id }
  const rows = await writeScans(tx, filed, plan, row.id)
  await admitFiles(tx, { arrival: row.id, filed, scans: withRows(scans, rows) })
  await tx.db.deleteFrom('arrivals').where('id', '=', row.id).execute()
  return {
    project: owner.name,
    subject: subject.place.label,
    experiment: plan.label,
    id: session.row.accession,
    merged: plan.existing !== undefined,
  }
}

function refuseConflicts({ label }: AdmissionPlan, blocking: readonly Finding[]): never {
  const because = blocking.map(({ message }) => message).join('\n')
  return refuse({ kind: 'conflict', noun: 'session', name: label, because, reasons: blocking.map(reasonOf) })
}

const placed = ({ scans }: AdmissionPlan): PlacedScan[] =>
  scans.map(({ scan, joins }) => ({ from: scan.id, row: joins, joins: joins !== undefined }))

const withRows = (scans: readonly PlacedScan[], rows: ReadonlyMap<string, number>): PlacedScan[] =>
  scans.map((scan) => ({ ...scan, row: rows.get(scan.from) ?? scan.row }))

const newSubject = (tx: Change, { project, subjectLabel }: AdmissionPlan): Promise<LocatedSubject> =>
  writeNewSubject(tx, project, { item: emptyItem('xnat:subjectData'), identity: { label: subjectLabel } })

function editable(tx: Change, existing: LocatedExperiment): LocatedExperiment<'edit'> {
  return entitled(existing, 'edit') ?? forbid(tx, 'session', existing.place.label)
}

type Making = Readonly<{ admission: Admission; subject: LocatedSubject }>

async function newSession(
  tx: Change,
  plan: AdmissionPlan,
  { admission, subject }: Making,
): Promise<LocatedExperiment<'edit'>> {
  const { document, row } = admission
  const { types } = tx.archive
  const type =
    types.find(document.type) ??
    refuse({ kind: 'failed', what: 'arrival', because: `There is no data type ${document.type}.` })
  const values = { item: patched(types, emptyItem(type.name), patchOf(document.session)).item, identity: {} }
  const { quarantine } = JSON.parse(row.wishes) as Wishes
  const place = { project: plan.project, subjectId: subject.row.id, sessionId: null }
  return insertExperiment(tx, {
    type,
    values,
    label: plan.label,
    place,
    ...(quarantine ? { quarantined: true } : {}),
    action: 'Transferred',
  })
}

/** Files the merge, and lays what the session has over what came: its own values win (import 2.8). */
async function mergedEvent(tx: Change, { existing }: AdmissionPlan, { document }: Admission): Promise<number> {
  const { id, xsi_type: type } = existing!.row
  const event = await recordEvent(tx, { noun: 'experiment', id, action: 'Merged' })
  const row = await lockedDocument(tx, 'experiments', id)
  if (!row) return refuse({ kind: 'not-found', noun: 'session', name: existing!.place.label })
  const { types } = tx.archive
  const coming = patched(types, emptyItem(type), patchOf(known(tx, { ...document.session, type }))).item
  const doc = itemToDocument(types, merge(types, coming, storedItem(type, row, {})))
  if (!sameDocument(doc, row.doc)) await keepVersion(tx, { noun: 'experiment', row, xsiType: type, endedBy: event })
  await tx.db
    .updateTable('experiments')
    .set({ doc, modified_at: tx.at, event_id: event })
    .where('id', '=', id)
    .execute()
  return event
}

/** Without what the type of the session does not have: MR scans may join a PET session. */
function known(tx: Change, item: Item): Item {
  const members = tx.archive.types.find(item.type)?.members
  const kept = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([path]) => members?.has(path)))
  return { ...item, fields: kept(item.fields), children: kept(item.children) }
}

/** @returns the rows of new scans, by the id that they had as they waited */
async function writeScans(
  tx: Change,
  filed: Filed,
  { scans }: AdmissionPlan,
  arrival: number,
): Promise<ReadonlyMap<string, number>> {
  const fresh = scans.filter(({ joins }) => joins === undefined)
  const made = await insertScans(tx, filed, fresh.map(comingScan))
  for (const planned of scans) if (planned.joins !== undefined) await growScan(tx, filed, { ...planned, arrival })
  return new Map(fresh.map(({ scan, id }) => [scan.id, made.get(id)!]))
}

const comingScan = ({ scan, id }: PlannedScan): ComingScan => ({ id, item: scan.item })

/** A scan that gets more files keeps its values, gets those that it lacks, and counts its frames on. */
async function growScan(
  tx: Change,
  filed: Filed,
  { scan, joins, arrival }: PlannedScan & { arrival: number },
): Promise<void> {
  const query = tx.db.selectFrom('scans').selectAll().where('id', '=', joins!)
  const stored = await tx.archive.db.dialect.forUpdate(query).executeTakeFirstOrThrow()
  const { types } = tx.archive
  const type = stored.xsi_type
  const coming = patched(types, emptyItem(type), patchOf(known(tx, { ...scan.item, type }))).item
  const merged = merge(types, coming, storedItem(type, stored, {}))
  const { fresh, all } = await newImages(tx, { arrival, scan: scan.id, row: stored.id })
  const had = Number((JSON.parse(stored.doc) as { frames?: unknown }).frames ?? Number.NaN)
  const frames = had + Math.round((scan.frames * fresh) / Math.max(all, 1))
  const item = Number.isFinite(frames) ? { ...merged, fields: { ...merged.fields, frames } } : merged
  if (sameDocument(itemToDocument(types, item), stored.doc)) return
  await replaceScan(tx, filed, { stored, item })
}
