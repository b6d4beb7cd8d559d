import { activeLogins, endLoginsOf } from '../../site/logins.ts'
import { requireUser } from '../../site/users.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { doneAnswer, jsonAnswer, unchangedAnswer } from '../json-answer.ts'
import { requireAdmin, requireSelfOrAdmin } from '../viewers.ts'

async function everybody(call: Call): Promise<Answer> {
  requireAdmin(call)
  const active = [...(await activeLogins(call.site))]
  return jsonAnswer(
    Object.fromEntries(active.map(([login, sessions]) => [login, { sessions, count: sessions.length }])),
  )
}

async function sessionsOf(call: Call): Promise<readonly string[]> {
  const { user = '' } = call.params
  requireSelfOrAdmin(call, user)
  return (await activeLogins(call.site, user)).get(user) ?? []
}

async function ofUser(call: Call): Promise<Answer> {
  const sessions = await sessionsOf(call)
  return sessions.length === 0 ? unchangedAnswer : jsonAnswer(sessions)
}

async function endAll(call: Call): Promise<readonly string[]> {
  const { user = '' } = call.params
  requireSelfOrAdmin(call, user)
  return endLoginsOf(call.site, (await requireUser(call.site, user)).id)
}

async function counted(call: Call): Promise<Answer> {
  return jsonAnswer({ [call.params['user'] ?? '']: (await sessionsOf(call)).length })
}

const user: Parameter = { name: 'user', in: 'path', says: 'login of the user' }

/** Who is signed in (hierarchy 7.3). */
export const userSessionRoutes: readonly Route[] = [
  { page: 'Users', paths: ['/xapi/users/active'], GET: { says: 'The sessions of everybody', respond: everybody } },
  {
    page: 'Users',
    paths: ['/xapi/users/active/:user'],
    GET: { says: 'The sessions of a user', respond: ofUser, parameters: [user], statuses: { 304: 'There are none.' } },
    DELETE: {
      says: 'Ends them; answers their ids',
      respond: async (call) => jsonAnswer(await endAll(call)),
      parameters: [user],
    },
  },
  {
    page: 'Users',
    paths: ['/data/user/:user/sessions'],
    GET: { says: 'How many sessions a user has', respond: counted, parameters: [user] },
    DELETE: {
      says: 'Ends them',
      respond: async (call) => {
        await endAll(call)
        return doneAnswer
      },
      parameters: [user],
    },
  },
]
