import { scopeOf } from '../../archive/archive.ts'
import { arrivalLogs } from '../../intake/arrival-logs.ts'
import { arrivalState } from '../../intake/arrival-state.ts'
import { locateArrival } from '../../intake/arrivals.ts'
import type { Answer, Call, Route } from '../call.ts'
import { jsonAnswer } from '../json-answer.ts'

async function state(call: Call): Promise<Answer> {
  const { project = '', timestamp = '', entry: folder = '' } = call.params
  const scope = scopeOf(call.archive, call.viewer)
  const arrival = await locateArrival(scope, { project, timestamp, folder }, 'read')
  const log = await arrivalLogs(scope, arrival)
  return jsonAnswer({ ...(await arrivalState(scope, arrival)), log })
}

/** How an entry stands, for people who wait for it: what the list has no column for (import 10.5, 10.8, 10.10). */
export const arrivalStateRoutes: readonly Route[] = [
  {
    page: 'Prearchive',
    paths: ['/xapi/prearchive/projects/:project/:timestamp/:entry'],
    GET: {
      says: 'State, counters, log and disagreements of an entry, and when it is closed by itself',
      respond: state,
      parameters: [
        { name: 'project', in: 'path', says: 'ID of the project, or Unassigned' },
        { name: 'timestamp', in: 'path', says: 'when it came: yyyyMMdd_HHmmssSSS' },
        { name: 'entry', in: 'path', says: 'folder name of the entry' },
      ],
      statuses: { 403: 'Not yours to see', 404: 'No such entry' },
    },
  },
]
