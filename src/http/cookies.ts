import { sessionTimeoutMs } from '../site/logins.ts'
import type { Site } from '../site/site.ts'
import { EXPIRATION_COOKIE, SESSION_COOKIE } from './credentials.ts'

const attributes = (siteUrl: string): string =>
  `; Path=/; SameSite=Lax${siteUrl.startsWith('https:') ? '; Secure' : ''}`

/** Hands a session to the client (hierarchy 2.1). */
export const sessionCookie = (id: string, siteUrl: string): string =>
  `${SESSION_COOKIE}=${id}${attributes(siteUrl)}; HttpOnly`

/** Takes it back. */
export const endedCookie = (siteUrl: string): string => `${SESSION_COOKIE}=${attributes(siteUrl)}; HttpOnly; Max-Age=0`

/**
 * Tells pages and programs when the session will end: now and the timeout in ms. The quotes belong to the value, as
 * existing clients demand (hierarchy 2.8).
 */
export function expirationCookie(site: Site, siteUrl: string): string {
  return `${EXPIRATION_COOKIE}="${site.now().getTime()},${sessionTimeoutMs(site)}"${attributes(siteUrl)}`
}
