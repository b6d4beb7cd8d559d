import { type Archive, change, type Reason, type Scope, scopeOf } from '../archive/archive.ts'
import { locateProject } from '../archive/locate.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { Table } from '../model/table.ts'
import { findings, reasonOf } from './admission-findings.ts'
import { planAdmission } from './admission-plan.ts'
import type { Admitted } from './admit.ts'
import { fileFindings } from './admit-files.ts'
import { archiveArrival } from './archive-arrival.ts'
import { listChosen } from './arrival-list.ts'
import { isLocked } from './arrival-states.ts'
import {
  type ArrivalAddress,
  checkPlaces,
  type LocatedArrival,
  locateArrival,
  locatePlace,
  lockArrival,
} from './arrivals.ts'
import { keepWishes, writeWishes } from './commit.ts'
import { archivePolicy, type Overwrite } from './merge-policy.ts'
import { moveArrival } from './move-arrival.ts'
import { enqueue } from './queued-arrivals.ts'
import type { Wishes } from './reception.ts'
import { documentOf } from './session-document.ts'

/** How a person wants entries archived (import 2.7). */
export type ArchiveAsked = Readonly<{
  overwrite: Overwrite
  /** Names that outrank those of the entry. */
  project?: string
  subject?: string
  session?: string
  wishes: Wishes
}>

type One = Readonly<{ at: ArrivalAddress; asked: ArchiveAsked }>

/**
 * Archives one entry and waits for it. A project that is named, and is another than the entry's, gets the entry first.
 * @throws ArchiveError 'not-found', 'forbidden', 'invalid' for Unassigned, 'conflict' with its reasons, 'failed'
 */
export async function archiveOne(archive: Archive, viewer: Viewer, why: Reason, { at, asked }: One): Promise<Admitted> {
  const there = await inProject(archive, viewer, why, { at, asked })
  const { row, project } = await locateArrival(scopeOf(archive, viewer), there, 'edit')
  if (!project) return refuse({ kind: 'invalid', field: 'project', because: findings.noProject().message })
  if (isLocked(row.status)) forbidLocked(row.status, there)
  const { values = {}, ...wishes } = asked.wishes
  await keepWishes(archive, viewer, why, { at: there, wish: { values, ...wishes } })
  const policy = archivePolicy(asked.overwrite, false, project.row.prearchive_code)
  return archiveArrival(archive, viewer, why, { id: row.id, wish: { policy, names: namesOf(asked) } })
}

/** The service has a status of its own for it (import 2.7). */
function forbidLocked(status: string, { timestamp, folder }: ArrivalAddress): never {
  const name = `${timestamp}/${folder}`
  return refuse({
    kind: 'forbidden',
    noun: 'arrival',
    name,
    because: `The prearchive entry ${name} is locked: ${status}.`,
  })
}

const namesOf = ({ subject, session }: ArchiveAsked) => ({
  ...(subject === undefined ? {} : { subject }),
  ...(session === undefined ? {} : { label: session }),
})

async function inProject(archive: Archive, viewer: Viewer, why: Reason, { at, asked }: One): Promise<ArrivalAddress> {
  if (asked.project === undefined || asked.project === at.project) return at
  const scope = scopeOf(archive, viewer)
  const { row, project } = await locateArrival(scope, at, 'edit')
  const to = await locatePlace(scope, asked.project, 'edit')
  if (!to || to.row.id === project?.row.id) return at
  return moveArrival(archive, viewer, why, { id: row.id, to })
}

/**
 * Lets several entries be archived one after the other.
 * @returns the entries as they stand in the queue
 * @throws ArchiveError 'not-found', 'forbidden', 'invalid' for names that several cannot have: then none is queued
 */
export async function queueArchiving(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  { places, asked }: Readonly<{ places: readonly ArrivalAddress[]; asked: ArchiveAsked }>,
): Promise<Table> {
  refuseOneName(places, asked)
  const { values = {}, ...wishes } = asked.wishes
  const { subject } = asked
  const names = subject === undefined ? {} : { subject }
  const ids = await change(archive, viewer, why, async (tx) => {
    await checkPlaces(tx, places)
    const ids = new Set<number>()
    for (const at of places) {
      const { row, project } = await lockArrival(tx, at, 'edit')
      if (ids.has(row.id)) continue
      if (!project) refuse({ kind: 'invalid', field: 'project', because: findings.noProject().message })
      if (isLocked(row.status)) forbidLocked(row.status, at)
      await writeWishes(tx, row, { values, ...wishes })
      const policy = archivePolicy(asked.overwrite, true, project.row.prearchive_code)
      await enqueue(tx, row, { state: 'QUEUED_ARCHIVING', task: { user: viewer.id, policy, names } })
      ids.add(row.id)
    }
    return [...ids]
  })
  return listChosen(scopeOf(archive, viewer), ids)
}

/** One label cannot be that of several sessions, and several entries are archived where they are. */
function refuseOneName(places: readonly ArrivalAddress[], { project, session }: ArchiveAsked): void {
  const [field, because] =
    session !== undefined
      ? ['session', 'Several entries cannot become one session: archive them one by one, or name no session.']
      : ['project', `Move the entries to ${project} first, or archive them one by one.`]
  if (session !== undefined || (project !== undefined && places.some((at) => at.project !== project)))
    refuse({ kind: 'invalid', field, because })
}

/**
 * What would be in the way of archiving an entry, by code; nothing is changed (import 2.7).
 * @throws ArchiveError 'not-found', 'forbidden', 'conflict' when it was not built yet
 */
export async function validateArchiving(archive: Archive, viewer: Viewer, { at, asked }: One): Promise<Table> {
  const scope = scopeOf(archive, viewer)
  const found = await findingsOf(scope, await locateArrival(scope, at, 'edit'), asked)
  const rows = found
    .map(reasonOf)
    .sort((a, b) => a.code - b.code)
    .map(({ code, type, message }) => [code, type, message])
  return {
    columns: [
      { key: 'code', kind: 'integer' },
      { key: 'type', kind: 'string' },
      { key: 'message', kind: 'string' },
    ],
    rows,
    metadata: { totalRecords: String(rows.length), title: 'Validation' },
  }
}

async function findingsOf(scope: Scope, { row, project: own }: LocatedArrival<'edit'>, asked: ArchiveAsked) {
  const project = asked.project === undefined ? own : await locateProject(scope, { project: asked.project }, 'read')
  if (!project) return [findings.noProject()]
  const document = documentOf(row)
  if (!document) {
    const because = 'The session has not been built yet: build it first.'
    return refuse({ kind: 'conflict', noun: 'arrival', name: row.folder, because })
  }
  const plan = await planAdmission(scope, { row, project, document, names: namesOf(asked) })
  const scans = plan.scans.map(({ scan, joins }) => ({ from: scan.id, row: joins, joins: joins !== undefined }))
  return [...plan.findings, ...(await fileFindings(scope, row.id, scans))]
}
