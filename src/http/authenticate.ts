import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { faultOf, refuse } from '../errors.ts'
import { type Viewer, viewerOf } from '../model/access.ts'
import { beginLogin, findLogin, impliedLogin } from '../site/logins.ts'
import { PASSWORD_EXPIRED, signIn } from '../site/sign-in.ts'
import type { OpenLogin, Site } from '../site/site.ts'
import { findUser, GUEST, type User } from '../site/users.ts'
import type { Answer, SignedInBy } from './call.ts'
import { expirationCookie, sessionCookie } from './cookies.ts'
import { isInteractive, isOwnProvider, needsToken, readCredentials, type Sent } from './credentials.ts'
import { wholeBody } from './document.ts'
import { faultAnswer } from './error-reply.ts'
import { parseQuery, type Query } from './query.ts'

/** What a request says about who sends it. */
export type Claim = Readonly<{
  method: string
  /** Under `/data` whatever prefix was used. */
  path: string
  query: Query
  headers: IncomingHttpHeaders
  /** Network address of the caller. */
  address: string
  siteUrl: string
  /** The place answers people who are not signed in, even on a closed site. */
  open: boolean
}>

/** Let in: as whom, and the Set-Cookie values that go with the answer. */
export type Admission = Readonly<{
  viewer: Viewer
  signedInBy: SignedInBy | undefined
  cookies: readonly string[]
  /** The body must be a form whose field XNAT_CSRF is this, or the request is refused (`admittedBody`). */
  formToken?: string
}>

const LOGIN_PAGE = '/app/template/Login.vm'

/** Whoever may read an open site, and all that closed sites show, without an account. */
const stranger: Viewer = Object.freeze({ id: 0, login: GUEST, admin: false, guest: true })

/** Who sends the request, or the answer that turns them away (401, 302 for browsers, 403). */
export async function admit(site: Site, claim: Claim): Promise<Admission | Answer> {
  const sent = readCredentials(claim.headers)
  try {
    const held = sent.session === undefined ? undefined : await findLogin(site, sent.session)
    const person = sent.basic
      ? await byBasic(site, claim, sent.basic, held)
      : held && { ...held, how: 'cookie' as const }
    if (!person || person.user.guest) return await admitStranger(site, claim, sent)
    return admitUser(site, claim, sent, person)
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind !== 'unauthenticated') throw error
    return unauthorized(site, claim, fault.because)
  }
}

type Person = Readonly<{ user: User; how: SignedInBy['how']; login: OpenLogin }>
type Held = Awaited<ReturnType<typeof findLogin>>

/** A living session of the same user is believed without looking at the password (hierarchy 2.1). */
async function byBasic(site: Site, claim: Claim, basic: NonNullable<Sent['basic']>, held: Held): Promise<Person> {
  if (basic === 'malformed')
    return refuse({ kind: 'unauthenticated', because: 'The Authorization header cannot be read.' })
  if (held && !held.user.guest && held.user.login === basic.name) return { ...held, how: 'cookie' }
  if (!isOwnProvider(basic.provider))
    refuse({ kind: 'unauthenticated', because: site.settings.value('uiLoginFailureMessage') })
  const { user, how, expired } = await signIn(site, { ...basic, address: claim.address })
  if (expired && !setsPassword(claim))
    refuse({ kind: 'forbidden', noun: 'user', name: user.login, because: PASSWORD_EXPIRED })
  if (held?.user.id === user.id) return { ...held, how }
  return { user, how, login: await (asksForSession(claim) ? beginLogin : impliedLogin)(site, user.id) }
}

/** Where somebody whose password is too old can set another one. */
const setsPassword = ({ method, path }: Claim): boolean => method === 'PUT' && path === '/xapi/users/update'

/** These calls are made to get a session of one's own; others share one per user, so that scripts do not pile them up. */
const asksForSession = ({ method, path }: Claim): boolean =>
  method !== 'DELETE' && (path === '/data/JSESSION' || path === '/')

function admitUser(site: Site, claim: Claim, sent: Sent, { user, how, login }: Person): Admission | Answer {
  const cookies = [expirationCookie(site, claim.siteUrl)]
  if (login.id !== sent.session) cookies.push(sessionCookie(login.id, claim.siteUrl))
  const viewer = viewerOf(user, site.settings.value('allowDataAdmins'))
  const admission = { viewer, signedInBy: { how, session: login.id }, cookies }
  if (login.id !== sent.session || !mustShowToken(site, claim)) return admission
  if (claim.query.get('XNAT_CSRF') === login.csrf) return admission
  if (/^application\/x-www-form-urlencoded/i.test(claim.headers['content-type'] ?? ''))
    return { ...admission, formToken: login.csrf }
  return tokenMissing(user.login)
}

const mustShowToken = (site: Site, claim: Claim): boolean =>
  /^(POST|PUT|DELETE)$/.test(claim.method) &&
  claim.path.startsWith('/data/') &&
  !signsIn(claim) &&
  needsToken(claim.headers['user-agent']) &&
  site.settings.value('enableCsrfToken')

const tokenMissing = (login: string): never =>
  refuse({
    kind: 'forbidden',
    noun: 'user',
    name: login,
    because: 'The request lacks the XNAT_CSRF token of its session.',
  })

/**
 * The body of an admitted request. Where the token must be in its form, that is read whole and looked at first.
 * @throws ArchiveError 'forbidden' when the token is not there, 'too-large'
 */
export async function admittedBody(
  { formToken, viewer }: Admission,
  body: Readable | undefined,
): Promise<Readable | undefined> {
  if (formToken === undefined) return body
  const bytes = await wholeBody(body)
  if (parseQuery(bytes.toString('utf8')).get('XNAT_CSRF') !== formToken) tokenMissing(viewer.login)
  return Readable.from([bytes])
}

/** Nobody who is known: a guest where the site or the place lets guests in. */
async function admitStranger(site: Site, claim: Claim, sent: Sent): Promise<Admission | Answer> {
  const guest = site.settings.value('requireLogin') ? undefined : await findUser(site, GUEST)
  const cookies = [expirationCookie(site, claim.siteUrl)]
  if (!guest?.enabled)
    return claim.open ? { viewer: stranger, signedInBy: undefined, cookies } : turnedAway(site, claim)
  const { id } = await impliedLogin(site, guest.id)
  if (id !== sent.session && !signsIn(claim)) cookies.push(sessionCookie(id, claim.siteUrl))
  return { viewer: { ...stranger, id: guest.id }, signedInBy: undefined, cookies }
}

/** Sign-ins by form set the cookie of the session that they begin, and no other. */
const signsIn = ({ path }: Claim): boolean => path === '/data/services/auth' || path === '/login'

/** Programs are asked for credentials, people are shown where to type them (hierarchy 2.7). */
function turnedAway(site: Site, claim: Claim): Answer {
  const data = /^\/(data|xapi|REST|fs)(\/|$)/.test(claim.path)
  if (data && !isInteractive(claim.headers['user-agent'])) return unauthorized(site, claim)
  // A page that fetches in the background could not tell the login page from an answer.
  if (data && claim.headers['sec-fetch-dest'] === 'empty') return faultAnswer({ kind: 'unauthenticated' }, claim.path)
  return { status: 302, headers: { location: LOGIN_PAGE } }
}

function unauthorized(site: Site, claim: Claim, because?: string): Answer {
  const answer = faultAnswer({ kind: 'unauthenticated', because }, claim.path)
  return {
    ...answer,
    headers: { ...answer.headers, 'www-authenticate': `Basic realm="${site.settings.value('siteId')}"` },
  }
}
