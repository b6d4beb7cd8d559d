import { type Caller, callerOf } from './caller.ts'

export type SiteOptions = Readonly<{
  /** Anonymous calls are refused when true (the default), and run as guest when false. */
  requireLogin?: boolean
  siteId?: string
}>

/**
 * A whole server with an empty archive in a temporary folder, listening on a free port of the loopback address.
 * The database is SQLite, or PostgreSQL when ISOCENTER_TEST_DATABASE is `postgres`.
 */
export type TestSite = Readonly<{
  url: string
  /** The data folder. */
  folder: string
  /** A caller for a user made with `addUser` (or `admin`); `as(null)` sends no credentials. */
  as: (login: string | null) => Caller
  /** Makes an enabled user whose password is the login followed by `-password`. */
  addUser: (login: string) => Promise<void>
  /** Runs the sweep now, with no grace period; resolves to the number of blobs removed. */
  sweep: () => Promise<number>
  /** SHA-256 keys of all stored blobs. */
  blobKeys: () => Promise<string[]>
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
  return { admin: site.as('admin'), own, mem: site.as('mem'), col: site.as('col'), str: site.as('str'), anon: site.as(null) }
}

export const passwordOf = (login: string): string => `${login}-password`

export async function startSite(_options: SiteOptions = {}): Promise<TestSite> {
  throw new Error(`The server is not assembled yet: ${callerOf.name}`)
}
