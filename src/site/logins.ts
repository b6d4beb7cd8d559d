import { hash, randomBytes, randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import { first, prepared } from '../db/prepared.ts'
import type { Tables } from '../db/schema.ts'
import { timeOf, timeText } from '../db/time.ts'
import { refuse } from '../errors.ts'
import { durationMs } from './durations.ts'
import { keepRecent } from './recent.ts'
import type { OpenLogin, Site } from './site.ts'
import { noteSignIn, type User, type UserRow, userColumns, userOf } from './users.ts'

/** How often the last use of a session is written down at most. */
const TOUCH_MS = 60_000
const MAX_SEEN = 20_000

/** How long a session lasts without a request, in ms. */
export const sessionTimeoutMs = (site: Site): number =>
  durationMs(site.settings.value('sessionTimeout')) ?? 15 * TOUCH_MS

const touchMs = (site: Site): number => Math.min(TOUCH_MS, sessionTimeoutMs(site) / 4)

/** Only this is stored, so that nobody who reads the catalog can take over a session. */
const digestOf = (id: string): string => hash('sha256', id)

/** The moment before which a session must have been used to be dead now. */
const deadBefore = (site: Site): string => timeText(new Date(site.now().getTime() - sessionTimeoutMs(site)))

/**
 * A new session for a user who has just signed in; sessions that ran out are removed in passing.
 * @throws ArchiveError 'unauthenticated' when the user has as many sessions as the site allows
 */
export function beginLogin(site: Site, userId: number): Promise<OpenLogin> {
  return openLogin(site, userId, false)
}

async function openLogin(site: Site, userId: number, implied: boolean): Promise<OpenLogin> {
  const login = { id: randomBytes(16).toString('hex').toUpperCase(), csrf: randomUUID(), userId }
  const [now, digest] = [site.now(), digestOf(login.id)]
  await site.db.change(async (tx) => {
    await tx.deleteFrom('logins').where('seen_at', '<=', deadBefore(site)).execute()
    await refuseOneTooMany(tx, userId, site.settings.value('concurrentMaxSessions'))
    const time = timeText(now)
    const row = {
      digest,
      user_id: userId,
      csrf: login.csrf,
      created_at: time,
      seen_at: time,
      implicit: Number(implied),
    }
    await tx.insertInto('logins').values(row).execute()
    await noteSignIn(tx, userId, now)
  })
  keepRecent(site.seen, digest, { id: login.id, seenAt: now.getTime() }, MAX_SEEN)
  return login
}

async function refuseOneTooMany(tx: Kysely<Tables>, userId: number, most: number): Promise<void> {
  const { count } = await tx
    .selectFrom('logins')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  if (Number(count) >= most) refuse({ kind: 'unauthenticated', because: 'Maximum sessions of this user exceeded.' })
}

/**
 * The session that a user's requests share when they carry a password but no cookie. It is remembered, so that such
 * requests write nothing as long as it lives.
 */
export function impliedLogin(site: Site, userId: number): Promise<OpenLogin> {
  const held = site.implied.get(userId)
  const now = site.now().getTime()
  if (held && now - held.seenAt < touchMs(site)) return held.login
  const login = held ? renewed(site, held.login) : openLogin(site, userId, true)
  const entry = { login, seenAt: now }
  site.implied.set(userId, entry)
  login.catch(() => site.implied.get(userId) === entry && site.implied.delete(userId))
  return login
}

async function renewed(site: Site, former: Promise<OpenLogin>): Promise<OpenLogin> {
  const login = await former
  const alive = await touch(site, digestOf(login.id))
  return alive ? login : openLogin(site, login.userId, true)
}

/** Moves the end of a session; false when there is none any more. */
async function touch(site: Site, digest: string): Promise<boolean> {
  const result = await site.db.change((tx) =>
    tx
      .updateTable('logins')
      .set({ seen_at: timeText(site.now()) })
      .where('digest', '=', digest)
      .where('seen_at', '>', deadBefore(site))
      .executeTakeFirst(),
  )
  return Number(result.numUpdatedRows) > 0
}

/** Asked by every request that carries a cookie. */
const loginByDigest = prepared<{ digest: string }, UserRow & { csrf: string; seen_at: string }>((db, at) =>
  db
    .selectFrom('logins')
    .innerJoin('users', 'users.id', 'logins.user_id')
    .select([...userColumns, 'logins.csrf', 'logins.seen_at'])
    .where('digest', '=', at('digest')),
)

async function loginOf(site: Site, id: string) {
  const digest = digestOf(id)
  const row = await first(loginByDigest, site.db.reads, { digest })
  if (!row?.enabled) return undefined
  return { digest, csrf: row.csrf, seenAt: timeOf(row.seen_at).getTime(), user: userOf(row) }
}

/** The living session with this id and whose it is; using it moves its end. */
export async function findLogin(
  site: Site,
  id: string,
): Promise<Readonly<{ login: OpenLogin; user: User }> | undefined> {
  if (!/^[0-9A-F]{32}$/.test(id)) return undefined
  const found = await site.db.remember(`login ${id}`, () => loginOf(site, id), Boolean)
  const now = site.now().getTime()
  if (!found || found.seenAt <= now - sessionTimeoutMs(site)) return undefined
  const { digest, csrf, seenAt, user } = found
  const lastSeen = Math.max(seenAt, site.seen.get(digest)?.seenAt ?? 0)
  const due = now - lastSeen >= touchMs(site)
  // Noted before it is written: requests that come meanwhile need not write it, too.
  keepRecent(site.seen, digest, { id, seenAt: due ? now : lastSeen }, MAX_SEEN)
  if (due) await touch(site, digest)
  return { login: { id, csrf, userId: user.id }, user }
}

/** Ends one session; nothing happens when there is none. */
export async function endLogin(site: Site, id: string): Promise<void> {
  const digest = digestOf(id)
  await site.db.change((tx) => tx.deleteFrom('logins').where('digest', '=', digest).execute())
  await forget(site, [digest])
}

/** Removes all sessions of a user inside a change that must end them; then call `forget`. */
export async function removeLogins(tx: Kysely<Tables>, userId: number): Promise<readonly string[]> {
  const rows = await tx.deleteFrom('logins').where('user_id', '=', userId).returning('digest').execute()
  return rows.map((row) => row.digest)
}

/** Ends all sessions of a user; resolves to their ids as `activeLogins` names them. */
export async function endLoginsOf(site: Site, userId: number): Promise<readonly string[]> {
  const digests = await site.db.change((tx) => removeLogins(tx, userId))
  const names = digests.map((digest) => nameOf(site, digest))
  await forget(site, digests)
  return names
}

/** Drops what this process remembers of ended sessions. */
export async function forget(site: Site, digests: readonly string[]): Promise<void> {
  for (const digest of digests) site.seen.delete(digest)
  for (const [userId, { login }] of site.implied) {
    const held = await login.catch(() => undefined)
    if (held && digests.includes(digestOf(held.id))) site.implied.delete(userId)
  }
}

/** The ids of living sessions by login, oldest first; of one user, or of all who have any. */
export async function activeLogins(site: Site, login?: string): Promise<ReadonlyMap<string, readonly string[]>> {
  let query = site.db.reads
    .selectFrom('logins')
    .innerJoin('users', 'users.id', 'logins.user_id')
    .select(['users.login', 'logins.digest'])
    .where('seen_at', '>', deadBefore(site))
    .orderBy('logins.created_at')
  if (login !== undefined) query = query.where('users.login', '=', login)
  const found = Map.groupBy(await query.execute(), (row) => row.login)
  return new Map([...found].map(([name, rows]) => [name, rows.map((row) => nameOf(site, row.digest))]))
}

/** The id of a session where this process has seen it; else the beginning of its digest, which opens nothing. */
const nameOf = (site: Site, digest: string): string => site.seen.get(digest)?.id ?? digest.slice(0, 32).toUpperCase()
