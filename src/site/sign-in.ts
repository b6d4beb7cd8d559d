import { refuse } from '../errors.ts'
import { durationMs } from './durations.ts'
import { verifyPassword } from './passwords.ts'
import type { Site } from './site.ts'
import { isAlias, tokenUser } from './tokens.ts'
import { findSecret, GUEST, type Secret, type User } from './users.ts'

/** What somebody sent to show who they are; `address` is where from. */
export type Credentials = Readonly<{ name: string; password: string; address: string }>

/** `expired`: the password is right, but too old to be used for anything but setting a new one. */
export type SignedIn = Readonly<{ user: User; how: 'password' | 'token'; expired: boolean }>

/** What people are told whose password is right and too old. */
export const PASSWORD_EXPIRED = 'Your password has expired. Please try again after changing your password.'

/** Longer than any login; what is longer need not be looked up or remembered. */
const MAX_NAME = 64
const MAX_PASSWORD = 1024

/**
 * The enabled account that these credentials open: a login and its password, or the alias and secret of a token.
 * @throws ArchiveError 'unauthenticated', with the same words whatever was wrong
 */
export async function signIn(site: Site, sent: Credentials): Promise<SignedIn> {
  const signedIn = isAlias(sent.name) ? await byToken(site, sent) : await byPassword(site, sent)
  return signedIn ?? refuse({ kind: 'unauthenticated', because: site.settings.value('uiLoginFailureMessage') })
}

async function byToken(site: Site, { name, password, address }: Credentials): Promise<SignedIn | undefined> {
  const user = await tokenUser(site, name, password)
  if (user) return { user, how: 'token', expired: false }
  await site.turnstile.pass(gateOf(name, address), async () => false)
  return undefined
}

async function byPassword(site: Site, { name, password, address }: Credentials): Promise<SignedIn | undefined> {
  if (name.length > MAX_NAME || password.length > MAX_PASSWORD) return undefined
  const found = name === GUEST ? undefined : await findSecret(site, name)
  const stored = found?.stored ?? null
  const proven = await site.proven.check({ login: name, password, stored }, () =>
    site.turnstile.pass(gateOf(name, address), () => verifyPassword(password, stored)),
  )
  if (!proven || !found?.user.enabled) return undefined
  return { user: found.user, how: 'password', expired: isExpired(site, found) }
}

function isExpired(site: Site, { user, setAt }: Secret): boolean {
  const lifetime = durationMs(site.settings.value('passwordExpirationInterval'))
  if (lifetime === undefined || setAt === undefined || user.roles.includes('non_expiring')) return false
  return site.now().getTime() - setAt.getTime() >= lifetime
}

const gateOf = (name: string, address: string): string => JSON.stringify([name, address])
