import { type Archive, type Reason, type Scope, scopeOf } from '../archive/archive.ts'
import { putExperiment } from '../archive/experiments.ts'
import {
  type LocatedExperiment,
  locateExperiment,
  locateScan,
  locateSession,
  orNothing,
  type ScanRow,
} from '../archive/locate.ts'
import { mappedScanType } from '../archive/scan-types.ts'
import { isCalled } from '../archive/scans.ts'
import { editableSession } from '../archive/session-parts.ts'
import { distinctForSession, scanRecord, sessionRecord } from '../dicom/fields.ts'
import { type DicomHeader, firstOf } from '../dicom/header.ts'
import { scanTypeOf } from '../dicom/modality.ts'
import { codedScanType, framesOf } from '../dicom/special-fields.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ExperimentAddress, ScanAddress } from '../model/address.ts'
import type { Item } from '../model/item.ts'
import { patchOf } from '../model/patch.ts'
import { storedHeaders } from './stored-headers.ts'

/**
 * What the headers of a scan's DICOM files say of it, for somebody who may change it (scans 6.5).
 * @throws ArchiveError 'not-found', 'forbidden'; 'conflict' without DICOM files, with those of several series or of
 * another modality than the scan's
 */
export async function rereadScan(archive: Archive, viewer: Viewer, at: ScanAddress): Promise<Item> {
  const scope = scopeOf(archive, viewer)
  const session = editableSession(scope, await locateSession(scope, at, 'read'), 'edit')
  const scan = await orNothing(locateScan(scope, at, 'read'))
  const headers = scan ? await storedHeaders(scope, scan.row.id) : []
  if (!scan || headers.length === 0) return conflict(at.scan, `Scan ${at.scan} has no DICOM files.`)
  return recordFrom(scope, session, scan.row, headers)
}

/**
 * Writes what the headers of all scans of a session say of it and of them; scans without DICOM files stay as they are
 * (hierarchy 1.11). Other experiments have none and stay as they are too.
 * @throws ArchiveError 'not-found', 'forbidden', 'conflict' as for one scan
 */
export async function rereadSession(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  at: ExperimentAddress,
): Promise<void> {
  const scope = scopeOf(archive, viewer)
  const session = await locateExperiment(scope, at, 'edit')
  const rows = await scope.db
    .selectFrom('scans')
    .selectAll()
    .where('session_id', '=', session.row.id)
    .orderBy('id')
    .execute()
  const scans: Item[] = []
  let seen: readonly DicomHeader[] = []
  for (const row of rows) {
    const headers = await storedHeaders(scope, row.id)
    if (headers.length === 0) continue
    scans.push(asChild(row, await recordFrom(scope, session, row, headers)))
    // Of all the headers only those are kept that tell the session something new.
    seen = distinctForSession(archive.types, session.row.xsi_type, [...seen, ...headers])
  }
  if (scans.length === 0) return
  const record = sessionRecord(archive.types, session.row.xsi_type, seen)
  const document: Item = { ...record, children: { ...record.children, 'scans/scan': scans } }
  const home = { segment: session.row.accession }
  await putExperiment(archive, viewer, why, { home, patch: patchOf(document) })
}

/** A scan as it stands in its session's document; the name that people gave it stays. */
function asChild(row: ScanRow, record: Item): Item {
  const named = isCalled((JSON.parse(row.doc) as { type?: string }).type)
  const { type, ...fields } = record.fields
  return { ...record, fields: { ID: row.scan_id, ...fields, ...(named || type === undefined ? {} : { type }) } }
}

async function recordFrom(
  scope: Scope,
  session: LocatedExperiment,
  scan: ScanRow,
  headers: readonly DicomHeader[],
): Promise<Item> {
  const { types } = scope.archive
  const series = new Set(headers.map((header) => firstOf(header, 'SeriesInstanceUID') ?? ''))
  if (series.size > 1) conflict(scan.scan_id, `The DICOM files of scan ${scan.scan_id} belong to more than one series.`)
  const type = scanTypeOf(headers.flatMap((header) => firstOf(header, 'SOPClassUID') ?? []))
  if (type !== scan.xsi_type && scan.xsi_type !== 'xnat:imageScanData') {
    conflict(
      scan.scan_id,
      `The DICOM files of scan ${scan.scan_id} are of type ${type}, the scan is of type ${scan.xsi_type}.`,
    )
  }
  const record = scanRecord(types, type, headers)
  const description = record.fields['series_description']
  const known = { description: description === undefined ? undefined : String(description), frames: framesOf(headers) }
  const name = codedScanType(headers) ?? (await mappedScanType(scope, session.owner, known))
  return { ...record, fields: { ...record.fields, type: name } }
}

const conflict = (scan: string, because: string): never =>
  refuse({ kind: 'conflict', noun: 'scan', name: scan, because })
