import { first, prepared } from '../db/prepared.ts'
import { refuse } from '../errors.ts'
import type { Change } from './archive.ts'

/**
 * What was changed: a project, a subject, or an experiment (of a scan, a folder or a file: the experiment it hangs on);
 * a setting of the site has the number 0.
 */
export type Changed = Readonly<{
  noun: 'project' | 'subject' | 'experiment' | 'setting'
  id: number
  /** What was done, e.g. `Added MR Session`; the caller's own words win. */
  action: string
  /** What was touched below it, e.g. `scan 4`. */
  detail?: string
}>

/**
 * Files who changed what, when and why; returns the event's number, which the changed rows then carry.
 * @throws ArchiveError 'forbidden' where the site wants a reason for every change and none was given (hierarchy 1.11)
 */
export async function recordEvent(change: Change, changed: Changed): Promise<number> {
  const { why, viewer, at } = change
  if (!why.reason && (await change.archive.rules()).justificationRequired) {
    refuse({ kind: 'forbidden', noun: changed.noun, name: String(changed.id), because: 'Justification required.' })
  }
  const row = await first(newEvent, change.db, {
    at,
    login: viewer.login,
    action: why.action ?? changed.action,
    reason: why.reason ?? null,
    comment: why.comment ?? null,
    type: why.type,
    noun: changed.noun,
    nounId: changed.id,
    detail: changed.detail ?? null,
  })
  return row!.id
}

type NewEvent = Readonly<{
  at: string
  login: string
  action: string
  reason: string | null
  comment: string | null
  type: string
  noun: string
  nounId: number
  detail: string | null
}>

/** Every upload files one. */
const newEvent = prepared<NewEvent, { id: number }>((db, value) =>
  db
    .insertInto('events')
    .values({
      at: value('at'),
      login: value('login'),
      action: value('action'),
      reason: value('reason'),
      comment: value('comment'),
      type: value('type'),
      noun: value('noun'),
      noun_id: value('nounId'),
      detail: value('detail'),
    })
    .returning('id'),
)

/** The version of a document that a change is about to replace. */
export type FormerVersion = Readonly<{
  noun: 'project' | 'subject' | 'experiment' | 'scan' | 'reconstruction'
  row: Readonly<{ id: number; doc: string; modified_at: string; event_id: number }>
  xsiType: string
  /** The event that ends it. */
  endedBy: number
}>

/** Keeps a document as it was, so that `includeHistory` can show it. */
export async function keepVersion(change: Change, former: FormerVersion): Promise<void> {
  await change.db
    .insertInto('versions')
    .values({
      noun: former.noun,
      noun_id: former.row.id,
      xsi_type: former.xsiType,
      doc: former.row.doc,
      from_at: former.row.modified_at,
      until_at: change.at,
      created_event: former.row.event_id,
      modified_event: former.endedBy,
    })
    .execute()
}
