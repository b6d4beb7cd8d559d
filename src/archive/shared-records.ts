import type { Viewer } from '../model/access.ts'
import type { ExperimentAddress, SubjectAddress } from '../model/address.ts'
import type { Table } from '../model/table.ts'
import { type Archive, change, type Reason, type Scope, scopeOf } from './archive.ts'
import { locateAssessor } from './assessors.ts'
import { recordEvent } from './history.ts'
import { forbid, type LocatedExperiment, type LocatedSubject, locateExperiment, locateSubject } from './locate.ts'
import { placesTable, share, unshare } from './sharing.ts'
import { SUBJECT } from './subjects.ts'

/** Something that several projects may see, with its address. */
export type SharedAddress = Readonly<
  { noun: 'subject'; at: SubjectAddress } | { noun: 'experiment'; at: ExperimentAddress }
>

type Found = LocatedSubject | LocatedExperiment

const found = (scope: Scope, { noun, at }: SharedAddress): Promise<Found> =>
  noun === 'subject' ? locateSubject(scope, at, 'read') : locateExperiment(scope, at, 'read')

const typeOf = ({ row }: Found): string => ('xsi_type' in row ? row.xsi_type : SUBJECT)

/** The projects that see it (hierarchy 4.5). @throws ArchiveError 'not-found' */
export async function listPlaces(archive: Archive, viewer: Viewer, what: SharedAddress): Promise<Table> {
  const scope = scopeOf(archive, viewer)
  return placesTable(scope, what.noun, (await found(scope, what)).row.id)
}

/** Into which project, under which label; `primary` hands it over, with those of its assessors that are named. */
export type SharingWish = Readonly<{
  what: SharedAddress
  target: string
  label?: string
  primary: boolean
  assessors: readonly string[]
}>

/**
 * Shares a record, gives its share another label or hands it over (hierarchy 4.5, 5.4).
 * @returns the projects that see it now
 * @throws ArchiveError 'not-found', 'forbidden', 'conflict'
 */
export function shareRecord(archive: Archive, viewer: Viewer, why: Reason, wish: SharingWish): Promise<Table> {
  const { what, target, label, primary } = wish
  const { noun } = what
  return change(archive, viewer, why, async (tx) => {
    const record = await found(tx, what)
    if (primary && what.noun === 'experiment') {
      const assessors: LocatedExperiment[] = []
      for (const name of wish.assessors) assessors.push(await locateAssessor(tx, what.at, name))
      for (const assessor of assessors) await share(tx, assessor, { noun, type: typeOf(assessor), target, primary })
    }
    await share(tx, record, { noun, type: typeOf(record), target, label, primary })
    return placesTable(tx, noun, record.row.id)
  })
}

/** Takes a record out of a project. @throws ArchiveError 'not-found', 'forbidden' */
export function unshareRecord(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { what, target }: Readonly<{ what: SharedAddress; target: string }>,
): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    const record = await found(tx, what)
    await unshare(tx, record, { noun: what.noun, type: typeOf(record), target })
  })
}

/** active, quarantine, locked or obsolete. @throws ArchiveError 'not-found' */
export async function statusOfRecord(archive: Archive, viewer: Viewer, what: SharedAddress): Promise<string> {
  return (await found(scopeOf(archive, viewer), what)).row.status
}

/** Gives a record another status (hierarchy 1.11). @throws ArchiveError 'not-found', 'forbidden' without the right to activate */
export function putStatus(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { what, status }: Readonly<{ what: SharedAddress; status: string }>,
): Promise<void> {
  const { noun } = what
  return change(archive, viewer, why, async (tx) => {
    const { row, may } = await found(tx, what)
    if (!may('activate')) forbid(tx, noun, row.accession)
    await tx.db
      .updateTable(noun === 'subject' ? 'subjects' : 'experiments')
      .set({ status })
      .where('id', '=', row.id)
      .execute()
    await recordEvent(tx, { noun, id: row.id, action: `Modified status: ${status}` })
  })
}
