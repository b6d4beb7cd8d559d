import { deleteGroup, type GroupRights, groupItem, listGroups, putGroup } from '../../archive/groups.ts'
import { changeMembers, listMembers } from '../../archive/members.ts'
import type { Action } from '../../model/access.ts'
import { documents } from '../../model/types/documents.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { readParameters } from '../document.ts'
import type { Query } from '../query.ts'
import { emptyAnswer, itemAnswer, tableAnswer, textAnswer } from '../reply.ts'
import { tableTypes } from './session-places.ts'
import { formatParameter, projectParameter } from './shared-parameters.ts'

async function members(call: Call, disabled: boolean): Promise<Answer> {
  const options = { disabled, dataAdmins: call.query.flag('includeAllDataAccess') }
  return tableAnswer(call, await listMembers(call.archive, call.viewer, call.params['project']!, options))
}

async function change(call: Call, action: 'add' | 'remove'): Promise<Answer> {
  const { project = '', group = '', user = '' } = call.params
  const logins = user
    .split(',')
    .map((login) => login.trim())
    .filter((login) => login !== '')
  return tableAnswer(call, await changeMembers(call.archive, call.viewer, call.why, { project, group, logins, action }))
}

// Groups are what has XML as its first representation, the list and each of them (hierarchy 1.2).
const groupVariants = ['text/xml', 'application/json', 'text/html']

async function groups(call: Call): Promise<Answer> {
  return tableAnswer(call, await listGroups(call.archive, call.viewer, call.params['project']!), groupVariants)
}

async function group(call: Call): Promise<Answer> {
  const at = { project: call.params['project']!, group: call.params['group']! }
  return itemAnswer(call, await groupItem(call.archive, call.viewer, at), { variants: groupVariants, types: documents })
}

async function write(call: Call): Promise<Answer> {
  const fields = await readParameters(call)
  const wish = {
    project: call.params['project']!,
    segment: call.params['group'],
    id: fields.get('xdat:userGroup/ID') || undefined,
    displayName: fields.get('xdat:userGroup/displayName') || undefined,
    rights: rightsOf(fields),
  }
  return textAnswer(await putGroup(call.archive, call.viewer, call.why, wish))
}

const letters: ReadonlyMap<string, readonly Action[]> = new Map([
  ['R', ['read']],
  ['E', ['read', 'create', 'edit', 'activate']],
  ['D', ['read', 'delete']],
])

/** What a field `<xsiType>_<xsiType>/project_<P>_R` (or `_E`, `_D`, `_wasSet`) of a form is about (hierarchy 3.9). */
function boxOf(name: string): { type: string; box: string } | undefined {
  const pair = name.slice(0, Math.max(0, name.indexOf('/')))
  const type = pair.slice(0, (pair.length - 1) / 2)
  if (type === '' || pair !== `${type}_${type}`) return undefined
  return { type, box: name.slice(name.lastIndexOf('_') + 1) }
}

/** Undefined where the form has no boxes for rights at all. */
function rightsOf(fields: Query): GroupRights | undefined {
  const boxes = fields.entries.flatMap(([name, value]) => {
    const found = boxOf(name)
    return found ? [{ ...found, checked: value !== '0' && value !== 'false' }] : []
  })
  if (boxes.length === 0) return undefined
  const rights = new Map<string, Set<Action>>()
  for (const { type, box, checked } of boxes) {
    const allowed = checked ? (letters.get(box) ?? []) : []
    if (allowed.length > 0) rights.set(type, new Set([...(rights.get(type) ?? []), ...allowed]))
  }
  return rights
}

async function removeGroup(call: Call): Promise<Answer> {
  await deleteGroup(call.archive, call.viewer, call.why, {
    project: call.params['project']!,
    group: call.params['group']!,
  })
  return emptyAnswer
}

const groupParameter: Parameter = {
  name: 'group',
  in: 'path',
  says: 'Id of a group (P1_owner), its role (owner) or title (Owners)',
}
const userParameter: Parameter = { name: 'user', in: 'path', says: 'Login; several separated by commas' }

export const memberRoutes: readonly Route[] = [
  {
    page: 'members',
    paths: ['/data/projects/:project/users'],
    GET: {
      says: 'The users of a project with their groups',
      respond: (call) => members(call, false),
      parameters: [projectParameter, formatParameter],
      gives: tableTypes,
    },
  },
  {
    page: 'members',
    paths: ['/data/projects/:project/users/:disabled'],
    GET: {
      says: 'The same; with true also users who may not sign in',
      respond: (call) => members(call, call.params['disabled'] === 'true'),
      parameters: [projectParameter, formatParameter],
      gives: tableTypes,
    },
  },
  {
    page: 'members',
    paths: ['/data/projects/:project/users/:group/:user', '/data/projects/:project/users/:group/:user/:hidden'],
    GET: {
      says: 'The users of a project',
      respond: (call) => members(call, false),
      parameters: [projectParameter, groupParameter, userParameter],
      gives: tableTypes,
    },
    PUT: {
      says: 'Adds a user to a group',
      respond: (call) => change(call, 'add'),
      parameters: [projectParameter, groupParameter, userParameter],
      statuses: { 412: 'The guest cannot be a member' },
    },
    DELETE: {
      says: 'Takes a user out of a group',
      respond: (call) => change(call, 'remove'),
      parameters: [projectParameter, groupParameter, userParameter],
    },
  },
  {
    page: 'members',
    paths: ['/data/projects/:project/groups'],
    GET: {
      says: 'The groups of a project',
      respond: groups,
      parameters: [projectParameter, formatParameter],
      gives: tableTypes,
    },
    PUT: {
      says: 'Creates or changes a custom group',
      respond: write,
      parameters: [projectParameter],
      takes: ['application/x-www-form-urlencoded'],
    },
    POST: {
      says: 'Creates or changes a custom group',
      respond: write,
      parameters: [projectParameter],
      takes: ['application/x-www-form-urlencoded'],
    },
  },
  {
    page: 'members',
    paths: ['/data/projects/:project/groups/:group'],
    GET: { says: 'One group', respond: group, parameters: [projectParameter, groupParameter, formatParameter] },
    PUT: {
      says: 'Creates or changes a custom group',
      respond: write,
      parameters: [projectParameter, groupParameter],
      takes: ['application/x-www-form-urlencoded'],
    },
    POST: {
      says: 'Creates or changes a custom group',
      respond: write,
      parameters: [projectParameter, groupParameter],
      takes: ['application/x-www-form-urlencoded'],
    },
    DELETE: { says: 'Removes a custom group', respond: removeGroup, parameters: [projectParameter, groupParameter] },
  },
]
