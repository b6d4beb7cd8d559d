import type { Database } from '../db/open.ts'
import { openProven, type Proven } from './proven.ts'
import { openDoorway, type ReceiverDoorway } from './receiver-door.ts'
import { openSettings, type Settings } from './settings.ts'
import { openTurnstile, type Turnstile } from './turnstile.ts'

/** A session on its way to a client: the id that its cookie carries, and the token that its forms must carry. */
export type OpenLogin = Readonly<{ id: string; csrf: string; userId: number }>

/** What this process remembers of a session: the id, of which the catalog has only the digest, and its last use. */
export type SeenLogin = Readonly<{ id: string /** ms */; seenAt: number }>

/** The installation: its accounts, sessions and settings. */
export type Site = Readonly<{
  db: Database
  settings: Settings
  now: () => Date
  startedAt: Date
  proven: Proven
  turnstile: Turnstile
  /** By user: the session of requests that send a password and no cookie. */
  implied: Map<number, Readonly<{ login: Promise<OpenLogin>; seenAt: number }>>
  /** By digest. */
  seen: Map<string, SeenLogin>
  /** What listens for the DICOM receivers. */
  receivers: ReceiverDoorway
}>

/** What the process was started with; settings that were stored later come first. */
export type SiteStart = Readonly<{ siteId: string; requireLogin: boolean; url: string | undefined; now?: () => Date }>

export async function openSite(db: Database, start: SiteStart): Promise<Site> {
  const { siteId, requireLogin, url, now = () => new Date() } = start
  const defaults = { siteId, requireLogin, ...(url === undefined ? {} : { siteUrl: url }) }
  const settings = await openSettings(db, defaults)
  return Object.freeze({
    db,
    settings,
    now,
    startedAt: now(),
    proven: openProven(now),
    turnstile: openTurnstile({ now, maxFailures: () => settings.value('maxFailedLogins') }),
    implied: new Map(),
    seen: new Map(),
    receivers: openDoorway(),
  })
}
