import { scopeOf } from '../../archive/archive.ts'
import { allProjectIds, creatableTypes, type ProjectRole, rolesOfUser } from '../../archive/project-roles.ts'
import { listSearchElements } from '../../archive/search-elements.ts'
import { refuse } from '../../errors.ts'
import type { DataType } from '../../model/dictionary.ts'
import { searchableTypes } from '../../model/search-fields.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { displayJson } from '../data-type-json.ts'
import { doneAnswer, jsonAnswer } from '../json-answer.ts'
import { requireAdmin, requireSelfOrAdmin, requireSignedIn } from '../viewers.ts'

function roleJson({ project, doc, group, role }: ProjectRole): Readonly<Record<string, string>> {
  const { name = '', description = '', secondary_ID = project } = JSON.parse(doc) as Record<string, string>
  return { ID: project, secondary_ID, name, description, GROUP_ID: group, role }
}

async function roles(call: Call): Promise<Answer> {
  const login = call.params['user'] ?? call.viewer.login
  if (call.params['user'] !== undefined) requireAdmin(call)
  return jsonAnswer((await rolesOfUser(call.archive, call.viewer, login)).map(roleJson))
}

const creatable = (call: Call): Promise<readonly DataType[]> => creatableTypes(call.archive, call.viewer)

/** Menus of types: those with records that the caller may read, may be searched, or that the caller may create. */
const displays: Readonly<Record<string, (call: Call) => Promise<readonly DataType[]>>> = {
  browseable: readableTypes,
  browseableCreateable: async (call) => [...new Set([...(await readableTypes(call)), ...(await creatable(call))])],
  createable: creatable,
  searchable: async (call) => searchableTypes(call.archive.types),
}

async function readableTypes(call: Call): Promise<readonly DataType[]> {
  const filters = { secured: true, used: true, readable: true }
  const { rows } = await listSearchElements(scopeOf(call.archive, call.viewer), filters)
  return rows.flatMap(([name]) => call.archive.types.find(String(name)) ?? [])
}

async function display(call: Call): Promise<Answer> {
  const { display: name = '' } = call.params
  const types = displays[name.replaceAll('creatable', 'createable').replaceAll('Creatable', 'Createable')]
  if (!types) {
    const because = `There is no list ${name} of data types; there are ${Object.keys(displays).join(', ')}.`
    return refuse({ kind: 'invalid', field: 'display', because })
  }
  return jsonAnswer((await types(call)).map((type) => displayJson(call.archive.types, type)))
}

async function flush(call: Call): Promise<Answer> {
  const { user } = call.params
  if (user === undefined) requireSignedIn(call)
  else requireSelfOrAdmin(call, user)
  return doneAnswer
}

const page = 'Access'
const user: Parameter = { name: 'user', in: 'path', says: 'login of the user' }
const which: Parameter = { name: 'display', in: 'path', says: 'which list', values: Object.keys(displays) }

/** What the caller may see and do, for user interfaces (hierarchy 7.4). */
export const accessRoutes: readonly Route[] = [
  {
    page,
    paths: ['/xapi/access/projects'],
    GET: { says: 'The projects in which the caller has a role, with the role', respond: roles },
  },
  {
    page,
    paths: ['/xapi/access/:user/projects'],
    GET: { says: 'The same of another user; for administrators', respond: roles, parameters: [user] },
  },
  {
    page,
    paths: ['/xapi/access/displays'],
    GET: { says: 'The names of the lists below', respond: async () => jsonAnswer(Object.keys(displays)) },
  },
  {
    page,
    paths: ['/xapi/access/displays/modified'],
    GET: {
      says: 'The present time: rights are never kept, so that lists may be old at any moment',
      respond: async (call) => jsonAnswer(call.site.now().getTime()),
    },
  },
  {
    page,
    paths: ['/xapi/access/displays/:display'],
    GET: {
      says: 'The data types that the caller may read records of, search or create',
      respond: display,
      parameters: [which],
      statuses: { 400: 'There is no such list' },
    },
  },
  // Rights are read afresh for every request: there is no cache to flush, which clients need not know.
  {
    page,
    paths: ['/xapi/access/cache/flush'],
    DELETE: { says: 'Nothing: rights are never kept', respond: flush },
  },
  {
    page,
    paths: ['/xapi/access/cache/flush/:user'],
    DELETE: { says: 'Nothing: rights are never kept', respond: flush, parameters: [user] },
  },
  {
    page,
    paths: ['/xapi/role/projects'],
    GET: {
      says: 'The IDs of all projects, for administrators and users with the role Privileged',
      respond: async (call) => jsonAnswer((await allProjectIds(call.archive, call.viewer)).map((id) => ({ id }))),
    },
  },
]
