import { type RawBuilder, sql } from 'kysely'
import type { Change, Scope } from '../archive/archive.ts'
import { experimentByLabel } from '../archive/located-rows.ts'
import { first, prepared } from '../db/prepared.ts'
import { refuse } from '../errors.ts'
import { logArrival } from './arrival-logs.ts'
import { freeFolder, openStudy, type StudyKey, slotOf, stampOf } from './arrival-slots.ts'
import { afterArrival, isClosed } from './arrival-states.ts'
import { type ArrivalRow, refuseLocked } from './arrivals.ts'

/** The study that objects belong to, and where it goes: those with the same key join one entry (import 2.2). */
export type Study = Readonly<{
  project: Readonly<{ id: number; name: string }> | undefined
  studyUid: string
  label: string
  subject: string
  scanDate: string | undefined
  scanTime: string | undefined
  /** What the header says of archiving; undefined: nothing. */
  autoArchive: boolean | undefined
}>

/** What an entry is made with. */
export type NewArrival = Readonly<{
  study: Study
  /** Exactly this entry. */
  entry?: Readonly<{ timestamp: string; folder: string }>
  anyStudy: boolean
  /** Objects that come with it. */
  count: number
  /** Lines for its log, when it is made: rules that were of no use in finding its place. */
  faults: readonly string[]
}> &
  Pick<ArrivalRow, 'prevent_anon' | 'prevent_auto_commit' | 'source' | 'visit' | 'protocol' | 'timezone'> &
  Pick<ArrivalRow, 'sender' | 'wishes' | 'direct' | 'user_id' | 'auto_code'>

/** An entry that something has just joined. */
export type Joined = Readonly<{ id: number; timestamp: string; folder: string; made: boolean; direct: boolean }>

/**
 * The one entry that objects of this study join, made where it is missing: however many come at once (import 2.2).
 * @throws ArchiveError 'conflict' when the exact entry is locked, 'invalid' when it holds another study
 */
export async function joinArrival(tx: Change, asked: NewArrival): Promise<Joined> {
  const wish = asked.direct && !(await mayBeDirect(tx, asked.study)) ? { ...asked, direct: 0 } : asked
  const joined = await (wish.entry ? joinExact(tx, wish, wish.entry) : joinOpen(tx, wish))
  if (joined.made) await logArrival(tx, joined.id, ...wish.faults.map((line) => `Passed over: ${line}`))
  return { ...joined, direct: wish.direct === 1 }
}

/** Nothing is written past the prearchive where a session has the label, or where its arrival is closed (import 2.10). */
async function mayBeDirect(tx: Scope, { project, label, studyUid }: Study): Promise<boolean> {
  if (!project) return false
  const session = await first(experimentByLabel, tx.db, { project: project.id, label })
  if (session) return false
  const row = await first(openStudy, tx.db, { place: `p${project.id}`, study: studyUid, name: label, slot: slotOf(1) })
  return row === undefined || row.status === 'RECEIVING'
}

/** The state after something came in, as SQL over the state before. */
const receivingAgain: RawBuilder<string> = sql<string>`case arrivals.status ${sql.join(
  Object.entries(afterArrival).map(([before, after]) => sql`when ${sql.lit(before)} then ${sql.lit(after)}`),
  sql` `,
)} else 'RECEIVING' end`

type Met = Pick<ArrivalRow, 'id' | 'timestamp' | 'folder'>

const joinStudy = prepared<StudyKey & Readonly<{ now: string; count: number }>, Met>((db, at) =>
  db
    .updateTable('arrivals')
    .set((eb) => ({
      status: receivingAgain,
      stale: 1,
      modified_at: at('now'),
      received: eb('received', '+', at('count')),
    }))
    .where('place', '=', at('place'))
    .where('study_uid', '=', at('study'))
    .where('name', '=', at('name'))
    .where('slot', '=', at('slot'))
    .returning(['id', 'timestamp', 'folder']),
)

async function joinOpen(tx: Change, wish: NewArrival): Promise<Omit<Joined, 'direct'>> {
  const { study, count } = wish
  const slot = slotOf(wish.direct)
  const key = { place: placeOfStudy(study), study: study.studyUid, name: study.label, slot }
  const known = await first(joinStudy, tx.db, { ...key, now: tx.at, count })
  if (known) return { ...known, made: false }
  const timestamp = stampOf(tx.archive.now())
  const row = await insertArrival(tx, wish, {
    timestamp,
    folder: await freeFolder(tx, key.place, timestamp, study.label),
    slot,
  })
  return { ...row, made: true }
}

async function joinExact(
  tx: Change,
  wish: NewArrival,
  { timestamp, folder }: NonNullable<NewArrival['entry']>,
): Promise<Omit<Joined, 'direct'>> {
  const [place, slot] = [placeOfStudy(wish.study), slotOf(wish.direct)]
  const known = await tx.archive.db.dialect
    .forUpdate(
      tx.db
        .selectFrom('arrivals')
        .selectAll()
        .where('place', '=', place)
        .where('timestamp', '=', timestamp)
        .where('folder', '=', folder),
    )
    .executeTakeFirst()
  const name = `${timestamp}/${folder}`
  if (!known) {
    const at = { timestamp, folder }
    // Another entry of the study that is open, or becomes it at this moment, is not the one that is meant.
    const row = await newRow(tx, wish, { ...at, slot })
      .onConflict((on) => on.columns(studyKey).doNothing())
      .returning(metColumns)
      .executeTakeFirst()
    return { ...(row ?? (await insertArrival(tx, wish, { ...at, slot: name }))), made: true }
  }
  if (isClosed(known.status)) refuseLocked(known)
  if (!wish.anyStudy && known.study_uid !== wish.study.studyUid)
    refuse({
      kind: 'conflict',
      noun: 'arrival',
      name,
      because: `The prearchive entry ${name} holds another study: ${known.study_uid}.`,
    })
  await tx.db
    .updateTable('arrivals')
    .set((eb) => ({ status: receivingAgain, stale: 1, modified_at: tx.at, received: eb('received', '+', wish.count) }))
    .where('id', '=', known.id)
    .execute()
  return { id: known.id, timestamp, folder, made: false }
}

export const placeOfStudy = ({ project }: Pick<Study, 'project'>): string => (project ? `p${project.id}` : '')

type Address = Readonly<{ timestamp: string; folder: string; slot: string }>

const studyKey = ['place', 'study_uid', 'name', 'slot'] as const
const metColumns = ['id', 'timestamp', 'folder'] as const

function newRow(tx: Change, { study, count, ...wish }: NewArrival, at: Address) {
  const { entry: _, anyStudy: __, faults: ___, ...columns } = wish
  return tx.db.insertInto('arrivals').values({
    ...columns,
    ...at,
    place: placeOfStudy(study),
    project_id: study.project?.id ?? null,
    name: study.label,
    study_uid: study.studyUid,
    subject: study.subject,
    scan_date: study.scanDate ?? null,
    scan_time: study.scanTime ?? null,
    status: 'RECEIVING',
    stale: 1,
    uploaded_at: tx.at,
    modified_at: tx.at,
    received: count,
    filtered: 0,
    rejected: 0,
    failed: 0,
  })
}

/** On PostgreSQL another transaction may make the same entry at the same moment: then its entry is joined. */
function insertArrival(tx: Change, wish: NewArrival, at: Address): Promise<Met> {
  return newRow(tx, wish, at)
    .onConflict((on) =>
      on.columns(studyKey).doUpdateSet((eb) => ({
        status: receivingAgain,
        stale: 1,
        modified_at: tx.at,
        received: eb('arrivals.received', '+', wish.count),
      })),
    )
    .returning(metColumns)
    .executeTakeFirstOrThrow()
}

/** Counts objects that were not taken where an entry of their study is open (import 10.8). */
export async function countUntaken(
  tx: Change,
  study: Study,
  what: 'filtered' | 'rejected' | 'failed',
  count: number,
): Promise<void> {
  await tx.db
    .updateTable('arrivals')
    .set((eb) => ({ [what]: eb(what, '+', count) }))
    .where('place', '=', placeOfStudy(study))
    .where('study_uid', '=', study.studyUid)
    .where('name', '=', study.label)
    .where('slot', '=', '')
    .execute()
}
