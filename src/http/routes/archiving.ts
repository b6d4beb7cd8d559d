import { scopeOf } from '../../archive/archive.ts'
import { refuse } from '../../errors.ts'
import { type ArchiveAsked, archiveOne, queueArchiving, validateArchiving } from '../../intake/archive-request.ts'
import { locateArrival } from '../../intake/arrivals.ts'
import { finalMessage, importedUri } from '../../intake/import.ts'
import { followed } from '../../intake/imports.ts'
import { workQueue } from '../../intake/work.ts'
import { arrivalUri, parseDestination } from '../arrival-uris.ts'
import type { Answer, Call, Operation, Parameter, Route } from '../call.ts'
import { chosenArrivals } from '../chosen-arrivals.ts'
import { readParameters } from '../document.ts'
import { anyOf, namesOf, overwriteOf, wishesOf } from '../import-parameters.ts'
import type { Query } from '../query.ts'
import { tableAnswer } from '../reply.ts'

/** What a request says of how to archive; the destination is honoured, single names outrank it (import 2.7). */
function askedOf(query: Query): ArchiveAsked {
  const dest = anyOf(query, 'dest')
  const destination = dest === undefined ? undefined : parseDestination(dest)
  if (destination && destination.kind !== 'archive')
    refuse({ kind: 'invalid', field: 'dest', because: 'Entries are archived to /archive/projects/P.' })
  const { project, subject, experiment } = destination?.kind === 'archive' ? destination : {}
  const fromPaths = {
    project: valueEnding(query, 'project'),
    subject: valueEnding(query, 'subject_id'),
    session: valueEnding(query, 'label'),
  }
  const names = { project, subject, session: experiment, ...present(fromPaths), ...namesOf(query) }
  return { overwrite: overwriteOf(query), wishes: wishesOf(query), ...present(names) }
}

const present = <T extends Readonly<Record<string, string | undefined>>>(names: T): { [K in keyof T]?: string } =>
  Object.fromEntries(Object.entries(names).filter(([, value]) => value)) as { [K in keyof T]?: string }

/** Of a path such as `xnat:mrSessionData/label`, in whatever letter case. */
const valueEnding = (query: Query, field: string): string | undefined =>
  query.entries.findLast(([name]) => new RegExp(`^\\w+:\\w+SessionData/${field}$`, 'i').test(name))?.[1]

async function archiveNow(call: Call): Promise<Answer> {
  const query = await readParameters(call)
  const places = chosenArrivals(query)
  const asked = askedOf(query)
  const { archive, viewer, why } = call
  const [at] = places
  if (places.length > 1 || !at) {
    const table = await queueArchiving(archive, viewer, why, { places, asked })
    call.later((signal) => workQueue(archive, signal))
    return tableAnswer(call, table)
  }
  const listener = anyOf(query, 'http-session-listener')
  if (listener !== undefined) {
    await locateArrival(scopeOf(archive, viewer), at, 'edit')
    const work = async () =>
      finalMessage([{ kind: 'archive', ...(await archiveOne(archive, viewer, why, { at, asked })) }])
    call.later(await followed(archive, viewer, { listener, says: 'Archiving session' }, work))
    return { status: 303, headers: { location: `${call.siteUrl}/data${arrivalUri(at)}` }, body: '' }
  }
  const admitted = await archiveOne(archive, viewer, why, { at, asked })
  const uri = `/data${importedUri({ kind: 'archive', ...admitted })}`
  const redirected = query.get('redirect')?.toLowerCase() === 'true'
  const headers = { 'content-type': 'text/uri-list', ...(redirected ? { location: `${call.siteUrl}${uri}` } : {}) }
  return { status: redirected ? 303 : 200, headers, body: `${uri}\r\n` }
}

async function validate(call: Call): Promise<Answer> {
  const query = await readParameters(call)
  const [at] = chosenArrivals(query)
  return tableAnswer(call, await validateArchiving(call.archive, call.viewer, { at: at!, asked: askedOf(query) }))
}

const parameters: readonly Parameter[] = [
  { name: 'src', in: 'query', says: 'an entry, as /prearchive/projects/P/TIMESTAMP/NAME; may be repeated' },
  { name: 'dest', in: 'query', says: 'where to: /archive/projects/P/subjects/S/experiments/E' },
  { name: 'project', in: 'query', says: 'ID of the project' },
  { name: 'subject', in: 'query', says: 'label of the subject' },
  { name: 'session', in: 'query', says: 'label of the session' },
  { name: 'overwrite', in: 'query', says: 'what may happen to a session that is there', values: ['append', 'delete'] },
  { name: 'quarantine', in: 'query', says: 'true: the session is in quarantine' },
  { name: 'http-session-listener', in: 'query', says: 'an id of your own, by which the end can be read; one entry' },
]

const post: Operation = {
  says: 'Archive entries of the prearchive: one at once, several one after the other',
  respond: archiveNow,
  parameters: [...parameters, { name: 'redirect', in: 'query', says: 'true: answer with 303' }],
  takes: ['application/x-www-form-urlencoded'],
  gives: ['text/uri-list', 'application/json'],
  statuses: {
    400: 'An entry without a project',
    403: 'Not yours, or somebody works on it',
    404: 'No such entry',
    409: 'A conflict with what is there: X-Conflicts lists it',
    500: 'It cannot be archived: the entry is in ERROR',
  },
}

/** From the prearchive into the archive (import 2.7). */
export const archivingRoutes: readonly Route[] = [
  { page: 'Prearchive', paths: ['/data/services/archive'], POST: post },
  {
    page: 'Prearchive',
    paths: ['/data/services/validate-archive'],
    POST: {
      says: 'What would be in the way of archiving an entry',
      respond: validate,
      parameters,
      gives: ['application/json', 'text/xml', 'text/html'],
      statuses: { 404: 'No such entry', 409: 'It was not built yet' },
    },
  },
]
