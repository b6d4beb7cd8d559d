import { changeMembers, quitGroup } from '../../archive/members.ts'
import { groupsOfUser, projectOfGroup } from '../../archive/user-groups.ts'
import { refuse } from '../../errors.ts'
import { isSiteGroup, type SiteGroup } from '../../model/access.ts'
import { changeUser } from '../../site/accounts.ts'
import { listUsers, requireUser, type User } from '../../site/users.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { jsonAnswer, readJson } from '../json-answer.ts'
import { requireAdmin, requireSelfOrAdmin, requireSignedIn } from '../viewers.ts'

const ADMINISTRATOR = 'Administrator'
/** `non_expiring` exempts from old passwords; the others are remembered for clients and allow nothing here. */
const knownRoles = [ADMINISTRATOR, 'DataManager', 'Dashboards', 'Privileged', 'non_expiring']

const rolesOf = (user: User): string[] => [...(user.admin ? [ADMINISTRATOR] : []), ...user.roles]

async function showRoles(call: Call): Promise<Answer> {
  const { user = '' } = call.params
  requireSelfOrAdmin(call, user)
  return jsonAnswer(rolesOf(await requireUser(call.site, user)))
}

/** Gives or takes roles; answers those that do not exist, with 202 when there are any. */
async function changeRoles(call: Call, named: readonly string[], take: boolean): Promise<Answer> {
  requireAdmin(call)
  const user = await requireUser(call.site, call.params['user'] ?? '')
  const roles = new Set(rolesOf(user))
  for (const role of named.filter((one) => knownRoles.includes(one))) {
    if (take) roles.delete(role)
    else roles.add(role)
  }
  const admin = roles.delete(ADMINISTRATOR)
  await changeUser(call.site, user.login, { admin, roles: [...roles] })
  return failures(named.filter((role) => !knownRoles.includes(role)))
}

const failures = (names: readonly string[]): Answer => jsonAnswer(names, names.length > 0 ? 202 : 200)

async function roleMap(call: Call): Promise<Answer> {
  requireAdmin(call)
  const users = await listUsers(call.site)
  const loginsWith = (role: string) => users.filter((user) => rolesOf(user).includes(role)).map((user) => user.login)
  const { role } = call.params
  if (role !== undefined) return jsonAnswer(loginsWith(role))
  return jsonAnswer(Object.fromEntries(knownRoles.map((name) => [name, loginsWith(name)])))
}

async function roleNames(call: Call): Promise<Answer> {
  requireAdmin(call)
  return jsonAnswer(knownRoles)
}

async function showGroups(call: Call): Promise<Answer> {
  return jsonAnswer(await groupsOfUser(call.archive, call.viewer, call.params['user'] ?? ''))
}

type Membership = 'add' | 'remove'

/** Adds a user to groups or takes them out; answers the groups that do not exist, with 202 when there are any. */
async function changeGroups(call: Call, groups: readonly string[], action: Membership): Promise<Answer> {
  requireSignedIn(call)
  const unknown: string[] = []
  for (const group of groups) {
    const project = isSiteGroup(group) ? undefined : await projectOfGroup(call.archive, group)
    if (isSiteGroup(group)) await changeSiteGroup(call, group, action)
    else if (project === undefined) unknown.push(group)
    else await changeProjectGroup(call, { project, group }, action)
  }
  return failures(unknown)
}

/** Everybody may leave a group; the rest is for owners of its project. */
async function changeProjectGroup(
  call: Call,
  place: { project: string; group: string },
  action: Membership,
): Promise<void> {
  const { user = '' } = call.params
  if (action === 'remove' && user === call.viewer.login) await quitGroup(call.archive, call.viewer, call.why, place)
  else await changeMembers(call.archive, call.viewer, call.why, { ...place, logins: [user], action })
}

/** The groups that open all data of the site are given by its administrators only; everybody may leave them. */
async function changeSiteGroup(call: Call, group: SiteGroup, action: Membership): Promise<void> {
  const { user: login = '' } = call.params
  if (action === 'add') requireAdmin(call)
  else requireSelfOrAdmin(call, login)
  const { admin, siteGroups } = await requireUser(call.site, login)
  if (action === 'remove' && admin && group === 'ALL_DATA_ADMIN') {
    const because = `${login} has the role ${ADMINISTRATOR}, which brings ${group} along.`
    refuse({ kind: 'conflict', noun: 'user', name: login, because })
  }
  const others = siteGroups.filter((name) => name !== group)
  await changeUser(call.site, login, { siteGroups: action === 'add' ? [...others, group] : others })
}

/** The names in a JSON list. @throws ArchiveError 'invalid' */
async function listed(call: Call): Promise<readonly string[]> {
  const list = await readJson(call)
  if (Array.isArray(list) && list.every((name) => typeof name === 'string')) return list
  return refuse({ kind: 'invalid', field: 'body', because: 'The body must be a JSON list of names.' })
}

async function oldRoles(call: Call): Promise<Answer> {
  const named = (call.query.get('roles') ?? '').split(',').filter((role) => role !== '')
  return { ...(await changeRoles(call, named, false)), status: 202 }
}

const user: Parameter = { name: 'user', in: 'path', says: 'login of the user' }
const role: Parameter = { name: 'role', in: 'path', says: 'name of the role' }
const group: Parameter = { name: 'group', in: 'path', says: 'id of the group, such as P1_owner' }
const takes = ['application/json']
const statuses = { 202: 'Some of the names are unknown; they are listed.' }

/** Roles and groups of users (hierarchy 7.3). */
export const userRoleRoutes: readonly Route[] = [
  { page: 'Users', paths: ['/xapi/users/rolemap'], GET: { says: 'The users of each role', respond: roleMap } },
  { page: 'Users', paths: ['/xapi/users/roles'], GET: { says: 'The names of the roles', respond: roleNames } },
  {
    page: 'Users',
    paths: ['/xapi/users/roles/:role'],
    GET: { says: 'The users of a role', respond: roleMap, parameters: [role] },
  },
  {
    page: 'Users',
    paths: ['/xapi/users/:user/roles'],
    GET: { says: 'The roles of a user', respond: showRoles, parameters: [user] },
    PUT: {
      says: 'Gives roles',
      respond: async (call) => changeRoles(call, await listed(call), false),
      parameters: [user],
      takes,
      statuses,
    },
    DELETE: {
      says: 'Takes roles',
      respond: async (call) => changeRoles(call, await listed(call), true),
      parameters: [user],
      takes,
      statuses,
    },
  },
  {
    page: 'Users',
    paths: ['/xapi/users/:user/roles/:role'],
    PUT: {
      says: 'Gives a role',
      respond: (call) => changeRoles(call, [call.params['role'] ?? ''], false),
      parameters: [user, role],
      statuses,
    },
    DELETE: {
      says: 'Takes a role',
      respond: (call) => changeRoles(call, [call.params['role'] ?? ''], true),
      parameters: [user, role],
      statuses,
    },
  },
  {
    page: 'Users',
    paths: ['/xapi/users/:user/groups'],
    GET: { says: 'The groups that a user is in', respond: showGroups, parameters: [user] },
    PUT: {
      says: 'Adds a user to groups',
      respond: async (call) => changeGroups(call, await listed(call), 'add'),
      parameters: [user],
      takes,
      statuses,
    },
    DELETE: {
      says: 'Takes a user out of groups',
      respond: async (call) => changeGroups(call, await listed(call), 'remove'),
      parameters: [user],
      takes,
      statuses,
    },
  },
  {
    page: 'Users',
    paths: ['/xapi/users/:user/groups/:group'],
    PUT: {
      says: 'Adds a user to a group',
      respond: (call) => changeGroups(call, [call.params['group'] ?? ''], 'add'),
      parameters: [user, group],
      statuses,
    },
    DELETE: {
      says: 'Takes a user out of a group',
      respond: (call) => changeGroups(call, [call.params['group'] ?? ''], 'remove'),
      parameters: [user, group],
      statuses,
    },
  },
  {
    page: 'Users',
    paths: ['/data/user/:user/roles'],
    POST: {
      says: 'Gives the roles named in `roles`',
      respond: oldRoles,
      parameters: [user, { name: 'roles', in: 'query', says: 'names, separated by commas' }],
    },
  },
]
