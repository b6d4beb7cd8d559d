import { type Noun, refuse } from '../errors.ts'
import type { ExperimentAddress } from '../model/address.ts'
import type { Change, Scope } from './archive.ts'
import { admitDeletion } from './deletion.ts'
import { recordEvent } from './history.ts'
import { entitled, forbid, type LocatedExperiment, locateSession, orNothing } from './locate.ts'
import { whySealed } from './standing.ts'

/** A session whose scans or reconstructions somebody wants to change. @throws ArchiveError 'forbidden' (guest), 'not-found' */
export async function sessionToChange(tx: Change, at: ExperimentAddress): Promise<LocatedExperiment> {
  if (tx.viewer.guest) forbid(tx, 'session', at.experiment)
  const session = await orNothing(locateSession(tx, at, 'read'))
  return (
    session ??
    refuse({
      kind: 'not-found',
      noun: 'session',
      name: at.experiment,
      because: "Specified image session doesn't exist.",
    })
  )
}

/**
 * The session for somebody who may change what lies below it (scans 4.1).
 * @param right what the refusal says is lacking
 */
export function editableSession(
  scope: Scope,
  session: LocatedExperiment,
  right: 'create' | 'edit',
): LocatedExperiment<'edit'> {
  const because = `Specified user account has insufficient ${right} privileges for sessions in this project.`
  return entitled(session, 'edit') ?? forbid(scope, 'session', session.row.accession, whySealed(session.row) ?? because)
}

/** @throws ArchiveError 'forbidden' for who may not delete what lies below the session */
export const checkDeletion = (tx: Change, { row, may }: LocatedExperiment): Promise<void> =>
  admitDeletion(tx, { noun: 'session', name: row.accession, may, sealed: whySealed(row) })

/** The smallest number that is no ID of a scan or reconstruction of the session yet. */
export async function freeId(tx: Change, session: LocatedExperiment, noun: 'scan' | 'reconstruction'): Promise<string> {
  // Two that ask for a number at once must not get the same: the second waits for the first.
  await tx.archive.db.dialect
    .forUpdate(tx.db.selectFrom('experiments').select('id').where('id', '=', session.row.id))
    .execute()
  const rows =
    noun === 'scan'
      ? await tx.db.selectFrom('scans').select('scan_id as name').where('session_id', '=', session.row.id).execute()
      : await tx.db
          .selectFrom('reconstructions')
          .select('reconstruction_id as name')
          .where('session_id', '=', session.row.id)
          .execute()
  const taken = new Set(rows.map((row) => row.name))
  let number = 1
  while (taken.has(String(number))) number += 1
  return String(number)
}

type Touched = Readonly<{ verb: 'Added' | 'Modified' | 'Removed'; type: string; noun: Noun; name: string }>

/** Files a change of a scan or reconstruction with its session, e.g. as `Added MR Scan`. */
export function filePartEvent(
  tx: Change,
  session: LocatedExperiment,
  { verb, type, noun, name }: Touched,
): Promise<number> {
  const action = `${verb} ${tx.archive.types.find(type)?.singular ?? type}`
  return recordEvent(tx, { noun: 'experiment', id: session.row.id, action, detail: `${noun} ${name}` })
}
