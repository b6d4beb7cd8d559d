import { scopeOf } from '../../archive/archive.ts'
import { type ChangeEntry, listChanges } from '../../archive/changes.ts'
import { locateProject } from '../../archive/locate.ts'
import { refuse } from '../../errors.ts'
import type { Column, Table } from '../../model/table.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { tableAnswer } from '../reply.ts'
import { tableTypes } from './session-places.ts'
import { formatParameter, projectParameter } from './shared-parameters.ts'

const columnsOf = (names: readonly string[]): readonly Column[] =>
  names.map((key) => ({ key, kind: 'string' as const }))

const emptyTable = (names: readonly string[]): Table => ({
  columns: columnsOf(names),
  rows: [],
  metadata: { totalRecords: '0' },
})

async function pipelines(call: Call): Promise<Answer> {
  await locateProject(scopeOf(call.archive, call.viewer), { project: call.params['project'] ?? '' }, 'read')
  return tableAnswer(call, emptyTable(['Name', 'Location', 'Description', 'Datatype', 'Generates']))
}

async function pipeline(call: Call): Promise<Answer> {
  await locateProject(scopeOf(call.archive, call.viewer), { project: call.params['project'] ?? '' }, 'read')
  const name = call.params['pipeline'] ?? ''
  return refuse({ kind: 'not-found', noun: 'path', name, because: `The project has no pipeline ${name}.` })
}

/** One piece of work on an experiment: here, a change of it. */
const workflowCells: Readonly<Record<string, (entry: ChangeEntry, experiment: string) => string>> = {
  wrk_workflowData_id: ({ id }) => String(id),
  id: (_, experiment) => experiment,
  pipeline_name: ({ action }) => action,
  status: () => 'Complete',
  launch_time: ({ date }) => date.replace('T', ' ').replace('Z', ''),
  type: ({ type }) => type,
  create_user: ({ user }) => user,
  justification: ({ reason }) => reason,
  comments: ({ comment }) => comment,
  details: ({ detail }) => detail,
}

/** What was done to an experiment under that name, or under any with `ALL`. */
async function workflows(call: Call): Promise<Answer> {
  const { query } = call
  const experiment = query.get('experiment') || undefined
  if (experiment === undefined)
    return refuse({ kind: 'invalid', field: 'experiment', because: 'experiment must name an experiment.' })
  const project = query.get('project') || undefined
  const entries = await listChanges(call.archive, call.viewer, { project, experiment })
  const name = call.params['name'] ?? ''
  const shown = entries.filter(({ action }) => name === 'ALL' || action === name)
  const rows = shown.map((entry) => Object.values(workflowCells).map((cell) => cell(entry, experiment)))
  const metadata = { totalRecords: String(rows.length) }
  return tableAnswer(call, { columns: columnsOf(Object.keys(workflowCells)), rows, metadata })
}

const page = 'Workflows'
const where: readonly Parameter[] = [
  { name: 'name', in: 'path', says: 'what was done, such as Renamed; ALL: anything' },
  { name: 'experiment', in: 'query', says: 'id of the experiment, or its label with `project`', required: true },
  { name: 'project', in: 'query', says: 'ID of the project' },
  { name: 'display', in: 'query', says: 'ignored' },
]

/** Work that is done to records, as far as clients ask for it: there are no pipelines (clients 2.6). */
export const workflowRoutes: readonly Route[] = [
  {
    page,
    paths: ['/data/projects/:project/pipelines'],
    GET: {
      says: 'The pipelines of a project: none',
      respond: pipelines,
      parameters: [projectParameter, formatParameter],
      gives: tableTypes,
    },
  },
  {
    page,
    paths: ['/data/projects/:project/pipelines/:pipeline'],
    GET: {
      says: 'A pipeline',
      respond: pipeline,
      parameters: [projectParameter, { name: 'pipeline', in: 'path', says: 'name of the pipeline' }],
      statuses: { 404: 'There is none' },
    },
  },
  {
    page,
    paths: ['/data/services/workflows/:name'],
    GET: {
      says: 'The changes of an experiment as workflows, all of them complete',
      respond: workflows,
      parameters: [...where, formatParameter],
      gives: tableTypes,
    },
  },
]
