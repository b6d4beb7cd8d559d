import { createHash, randomInt, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Tables } from '../db/schema.ts'
import { timeOf, timeText } from '../db/time.ts'
import { durationMs } from './durations.ts'
import type { Site } from './site.ts'
import { type User, userColumns, userOf } from './users.ts'

const SECRET_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const SECRET_LENGTH = 64
const DEFAULT_LIFETIME_MS = 2 * 86_400_000

/** A name and secret that stand for an account for some time (hierarchy 2.4). */
export type Token = Readonly<{ id: number; alias: string; owner: string; createdAt: Date; expiresAt: Date }>

/** Aliases are UUIDs, which no login may look like. */
export const isAlias = (name: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name)

/** A token of the user with its secret, of which only the digest is stored; tokens that ran out are removed in passing. */
export async function issueToken(site: Site, user: User): Promise<Readonly<{ token: Token; secret: string }>> {
  const secret = Array.from({ length: SECRET_LENGTH }, () => SECRET_LETTERS[randomInt(SECRET_LETTERS.length)]).join('')
  const createdAt = site.now()
  const lifetime = durationMs(site.settings.value('aliasTokenTimeout')) ?? DEFAULT_LIFETIME_MS
  const expiresAt = new Date(createdAt.getTime() + lifetime)
  const alias = randomUUID()
  const times = { created_at: timeText(createdAt), expires_at: timeText(expiresAt) }
  const row = { alias, secret: digestOf(secret), user_id: user.id, single_use: 0, ...times }
  const { id } = await site.db.change(async (tx) => {
    await tx.deleteFrom('tokens').where('expires_at', '<=', times.created_at).execute()
    return tx.insertInto('tokens').values(row).returning('id').executeTakeFirstOrThrow()
  })
  return { token: { id, alias, owner: user.login, createdAt, expiresAt }, secret }
}

/** The living tokens of a user, oldest first. */
export async function listTokens(site: Site, login: string): Promise<readonly Token[]> {
  const rows = await tokensOf(site).where('users.login', '=', login).orderBy('tokens.id').execute()
  return rows.map(tokenOf)
}

/** The living token with this alias, or with this number. */
export async function findToken(site: Site, name: string): Promise<Token | undefined> {
  const numbered = /^\d{1,15}$/.test(name)
  const row = await tokensOf(site)
    .where(numbered ? 'tokens.id' : 'tokens.alias', '=', (numbered ? Number(name) : name.toLowerCase()) as never)
    .executeTakeFirst()
  return row && tokenOf(row)
}

/** The enabled account for which alias and secret stand, in one read; undefined when they are wrong or ran out. */
export async function tokenUser(site: Site, alias: string, secret: string): Promise<User | undefined> {
  const row = await tokensOf(site)
    .select([...userColumns, 'tokens.secret'])
    .where('tokens.alias', '=', alias.toLowerCase())
    .executeTakeFirst()
  // Compared even where there is no such alias, so that both answers take equally long.
  const same = timingSafeEqual(Buffer.from(digestOf(secret)), Buffer.from(row?.secret ?? digestOf('')))
  return row && same && row.enabled ? userOf(row) : undefined
}

export async function removeToken(site: Site, id: number): Promise<void> {
  await site.db.change((tx) => tx.deleteFrom('tokens').where('id', '=', id).execute())
}

/** Removes all tokens of a user inside a change that must end them. */
export async function removeTokens(tx: Kysely<Tables>, userId: number): Promise<void> {
  await tx.deleteFrom('tokens').where('user_id', '=', userId).execute()
}

function tokensOf(site: Site) {
  return site.db.reads
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .select(['tokens.id as token_id', 'tokens.alias', 'tokens.created_at', 'tokens.expires_at', 'users.login'])
    .where('tokens.expires_at', '>', timeText(site.now()))
}

type TokenRow = Readonly<{ token_id: number; alias: string; created_at: string; expires_at: string; login: string }>

const tokenOf = (row: TokenRow): Token => ({
  id: row.token_id,
  alias: row.alias,
  owner: row.login,
  createdAt: timeOf(row.created_at),
  expiresAt: timeOf(row.expires_at),
})

const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')
