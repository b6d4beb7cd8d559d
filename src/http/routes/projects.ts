import { scopeOf } from '../../archive/archive.ts'
import { listRecords } from '../../archive/listing.ts'
import {
  listCreatableTypes,
  listProjectsByPermission,
  listProjectsByRole,
  ownedOnly,
  type ProjectFilters,
} from '../../archive/project-lists.ts'
import { deleteProject, projectItem, putProject } from '../../archive/projects.ts'
import { refuse } from '../../errors.ts'
import type { Action } from '../../model/access.ts'
import { readDateTime } from '../../model/dates.ts'
import type { Table } from '../../model/table.ts'
import { projectShortcuts } from '../../model/types/shortcuts.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { readParameters, readPatchOf } from '../document.ts'
import { columnOf, keyedColumns, readListing } from '../parameters.ts'
import { emptyAnswer, itemAnswer, locationAnswer, tableAnswer } from '../reply.ts'
import { shortcutTable } from '../shortcut-table.ts'
import { tableTypes } from './session-places.ts'
import { formatParameter, listParameters, projectParameter, writeParameters } from './shared-parameters.ts'

const defaults = ['ID', 'secondary_ID', 'name', 'description', 'pi_firstname', 'pi_lastname']
const idColumn = columnOf('ID', projectShortcuts)!

async function list(call: Call): Promise<Answer> {
  if (call.query.flag('fields')) return tableAnswer(call, shortcutTable(projectShortcuts))
  if (call.query.get('permissions') || call.query.flag('creatableTypes'))
    return tableAnswer(call, await permitted(call))
  const filters = roleFilters(call)
  if (filters) return tableAnswer(call, await listProjectsByRole(call.archive, call.viewer, filters))
  const asked = readListing(await readParameters(call), projectShortcuts, defaults)
  const columns = keyedColumns(idColumn, asked.columns)
  const restricted = ['edit', 'delete'].includes(call.query.get('restrict') ?? '')
  const only = restricted ? ownedOnly(call.viewer) : undefined
  const listing = { root: 'project' as const, rootType: 'xnat:projectData', columns, filters: asked.filters, only }
  return tableAnswer(call, await listRecords(scopeOf(call.archive, call.viewer), listing))
}

const actions: readonly Action[] = ['read', 'create', 'edit', 'delete', 'activate']

async function permitted(call: Call): Promise<Table> {
  const asked = call.query.get('permissions') || 'create'
  const action = actions.find((one) => one === asked)
  if (!action) {
    const because = `permissions must be one of ${actions.join(', ')}, not ${asked}.`
    return refuse({ kind: 'invalid', field: 'permissions', because })
  }
  const type = call.query.get('dataType') || call.query.get('data-type') || undefined
  return listProjectsByPermission(call.archive, call.viewer, { action, type })
}

const triggers = [
  'accessible',
  'data',
  'prearc_code',
  'owner',
  'member',
  'collaborator',
  'activeSince',
  'recent',
  'favorite',
  'admin',
]

/** The parameters of the second list, or undefined when none of its triggers is there. */
function roleFilters(call: Call): ProjectFilters | undefined {
  const { query } = call
  const triggered = triggers.some((name) => query.get(name) !== undefined) || query.get('format') === 'search_xml'
  if (!triggered) return undefined
  const flag = (name: string) => (query.get(name) === undefined ? undefined : query.flag(name))
  return {
    accessible: flag('accessible'),
    data: query.get('data'),
    owner: flag('owner'),
    member: flag('member'),
    collaborator: flag('collaborator'),
    users: flag('users'),
    admin: flag('admin'),
    favorite: flag('favorite'),
    recent: flag('recent'),
    activeSince: sinceOf(query.get('activeSince')),
    prearchiveCodes: flag('prearc_code'),
  }
}

function sinceOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  return (
    readDateTime(text) ??
    refuse({ kind: 'unreadable', what: 'activeSince', because: `activeSince must be a date and time, not ${text}.` })
  )
}

async function post(call: Call): Promise<Answer> {
  const patch = await readPatchOf(call, projectShortcuts, 'xnat:projectData')
  const sent = patch.document?.fields['ID'] ?? call.query.get('ID') ?? call.query.get('xnat:projectData/ID')
  const name = sent === undefined ? '' : String(sent)
  if (name === '') refuse({ kind: 'nothing-sent', field: 'ID', because: 'Requires XNAT ProjectData ID' })
  const wish = { name, patch, accessibility: call.query.get('accessibility'), mustBeNew: true as const }
  const made = await putProject(call.archive, call.viewer, call.why, wish)
  return locationAnswer(`${call.siteUrl}/data/projects/${made.name}`)
}

async function put(call: Call): Promise<Answer> {
  const patch = await readPatchOf(call, projectShortcuts, 'xnat:projectData')
  await putProject(call.archive, call.viewer, call.why, {
    name: call.params['project']!,
    patch,
    accessibility: call.query.get('accessibility'),
  })
  // Never 201 and never a body: xnatpy takes any text for the last part of the new address (hierarchy 3.2).
  return emptyAnswer
}

async function get(call: Call): Promise<Answer> {
  const { item, history } = await projectItem(call.archive, call.viewer, call.params['project']!)
  if (call.query.flag('creatableTypes'))
    return tableAnswer(call, await listCreatableTypes(call.archive, call.viewer, call.params['project']!))
  return itemAnswer(call, item, { history })
}

async function remove(call: Call): Promise<Answer> {
  await deleteProject(call.archive, call.viewer, call.why, {
    name: call.params['project']!,
    removeFiles: call.query.flag('removeFiles'),
  })
  return emptyAnswer
}

const accessibilityParameter: Parameter = {
  name: 'accessibility',
  in: 'query',
  says: 'Who may see the project',
  values: ['public', 'protected', 'private'],
}

export const projectRoutes: readonly Route[] = [
  {
    page: 'projects',
    paths: ['/data/projects'],
    GET: {
      says: 'Lists the projects whose descriptor the caller may read',
      respond: list,
      parameters: listParameters,
      gives: tableTypes,
    },
    POST: {
      says: 'Creates a project; its ID is in the document or in ID',
      respond: post,
      parameters: [accessibilityParameter, ...writeParameters],
      statuses: { 409: 'The project exists', 417: 'No ID' },
    },
  },
  {
    page: 'projects',
    paths: ['/data/projects/:project'],
    GET: {
      says: 'One project by ID or alias',
      respond: get,
      parameters: [projectParameter, formatParameter],
      gives: ['text/html', 'application/json', 'text/xml'],
    },
    PUT: {
      says: 'Creates a project, or changes the one with that ID',
      respond: put,
      parameters: [projectParameter, accessibilityParameter, ...writeParameters],
      takes: ['text/xml', 'application/x-www-form-urlencoded'],
    },
    POST: {
      says: 'The same as PUT',
      respond: put,
      parameters: [projectParameter, accessibilityParameter, ...writeParameters],
      takes: ['text/xml'],
    },
    DELETE: {
      says: 'Deletes a project with all it owns',
      respond: remove,
      parameters: [projectParameter],
      statuses: { 400: 'No such project' },
    },
  },
]
