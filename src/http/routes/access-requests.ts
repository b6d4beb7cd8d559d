import { scopeOf } from '../../archive/archive.ts'
import { locateProject } from '../../archive/locate.ts'
import type { Answer, Call, Route } from '../call.ts'
import { tableAnswer } from '../reply.ts'
import { tableTypes } from './session-places.ts'
import { formatParameter, projectParameter } from './shared-parameters.ts'

const common = ['par_id', 'proj_id', 'level', 'create_date'] as const
const ofProject = [...common, 'email', 'login', 'secondary_id', 'approved', 'approval_date']
const ofCaller = [...common, 'login', 'firstname', 'lastname', 'secondary_id', 'name', 'id', 'description']

/** Nobody can ask to be let into a project here, so that there never is a row; xnatctl reads the columns. */
function noRequests(call: Call, columns: readonly string[]): Answer {
  const metadata = { totalRecords: '0' }
  return tableAnswer(call, { columns: columns.map((key) => ({ key, kind: 'string' as const })), rows: [], metadata })
}

async function projectRequests(call: Call): Promise<Answer> {
  await locateProject(scopeOf(call.archive, call.viewer), { project: call.params['project'] ?? '' }, 'edit')
  return noRequests(call, ofProject)
}

const page = 'Access requests'

/** Requests for access to projects: an empty list (hierarchy 1.1). */
export const accessRequestRoutes: readonly Route[] = [
  {
    page,
    paths: ['/data/projects/:project/pars'],
    GET: {
      says: 'Requests for access to a project, for those who may change it: none',
      respond: projectRequests,
      parameters: [projectParameter, formatParameter],
      gives: tableTypes,
    },
  },
  {
    page,
    paths: ['/data/pars'],
    GET: {
      says: 'Invitations to projects that wait for the caller: none',
      respond: async (call) => noRequests(call, ofCaller),
      parameters: [formatParameter],
      gives: tableTypes,
    },
  },
]
