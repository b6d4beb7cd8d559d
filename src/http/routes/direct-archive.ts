import { scopeOf } from '../../archive/archive.ts'
import { refuse } from '../../errors.ts'
import type { ListedArrival } from '../../intake/arrival-list.ts'
import { archiveDirect, type DirectAddress, dropDirect, findDirect, listDirect } from '../../intake/direct-arrivals.ts'
import { importedUri } from '../../intake/import.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { wholeBody } from '../document.ts'
import { doneAnswer, jsonAnswer, jsonOf, objectOf } from '../json-answer.ts'
import { textAnswer } from '../reply.ts'

const MAX_ROWS = 1000
const MAX_PAGES = 1_000_000

const rowJson = (row: ListedArrival) => ({
  id: row.id,
  project: row.project_name,
  timestamp: row.timestamp,
  lastmod: row.modified_at,
  uploaded: row.uploaded_at,
  scan_date: row.scan_date,
  scan_time: row.scan_time,
  subject: row.subject,
  folderName: row.folder,
  name: row.name,
  tag: row.study_uid,
  status: row.status,
  source: row.source,
  visit: row.visit,
  protocol: row.protocol,
  timezone: row.timezone,
})

/** A whole number from 1 to `most`, or what stands for it. */
const wholeOf = (value: unknown, otherwise: number, most: number): number =>
  Number.isInteger(value) && (value as number) > 0 ? Math.min(value as number, most) : otherwise

/** `{"project": {"value": "P"}}`, or the bare text: what tables of pages send. */
function projectIn(filters: unknown): string | undefined {
  const { project } = objectOf(filters ?? {})
  const value = typeof project === 'object' && project !== null ? objectOf(project)['value'] : project
  return typeof value === 'string' && value !== '' ? value : undefined
}

async function list(call: Call): Promise<Answer> {
  const text = (await wholeBody(call.body)).toString('utf8')
  const asked = objectOf(text.trim() === '' ? {} : jsonOf(text))
  const project = projectIn(asked['filters']) ?? call.query.get('project')
  const page = wholeOf(asked['page'], 1, MAX_PAGES)
  const size = wholeOf(asked['size'], MAX_ROWS, MAX_ROWS)
  const rows = await listDirect(call.archive, call.viewer, { ...(project ? { project } : {}), page, size })
  return jsonAnswer(rows.map(rowJson))
}

const addressOf = ({ params }: Call): DirectAddress => ({
  project: params['project'] ?? '',
  study: params['study'] ?? '',
  label: params['label'] ?? '',
})

async function show(call: Call): Promise<Answer> {
  return jsonAnswer(rowJson(await findDirect(scopeOf(call.archive, call.viewer), addressOf(call))))
}

async function archiveNow(call: Call): Promise<Answer> {
  const sessions = await archiveDirect(call.archive, call.viewer, call.why, addressOf(call))
  return textAnswer(sessions.map((one) => `/data${importedUri({ kind: 'archive', ...one })}`).join('\r\n'))
}

async function drop(call: Call): Promise<Answer> {
  const text = call.params['id'] ?? ''
  if (!/^\d{1,15}$/.test(text)) refuse({ kind: 'not-found', noun: 'arrival', name: text })
  await dropDirect(call.archive, call.viewer, call.why, Number(text))
  return doneAnswer
}

const parameters: readonly Parameter[] = [
  { name: 'project', in: 'path', says: 'ID of the project' },
  { name: 'study', in: 'path', says: 'Study Instance UID' },
  { name: 'label', in: 'path', says: 'label of the session' },
]
const denied = { 403: 'Not yours', 404: 'No such arrival' }

/** What is on its way into the archive past the prearchive (import 2.10). */
export const directArchiveRoutes: readonly Route[] = [
  {
    page: 'Prearchive',
    paths: ['/xapi/direct-archive'],
    POST: {
      says: 'List direct arrivals; the body may have page, size and filters',
      respond: list,
      takes: ['application/json'],
      statuses: denied,
    },
  },
  {
    page: 'Prearchive',
    paths: ['/xapi/direct-archive/:project/:study/:label'],
    GET: { says: 'One direct arrival', respond: show, parameters, statuses: denied },
    POST: {
      says: 'Archive it now',
      respond: archiveNow,
      parameters,
      gives: ['text/plain'],
      statuses: { 409: 'Somebody works on it, or a session is in the way', ...denied },
    },
  },
  {
    page: 'Prearchive',
    paths: ['/xapi/direct-archive/:id'],
    DELETE: {
      says: 'Drop a direct arrival with what came',
      respond: drop,
      parameters: [{ name: 'id', in: 'path', says: 'its number' }],
      statuses: denied,
    },
  },
]
