import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConfigurationAddress, putConfiguration } from '../../src/archive/configurations.ts'
import { sweep } from '../../src/archive/sweep.ts'
import { openChores } from '../../src/chores.ts'
import { compose } from '../../src/compose.ts'
import { buildServer } from '../../src/http/server.ts'
import { workRound } from '../../src/intake/work.ts'
import { createUser } from '../../src/site/accounts.ts'
import { prepareFirstStart } from '../../src/site/first-start.ts'
import { type Caller, callerOf } from './caller.ts'
import { testPlace } from './database.ts'

export type SiteOptions = Readonly<{
  /** Anonymous calls are refused when true (the default), and run as guest when false. */
  requireLogin?: boolean
  siteId?: string
  /** Ids of deleted projects may be given again. */
  reuseProjectIds?: boolean
  /** Bytes of one request's body; no bound unless given. */
  maxUploadBytes?: number
  /** Servers in front that are believed. */
  trustedProxies?: number
}>

/**
 * A whole server with an empty archive in a temporary folder, listening on a free port of the loopback address.
 * The database is SQLite, or PostgreSQL when ISOCENTER_TEST_DATABASE is `postgres`.
 */
export type TestSite = Readonly<{
  url: string
  /** The data folder; the inbox is the folder of that name in it. */
  folder: string
  /** A caller for a user made with `addUser` (or `admin`); `as(null)` sends no credentials. */
  as: (login: string | null) => Caller
  /** Makes an enabled user whose password is the login followed by `-password`. */
  addUser: (login: string) => Promise<void>
  /** Runs the sweep now, with no grace period; resolves to the number of blobs removed. */
  sweep: () => Promise<number>
  /** SHA-256 keys of all stored blobs. */
  blobKeys: () => Promise<string[]>
  /** Runs one round over what waits in the prearchive, as the server does from time to time. */
  workRound: () => Promise<void>
  /** The log of the entry of the prearchive with this label. */
  logsOf: (label: string) => Promise<string[]>
  /** Runs an act while somebody builds the entry of the prearchive with this label. */
  whileBuilt: (label: string, act: () => Promise<void>) => Promise<void>
  /** Puts a configuration of the site where nobody looks at it first. */
  storeConfiguration: (at: ConfigurationAddress, contents: string) => Promise<void>
  /** Removes the bytes of a blob behind the server's back. */
  loseBlob: (key: string) => Promise<void>
  close: () => Promise<void>
}>

/** The usual cast: project PRJ1 owned by `own`, with member `mem` and collaborator `col`; stranger `str` (all made). */
export type Cast = Readonly<{ admin: Caller; own: Caller; mem: Caller; col: Caller; str: Caller; anon: Caller }>

/** Makes `own`, `mem`, `col`, `str` and a private project with these people in their roles. */
export async function castOf(site: TestSite, project: string): Promise<Cast> {
  for (const login of ['own', 'mem', 'col', 'str']) await site.addUser(login)
  const own = site.as('own')
  await own('PUT', `/data/projects/${project}?accessibility=private`)
  await own('PUT', `/data/projects/${project}/users/member/mem`)
  await own('PUT', `/data/projects/${project}/users/collaborator/col`)
  return {
    admin: site.as('admin'),
    own,
    mem: site.as('mem'),
    col: site.as('col'),
    str: site.as('str'),
    anon: site.as(null),
  }
}

export const passwordOf = (login: string): string => `${login}-password`

const MIB = 1024 ** 2
const system = { id: 1, login: 'admin', admin: true, guest: false }

export async function startSite(options: SiteOptions = {}): Promise<TestSite> {
  const folder = await mkdtemp(join(tmpdir(), 'isocenter-site-'))
  const { place, remove } = await testPlace()
  const { archive, site, pictures, close } = await compose({
    dataFolder: folder,
    databaseUrl: place.url,
    siteId: options.siteId ?? 'XNAT',
    requireLogin: options.requireLogin ?? true,
    url: undefined,
    containers: { maxEntries: 5000, maxBytes: 256 * MIB, maxRatio: 200 },
    reuseProjectIds: options.reuseProjectIds ?? false,
    blobFolders: 'as-needed',
  })
  await prepareFirstStart(site, passwordOf('admin'))
  const { maxUploadBytes, trustedProxies } = options
  const inbox = join(folder, 'inbox')
  await mkdir(inbox)
  const failures: unknown[] = []
  const chores = openChores(archive, site, { failed: (error) => failures.push(error) })
  const server = buildServer({ archive, site, pictures, maxUploadBytes, trustedProxies, inbox, later: chores.later })
  await server.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  return {
    url,
    folder,
    as: (login) => (login === null ? callerOf(url) : callerOf(url, login, passwordOf(login))),
    addUser: async (login) => {
      await createUser(site, login, {
        password: passwordOf(login),
        enabled: true,
        verified: true,
        email: `${login}@x.example`,
      })
    },
    sweep: async () => (await sweep(archive, 0)).removed,
    blobKeys: async () => (await Array.fromAsync(archive.blobs.list())).map((blob) => blob.key).sort(),
    workRound: async () => void (await workRound(archive)),
    logsOf: async (label) => {
      const query = archive.db.reads.selectFrom('arrival_logs as l').innerJoin('arrivals as a', 'a.id', 'l.arrival_id')
      return (await query.select('l.entry').where('a.name', '=', label).orderBy('l.id').execute()).map(
        (row) => row.entry,
      )
    },
    whileBuilt: async (label, act) => {
      const query = archive.db.reads.selectFrom('arrivals').select('id').where('name', '=', label)
      const { id } = await query.executeTakeFirstOrThrow()
      const put = (columns: Readonly<{ status: string; lease_owner: string | null; lease_until: string | null }>) =>
        archive.db.change((tx) => tx.updateTable('arrivals').set(columns).where('id', '=', id).execute())
      await put({ status: 'BUILDING', lease_owner: 'somebody', lease_until: '2999-01-01 00:00:00.000' })
      await act()
      await put({ status: 'READY', lease_owner: null, lease_until: null })
    },
    storeConfiguration: async (at, contents) =>
      void (await putConfiguration(archive, system, { type: 'PROCESS' }, { at, contents })),
    loseBlob: (key) => archive.blobs.remove(key),
    close: async () => {
      await server.close()
      await chores.stop()
      await close()
      await remove()
      await rm(folder, { recursive: true, force: true })
      if (failures.length > 0) throw failures[0]
    },
  }
}
