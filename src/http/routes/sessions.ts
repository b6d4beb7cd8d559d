import { refuse } from '../../errors.ts'
import { endLogin, findLogin, impliedLogin } from '../../site/logins.ts'
import type { Answer, Call, Operation, Parameter, Route } from '../call.ts'
import { endedCookie } from '../cookies.ts'
import { emptyAnswer, textAnswer } from '../reply.ts'

/** The session that the answer belongs to, of a guest the one all guests share. */
async function sessionOf(call: Call): Promise<Readonly<{ id: string; csrf: string }>> {
  const id = call.signedInBy?.session
  if (id === undefined) return impliedLogin(call.site, call.viewer.id)
  const found = await findLogin(call.site, id)
  return found?.login ?? refuse({ kind: 'unauthenticated' })
}

async function withToken(call: Call, text: string): Promise<Answer> {
  if (call.query.get('CSRF') !== 'true') return textAnswer(text)
  return textAnswer(`${text}; XNAT_CSRF=${(await sessionOf(call)).csrf}`)
}

async function sessionId(call: Call): Promise<Answer> {
  return withToken(call, (await sessionOf(call)).id)
}

async function endSession(call: Call): Promise<Answer> {
  if (call.signedInBy?.session) await endLogin(call.site, call.signedInBy.session)
  return { ...emptyAnswer, headers: { ...emptyAnswer.headers, 'set-cookie': endedCookie(call.siteUrl) } }
}

async function whoIsIt(call: Call): Promise<Answer> {
  if (call.viewer.guest) refuse({ kind: 'unauthenticated' })
  return withToken(call, `User '${call.viewer.login}' is logged in`)
}

const csrf: Parameter = { name: 'CSRF', in: 'query', says: 'adds the token for writes of browsers', values: ['true'] }
const giveId: Operation = {
  says: 'The id of the session, which its cookie carries; makes one where there is none',
  respond: sessionId,
  parameters: [csrf],
  gives: ['text/plain'],
}

/** Sessions as programs use them (hierarchy 2.2, 2.3). */
export const sessionRoutes: readonly Route[] = [
  {
    page: 'Signing in',
    paths: ['/data/JSESSION'],
    GET: giveId,
    POST: giveId,
    DELETE: { says: 'Ends the session', respond: endSession, gives: ['text/plain'] },
  },
  {
    page: 'Signing in',
    paths: ['/data/auth'],
    GET: { says: 'Who is signed in', respond: whoIsIt, parameters: [csrf], gives: ['text/plain'] },
  },
]
