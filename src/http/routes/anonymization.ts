import { scopeOf } from '../../archive/archive.ts'
import { locateProject } from '../../archive/locate.ts'
import { keptScript, refuseScript, STANDARD_SCRIPT } from '../../intake/anonymization.ts'
import type { Answer, Call, Operation, Parameter, Route } from '../call.ts'
import { doneAnswer, jsonAnswer } from '../json-answer.ts'
import { textAnswer } from '../reply.ts'
import { requireAdmin, requireSignedIn } from '../viewers.ts'
import { projectParameter } from './shared-parameters.ts'

async function standard(call: Call): Promise<Answer> {
  requireSignedIn(call)
  return textAnswer(STANDARD_SCRIPT)
}

/** What is kept for clients that run scripts themselves; a project may have none. */
async function script(call: Call): Promise<Answer> {
  const { project } = call.params
  const kept = await keptScript(call.archive, call.viewer, project)
  if (kept === undefined && project !== undefined) return { status: 204 }
  return textAnswer(kept ?? STANDARD_SCRIPT)
}

async function checkMay(call: Call): Promise<void> {
  const { project } = call.params
  if (project === undefined) requireAdmin(call)
  else await locateProject(scopeOf(call.archive, call.viewer), { project }, 'edit')
}

async function putScript(call: Call): Promise<Answer> {
  await checkMay(call)
  return refuseScript()
}

async function isEnabled(call: Call): Promise<Answer> {
  const { project } = call.params
  if (project === undefined) requireSignedIn(call)
  else await locateProject(scopeOf(call.archive, call.viewer), { project }, 'read')
  return jsonAnswer(false)
}

/** Off is what they are. */
async function enable(call: Call): Promise<Answer> {
  await checkMay(call)
  const word = call.query.get('enable') ?? call.query.get('activate')
  return word?.toLowerCase() === 'false' ? doneAnswer : refuseScript()
}

const statuses = { 403: 'Not yours to change', 415: 'This server runs no scripts' }
const plain = ['text/plain']

const scriptOperations = (what: string, parameters: readonly Parameter[]): Pick<Route, 'GET' | 'PUT'> => ({
  GET: {
    says: `The anonymization script of ${what}, for clients that run it; this server runs none`,
    respond: script,
    parameters,
    gives: plain,
    ...(parameters.length > 0 ? { statuses: { 204: 'It has none', 404: 'No such project' } } : {}),
  },
  PUT: { says: 'Refused: this server runs no scripts', respond: putScript, parameters, takes: plain, statuses },
})

const enabling = (name: string, parameters: readonly Parameter[]): Operation => ({
  says: 'Switches scripts off, which they are; switching them on is refused',
  respond: enable,
  parameters: [...parameters, { name, in: 'query', says: 'false', values: ['false'] }],
  gives: plain,
  statuses,
})

function routesOf(what: string, root: string, older: string, parameters: readonly Parameter[]): readonly Route[] {
  const page = 'Importing'
  const GET = { says: 'Whether this server runs scripts: false', respond: isEnabled, parameters }
  return [
    { page, paths: [root, older], ...scriptOperations(what, parameters) },
    { page, paths: [`${root}/enabled`], GET, PUT: enabling('enable', parameters) },
    { page, paths: [older.replace(/script$/, 'status')], GET, PUT: enabling('activate', parameters) },
  ]
}

/** Scripts that change objects as they come: this server has none, and says so (import 8.1). */
export const anonymizationRoutes: readonly Route[] = [
  {
    page: 'Importing',
    paths: ['/xapi/anonymize/default'],
    GET: { says: 'A script that does nothing', respond: standard, gives: plain },
  },
  ...routesOf('the site', '/xapi/anonymize/site', '/data/config/edit/image/dicom/script', []),
  ...routesOf(
    'a project',
    '/xapi/anonymize/projects/:project',
    '/data/config/edit/projects/:project/image/dicom/script',
    [projectParameter],
  ),
]
