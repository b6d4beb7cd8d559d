import { scopeOf } from '../../archive/archive.ts'
import { refuse } from '../../errors.ts'
import { itemToXml } from '../../formats/item-xml.ts'
import { type ArrivalSelection, listArrivals, listChosen } from '../../intake/arrival-list.ts'
import { type ArrivalAddress, locateArrival, locatePlace, locateWork } from '../../intake/arrivals.ts'
import { buildArrival } from '../../intake/build.ts'
import { type Committed, commitArrival } from '../../intake/commit.ts'
import { finalMessage, type Imported, importedUri } from '../../intake/import.ts'
import { followed } from '../../intake/imports.ts'
import { deleteArrival, moveArrival } from '../../intake/move-arrival.ts'
import { resetState, setState } from '../../intake/reset-state.ts'
import { documentOf, wholeSession } from '../../intake/session-document.ts'
import { workRound } from '../../intake/work.ts'
import { arrivalUri } from '../arrival-uris.ts'
import type { Answer, Call, Operation, Parameter, Route } from '../call.ts'
import { commitWishOf } from '../commit-body.ts'
import { isDownload } from '../downloads.ts'
import { anyOf } from '../import-parameters.ts'
import { readPage } from '../parameters.ts'
import { addressOf, entryParameters, entryPath } from '../prearchive-entries.ts'
import { emptyAnswer, mediaTypeOf, tableAnswer, textAnswer } from '../reply.ts'
import { packedEntry } from '../waiting-downloads.ts'
import { formatParameter, pageParameters } from './shared-parameters.ts'

const DAY_MS = 24 * 3_600_000
/** How long ago is lately, where nobody says it. */
const RECENT_DAYS = 60

async function list(call: Call): Promise<Answer> {
  const tag = call.query.get('tag')
  const names = call.params['project']?.split(',')
  const selection: ArrivalSelection = {
    ...(names ? { projects: names } : {}),
    ...(tag ? { tag } : {}),
    page: readPage(call.query),
  }
  return tableAnswer(call, await listArrivals(call.archive, call.viewer, selection))
}

/** The catalog is the truth here: there is nothing on disk that it could be compared with (import 10.4). */
async function rescan(call: Call): Promise<Answer> {
  locateWork(scopeOf(call.archive, call.viewer))
  call.later((signal) => workRound(call.archive, signal))
  return emptyAnswer
}

async function listRecent(call: Call): Promise<Answer> {
  const [days] = /^\d{1,5}$/.exec(call.query.get('recent') ?? '') ?? []
  const start = call.archive.now().getTime() - (Number(days) || RECENT_DAYS) * DAY_MS
  const since = new Date(start).toISOString().slice(0, 23).replace('T', ' ')
  return tableAnswer(call, await listArrivals(call.archive, call.viewer, { since, page: readPage(call.query) }))
}

const entryVariants = [
  'text/xml',
  'application/json',
  'text/html',
  'text/csv',
  'application/zip',
  'application/x-gtar',
] as const

async function show(call: Call): Promise<Answer> {
  const scope = scopeOf(call.archive, call.viewer)
  const { row } = await locateArrival(scope, addressOf(call), 'read')
  const type = mediaTypeOf(call, entryVariants)
  if (isDownload(type)) return packedEntry(call, type)
  if (type !== 'text/xml') return tableAnswer(call, await listChosen(scope, [row.id]))
  const document = documentOf(row)
  if (!document)
    return refuse({
      kind: 'not-found',
      noun: 'arrival',
      name: row.folder,
      because: 'The session has not been built yet.',
    })
  const body = itemToXml(call.archive.types, wholeSession(document), { concealHidden: false, siteUrl: call.siteUrl })
  return { status: 200, headers: { 'content-type': 'text/xml; charset=UTF-8' }, body }
}

async function remove(call: Call): Promise<Answer> {
  const { row } = await locateArrival(scopeOf(call.archive, call.viewer), addressOf(call), 'edit')
  await deleteArrival(call.archive, call.viewer, call.why, { id: row.id })
  return emptyAnswer
}

/** The protocol says with 301 that an entry is elsewhere now; nobody follows, so there is no Location (import 2.5). */
const goneTo = (uri: string): Answer => ({ ...textAnswer(uri), status: 301 })

/** One address, without an end of line; several where an entry was taken apart. */
const waitsAt = (call: Call, entries: readonly ArrivalAddress[] = [addressOf(call)]): Answer =>
  textAnswer(entries.map((entry) => `/data${arrivalUri(entry)}`).join('\r\n'))

async function build(call: Call): Promise<Answer> {
  const { row } = await locateArrival(scopeOf(call.archive, call.viewer), addressOf(call), 'edit')
  const { entries } = await buildArrival(call.archive, call.viewer, row.id, 'rebuild')
  const { project } = addressOf(call)
  return waitsAt(
    call,
    entries.map(({ timestamp, folder }) => ({ project, timestamp, folder })),
  )
}

async function commit(call: Call): Promise<Answer> {
  const at = addressOf(call)
  const wish = await commitWishOf(call)
  const listener = anyOf(call.query, 'http-session-listener')
  if (listener !== undefined) {
    await locateArrival(scopeOf(call.archive, call.viewer), at, 'edit')
    const work = async () =>
      finalMessage(committedTo(await commitArrival(call.archive, call.viewer, call.why, { at, wish })))
    call.later(await followed(call.archive, call.viewer, { listener, says: 'Building session' }, work))
    return waitsAt(call)
  }
  const committed = await commitArrival(call.archive, call.viewer, call.why, { at, wish })
  if (committed.kind === 'waiting') return waitsAt(call, committed.entries)
  const uris = committed.sessions.map((session) => `/data${importedUri({ kind: 'archive', ...session })}`)
  return goneTo(uris.join('\r\n'))
}

const committedTo = (committed: Committed): readonly Imported[] =>
  committed.kind === 'waiting'
    ? committed.entries.map((entry) => ({ kind: 'prearchive', ...entry }))
    : committed.sessions.map((session) => ({ kind: 'archive', ...session }))

async function move(call: Call): Promise<Answer> {
  const scope = scopeOf(call.archive, call.viewer)
  const { row } = await locateArrival(scope, addressOf(call), 'edit')
  const name = anyOf(call.query, 'newProject')
  if (name === undefined)
    return refuse({ kind: 'invalid', field: 'newProject', because: 'Say which project it is to move to: newProject.' })
  const to = await locatePlace(scope, name, 'edit')
  if (!to) return refuse({ kind: 'invalid', field: 'newProject', because: 'Nothing moves to Unassigned.' })
  return goneTo(`/data${arrivalUri(await moveArrival(call.archive, call.viewer, call.why, { id: row.id, to }))}`)
}

async function reset(call: Call): Promise<Answer> {
  await resetState(call.archive, call.viewer, call.why, addressOf(call))
  return waitsAt(call)
}

async function setStatus(call: Call): Promise<Answer> {
  const state = anyOf(call.query, 'status')?.toUpperCase() ?? ''
  await setState(call.archive, call.viewer, call.why, { at: addressOf(call), state })
  return waitsAt(call)
}

const actions: Readonly<Record<string, (call: Call) => Promise<Answer>>> = {
  build,
  // One client's word for it.
  rebuild: build,
  commit,
  move,
  'reset-status': reset,
  'set-status': setStatus,
}

async function act(call: Call): Promise<Answer> {
  const name = anyOf(call.query, 'action') ?? ''
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (!action) {
    const because = `Unsupported action: ${name}. There are ${Object.keys(actions).join(', ')}.`
    return refuse({ kind: 'invalid', field: 'action', because })
  }
  return action(call)
}

const tables = ['application/json', 'text/xml', 'text/html', 'text/csv']
const project: Parameter = { name: 'project', in: 'path', says: 'ID of a project, a comma list of them, or Unassigned' }
const denied = { 403: 'Not yours to change, or Unassigned', 404: 'No such project or entry' }

const all: Operation = {
  says: 'List what waits in the projects that the caller may edit',
  respond: list,
  parameters: [
    formatParameter,
    { name: 'tag', in: 'query', says: 'only this Study Instance UID; for people who read all data' },
    ...pageParameters,
  ],
  gives: tables,
  statuses: denied,
}

const posted: Operation = {
  says: 'Build, commit (build and archive), move, or set the status of an entry',
  respond: act,
  parameters: [
    ...entryParameters,
    { name: 'action', in: 'query', says: 'what to do', values: Object.keys(actions) },
    { name: 'newProject', in: 'query', says: 'move: ID of the project' },
    { name: 'status', in: 'query', says: 'set-status: the status' },
    { name: 'AA', in: 'query', says: 'commit: true or false, archive or not' },
    { name: 'SOURCE', in: 'query', says: 'commit: where it comes from' },
    { name: 'http-session-listener', in: 'query', says: 'commit: an id of your own, by which the end can be read' },
  ],
  takes: ['application/json'],
  gives: ['text/plain'],
  statuses: {
    301: 'It was archived or moved: the body says where',
    400: 'Unknown action',
    409: 'Somebody works on it, or a conflict',
    ...denied,
  },
}

/** What waits until it is archived (import 2). */
export const prearchiveRoutes: readonly Route[] = [
  {
    page: 'Prearchive',
    paths: ['/data/prearchive', '/data/prearchive/projects'],
    GET: all,
    PUT: {
      says: 'Take up whatever work broke off; for administrators',
      respond: rescan,
      gives: ['text/plain'],
      statuses: { 403: 'For administrators' },
    },
  },
  {
    page: 'Prearchive',
    paths: ['/data/prearchive/experiments'],
    GET: {
      says: 'List what came lately',
      respond: listRecent,
      parameters: [
        formatParameter,
        { name: 'recent', in: 'query', says: 'true, or a number of days' },
        ...pageParameters,
      ],
      gives: tables,
    },
  },
  {
    page: 'Prearchive',
    paths: ['/data/prearchive/projects/:project'],
    GET: {
      ...all,
      says: 'List what waits in these projects',
      parameters: [project, formatParameter, ...pageParameters],
    },
  },
  {
    page: 'Prearchive',
    paths: [entryPath],
    GET: {
      says: 'The session that an entry is, as XML, or its row of the list, or all its files as one',
      respond: show,
      parameters: [...entryParameters, formatParameter],
      gives: [...tables, 'application/zip', 'application/x-gtar'],
      statuses: denied,
    },
    POST: posted,
    DELETE: {
      says: 'Delete an entry with all that waits in it',
      respond: remove,
      parameters: entryParameters,
      gives: ['text/plain'],
      statuses: { 409: 'Somebody works on it', ...denied },
    },
  },
]
