import { type Archive, type Change, change, type Reason, type Scope, scopeOf } from '../archive/archive.ts'
import { ArchiveError, faultOf, refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { AdmissionNames } from './admission-plan.ts'
import { type Admitted, admit } from './admit.ts'
import { logArrival } from './arrival-logs.ts'
import type { ArrivalRow } from './arrivals.ts'
import { draftOf } from './build.ts'
import { type Claim, claimed, claimedRow, settleFailed } from './claims.ts'
import { knowFiles } from './known-files.ts'
import type { MergePolicy } from './merge-policy.ts'
import { placeScans } from './place-scans.ts'
import { documentOf, documentOfDraft, documentText } from './session-document.ts'

/** So often an entry is looked at again because more came in while it was about to be archived. */
const MAX_LOOKS = 10

const why: Reason = { type: 'PROCESS' }

/** How an entry is to be archived. */
export type ArchiveWish = Readonly<{ policy: MergePolicy; names: AdmissionNames }>

export type ArchiveRequest = Readonly<{ id: number; wish: ArchiveWish; queued?: true }>

/**
 * Archives an entry: afterwards it is gone, and its objects are a session of the archive, or part of one. When that
 * cannot be, it stays as it was, in the state CONFLICT or ERROR, with the reasons in its log.
 * @throws ArchiveError 'conflict', 'forbidden', 'invalid' (Unassigned), 'failed', 'not-found'
 */
export function archiveArrival(
  archive: Archive,
  viewer: Viewer,
  reason: Reason,
  request: ArchiveRequest,
): Promise<Admitted> {
  const { id, wish, queued } = request
  const task = JSON.stringify({ ...wish, user: viewer.id })
  return claimed(archive, viewer, { id, work: 'ARCHIVING', task, ...(queued ? { queued } : {}) }, async (claim) => {
    try {
      return await admitWhole(archive, viewer, { reason, claim, wish })
    } catch (error) {
      const state = faultOf(error)?.kind === 'conflict' ? 'CONFLICT' : 'ERROR'
      await settleFailed(archive, viewer, claim, { state, lines: [failureLine(claim.row, error)] })
      throw error
    }
  })
}

function failureLine({ direct }: ArrivalRow, error: unknown): string {
  const because = error instanceof ArchiveError ? error.message : 'an error of the server.'
  return `${direct ? 'Attempt to direct-archive failed' : 'Archiving failed'}: ${because}`
}

type Admitting = Readonly<{ reason: Reason; claim: Claim; wish: ArchiveWish }>

/** What comes in before the change that archives begins goes with it; what comes later finds the entry gone. */
async function admitWhole(archive: Archive, viewer: Viewer, { reason, claim, wish }: Admitting): Promise<Admitted> {
  for (let look = 1; look <= MAX_LOOKS; look++) {
    const row = await lookAgain(archive, viewer, claim)
    await knowFiles(scopeOf(archive, viewer), row, wish.names)
    const admitted = await change(archive, viewer, reason, (tx) => admitUnlessStale(tx, claim, wish))
    if (admitted) return admitted
  }
  return refuse({
    kind: 'failed',
    what: 'arrival',
    because: 'More data keeps arriving: archive the entry when all is there.',
  })
}

async function admitUnlessStale(
  tx: Change,
  claim: Claim,
  { policy, names }: ArchiveWish,
): Promise<Admitted | undefined> {
  const row = await claimedRow(tx, claim)
  const document = documentOf(row)
  return row.stale === 1 || !document ? undefined : admit(tx, { row, document, policy, names })
}

/** The entry with a document that covers all of it. */
async function lookAgain(archive: Archive, viewer: Viewer, claim: Claim): Promise<ArrivalRow> {
  const row = await change(archive, viewer, why, async (tx) => {
    const current = await claimedRow(tx, claim)
    if (current.stale === 0 && current.document !== null) return current
    // The former one is none any more, also where no new one can be made: it does not cover all of it.
    await tx.db.updateTable('arrivals').set({ stale: 0, document: null }).where('id', '=', claim.id).execute()
    return { ...current, document: null }
  })
  return row.document === null ? rebuilt(scopeOf(archive, viewer), claim, row) : row
}

async function rebuilt({ archive, viewer }: Scope, claim: Claim, row: ArrivalRow): Promise<ArrivalRow> {
  const draft = await draftOf(scopeOf(archive, viewer), row)
  if (draft.toSeparate)
    refuse({
      kind: 'conflict',
      noun: 'arrival',
      name: row.folder,
      because: 'The project separates PET and MR: build the entry again, which takes it apart.',
    })
  const document = documentText(documentOfDraft(draft))
  await change(archive, viewer, why, async (tx) => {
    await claimedRow(tx, claim)
    await logArrival(tx, claim.id, ...draft.log)
    await placeScans(tx, claim.id, draft)
    await tx.db.updateTable('arrivals').set({ document }).where('id', '=', claim.id).execute()
  })
  return { ...row, document }
}
