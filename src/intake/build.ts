import { type Archive, type Change, change, type Reason, type Scope, scopeOf } from '../archive/archive.ts'
import type { ProjectRow } from '../archive/locate.ts'
import { pause } from '../db/pause.ts'
import { keptHeader } from '../dicom/kept-header.ts'
import { ArchiveError, refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import { logArrival } from './arrival-logs.ts'
import type { ArrivalRow } from './arrivals.ts'
import { type Claim, type ClaimWish, claimed, claimedRow, settle, settleFailed } from './claims.ts'
import { type Draft, openDraft } from './draft.ts'
import { intakeSettings } from './intake-settings.ts'
import { placeScans } from './place-scans.ts'
import type { Wishes } from './reception.ts'
import { namedScans } from './scan-names.ts'
import { type Drafting, separateArrival } from './separate-arrival.ts'
import { documentOfDraft, documentText } from './session-document.ts'

/** Headers read at a time. */
const HEADERS_PER_PAGE = 200

const why: Reason = { type: 'PROCESS' }

/**
 * An entry after its build: itself, or the two that it was taken apart into. It is receiving again when something came
 * in meanwhile.
 */
export type Built = Readonly<{ state: 'READY' | 'RECEIVING'; entries: readonly ArrivalRow[] }>

/**
 * Makes the session document of an entry from the headers of its objects; no byte of them is read again (import 4).
 * @param how `queued`: the entry waits for just this; `rebuild`: nothing is archived after it, even where it breaks off
 * and is taken up again
 * @throws ArchiveError 'conflict' when somebody works on it, 'failed' when no session can be made: it is in ERROR then
 */
export function buildArrival(archive: Archive, viewer: Viewer, id: number, how?: 'queued' | 'rebuild'): Promise<Built> {
  return claimed(archive, viewer, { id, work: 'BUILDING', ...claimOf(viewer, how) }, async (claim) => {
    try {
      const scope = scopeOf(archive, viewer)
      const drafting = await draftingOf(scope, claim.row)
      const draft = await namedScans(scope, drafting.project, drafting.open.finish())
      return await change(archive, viewer, why, async (tx) => {
        const row = await claimedRow(tx, claim)
        // What came in meanwhile is in no draft yet: it is taken apart when it is whole.
        const apart = draft.toSeparate && row.status !== 'RECEIVING_INTERRUPT'
        const parts = apart ? await separateArrival(tx, row, { ...drafting, draft }) : []
        return parts.length > 0 ? { state: 'READY' as const, entries: parts } : settleBuilt(tx, claim, { row, draft })
      })
    } catch (error) {
      const lines = [
        `The session could not be built: ${error instanceof ArchiveError ? error.message : 'an error of the server.'}`,
      ]
      // A document that does not cover all objects would archive the others nowhere.
      await settleFailed(archive, viewer, claim, { state: 'ERROR', lines, document: null })
      throw error
    }
  })
}

function claimOf({ id: user }: Viewer, how: 'queued' | 'rebuild' | undefined): Pick<ClaimWish, 'queued' | 'task'> {
  if (how === 'queued') return { queued: true }
  return how === 'rebuild' ? { task: JSON.stringify({ user, rebuild: true }) } : {}
}

async function settleBuilt(
  tx: Change,
  claim: Claim,
  { row, draft }: Readonly<{ row: ArrivalRow; draft: Draft }>,
): Promise<Built> {
  await logArrival(tx, claim.id, ...draft.log)
  await placeScans(tx, claim.id, draft)
  const state = row.status === 'RECEIVING_INTERRUPT' ? 'RECEIVING' : 'READY'
  await settle(tx, claim, state, { document: documentText(documentOfDraft(draft)) })
  return { state, entries: [row] }
}

/** What the headers of all objects of an entry say. @throws ArchiveError 'failed' when they make no session */
export async function draftOf(scope: Scope, row: ArrivalRow): Promise<Draft> {
  const { project, open } = await draftingOf(scope, row)
  return namedScans(scope, project, open.finish())
}

/** The same, before it is said whether all of it is one session. */
async function draftingOf(scope: Scope, row: ArrivalRow): Promise<Drafting> {
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
  do {
    for await (const headers of headersOf(scope, row.id)) {
      for (const header of headers) drafting.add(keptHeader(header))
      count += headers.length
      await pause()
    }
    // All of them may have been replaced while they were read: the same objects have come once more.
  } while (count === 0 && (await hasHeaders(scope, row.id)))
  if (count === 0) refuse({ kind: 'failed', what: 'arrival', because: 'Empty sessions cannot be archived.' })
  return { project, open: drafting }
}

/**
 * The headers of the objects that an entry has now, in the order in which they came. First their numbers: asked for page
 * by page in this order, SQLite would look through all of them for each page.
 */
async function* headersOf({ archive }: Scope, arrival: number): AsyncGenerator<readonly string[], void> {
  const files = archive.db.reads.selectFrom('arrived_files')
  const rows = await files.select('id').where('arrival_id', '=', arrival).execute()
  const ids = rows.map(({ id }) => id).sort((a, b) => a - b)
  for (let at = 0; at < ids.length; at += HEADERS_PER_PAGE) {
    const some = ids.slice(at, at + HEADERS_PER_PAGE)
    const page = await files.select('header').where('id', 'in', some).orderBy('id').execute()
    yield page.flatMap(({ header }) => (header === null ? [] : [header]))
  }
}

async function hasHeaders({ archive }: Scope, arrival: number): Promise<boolean> {
  const files = archive.db.reads.selectFrom('arrived_files').select('id').where('arrival_id', '=', arrival)
  return (await files.where('header', 'is not', null).limit(1).executeTakeFirst()) !== undefined
}

export async function projectOf(
  scope: Scope,
  { project_id }: Pick<ArrivalRow, 'project_id'>,
): Promise<ProjectRow | undefined> {
  if (project_id === null) return undefined
  return scope.db.selectFrom('projects').selectAll().where('id', '=', project_id).executeTakeFirst()
}
