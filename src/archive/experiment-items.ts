import type { Viewer } from '../model/access.ts'
import type { ExperimentAddress, SubjectAddress } from '../model/address.ts'
import type { Item } from '../model/item.ts'
import { type Archive, type Scope, scopeOf } from './archive.ts'
import { type Columns, formerVersions, resourceItems, storedItem, withChildren } from './documents.ts'
import {
  type ExperimentRow,
  type LocatedExperiment,
  locateExperiment,
  locateSession,
  locateSubject,
  orNothing,
  type Place,
  placesOf,
  subjectOf,
} from './locate.ts'
import { reconstructionItems } from './reconstructions.ts'
import { scanItems } from './scan-items.ts'
import { SUBJECT } from './subjects.ts'

/** A record with everything below it that the viewer may read, and its former versions. */
export type Shown = Readonly<{ item: Item; history: () => Promise<Item[]> }>

/** An experiment as a document: scans, assessors, reconstructions, folders and shares included (hierarchy 1.4). */
export async function experimentItem(archive: Archive, viewer: Viewer, at: ExperimentAddress): Promise<Shown> {
  const scope = scopeOf(archive, viewer)
  return shown(scope, await locateExperiment(scope, at, 'read'))
}

/** An image assessor below its session, by id or label. @throws ArchiveError 'not-found' when it hangs elsewhere */
export async function locateAssessor(
  scope: Scope,
  at: ExperimentAddress,
  assessor: string,
): Promise<LocatedExperiment> {
  const session = await locateSession(scope, at, 'read')
  const named = await orNothing(locateExperiment(scope, { project: at.project, experiment: assessor }, 'read'))
  if (named?.row.session_id === session.row.id) return named
  const row = await scope.db
    .selectFrom('experiments as e')
    .innerJoin('experiment_projects as l', 'l.experiment_id', 'e.id')
    .select('e.accession')
    .where('e.session_id', '=', session.row.id)
    .where('l.label', '=', at.project === undefined ? '' : assessor)
    .executeTakeFirst()
  return locateExperiment(scope, { experiment: row?.accession ?? `${assessor} of ${at.experiment}` }, 'read')
}

export async function shown(scope: Scope, found: LocatedExperiment): Promise<Shown> {
  const columns = await columnsOf(
    scope,
    found.row,
    found.owner.name,
    labelIn(await placesOf(scope, 'experiment', found.row.id)),
  )
  const item = await fullItem(scope, found, columns)
  return { item, history: () => formerVersions(scope, 'experiment', found.row, columns) }
}

const labelIn = (places: readonly Place[]): string => places.find((place) => place.owner)?.label ?? ''

async function columnsOf(scope: Scope, row: ExperimentRow, project: string, label: string): Promise<Columns> {
  const common = { ID: row.accession, project, label }
  if (row.session_id === null) return { ...common, subject_ID: await accessionOf(scope, 'subjects', row.subject_id) }
  return { ...common, imageSession_ID: await accessionOf(scope, 'experiments', row.session_id) }
}

async function accessionOf(
  scope: Scope,
  table: 'subjects' | 'experiments',
  id: number | null,
): Promise<string | undefined> {
  if (id === null) return undefined
  const row = await scope.db.selectFrom(table).select('accession').where('id', '=', id).executeTakeFirst()
  return row?.accession
}

async function fullItem(scope: Scope, found: LocatedExperiment, columns: Columns): Promise<Item> {
  const { row, owner } = found
  const own = storedItem(row.xsi_type, row, columns)
  const keys = [`e${row.id}`, `e${row.id}/in`, `e${row.id}/out`]
  const folders = await resourceItems(scope.db, keys, owner.name)
  const shares = shareItems(await placesOf(scope, 'experiment', row.id), 'xnat:experimentData_share')
  const common = { 'sharing/share': shares, 'resources/resource': folders.get(keys[0]!) ?? [] }
  if (row.session_id !== null) {
    return withChildren(own, {
      ...common,
      'in/file': folders.get(keys[1]!) ?? [],
      'out/file': folders.get(keys[2]!) ?? [],
    })
  }
  if (!scope.archive.types.isA(row.xsi_type, 'xnat:imageSessionData')) return withChildren(own, common)
  return withChildren(own, {
    ...common,
    'scans/scan': await scanItems(scope, row, owner.name),
    'reconstructions/reconstructedImage': await reconstructionItems(scope, row, owner.name),
    'assessors/assessor': await assessorItems(scope, row),
  })
}

/** Assessors that the viewer may not read are left out. */
async function assessorItems(scope: Scope, session: ExperimentRow): Promise<Item[]> {
  const rows = await scope.db
    .selectFrom('experiments')
    .select('accession')
    .where('session_id', '=', session.id)
    .orderBy('id')
    .execute()
  const items: Item[] = []
  for (const { accession } of rows) {
    const found = await orNothing(locateExperiment(scope, { experiment: accession }, 'read'))
    if (found) items.push((await shown(scope, found)).item)
  }
  return items
}

function shareItems(places: readonly Place[], type: string): Item[] {
  return places
    .filter((place) => !place.owner)
    .map((place) => ({
      type,
      fields: { project: place.project.name, ...(place.shareLabel === null ? {} : { label: place.shareLabel }) },
      children: {},
    }))
}

/** A subject as a document, with the experiments that the viewer may read (hierarchy 1.4). */
export async function subjectItem(archive: Archive, viewer: Viewer, at: SubjectAddress): Promise<Shown> {
  const scope = scopeOf(archive, viewer)
  const { row, owner } = await locateSubject(scope, at, 'read')
  const places = await placesOf(scope, 'subject', row.id)
  const columns: Columns = { ID: row.accession, project: owner.name, label: labelIn(places) }
  const folders = await resourceItems(scope.db, [`s${row.id}`], owner.name)
  const item = withChildren(storedItem(SUBJECT, row, columns), {
    'sharing/share': shareItems(places, 'xnat:projectParticipant'),
    'resources/resource': folders.get(`s${row.id}`) ?? [],
    'experiments/experiment': await experimentItems(scope, row.id),
  })
  return { item, history: () => formerVersions(scope, 'subject', row, columns) }
}

async function experimentItems(scope: Scope, subject: number): Promise<Item[]> {
  const rows = await scope.db
    .selectFrom('experiments')
    .select('accession')
    .where('subject_id', '=', subject)
    .orderBy('id')
    .execute()
  const items: Item[] = []
  for (const { accession } of rows) {
    const found = await orNothing(locateExperiment(scope, { experiment: accession }, 'read'))
    if (found && (await subjectOf(scope, found.row)) === subject) items.push((await shown(scope, found)).item)
  }
  return items
}
