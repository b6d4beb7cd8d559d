import type { IncomingHttpHeaders } from 'node:http'

/** What a request carries to say who sends it. */
export type Sent = Readonly<{
  /** From an `Authorization: Basic` header; `malformed` when there is one that cannot be read. */
  basic: Readonly<{ provider: string | undefined; name: string; password: string }> | 'malformed' | undefined
  /** The session id of the cookie. */
  session: string | undefined
}>

export const SESSION_COOKIE = 'JSESSIONID'
export const EXPIRATION_COOKIE = 'SESSION_EXPIRATION_TIME'

/** Names under which clients address the accounts of the site itself. */
const ownProviders = new Set(['localdb', 'db'])

/** Accounts are kept by the site alone; any other provider is unknown. */
export const isOwnProvider = (provider: string | undefined): boolean =>
  !provider || ownProviders.has(provider.toLowerCase())

export function readCredentials(headers: IncomingHttpHeaders): Sent {
  return { basic: basicOf(headers.authorization), session: sessionOf(headers.cookie) }
}

function basicOf(header: string | undefined): Sent['basic'] {
  if (header === undefined || !/^basic\b/i.test(header)) return undefined
  const token = /^basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(header)?.[1]
  const text = token === undefined ? '' : Buffer.from(token, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  // No name has a NUL, and no database can be asked for one.
  return colon < 0 || text.includes('\0')
    ? 'malformed'
    : { ...splitName(text.slice(0, colon)), password: text.slice(colon + 1) }
}

/** `provider/username` names who keeps the account (hierarchy 2.1). */
function splitName(text: string): { provider: string | undefined; name: string } {
  const slash = text.indexOf('/')
  return slash < 0
    ? { provider: undefined, name: text }
    : { provider: text.slice(0, slash), name: text.slice(slash + 1) }
}

const session = new RegExp(`(?:^|;)\\s*${SESSION_COOKIE}=([^;]*)`)

const sessionOf = (header: string | undefined): string | undefined =>
  header === undefined ? undefined : session.exec(header)?.[1]?.trim()

/** People at a browser, who are shown pages; everything else is a program (hierarchy 2.7). */
export function isInteractive(agent: string | undefined): boolean {
  return agent !== undefined && /MSIE|Mozilla|AppleWebKit|Opera/.test(agent) && !agent.includes('XNATDesktopClient')
}

/** Browsers whose writes must carry the token of their session (hierarchy 2.5). */
export const needsToken = (agent: string | undefined): boolean => isInteractive(agent) && !agent?.includes('JAVA')
