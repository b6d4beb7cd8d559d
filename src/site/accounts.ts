import type { Kysely } from 'kysely'
import type { Tables } from '../db/schema.ts'
import { refuse } from '../errors.ts'
import { forget, removeLogins } from './logins.ts'
import { hashPassword } from './passwords.ts'
import type { Site } from './site.ts'
import { isAlias, removeTokens } from './tokens.ts'
import { insertUser, newcomer, requireUser, type User, type UserFacts, updateUser } from './users.ts'

/** What people may say about an account; all of it may be left out. */
export type Profile = Readonly<{
  firstName?: string
  lastName?: string
  email?: string
  enabled?: boolean
  verified?: boolean
  admin?: boolean
  roles?: readonly string[]
  siteGroups?: readonly string[]
  password?: string
}>

const MAX_TEXT = 255

/**
 * Makes an account; it is disabled unless `enabled` is said, and cannot sign in without a password.
 * @throws ArchiveError 'invalid'; 'conflict' when the login is taken, in whatever letter case
 */
export async function createUser(site: Site, login: string, profile: Profile): Promise<User> {
  if (!/^[a-zA-Z][A-Za-z0-9-_'.]{0,63}$/.test(login) || isAlias(login)) {
    refuse({
      kind: 'invalid',
      field: 'username',
      because: `${login || 'An empty text'} is no user name: it must begin with a letter and have up to 64 letters, digits or - _ ' .`,
    })
  }
  const facts = await checkedFacts(site, profile)
  return site.db.change((tx) => insertUser(tx, login, { ...newcomer, ...facts }, site.now()))
}

/**
 * Changes an account; resolves to whether anything was different. A disabled user's sessions and tokens end, a new
 * password ends the sessions.
 * @throws ArchiveError 'not-found', 'invalid'; 'conflict' when no enabled administrator would be left; 'forbidden' for
 * what the guest cannot become
 */
export async function changeUser(site: Site, login: string, profile: Profile): Promise<boolean> {
  const user = await requireUser(site, login)
  const facts = changesOf(user, await checkedFacts(site, profile))
  if (Object.keys(facts).length === 0) return false
  if (user.guest && (facts.admin || facts.siteGroups || facts.stored))
    refuse({ kind: 'forbidden', noun: 'user', name: login, because: 'The guest has no password and no rights.' })
  const ended = await site.db.change(async (tx) => {
    await updateUser(tx, user.id, facts, site.now())
    if (user.admin && (facts.admin === false || facts.enabled === false)) await refuseWithoutAdmin(tx, login)
    if (facts.enabled === false) await removeTokens(tx, user.id)
    return facts.enabled === false || facts.stored ? removeLogins(tx, user.id) : []
  })
  await forget(site, ended)
  return true
}

async function refuseWithoutAdmin(tx: Kysely<Tables>, login: string): Promise<void> {
  const left = await tx
    .selectFrom('users')
    .select('id')
    .where('admin', '=', 1)
    .where('enabled', '=', 1)
    .executeTakeFirst()
  if (!left)
    refuse({
      kind: 'conflict',
      noun: 'user',
      name: login,
      because: 'The last site administrator cannot be disabled or lose that role.',
    })
}

/** Keeps what differs from the account; a new password always does. */
function changesOf(user: User, facts: Partial<UserFacts>): Partial<UserFacts> {
  const differs = ([name, value]: [string, unknown]) =>
    name === 'stored' || String(user[name as keyof User]) !== String(value)
  return Object.fromEntries(Object.entries(facts).filter(differs))
}

async function checkedFacts(site: Site, profile: Profile): Promise<Partial<UserFacts>> {
  const { password, ...rest } = profile
  for (const name of ['firstName', 'lastName', 'email'] as const) {
    if ((rest[name]?.length ?? 0) > MAX_TEXT)
      refuse({ kind: 'invalid', field: name, because: `${name} is longer than ${MAX_TEXT} characters.` })
  }
  if (rest.email && !/^[^\s@]+@[^\s@]+$/.test(rest.email))
    refuse({ kind: 'invalid', field: 'email', because: `${rest.email} is no e-mail address.` })
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  return password === undefined ? given : { ...given, stored: await hashPassword(checkedPassword(site, password)) }
}

function checkedPassword(site: Site, password: string): string {
  const pattern = new RegExp(`^(?:${site.settings.value('passwordComplexity')})$`)
  if (password === '' || password.length > MAX_TEXT || !pattern.test(password)) {
    const because = password === '' ? 'The password is empty.' : site.settings.value('passwordComplexityMessage')
    refuse({ kind: 'invalid', field: 'password', because })
  }
  return password
}
