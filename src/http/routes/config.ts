import { scopeOf } from '../../archive/archive.ts'
import { type Configuration, listConfigurations, listTools, putConfiguration } from '../../archive/configurations.ts'
import { locateProject } from '../../archive/locate.ts'
import { putProjectSettings } from '../../archive/project-settings.ts'
import { refuse } from '../../errors.ts'
import { archiveSpecXml, xmlToArchiveSpec } from '../../formats/archive-spec.ts'
import { checkContents } from '../../intake/settings-checks.ts'
import type { Table } from '../../model/table.ts'
import type { Answer, Call, Operation, Parameter, Route } from '../call.ts'
import { readConfigurationBody, statusOf } from '../configuration-body.ts'
import { readSentDocument } from '../document.ts'
import { emptyAnswer, tableAnswer, textAnswer } from '../reply.ts'
import { acceptNotFound, reasonParameters } from './resource-parameters.ts'
import { formatParameter, projectParameter } from './shared-parameters.ts'

/** Nothing stored is 404, or with `accept-not-found` an empty 204. */
function nothing(call: Call): Answer {
  if (call.query.flag('accept-not-found')) return { status: 204 }
  return refuse({ kind: 'not-found', noun: 'setting', name: call.path, because: 'Config not found.' })
}

async function tools(call: Call): Promise<Answer> {
  const found = await listTools(call.archive, call.viewer, call.params['project'])
  if (found.length === 0) return nothing(call)
  return tableAnswer(call, {
    columns: [{ key: 'tool', kind: 'string' }],
    rows: found.map((tool) => [tool]),
    metadata: { totalRecords: String(found.length) },
  })
}

async function get(call: Call): Promise<Answer> {
  const { query, params } = call
  const bare = query.flag('contents') && !query.flag('meta')
  const found = await listConfigurations(call.archive, call.viewer, {
    project: params['project'],
    tool: params['tool'] ?? '',
    // The bare contents of a tool are those of its own entry; as a table all of its entries are shown.
    path: params['*'] ?? (bare ? '' : undefined),
    version: versionOf(call),
    orSite: query.flag('defaultToSiteWide'),
  })
  if (bare) return contentsOf(call, found.at(-1))
  return found.length === 0 ? nothing(call) : tableAnswer(call, tableOf(found, query.flag('meta')))
}

const contentsOf = (call: Call, newest: Configuration | undefined): Answer =>
  newest?.enabled ? textAnswer(newest.contents) : nothing(call)

function versionOf({ query }: Call): number | 'all' | undefined {
  if (query.get('action')?.toLowerCase() === 'gethistory') return 'all'
  const text = query.get('version')
  if (text === undefined || text === '') return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  return refuse({ kind: 'invalid', field: 'version', because: `version must be a number, not ${text}.` })
}

const strings = ['tool', 'path', 'project', 'user', 'create_date', 'reason', 'contents', 'unversioned'] as const

function tableOf(found: readonly Configuration[], withoutContents: boolean): Table {
  return {
    columns: [
      ...strings.map((key) => ({ key, kind: 'string' as const })),
      { key: 'version', kind: 'integer' },
      { key: 'status', kind: 'string' },
    ],
    rows: found.map((one) => [
      one.tool,
      one.path,
      one.project ?? '',
      one.login,
      one.at,
      one.reason ?? '',
      withoutContents ? '' : one.contents,
      String(one.unversioned),
      one.version,
      one.enabled ? 'enabled' : 'disabled',
    ]),
    metadata: { totalRecords: String(found.length) },
  }
}

const addressOf = ({ params }: Call) => ({
  project: params['project'],
  tool: params['tool'] ?? '',
  path: params['*'] ?? '',
})

/** The service has a name of its own for the reason. */
const whyOf = (call: Call) => ({ ...call.why, reason: call.why.reason ?? (call.query.get('reason') || undefined) })

async function put(call: Call): Promise<Answer> {
  const sent = await readConfigurationBody(call)
  const unversioned = call.query.get('unversioned') === undefined ? undefined : call.query.flag('unversioned')
  const status = call.query.get('status') || sent.status
  const at = addressOf(call)
  const check = (contents: string) => checkContents(at, contents)
  const wish = { at, contents: sent.contents, enabled: statusOf(status), unversioned, check }
  const created = await putConfiguration(call.archive, call.viewer, whyOf(call), wish)
  return created ? { ...emptyAnswer, status: 201 } : emptyAnswer
}

async function disable(call: Call): Promise<Answer> {
  await putConfiguration(call.archive, call.viewer, whyOf(call), { at: addressOf(call), enabled: false })
  return emptyAnswer
}

async function archiveSpec(call: Call): Promise<Answer> {
  const scope = scopeOf(call.archive, call.viewer)
  const { row } = await locateProject(scope, { project: call.params['project'] ?? '' }, 'read')
  const body = archiveSpecXml({
    project: row.name,
    currentArc: row.current_arc,
    prearchiveCode: row.prearchive_code,
    quarantineCode: row.quarantine_code,
  })
  return { status: 200, headers: { 'content-type': 'text/xml; charset=UTF-8' }, body }
}

/** The document of GET, or part of it, sent back: the settings that it holds are changed (hierarchy 1.1). */
async function putArchiveSpec(call: Call): Promise<Answer> {
  const { row } = await locateProject(
    scopeOf(call.archive, call.viewer),
    { project: call.params['project'] ?? '' },
    'edit',
  )
  const { project, settings } = xmlToArchiveSpec(await readSentDocument(call))
  const because = `The document is of project ${project}, the address of ${row.name}.`
  if (project !== undefined && project !== row.name) refuse({ kind: 'nothing-sent', field: 'id', because })
  await putProjectSettings(call.archive, call.viewer, whyOf(call), { name: row.name, settings })
  return emptyAnswer
}

const tool: Parameter = { name: 'tool', in: 'path', says: 'name of the program or feature that is configured' }
const path: Parameter = { name: '*', in: 'path', says: 'name of the entry; may contain slashes' }
const missing = { 404: 'Nothing is stored there', 204: 'Nothing is stored there, with accept-not-found' }
const tables = ['application/json', 'text/html', 'text/xml']

const reading: readonly Parameter[] = [
  formatParameter,
  { name: 'contents', in: 'query', says: 'true: the contents alone, as text' },
  { name: 'meta', in: 'query', says: 'true: everything but the contents' },
  { name: 'version', in: 'query', says: 'That version instead of the newest' },
  { name: 'action', in: 'query', says: 'getHistory: all versions', values: ['getHistory'] },
  { name: 'defaultToSiteWide', in: 'query', says: 'true: what the site has, where the project has nothing' },
  acceptNotFound,
]

const writing: readonly Parameter[] = [
  { name: 'inbody', in: 'query', says: 'true: the body is the contents, whatever its type' },
  { name: 'status', in: 'query', says: 'Status of the entry', values: ['enabled', 'disabled', 'true', 'false'] },
  { name: 'unversioned', in: 'query', says: 'true: replace the newest contents instead of making a version' },
  { name: 'reason', in: 'query', says: 'Why; kept with the version' },
  ...reasonParameters,
]

type Scoped = Readonly<{ root: string; what: string; parameters: readonly Parameter[] }>

function toolsRoute({ root, what, parameters }: Scoped): Route {
  const list: Operation = {
    says: `Lists the tools that ${what} configures`,
    respond: tools,
    parameters: [...parameters, formatParameter, acceptNotFound],
    gives: tables,
    statuses: missing,
  }
  return { page: 'Configuration', paths: [root], GET: list }
}

function entryRoute({ root, what, parameters }: Scoped, tail: string): Route {
  const all = [...parameters, tool, ...(tail === '' ? [] : [path])]
  return {
    page: 'Configuration',
    paths: [`${root}/:tool${tail}`],
    GET: {
      says: tail === '' ? `Lists the entries of a tool that ${what} has` : `One entry of ${what}`,
      respond: get,
      parameters: [...all, ...reading],
      gives: [...tables, 'text/plain'],
      statuses: missing,
    },
    PUT: {
      says: `Gives an entry of ${what} contents or a status`,
      respond: put,
      parameters: [...all, ...writing],
      takes: ['text/plain', 'application/json', 'multipart/form-data'],
      gives: ['text/plain'],
      statuses: { 201: 'The entry is new', 400: 'A rule or filter that cannot be read', 404: 'A status for nothing' },
    },
    DELETE: {
      says: `Disables an entry of ${what}`,
      respond: disable,
      parameters: [...all, ...reasonParameters],
      gives: ['text/plain'],
      statuses: { 404: missing[404] },
    },
  }
}

const scopes: readonly Scoped[] = [
  { root: '/data/config', what: 'the site', parameters: [] },
  { root: '/data/projects/:project/config', what: 'a project', parameters: [projectParameter] },
]

/** Texts that programs keep in the archive for the site and for projects, by tool and path (hierarchy 3.10, 7.7). */
export const configRoutes: readonly Route[] = [
  ...scopes.flatMap((scope) => [toolsRoute(scope), entryRoute(scope, ''), entryRoute(scope, '/*')]),
  {
    page: 'Configuration',
    paths: ['/data/projects/:project/archive_spec', '/data/config/:project/archive_spec'],
    GET: {
      says: 'The archive settings of a project',
      respond: archiveSpec,
      parameters: [projectParameter],
      gives: ['text/xml'],
    },
    PUT: {
      says: 'Changes those settings that the document names',
      respond: putArchiveSpec,
      parameters: [projectParameter],
      takes: ['text/xml'],
    },
  },
]
