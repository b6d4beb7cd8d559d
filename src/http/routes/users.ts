import { rolesOfUser } from '../../archive/project-roles.ts'
import { refuse } from '../../errors.ts'
import type { Table } from '../../model/table.ts'
import { changeUser, createUser } from '../../site/accounts.ts'
import { signIn } from '../../site/sign-in.ts'
import { findUser, listUsers, requireUser, type User } from '../../site/users.ts'
import type { Answer, Call, Operation, Parameter, Route } from '../call.ts'
import { faultAnswer } from '../error-reply.ts'
import { doneAnswer, jsonAnswer, objectOf, readJson, unchangedAnswer } from '../json-answer.ts'
import { tableAnswer, textAnswer } from '../reply.ts'
import { profileOf, textOf, userJson } from '../user-json.ts'
import { maySeeUsers, requireAdmin, requireSelfOrAdmin, requireSignedIn, requireUserList } from '../viewers.ts'
import { tableTypes } from './session-places.ts'
import { formatParameter } from './shared-parameters.ts'

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** Enabled accounts by last name; without the right to see them 403 with an empty table, which clients parse. */
async function userTable(call: Call): Promise<Answer> {
  const allowed = maySeeUsers(call)
  const users = allowed ? (await listUsers(call.site)).filter((user) => user.enabled) : []
  users.sort((a, b) => compare(a.lastName.toLowerCase(), b.lastName.toLowerCase()) || a.id - b.id)
  const table: Table = {
    columns: [
      { key: 'xdat_user_id', kind: 'integer' },
      ...['login', 'firstname', 'lastname', 'email'].map((key) => ({ key, kind: 'string' as const })),
    ],
    rows: users.map((user) => [user.id, user.login, user.firstName, user.lastName, user.email]),
    metadata: { title: 'Projects', totalRecords: String(users.length) },
  }
  const refusal = faultAnswer({ kind: 'forbidden', noun: 'user', name: call.viewer.login }, call.path)
  return allowed ? tableAnswer(call, table) : { ...tableAnswer(call, table), status: refusal.status }
}

/** All accounts that `which` takes, each as `show` has it. */
const listing =
  (show: (user: User) => unknown, which: (user: User) => boolean = () => true) =>
  async (call: Call): Promise<Answer> => {
    requireUserList(call)
    return jsonAnswer((await listUsers(call.site)).filter(which).map(show))
  }

/** Who can vouch for users: the site itself. */
const PROVIDER = 'localdb'

async function authDetails(call: Call): Promise<Answer> {
  const { user = '' } = call.params
  requireSelfOrAdmin(call, user)
  const { login, enabled, lastLoginAt } = await requireUser(call.site, user)
  return jsonAnswer([
    { authUser: login, authMethod: PROVIDER, enabled, lastSuccessfulLogin: lastLoginAt?.getTime() ?? null },
  ])
}

async function ownProjects(call: Call): Promise<Answer> {
  requireSignedIn(call)
  const roles = await rolesOfUser(call.archive, call.viewer, call.viewer.login)
  return jsonAnswer([...new Set(roles.map(({ project }) => project))])
}

async function ownName(call: Call): Promise<Answer> {
  requireSignedIn(call)
  return textAnswer(call.viewer.login)
}

async function profile(call: Call): Promise<Answer> {
  const login = call.params['user'] ?? call.viewer.login
  requireSignedIn(call)
  if (login !== call.viewer.login) requireUserList(call)
  return jsonAnswer(userJson(await requireUser(call.site, login)))
}

async function oneUser(call: Call): Promise<Answer> {
  const { user = '' } = call.params
  requireSelfOrAdmin(call, user)
  return jsonAnswer(userJson(await requireUser(call.site, user)))
}

async function addUser(call: Call): Promise<Answer> {
  requireAdmin(call)
  const document = objectOf(await readJson(call))
  const sent = profileOf(document)
  // `verified` counts only beside `enabled` (hierarchy 7.3).
  const verified = sent.enabled === undefined ? false : sent.verified
  return jsonAnswer(
    userJson(await createUser(call.site, textOf(document, 'username') ?? '', { ...sent, verified })),
    201,
  )
}

async function changeOther(call: Call): Promise<Answer> {
  requireAdmin(call)
  const { user = '' } = call.params
  const document = objectOf(await readJson(call))
  const named = textOf(document, 'username') ?? user
  if (named !== user)
    refuse({ kind: 'invalid', field: 'username', because: `The document is about ${named}, not ${user}.` })
  return changed(call, user, await changeUser(call.site, user, profileOf(document)))
}

/** What people may change of their own account; a new password needs the present one. */
async function changeOwn(call: Call): Promise<Answer> {
  requireSignedIn(call)
  const { login } = call.viewer
  const document = objectOf(await readJson(call))
  const named = textOf(document, 'username') ?? login
  if (named !== login)
    refuse({ kind: 'invalid', field: 'username', because: `The document is about ${named}, not ${login}.` })
  const { firstName, lastName, email, password } = profileOf(document)
  if (password !== undefined) {
    await signIn(call.site, { name: login, password: textOf(document, 'currentPassword') ?? '', address: call.address })
  }
  return changed(call, login, await changeUser(call.site, login, { firstName, lastName, email, password }))
}

async function changed(call: Call, login: string, different: boolean): Promise<Answer> {
  const user = await findUser(call.site, login)
  return different && user ? jsonAnswer(userJson(user)) : unchangedAnswer
}

/** One flag of an account: read by its user, set by administrators. */
const flagRoutes = (flag: 'enabled' | 'verified', says: string): readonly Route[] => [
  {
    page: 'Users',
    paths: [`/xapi/users/:user/${flag}`],
    GET: {
      says: `Whether the user ${says}`,
      parameters: [user],
      respond: async (call) => {
        requireSelfOrAdmin(call, call.params['user'] ?? '')
        return jsonAnswer((await requireUser(call.site, call.params['user'] ?? ''))[flag])
      },
    },
  },
  {
    page: 'Users',
    paths: [`/xapi/users/:user/${flag}/:flag`],
    PUT: {
      says: `Decides whether the user ${says}`,
      parameters: [user, { name: 'flag', in: 'path', says: 'true or false', values: ['true', 'false'] }],
      respond: (call) => setFlag(call, flag),
    },
  },
]

async function setFlag(call: Call, flag: 'enabled' | 'verified'): Promise<Answer> {
  requireAdmin(call)
  const value = { true: true, false: false }[call.params['flag'] ?? '']
  if (value === undefined) return refuse({ kind: 'invalid', field: flag, because: `${flag} must be true or false.` })
  return (await changeUser(call.site, call.params['user'] ?? '', { [flag]: value })) ? doneAnswer : unchangedAnswer
}

const user: Parameter = { name: 'user', in: 'path', says: 'login of the user' }
const json = ['application/json']
const place = (path: string, operations: Readonly<Partial<Pick<Route, 'GET' | 'PUT' | 'POST'>>>): Route => ({
  page: 'Users',
  paths: [path],
  ...operations,
})
const read = (says: string, respond: Operation['respond'], parameters?: readonly Parameter[]): Operation => ({
  says,
  respond,
  parameters,
})

/** Accounts (hierarchy 7.3). */
export const userRoutes: readonly Route[] = [
  place('/data/users', { GET: { ...read('The enabled users', userTable, [formatParameter]), gives: tableTypes } }),
  place('/xapi/users', {
    GET: read(
      'The logins of all users',
      listing((one) => one.login),
    ),
    POST: {
      says: 'Makes a user, disabled unless enabled is sent',
      respond: addUser,
      takes: json,
      statuses: { 201: 'Made', 409: 'The login is taken.' },
    },
  }),
  place('/xapi/users/profiles', { GET: read('All users', listing(userJson)) }),
  place('/xapi/users/current', {
    GET: read(
      'The enabled users',
      listing(userJson, (one) => one.enabled),
    ),
  }),
  place('/xapi/users/username', { GET: { ...read('The login of the caller', ownName), gives: ['text/plain'] } }),
  place('/xapi/users/authProviders', { GET: read('Who can vouch for users', async () => jsonAnswer([PROVIDER])) }),
  place('/xapi/users/authDetails/:user', { GET: read('Who vouches for a user', authDetails, [user]) }),
  place('/xapi/users/projects', { GET: read('The IDs of the projects that the caller has a role in', ownProjects) }),
  place('/xapi/users/profile', { GET: read('The caller', profile) }),
  place('/xapi/users/profile/:user', { GET: read('A user', profile, [user]) }),
  place('/xapi/users/update', {
    PUT: {
      says: 'Changes the caller; a new password needs currentPassword',
      respond: changeOwn,
      takes: json,
      statuses: { 304: 'Nothing changed' },
    },
  }),
  place('/xapi/users/:user', {
    GET: read('A user', oneUser, [user]),
    PUT: {
      says: 'Changes a user',
      respond: changeOther,
      parameters: [user],
      takes: json,
      statuses: { 304: 'Nothing changed' },
    },
  }),
  ...flagRoutes('enabled', 'may sign in'),
  ...flagRoutes('verified', 'was verified'),
]
