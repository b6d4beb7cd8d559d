import { faultOf, refuse } from '../../errors.ts'
import { beginLogin, endLogin, findLogin } from '../../site/logins.ts'
import { PASSWORD_EXPIRED, signIn } from '../../site/sign-in.ts'
import type { OpenLogin } from '../../site/site.ts'
import type { Answer, Call, Operation, Route } from '../call.ts'
import { endedCookie, sessionCookie } from '../cookies.ts'
import { isOwnProvider } from '../credentials.ts'
import { wholeBody } from '../document.ts'
import { faultAnswer } from '../error-reply.ts'
import { homePage, loginPage, pageAnswer } from '../pages.ts'
import { parseQuery } from '../query.ts'
import { textAnswer } from '../reply.ts'

/** A new session for the name and password in a form body, whose Content-Type is not looked at. */
async function beginByForm(call: Call): Promise<OpenLogin> {
  const fields = parseQuery((await wholeBody(call.body)).toString('utf8'))
  const field = (...names: string[]) => names.map((name) => fields.get(name)).find((value) => value) ?? ''
  const provider = field('provider', 'login_method')
  if (!isOwnProvider(provider))
    refuse({ kind: 'invalid', field: 'provider', because: `There is no provider ${provider}.` })
  const sent = { name: field('username', 'j_username'), password: field('password', 'j_password') }
  const { user, expired } = await signIn(call.site, { ...sent, address: call.address })
  if (expired) refuse({ kind: 'forbidden', noun: 'user', name: user.login, because: PASSWORD_EXPIRED })
  return beginLogin(call.site, user.id)
}

const withCookie = (answer: Answer, cookie: string): Answer => ({
  ...answer,
  headers: { ...answer.headers, 'set-cookie': cookie },
})

async function signInByForm(call: Call): Promise<Answer> {
  try {
    const { id } = await beginByForm(call)
    return withCookie(textAnswer(id), sessionCookie(id, call.siteUrl))
  } catch (error) {
    // Scripts look for this sentence here, whatever the site says elsewhere.
    if (faultOf(error)?.kind !== 'unauthenticated') throw error
    return faultAnswer({ kind: 'unauthenticated', because: 'Authentication failed.' }, call.path)
  }
}

async function signInAtPage(call: Call): Promise<Answer> {
  try {
    const { id } = await beginByForm(call)
    return withCookie({ status: 302, headers: { location: '/' } }, sessionCookie(id, call.siteUrl))
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind !== 'unauthenticated' && fault?.kind !== 'forbidden') throw error
    return pageAnswer(
      loginPage(call.site.settings.value('siteId'), fault.because),
      faultAnswer(fault, call.path).status,
    )
  }
}

async function showLoginPage(call: Call): Promise<Answer> {
  return pageAnswer(loginPage(call.site.settings.value('siteId')))
}

async function signOut(call: Call): Promise<Answer> {
  if (call.signedInBy?.session) await endLogin(call.site, call.signedInBy.session)
  return withCookie({ status: 302, headers: { location: '/app/template/Login.vm' } }, endedCookie(call.siteUrl))
}

async function home(call: Call): Promise<Answer> {
  const siteId = call.site.settings.value('siteId')
  const session = call.signedInBy?.session
  const token = session === undefined ? undefined : (await findLogin(call.site, session))?.login.csrf
  if (call.viewer.guest && call.site.settings.value('requireLogin')) return pageAnswer(loginPage(siteId))
  return pageAnswer(homePage(siteId, call.viewer, token))
}

const form: Operation = {
  says: 'Signs in with the form fields username and password; answers the session id',
  respond: signInByForm,
  takes: ['application/x-www-form-urlencoded'],
  gives: ['text/plain'],
  statuses: { 400: 'The provider is unknown.', 401: 'Authentication failed.' },
}

/** Sign-in with a form, and the pages for people (hierarchy 2.1). */
export const loginRoutes: readonly Route[] = [
  { page: 'Signing in', paths: ['/data/services/auth'], open: true, PUT: form, POST: form, GET: missing() },
  {
    page: 'Signing in',
    paths: ['/'],
    open: true,
    GET: {
      says: 'The first page, for people and for programs that look for their name on it',
      respond: home,
      gives: ['text/html'],
    },
  },
  {
    page: 'Signing in',
    paths: ['/app/template/Login.vm'],
    open: true,
    GET: { says: 'Where people sign in', respond: showLoginPage, gives: ['text/html'] },
  },
  {
    page: 'Signing in',
    paths: ['/login'],
    open: true,
    POST: {
      says: 'Signs people in',
      respond: signInAtPage,
      takes: ['application/x-www-form-urlencoded'],
      gives: ['text/html'],
    },
  },
  {
    page: 'Signing in',
    paths: ['/app/action/LogoutUser'],
    open: true,
    GET: { says: 'Ends the session and shows the login page', respond: signOut, gives: ['text/html'] },
  },
]

/** The original answers 404 here, not 405 (hierarchy 2.1). */
function missing(): Operation {
  return {
    says: 'Nothing',
    respond: async (call) => faultAnswer({ kind: 'not-found', noun: 'path', name: call.path }, call.path),
    gives: ['text/html'],
  }
}
