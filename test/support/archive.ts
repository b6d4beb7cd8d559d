import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Archive, Reason } from '../../src/archive/archive.ts'
import { putExperiment } from '../../src/archive/experiments.ts'
import { listBytes } from '../../src/archive/file-listing.ts'
import { putFiles, type Uploaded } from '../../src/archive/files.ts'
import { putProject } from '../../src/archive/projects.ts'
import { putScan } from '../../src/archive/scans.ts'
import { readSmallFile } from '../../src/archive/stored-files.ts'
import { compose } from '../../src/compose.ts'
import type { Viewer } from '../../src/model/access.ts'
import type { ParentAddress } from '../../src/model/address.ts'
import type { Patch } from '../../src/model/patch.ts'
import { prepareFirstStart } from '../../src/site/first-start.ts'
import type { Site } from '../../src/site/site.ts'
import { testPlace } from './database.ts'

/** The first account of every archive. */
export const admin: Viewer = { id: 1, login: 'admin', admin: true, guest: false }
export const why: Reason = { type: 'WEB_SERVICE' }

/** An empty archive of its own, without a door; `close` removes it. */
export type TestArchive = Readonly<{ archive: Archive; site: Site; close: () => Promise<void> }>

/**
 * Opens one in a temporary folder, on SQLite or, when ISOCENTER_TEST_DATABASE is `postgres`, on PostgreSQL.
 * @param now its clock
 */
export async function openTestArchive(now?: () => Date): Promise<TestArchive> {
  const folder = await mkdtemp(join(tmpdir(), 'isocenter-archive-'))
  const { place, remove } = await testPlace()
  const plan = {
    dataFolder: folder,
    databaseUrl: place.url,
    siteId: 'XNAT',
    requireLogin: true,
    url: undefined,
    containers: { maxEntries: 5000, maxBytes: 256 * 1024 * 1024, maxRatio: 200 },
    reuseProjectIds: false,
  }
  const { archive, site, close } = await compose(plan, now)
  await prepareFirstStart(site, 'admin-password')
  return {
    archive,
    site,
    close: async () => {
      await close()
      await remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** An archive whose clock is so many ms ahead; a test that lets time pass adds to them. */
export type LateArchive = TestArchive & { late: number }

export async function openLateArchive(): Promise<LateArchive> {
  const clock = { late: 0 }
  return Object.assign(clock, await openTestArchive(() => new Date(Date.now() + clock.late)))
}

/** Makes a private project. */
export async function makeProject(archive: Archive, name: string): Promise<void> {
  await putProject(archive, admin, why, { name, patch: nothing, accessibility: 'private' })
}

/** Bytes as they come from a sender. */
export const sent = (text: string): AsyncIterable<Uint8Array> => Readable.from([Buffer.from(text)])

const nothing: Patch = { faults: [], assignments: [], removesAbsent: false }

/** Makes an imaging session `label` of subject `S1` with scan `1`; resolves to its accession id. */
export async function makeSession(archive: Archive, project: string, label: string): Promise<string> {
  const home = { project, subject: 'S1', segment: label }
  const { id } = await putExperiment(archive, admin, why, {
    home,
    patch: { ...nothing, namedType: 'xnat:mrSessionData' },
  })
  const at = { experiment: id, scan: '1' }
  await putScan(archive, admin, why, { at, patch: { ...nothing, namedType: 'xnat:mrScanData' } })
  return id
}

/** Stores files, path to text, in a folder. */
export async function storeFiles(
  archive: Archive,
  place: Readonly<{ parent: ParentAddress; folder: string }>,
  texts: Readonly<Record<string, string>>,
): Promise<Uploaded> {
  const files = (async function* () {
    for (const [path, text] of Object.entries(texts)) yield { path, bytes: sent(text) }
  })()
  return putFiles(archive, admin, why, { ...place, files, overwrite: false, described: { tags: [] } })
}

/** Path to text of the files of a folder. */
export async function textsOf(
  archive: Archive,
  { parent, folder }: Readonly<{ parent: ParentAddress; folder: string }>,
): Promise<Record<string, string>> {
  const files = await listBytes(archive, admin, { parent, folders: folder, formats: [], contents: [] })
  const texts: Record<string, string> = {}
  for (const { row } of files) texts[row.path] = Buffer.from(await readSmallFile(archive, row)).toString()
  return texts
}
