import { type Archive, type Change, change, type Reason, type Scope, scopeOf } from '../archive/archive.ts'
import type { ProjectRow } from '../archive/locate.ts'
import { pause } from '../db/pause.ts'
import { keptHeader } from '../dicom/kept-header.ts'
import { ArchiveError, refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import { logArrival } from './arrival-logs.ts'
import type { ArrivalRow } from './arrivals.ts'
import { type Claim, claimed, claimedRow, settle, settleFailed } from './claims.ts'
import { type Draft, openDraft } from './draft.ts'
import { intakeSettings } from './intake-settings.ts'
import type { Wishes } from './reception.ts'
import { namedScans } from './scan-names.ts'
import { documentOfDraft, documentText } from './session-document.ts'

/** Headers read at a time. */
const HEADERS_PER_PAGE = 200

const why: Reason = { type: 'PROCESS' }

/** An entry after its build; `interrupted`: something came in meanwhile, so that it is receiving again. */
export type Built = Readonly<{ state: 'READY' | 'RECEIVING' }>

/**
 * Makes the session document of an entry from the headers of its objects; no byte of them is read again (import 4).
 * @param queued the entry waits for just this
 * @throws ArchiveError 'conflict' when somebody works on it, 'failed' when no session can be made: it is in ERROR then
 */
export function buildArrival(archive: Archive, viewer: Viewer, id: number, queued?: true): Promise<Built> {
  return claimed(archive, viewer, { id, work: 'BUILDING', ...(queued ? { queued } : {}) }, async (claim) => {
    try {
      const draft = await draftOf(scopeOf(archive, viewer), claim.row)
      return await change(archive, viewer, why, (tx) => settleBuilt(tx, claim, draft))
    } catch (error) {
      const lines = [
        `The session could not be built: ${error instanceof ArchiveError ? error.message : 'an error of the server.'}`,
      ]
      await settleFailed(archive, viewer, claim, { state: 'ERROR', lines })
      throw error
    }
  })
}

async function settleBuilt(tx: Change, claim: Claim, draft: Draft): Promise<Built> {
  const row = await claimedRow(tx, claim)
  await logArrival(tx, claim.id, ...draft.log)
  await placeScans(tx, claim.id, draft)
  const state = row.status === 'RECEIVING_INTERRUPT' ? 'RECEIVING' : 'READY'
  await settle(tx, claim, state, { document: documentText(documentOfDraft(draft)) })
  return { state }
}

/** What the headers of all objects of an entry say. @throws ArchiveError 'failed' when they make no session */
export async function draftOf(scope: Scope, row: ArrivalRow): Promise<Draft> {
  const project = await projectOf(scope, row)
  const settings = await intakeSettings(scope.archive, project)
  const values = (JSON.parse(row.wishes) as Wishes).values ?? {}
  const drafting = openDraft(scope.archive.types, {
    label: row.name,
    petMr: settings.petMr,
    mappings: settings.mappings,
    quality: settings.quality,
    given: Object.entries(values).map(([path, value]) => ({ path, value })),
  })
  let count = 0
  for (let after = 0; ; ) {
    const page = await headersAfter(scope, row.id, after)
    for (const { header } of page) drafting.add(keptHeader(header!))
    count += page.length
    const last = page.at(-1)
    if (!last) break
    after = last.id
    await pause()
  }
  if (count === 0) refuse({ kind: 'failed', what: 'arrival', because: 'Empty sessions cannot be archived.' })
  const draft = drafting.finish()
  return namedScans(scope, project, draft)
}

const headersAfter = (scope: Scope, arrival: number, after: number) =>
  scope.archive.db.reads
    .selectFrom('arrived_files')
    .select(['id', 'header'])
    .where('arrival_id', '=', arrival)
    .where('id', '>', after)
    .where('header', 'is not', null)
    .orderBy('id')
    .limit(HEADERS_PER_PAGE)
    .execute()

export async function projectOf(
  scope: Scope,
  { project_id }: Pick<ArrivalRow, 'project_id'>,
): Promise<ProjectRow | undefined> {
  if (project_id === null) return undefined
  return scope.db.selectFrom('projects').selectAll().where('id', '=', project_id).executeTakeFirst()
}

/** Objects move to the folder of the scan that they turned out to belong to (import 3.6). */
export async function placeScans(tx: Change, arrival: number, { scans }: Pick<Draft, 'scans'>): Promise<void> {
  const folders = await tx.db
    .selectFrom('arrived_files')
    .select(['series_uid', 'scan'])
    .distinct()
    .where('arrival_id', '=', arrival)
    .where('header', 'is not', null)
    .execute()
  const ids = new Map(scans.map(({ series, id }) => [series, id]))
  for (const { series_uid: series, scan } of folders) {
    const id = ids.get(series)
    if (id === undefined || id === scan) continue
    await tx.db
      .updateTable('arrived_files')
      .set({ scan: id })
      .where('arrival_id', '=', arrival)
      .where('scan', '=', scan)
      .where('series_uid', '=', series)
      .execute()
  }
}
