import type { Caller, Reply } from '../../support/caller.ts'
import type { TestSite } from '../../support/site.ts'
import {
  bytesBody,
  form,
  formBody,
  makeAssessor,
  makeProject,
  makeSession,
  makeSubject,
  sessionAt,
  storeFile,
  textBody,
  want,
} from './stage.ts'

export const levels = ['private', 'protected', 'public'] as const
export type Level = (typeof levels)[number]

/** Where one case of the matrix takes place: a project of its own making, filled by `own`. */
export type Place = Readonly<{ project: string; subject: string; session: string; own: Caller; admin: Caller }>

/** The statuses a cell allows, and whether the act then must have had its effect. */
export type Cell = Readonly<{ statuses: readonly number[]; done: boolean }>
export type Column =
  | 'admin'
  | 'owner'
  | 'member'
  | 'collaborator'
  | 'other, private'
  | 'other, protected'
  | 'other, public'
  | 'guest, public'

/** One row of the table: what is done, how to see that it was done, and what each column gets. */
export type Row = Readonly<{
  action: string
  act: (caller: Caller, place: Place) => Promise<Reply>
  /** True when the act had its effect; asked as administrator. Readings look at the answer alone. */
  effect?: (place: Place) => Promise<boolean>
  cells: Readonly<Record<Column, Cell>>
}>

export const columns: readonly Column[] = [
  'admin',
  'owner',
  'member',
  'collaborator',
  'other, private',
  'other, protected',
  'other, public',
  'guest, public',
]

/** The accessibility of the project a column looks at. */
export function levelOf(column: Column): Level {
  return levels.find((level) => column.endsWith(level)) ?? 'private'
}

const yes: Cell = { statuses: [200, 201], done: true }
const silent: Cell = { statuses: [200], done: false }
const no = (...statuses: number[]): Cell => ({ statuses, done: false })

/** Cells in the order of the table: admin, owner, member, collaborator, other private/protected/public, guest. */
const cells = (...list: Cell[]): Row['cells'] =>
  Object.fromEntries(columns.map((column, index) => [column, list[index]!])) as Row['cells']

/** Fills a fresh project of this accessibility: S1 with session E1, scan 1, assessor A1, reconstruction R1, folder F. */
export async function fill(site: TestSite, project: string, level: Level): Promise<Place> {
  const own = site.as('own')
  await makeProject(own, project, { accessibility: level })
  await want(own('PUT', `/data/projects/${project}/users/member/mem`), 200)
  await want(own('PUT', `/data/projects/${project}/users/collaborator/col`), 200)
  await makeSubject(own, project, 'S1')
  await makeSession(own, `${project}/S1/E1`)
  await makeAssessor(own, `${project}/S1/E1`, 'A1')
  const session = sessionAt(`${project}/S1/E1`)
  await want(own('PUT', `${session}/scans/1?xsiType=xnat:mrScanData&type=T1`), 200, 201)
  await want(own('PUT', `${session}/reconstructions/R1`), 200)
  await storeFile(own, session, 'F/files/a.txt', 'content')
  return { project, subject: `/data/projects/${project}/subjects/S1`, session, own, admin: site.as('admin') }
}

const at = (place: Place) => `/data/projects/${place.project}`
const reads = async (place: Place, path: string, ...marks: string[]) => {
  const reply = await place.admin('GET', path)
  return reply.status === 200 && marks.every((mark) => reply.text.includes(mark))
}
const gone = async (place: Place, path: string) => (await place.admin('GET', path)).status === 404

const asOther = (kept: readonly [Cell, Cell, Cell]) => cells(yes, yes, yes, yes, ...kept, kept[2])
const readable = asOther([no(404), no(404), yes])
const made = cells(yes, yes, yes, no(403), no(404, 422), no(403), no(403), no(403))
const edited = cells(yes, yes, yes, no(403), no(404), no(403), no(403), no(403))
const deleted = cells(yes, yes, no(403), no(403), no(404), no(404), no(403), no(403))
/** On a protected project the refusal may be that of any edit. */
const activated = cells(yes, yes, no(403), no(403), no(404), no(403, 404), no(403), no(403))
const scanWritten = cells(yes, yes, yes, no(403), no(404), no(404), no(403), no(403))
const owned = cells(yes, yes, no(403), no(403), no(403), no(403), no(403), no(403))

function pathOf(place: Place, noun: string): string {
  if (noun === 'subject') return place.subject
  return noun === 'experiment' ? place.session : `${place.session}/assessors/A1`
}

const things = ['subject', 'experiment', 'assessor'] as const
const rowsOfThings = (kept: Row['cells'], row: (noun: string) => Omit<Row, 'cells'>): Row[] =>
  things.map((noun) => ({ ...row(noun), cells: kept }))

const projectRows: readonly Row[] = [
  {
    action: 'project in list',
    act: async (caller, place) => {
      const reply = await caller('GET', `/data/projects?ID=${place.project}&format=json`)
      return reply.status === 200 && reply.rows().length === 0 ? { ...reply, status: 404 } : reply
    },
    cells: asOther([no(404), yes, yes]),
  },
  {
    action: 'project descriptor read',
    act: (caller, place) => caller('GET', `${at(place)}?format=json`),
    cells: asOther([no(404), yes, yes]),
  },
  {
    action: 'accessibility read',
    act: (caller, place) => caller('GET', `${at(place)}/accessibility`),
    cells: asOther([no(404), yes, yes]),
  },
  {
    action: 'project create',
    act: (caller, place) => caller('PUT', `/data/projects/NEW_${place.project}`),
    effect: (place) => reads(place, `/data/projects/NEW_${place.project}`),
    cells: cells(yes, yes, yes, yes, yes, yes, yes, no(403)),
  },
  {
    action: 'project edit',
    act: (caller, place) => caller('PUT', `${at(place)}?description=edited`),
    effect: (place) => reads(place, `${at(place)}?format=json`, '"edited"'),
    cells: cells(yes, yes, no(403), no(403), no(403, 404), no(403), no(403), no(403)),
  },
  {
    action: 'project delete',
    act: (caller, place) => caller('DELETE', at(place)),
    effect: (place) => gone(place, at(place)),
    cells: cells(yes, yes, no(403), no(403), no(400), no(403), no(403), no(403)),
  },
  {
    action: 'users list (restriction on)',
    act: (caller, place) => caller('GET', `${at(place)}/users`),
    cells: cells(yes, yes, no(403), no(403), no(404), no(403), no(403), no(403)),
  },
  {
    action: 'subject list in project',
    act: (caller, place) => caller('GET', `${at(place)}/subjects`),
    cells: asOther([no(404), no(403), yes]),
  },
  {
    action: 'config write',
    act: (caller, place) => caller('PUT', `${at(place)}/config/tool/path?inbody=true`, textBody('value')),
    effect: (place) => reads(place, `${at(place)}/config/tool/path?contents=true`, 'value'),
    cells: owned,
  },
]

const thingRows: readonly Row[] = [
  ...rowsOfThings(readable, (noun) => ({
    action: `${noun} read`,
    act: (caller, place) => caller('GET', `${pathOf(place, noun)}?format=json`),
  })),
  {
    action: 'subject create',
    act: (caller, place) => caller('PUT', `${at(place)}/subjects/NEW`),
    effect: (place) => reads(place, `${at(place)}/subjects/NEW`),
    cells: made,
  },
  {
    action: 'experiment create',
    act: (caller, place) => caller('PUT', `${place.subject}/experiments/NEW?xsiType=xnat:mrSessionData`),
    effect: (place) => reads(place, `${place.subject}/experiments/NEW`),
    cells: made,
  },
  {
    action: 'assessor create',
    act: (caller, place) => caller('PUT', `${place.session}/assessors/NEW?xsiType=xnat:qcManualAssessorData`),
    effect: (place) => reads(place, `${place.session}/assessors/NEW`),
    cells: made,
  },
  {
    action: 'subject edit',
    act: (caller, place) => caller('PUT', place.subject, formBody({ group: 'edited' })),
    effect: (place) => reads(place, `${place.subject}?format=json`, '"edited"'),
    cells: edited,
  },
  ...['experiment', 'assessor'].map(
    (noun): Row => ({
      action: `${noun} edit`,
      act: (caller, place) => caller('PUT', `${pathOf(place, noun)}?${form({ note: 'edited' })}`),
      effect: (place) => reads(place, `${pathOf(place, noun)}?format=json`, '"edited"'),
      cells: edited,
    }),
  ),
  ...rowsOfThings(edited, (noun) => ({
    action: `${noun} rename`,
    act: (caller, place) => caller('PUT', `${renamePath(place, noun)}?label=RENAMED`),
    effect: (place) => gone(place, pathOf(place, noun)),
  })),
  ...rowsOfThings(deleted, (noun) => ({
    action: `${noun} delete`,
    act: (caller, place) => caller('DELETE', pathOf(place, noun)),
    effect: (place) => gone(place, pathOf(place, noun)),
  })),
  ...rowsOfThings(activated, (noun) => ({
    action: `${noun} quarantine`,
    act: (caller, place) => caller('PUT', `${pathOf(place, noun)}?quarantine=true`),
    effect: (place) => reads(place, `${pathOf(place, noun)}/status`, 'quarantine'),
  })),
]

/** Assessors are renamed through the experiments of their project. */
function renamePath(place: Place, noun: string): string {
  return noun === 'assessor' ? `${at(place)}/experiments/A1` : pathOf(place, noun)
}

const fileAt = (place: Place, path: string) => `${place.session}/resources/${path}`

const belowRows: readonly Row[] = [
  {
    action: 'scan read',
    act: (caller, place) => caller('GET', `${place.session}/scans/1?format=json`),
    cells: readable,
  },
  {
    action: 'scan create',
    act: (caller, place) => caller('PUT', `${place.session}/scans/2?xsiType=xnat:mrScanData`),
    effect: (place) => reads(place, `${place.session}/scans/2`),
    cells: scanWritten,
  },
  {
    action: 'scan edit',
    act: (caller, place) => caller('PUT', `${place.session}/scans/1?xsiType=xnat:mrScanData&type=edited`),
    effect: (place) => reads(place, `${place.session}/scans/1?format=json`, '"edited"'),
    cells: scanWritten,
  },
  ...['scans/1', 'reconstructions/R1'].map(
    (path): Row => ({
      action: `${path.slice(0, -2).replace(/s\/?$/, '')} delete`,
      act: (caller, place) => caller('DELETE', `${place.session}/${path}`),
      effect: (place) => gone(place, `${place.session}/${path}`),
      cells: deleted,
    }),
  ),
  {
    action: 'files read',
    act: (caller, place) => caller('GET', fileAt(place, 'F/files/a.txt')),
    cells: readable,
  },
  {
    action: 'files upload',
    act: (caller, place) => caller('PUT', `${fileAt(place, 'F/files/b.txt')}?inbody=true`, bytesBody('uploaded')),
    effect: (place) => reads(place, fileAt(place, 'F/files/b.txt'), 'uploaded'),
    cells: cells(yes, yes, yes, silent, no(404), no(404), silent, silent),
  },
  {
    action: 'resource folder create',
    act: (caller, place) => caller('PUT', fileAt(place, 'NEW')),
    effect: (place) => reads(place, `${place.session}/resources`, '"NEW"'),
    cells: scanWritten,
  },
  ...['F/files/a.txt', 'F'].map(
    (path): Row => ({
      action: `${path === 'F' ? 'resources' : 'files'} delete`,
      act: (caller, place) => caller('DELETE', fileAt(place, path)),
      effect: (place) => gone(place, fileAt(place, 'F/files/a.txt')),
      cells: deleted,
    }),
  ),
]

/** Locks the session; what a lock does is not part of the table. */
export const lock = (caller: Caller, place: Place) => caller('PUT', `${place.session}?_lock=true`)

/** The table of section 8, a row an act. */
export const rows: readonly Row[] = [...projectRows, ...thingRows, ...belowRows]
