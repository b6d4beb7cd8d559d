import { resolve } from 'node:path'
import { refuse } from './errors.ts'

/** Bounds of uploaded containers; what exceeds them is refused. */
export type ContainerBounds = Readonly<{
  maxEntries: number
  /** Sum of the expanded members, in bytes. */
  maxBytes: number
  /** Expanded size divided by packed size. */
  maxRatio: number
}>

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** What the operator decided for this process, checked. `docs/settings.md` has a line for each. */
export type Config = Readonly<{
  host: string
  /** 0 lets the system choose. */
  port: number
  /** Address on which DICOM receivers listen. */
  dicomHost: string
  /** Port of the first receiver of a new site; 0: this process listens for none. */
  dicomPort: number
  /** Absolute path of the folder of blobs and, with SQLite, of the catalog. */
  dataFolder: string
  /** Address of a PostgreSQL database; absent: SQLite in the data folder. */
  databaseUrl: string | undefined
  siteId: string
  requireLogin: boolean
  /** The address people use, without a slash at the end; absent: taken from each request. */
  url: string | undefined
  /** For the account that the first start makes; absent: one is generated. */
  adminPassword: string | undefined
  /** Bytes of one request's body; absent: no bound. */
  maxUploadBytes: number | undefined
  /** How many servers stand in front and say for whom they ask. */
  trustedProxies: number
  containers: ContainerBounds
  logLevel: LogLevel
  /** Ids of deleted projects may be given again. */
  reuseProjectIds: boolean
  /** Absolute path of the folder from which administrators import without sending; absent: there is none. */
  inboxFolder: string | undefined
}>

/** Environment variables by name, as `process.env` holds them. An empty one counts as absent. */
export type Environment = Readonly<Record<string, string | undefined>>

const GIB = 1024 ** 3

/**
 * The settings of this process.
 * @throws ArchiveError 'invalid' that names the first variable that cannot be used, and says what would be right
 */
export function readConfig(environment: Environment): Config {
  const value = (name: string): string | undefined => environment[name]?.trim() || undefined
  return Object.freeze({
    host: value('ISOCENTER_HOST') ?? '127.0.0.1',
    port: port('ISOCENTER_PORT', value('ISOCENTER_PORT') ?? '8080'),
    dicomHost: value('ISOCENTER_DICOM_HOST') ?? value('ISOCENTER_HOST') ?? '127.0.0.1',
    dicomPort: port('ISOCENTER_DICOM_PORT', value('ISOCENTER_DICOM_PORT') ?? '8104'),
    dataFolder: resolve(value('ISOCENTER_DATA') ?? './data'),
    databaseUrl: databaseUrl(value('ISOCENTER_DATABASE_URL')),
    siteId: siteId(value('ISOCENTER_SITE_ID') ?? 'XNAT'),
    requireLogin: flag('ISOCENTER_REQUIRE_LOGIN', value('ISOCENTER_REQUIRE_LOGIN') ?? 'true'),
    url: siteUrl(value('ISOCENTER_URL')),
    // Not trimmed: spaces may belong to a password.
    adminPassword: environment['ISOCENTER_ADMIN_PASSWORD'] || undefined,
    maxUploadBytes: optional(value('ISOCENTER_MAX_UPLOAD_BYTES'), (text) => size('ISOCENTER_MAX_UPLOAD_BYTES', text)),
    trustedProxies: trustedProxies(value('ISOCENTER_TRUST_PROXY') ?? 'false'),
    containers: containerBounds(value),
    logLevel: logLevel(value('ISOCENTER_LOG_LEVEL') ?? 'info'),
    reuseProjectIds: flag('ISOCENTER_REUSE_PROJECT_IDS', value('ISOCENTER_REUSE_PROJECT_IDS') ?? 'false'),
    inboxFolder: optional(value('ISOCENTER_INBOX'), (text) => resolve(text)),
  })
}

function containerBounds(value: (name: string) => string | undefined): ContainerBounds {
  const [entries, bytes, ratio] = ['ENTRIES', 'BYTES', 'RATIO'].map((end) => `ISOCENTER_ARCHIVE_MAX_${end}`)
  return Object.freeze({
    maxEntries: size(entries!, value(entries!) ?? '500000'),
    maxBytes: size(bytes!, value(bytes!) ?? String(500 * GIB)),
    maxRatio: size(ratio!, value(ratio!) ?? '500'),
  })
}

const optional = <T>(text: string | undefined, read: (text: string) => T): T | undefined =>
  text === undefined ? undefined : read(text)

const wrong = (name: string, text: string, right: string): never =>
  refuse({ kind: 'invalid', field: name, because: `${name} is "${text}", but must be ${right}.` })

function port(name: string, text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 65536
  return number <= 65535 ? number : wrong(name, text, 'a number from 0 to 65535')
}

function flag(name: string, text: string): boolean {
  if (/^(true|1|yes|on)$/i.test(text)) return true
  return /^(false|0|no|off)$/i.test(text) ? false : wrong(name, text, 'true or false')
}

/** `true` is one; the number tells how many entries of `X-Forwarded-For` were written by servers one knows. */
function trustedProxies(text: string): number {
  if (/^[1-9]$/.test(text)) return Number(text)
  if (/^(true|yes|on)$/i.test(text)) return 1
  return /^(false|0|no|off)$/i.test(text)
    ? 0
    : wrong('ISOCENTER_TRUST_PROXY', text, 'true, false or a number of servers up to 9')
}

const sizeUnits: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: GIB, T: 1024 ** 4 }

function size(name: string, text: string): number {
  const [, digits, unit] = /^(\d{1,15})([KMGT]?)$/i.exec(text) ?? []
  const number = Number(digits) * (sizeUnits[unit?.toUpperCase() ?? ''] ?? 1)
  return number > 0 ? number : wrong(name, text, 'a whole number above 0, such as 1000000, 512M or 20G')
}

function siteId(text: string): string {
  return /^[A-Za-z][\w -]{0,31}$/.test(text)
    ? text
    : wrong('ISOCENTER_SITE_ID', text, 'a letter followed by up to 31 letters, digits, spaces, _ or -')
}

function siteUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  const usable =
    url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.hash && !url.username
  return usable
    ? url.origin
    : wrong('ISOCENTER_URL', text, 'an address such as https://xnat.example.org, without a path')
}

function databaseUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  const right = 'an address such as postgres://user:password@host:5432/database'
  if (url && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1) return text
  // What is there may hold a password, so that it is not repeated.
  return refuse({
    kind: 'invalid',
    field: 'ISOCENTER_DATABASE_URL',
    because: `ISOCENTER_DATABASE_URL must be ${right}.`,
  })
}

function logLevel(text: string): LogLevel {
  return (
    logLevels.find((level) => level === text.toLowerCase()) ??
    wrong('ISOCENTER_LOG_LEVEL', text, `one of ${logLevels.join(', ')}`)
  )
}
