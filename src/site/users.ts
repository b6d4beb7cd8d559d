import type { Insertable, Kysely, Selectable } from 'kysely'
import { first, prepared } from '../db/prepared.ts'
import type { Tables } from '../db/schema.ts'
import { timeOf, timeText } from '../db/time.ts'
import { refuse } from '../errors.ts'
import type { Site } from './site.ts'

/** An account. */
export type User = Readonly<{
  id: number
  login: string
  firstName: string
  lastName: string
  email: string
  enabled: boolean
  verified: boolean
  admin: boolean
  /** Names of roles beside administrator; `non_expiring`: the password never gets too old. */
  roles: readonly string[]
  /** Names of site-wide groups; the rooms that know data know what they allow. */
  siteGroups: readonly string[]
  /** The account under which strangers read an open site; nobody can sign in with it. */
  guest: boolean
  modifiedAt: Date
  lastLoginAt: Date | undefined
}>

/** The columns of an account without its password. */
export const userColumns = [
  'users.id',
  'users.login',
  'users.first_name',
  'users.last_name',
  'users.email',
  'users.enabled',
  'users.verified',
  'users.admin',
  'users.roles',
  'users.site_groups',
  'users.modified_at',
  'users.last_login_at',
] as const

export const GUEST = 'guest'

export type UserRow = Omit<Selectable<Tables['users']>, 'password' | 'password_at' | 'created_at'>

export const userOf = (row: UserRow): User => ({
  id: row.id,
  login: row.login,
  firstName: row.first_name,
  lastName: row.last_name,
  email: row.email,
  enabled: row.enabled === 1,
  verified: row.verified === 1,
  admin: row.admin === 1,
  roles: wordsOf(row.roles),
  siteGroups: wordsOf(row.site_groups),
  guest: row.login === GUEST,
  modifiedAt: timeOf(row.modified_at),
  lastLoginAt: row.last_login_at === null ? undefined : timeOf(row.last_login_at),
})

const wordsOf = (text: string): string[] => text.split(' ').filter((word) => word !== '')

/** The account with exactly this login. */
export async function findUser(site: Site, login: string): Promise<User | undefined> {
  const row = await site.db.reads.selectFrom('users').select(userColumns).where('login', '=', login).executeTakeFirst()
  return row && userOf(row)
}

/** @throws ArchiveError 'not-found' */
export async function requireUser(site: Site, login: string): Promise<User> {
  return (await findUser(site, login)) ?? refuse({ kind: 'not-found', noun: 'user', name: login })
}

/** An account with its stored password, and when that was set. */
export type Secret = Readonly<{ user: User; stored: string | null; setAt: Date | undefined }>

type SecretRow = UserRow & Readonly<{ password: string | null; password_at: string | null }>

/** Asked by every request that carries a password. */
const secretByLogin = prepared<{ login: string }, SecretRow>((db, at) =>
  db
    .selectFrom('users')
    .select([...userColumns, 'users.password', 'users.password_at'])
    .where('login', '=', at('login')),
)

/** In one read. */
export async function findSecret(site: Site, login: string): Promise<Secret | undefined> {
  const row = await first(secretByLogin, site.db.reads, { login })
  return (
    row && {
      user: userOf(row),
      stored: row.password,
      setAt: row.password_at === null ? undefined : timeOf(row.password_at),
    }
  )
}

/** All accounts, by login. */
export async function listUsers(site: Site): Promise<readonly User[]> {
  const rows = await site.db.reads.selectFrom('users').select(userColumns).orderBy('login').execute()
  return rows.map(userOf)
}

/** What can be written about an account; `stored` is the hashed password. */
export type UserFacts = Readonly<{
  firstName: string
  lastName: string
  email: string
  enabled: boolean
  verified: boolean
  admin: boolean
  roles: readonly string[]
  siteGroups: readonly string[]
  stored: string | null
}>

/** An account of which nothing is known yet. */
export const newcomer: UserFacts = Object.freeze({
  firstName: '',
  lastName: '',
  email: '',
  enabled: false,
  verified: false,
  admin: false,
  roles: [],
  siteGroups: [],
  stored: null,
})

/** @throws ArchiveError 'conflict' when the login is taken, in whatever letter case */
export async function insertUser(tx: Kysely<Tables>, login: string, facts: UserFacts, at: Date): Promise<User> {
  const taken = await tx
    .selectFrom('users')
    .select('id')
    .where((where) => where(where.fn<string>('lower', ['login']), '=', login.toLowerCase()))
    .executeTakeFirst()
  if (taken) refuse({ kind: 'conflict', noun: 'user', name: login, because: `The user ${login} already exists.` })
  const time = timeText(at)
  const row = await tx
    .insertInto('users')
    .values({ login, ...columnsOf(facts, at), created_at: time, modified_at: time, last_login_at: null })
    .returning(userColumns)
    .executeTakeFirstOrThrow()
  return userOf(row)
}

export async function updateUser(tx: Kysely<Tables>, id: number, facts: Partial<UserFacts>, at: Date): Promise<void> {
  const changes = { ...columnsOf(facts, at), modified_at: timeText(at) }
  await tx.updateTable('users').set(changes).where('id', '=', id).execute()
}

/** Notes a sign-in; it is no change of the account. */
export async function noteSignIn(tx: Kysely<Tables>, id: number, at: Date): Promise<void> {
  await tx
    .updateTable('users')
    .set({ last_login_at: timeText(at) })
    .where('id', '=', id)
    .execute()
}

type UserColumns = Omit<Insertable<Tables['users']>, 'login' | 'created_at' | 'modified_at' | 'last_login_at'>

/** The columns of the facts that are given. */
function columnsOf<Facts extends Partial<UserFacts>>(
  facts: Facts,
  at: Date,
): Facts extends UserFacts ? UserColumns : Partial<UserColumns>
function columnsOf(facts: Partial<UserFacts>, at: Date): Partial<UserColumns> {
  const all: Partial<UserColumns> = {
    first_name: facts.firstName,
    last_name: facts.lastName,
    email: facts.email,
    password: facts.stored,
    password_at: facts.stored === undefined ? undefined : timeText(at),
    roles: facts.roles?.join(' '),
    site_groups: facts.siteGroups?.join(' '),
    enabled: flagOf(facts.enabled),
    verified: flagOf(facts.verified),
    admin: flagOf(facts.admin),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

const flagOf = (flag: boolean | undefined): number | undefined => (flag === undefined ? undefined : Number(flag))
