import { change, type Reason, type Scope } from '../archive/archive.ts'
import { locateExperiment, orNothing } from '../archive/locate.ts'
import { type KnownFile, setIdentity } from '../archive/whole-sessions.ts'
import { portions } from '../db/portions.ts'
import { firstOf } from '../dicom/header.ts'
import type { AdmissionNames } from './admission-plan.ts'
import type { ArrivalRow } from './arrivals.ts'
import { projectOf } from './build.ts'
import { cleanLabel } from './names.ts'
import { documentOf } from './session-document.ts'
import { type DicomFile, headerOf } from './stored-headers.ts'

const why: Reason = { type: 'PROCESS' }

/**
 * Makes sure that the archive knows which objects are in the session that an entry will join: those of files that were
 * uploaded one by one are read from their beginnings, once. No transaction is open meanwhile.
 */
export async function knowFiles(scope: Scope, row: ArrivalRow, names: AdmissionNames): Promise<void> {
  const project = await projectOf(scope, row)
  const experiment = cleanLabel(names.label) ?? documentOf(row)?.label ?? row.name
  const session = project && (await orNothing(locateExperiment(scope, { project: project.name, experiment }, 'read')))
  if (!session) return
  const files = await scope.db
    .selectFrom('files as f')
    .innerJoin('resources as r', 'r.id', 'f.resource_id')
    .innerJoin('scans as s', 's.id', 'r.scan_id')
    .select(['f.id', 'f.path', 'f.blob', 'f.size', 'f.crc32', 'f.modified_at'])
    .where('s.session_id', '=', session.row.id)
    .where('r.label', 'in', ['DICOM', 'secondary'])
    .where('f.sop_uid', 'is', null)
    .execute()
  const known: KnownFile[] = []
  for (const file of files) known.push(...(await knownFile(scope, file)))
  for (const portion of portions(known)) {
    await change(scope.archive, scope.viewer, why, async (tx) => {
      for (const file of portion) await setIdentity(tx, file)
    })
  }
}

async function knownFile(scope: Scope, file: DicomFile & Readonly<{ id: number }>): Promise<readonly KnownFile[]> {
  const header = await headerOf(scope, file)
  const uid = header && firstOf(header, 'SOPInstanceUID')
  if (!header || !uid) return []
  const number = Number(firstOf(header, 'InstanceNumber') ?? Number.NaN)
  return [
    {
      id: file.id,
      blob: file.blob,
      sop_class: firstOf(header, 'SOPClassUID') ?? null,
      sop_uid: uid,
      instance_number: Number.isInteger(number) ? number : null,
    },
  ]
}
