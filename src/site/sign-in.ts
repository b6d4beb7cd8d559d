import { refuse } from '../errors.ts'
import { verifyPassword } from './passwords.ts'
import type { Site } from './site.ts'
import { isAlias, tokenUser } from './tokens.ts'
import { findSecret, GUEST, type User } from './users.ts'

/** What somebody sent to show who they are; `address` is where from. */
export type Credentials = Readonly<{ name: string; password: string; address: string }>

export type SignedIn = Readonly<{ user: User; how: 'password' | 'token' }>

/** Longer than any login; what is longer need not be looked up or remembered. */
const MAX_NAME = 64
const MAX_PASSWORD = 1024

/**
 * The enabled account that these credentials open: a login and its password, or the alias and secret of a token.
 * @throws ArchiveError 'unauthenticated', with the same words whatever was wrong
 */
export async function signIn(site: Site, sent: Credentials): Promise<SignedIn> {
  const user = isAlias(sent.name) ? await byToken(site, sent) : await byPassword(site, sent)
  if (!user) refuse({ kind: 'unauthenticated', because: site.settings.value('uiLoginFailureMessage') })
  return { user, how: isAlias(sent.name) ? 'token' : 'password' }
}

async function byToken(site: Site, { name, password, address }: Credentials): Promise<User | undefined> {
  const user = await tokenUser(site, name, password)
  if (user) return user
  await site.turnstile.pass(gateOf(name, address), async () => false)
  return undefined
}

async function byPassword(site: Site, { name, password, address }: Credentials): Promise<User | undefined> {
  if (name.length > MAX_NAME || password.length > MAX_PASSWORD) return undefined
  const found = name === GUEST ? undefined : await findSecret(site, name)
  const stored = found?.stored ?? null
  const proven = await site.proven.check({ login: name, password, stored }, () =>
    site.turnstile.pass(gateOf(name, address), () => verifyPassword(password, stored)),
  )
  return proven && found?.user.enabled ? found.user : undefined
}

const gateOf = (name: string, address: string): string => JSON.stringify([name, address])
