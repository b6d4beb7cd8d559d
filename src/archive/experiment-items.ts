import type { Viewer } from '../model/access.ts'
import type { ExperimentAddress, SubjectAddress } from '../model/address.ts'
import type { Item } from '../model/item.ts'
import { type Archive, type Scope, scopeOf } from './archive.ts'
import { type Columns, formerVersions, resourceItems, storedItem, withChildren } from './documents.ts'
import { type LocatedExperiment, locateExperiment, locateSubject, readableAmong } from './locate.ts'
import { accessionsOf, experimentsBelow } from './located-rows.ts'
import type { Place } from './places.ts'
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

/** The same for one that is located already. */
export async function shown(scope: Scope, found: LocatedExperiment): Promise<Shown> {
  const [{ item, columns }] = (await documentsOf(scope, [found])) as [Document]
  return { item, history: () => formerVersions(scope, 'experiment', found.row, columns) }
}

const labelIn = (places: readonly Place[]): string => places.find((place) => place.owner)?.label ?? ''

/** What lives in columns, of each of the experiments. */
async function columnsOf(scope: Scope, found: readonly LocatedExperiment[]): Promise<readonly Columns[]> {
  const ids = (of: 'subject_id' | 'session_id') => found.flatMap(({ row }) => row[of] ?? [])
  const subjects = await accessionsOf(scope.db, 'subjects', ids('subject_id'))
  const sessions = await accessionsOf(scope.db, 'experiments', ids('session_id'))
  return found.map(({ row, owner, places }): Columns => {
    const own = { ID: row.accession, project: owner.name, label: labelIn(places) }
    return row.session_id === null
      ? { ...own, subject_ID: subjects.get(row.subject_id ?? 0) }
      : { ...own, imageSession_ID: sessions.get(row.session_id) }
  })
}

/** A whole document, and what of it lives in columns. */
type Document = Readonly<{ item: Item; columns: Columns }>

/**
 * Experiments as whole documents. What lies below all of them is asked for together: the number of queries does not
 * grow with the number of sessions, scans or assessors, but for one more with every few hundred of them.
 */
async function documentsOf(scope: Scope, found: readonly LocatedExperiment[]): Promise<readonly Document[]> {
  if (found.length === 0) return []
  const columns = await columnsOf(scope, found)
  const keys = found.flatMap(({ row: { id }, owner }) =>
    [`e${id}`, `e${id}/in`, `e${id}/out`].map((key) => [key, owner.name] as const),
  )
  const folders = await resourceItems(scope.db, new Map(keys))
  const inside = await insideOf(scope, found)
  return found.map(({ row, places }, at): Document => {
    const item = withChildren(storedItem(row.xsi_type, row, columns[at]!), {
      'sharing/share': shareItems(places, 'xnat:experimentData_share'),
      'resources/resource': folders.get(`e${row.id}`) ?? [],
      'in/file': folders.get(`e${row.id}/in`) ?? [],
      'out/file': folders.get(`e${row.id}/out`) ?? [],
      'scans/scan': inside.scans.get(row.id) ?? [],
      'reconstructions/reconstructedImage': inside.reconstructions.get(row.id) ?? [],
      'assessors/assessor': inside.assessors.get(row.id) ?? [],
    })
    return { item, columns: columns[at]! }
  })
}

/** The scans, reconstructions and assessors of those experiments that are imaging sessions, by session. */
async function insideOf(scope: Scope, found: readonly LocatedExperiment[]) {
  const sessions = found
    .filter(({ row }) => row.session_id === null && scope.archive.types.isA(row.xsi_type, 'xnat:imageSessionData'))
    .map(({ row: { id, accession }, owner }) => ({ id, accession, project: owner.name }))
  return {
    scans: await scanItems(scope, sessions),
    reconstructions: await reconstructionItems(scope, sessions),
    assessors: await assessorItems(
      scope,
      sessions.map(({ id }) => id),
    ),
  }
}

/** Assessors that the viewer may not read are left out. */
async function assessorItems(scope: Scope, sessions: readonly number[]): Promise<ReadonlyMap<number, Item[]>> {
  const found = await readableAmong(scope, await experimentsBelow(scope.db, 'session_id', sessions))
  const items = new Map<number, Item[]>(sessions.map((id) => [id, []]))
  const documents = await documentsOf(scope, found)
  for (const [at, { row }] of found.entries()) items.get(row.session_id!)?.push(documents[at]!.item)
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
  const { row, owner, places } = await locateSubject(scope, at, 'read')
  const columns: Columns = { ID: row.accession, project: owner.name, label: labelIn(places) }
  const folders = await resourceItems(scope.db, new Map([[`s${row.id}`, owner.name]]))
  const experiments = await readableAmong(scope, await experimentsBelow(scope.db, 'subject_id', [row.id]))
  const documents = await documentsOf(scope, experiments)
  const item = withChildren(storedItem(SUBJECT, row, columns), {
    'sharing/share': shareItems(places, 'xnat:projectParticipant'),
    'resources/resource': folders.get(`s${row.id}`) ?? [],
    'experiments/experiment': documents.map((document) => document.item),
  })
  return { item, history: () => formerVersions(scope, 'subject', row, columns) }
}
