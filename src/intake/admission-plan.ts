import { sql } from 'kysely'
import type { Scope } from '../archive/archive.ts'
import {
  type ExperimentRow,
  type LocatedExperiment,
  type LocatedProject,
  type LocatedSubject,
  locateExperiment,
  locateSubject,
  orNothing,
  subjectOf,
} from '../archive/locate.ts'
import { type Finding, findings } from './admission-findings.ts'
import type { ArrivalRow } from './arrivals.ts'
import { cleanLabel } from './names.ts'
import { type MergedScan, mergedScanIds } from './scan-ids.ts'
import type { SessionDocument, WaitingScan } from './session-document.ts'

/** Names that outrank those of the entry; absent: the entry's own. */
export type AdmissionNames = Readonly<{ subject?: string; label?: string }>

/** A scan that waits, and what it becomes: `joins` names the row of the scan that is there already. */
export type PlannedScan = Readonly<{ scan: WaitingScan; id: string; joins: number | undefined }>

/** What archiving an entry would do, as the archive is now. */
export type AdmissionPlan = Readonly<{
  project: LocatedProject
  label: string
  subjectLabel: string
  /** Undefined: it is to be made. */
  subject: LocatedSubject | undefined
  /** The session that it joins. */
  existing: LocatedExperiment | undefined
  scans: readonly PlannedScan[]
  findings: readonly Finding[]
}>

export type Waiting = Readonly<{
  row: ArrivalRow
  project: LocatedProject
  document: SessionDocument
  names: AdmissionNames
}>

/** Looks at the archive for everything that an entry would meet there (import 2.8). */
export async function planAdmission(scope: Scope, waiting: Waiting): Promise<AdmissionPlan> {
  const { row, project, document, names } = waiting
  const label = cleanLabel(names.label) ?? document.label
  const subjectLabel = cleanLabel(names.subject) ?? row.subject
  const subject = subjectLabel === '' ? undefined : await subjectLabelled(scope, project, subjectLabel)
  const existing = await orNothing(locateExperiment(scope, { project: project.row.name, experiment: label }, 'read'))
  const found: Finding[] = []
  if (subjectLabel === '') found.push(findings.noSubject())
  else if (!subject) found.push(findings.newSubject(subjectLabel))
  if (existing) found.push(...(await sessionFindings(scope, waiting, { existing, subject, label })))
  const scans = existing ? await mergedScans(scope, waiting.document, existing.row) : freshScans(waiting.document)
  found.push(...scanFindings(scans))
  return { project, label, subjectLabel, subject, existing, scans, findings: found }
}

/** By label in whatever letter case, else by id where the project sees it (import 2.8). */
async function subjectLabelled(
  scope: Scope,
  project: LocatedProject,
  label: string,
): Promise<LocatedSubject | undefined> {
  const at = (subject: string) => orNothing(locateSubject(scope, { project: project.row.name, subject }, 'read'))
  const row = await scope.db
    .selectFrom('subject_projects')
    .select('label')
    .where('project_id', '=', project.row.id)
    .where(sql`lower(label)`, '=', label.toLowerCase())
    .orderBy(sql`case when label = ${label} then 0 else 1 end`)
    .limit(1)
    .executeTakeFirst()
  return at(row?.label ?? label)
}

type Met = Readonly<{ existing: LocatedExperiment; subject: LocatedSubject | undefined; label: string }>

async function sessionFindings(
  scope: Scope,
  { row, document }: Waiting,
  { existing, subject, label }: Met,
): Promise<Finding[]> {
  const found: Finding[] = [findings.exists(label)]
  const { xsi_type: type } = existing.row
  const isSession = scope.archive.types.isA(type, 'xnat:imageSessionData')
  const { crossModalityMergePrevented } = await scope.archive.rules()
  if (!isSession || (type !== document.type && crossModalityMergePrevented))
    found.push(findings.otherType(document.type, type))
  const owner = await subjectOf(scope, existing.row)
  if (owner !== (subject?.row.id ?? null)) found.push(findings.otherSubject(label, String(owner ?? '')))
  const uid = (JSON.parse(existing.row.doc) as Readonly<{ UID?: string }>).UID
  if (uid !== undefined && uid !== '' && uid !== row.study_uid) found.push(findings.otherStudy(label, uid))
  return found
}

const freshScans = ({ scans }: SessionDocument): PlannedScan[] =>
  scans.map((scan) => ({ scan, id: scan.id, joins: undefined }))

async function mergedScans(
  scope: Scope,
  { scans }: SessionDocument,
  { id: session }: ExperimentRow,
): Promise<PlannedScan[]> {
  const rows = await scope.db
    .selectFrom('scans')
    .select((eb) => ['id', 'scan_id', 'xsi_type', scope.archive.db.dialect.jsonText(eb.ref('doc'), ['UID']).as('uid')])
    .where('session_id', '=', session)
    .execute()
  const there = rows.map(({ scan_id: id, xsi_type: type, uid }) => ({ id, type, uid: uid ?? undefined }))
  const coming = scans.map(({ id, series, item }) => ({ id, type: item.type, uid: series || undefined }))
  const merged = mergedScanIds(there, coming)
  const rowIds = new Map(rows.map(({ scan_id, id }) => [scan_id, id]))
  return scans.map((scan) => {
    const { id, joins } = merged.get(scan.id) as MergedScan
    return { scan, id, joins: joins ? rowIds.get(id) : undefined }
  })
}

function scanFindings(scans: readonly PlannedScan[]): Finding[] {
  return scans.flatMap(({ scan, id, joins }) => {
    if (joins !== undefined) return [scan.id === id ? findings.sameScan(id) : findings.sameUid(scan.id, id)]
    return scan.id === id ? [] : [findings.sameNumber(scan.id, id)]
  })
}
