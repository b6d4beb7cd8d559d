import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Archive, Reason } from '../../src/archive/archive.ts'
import { putProject } from '../../src/archive/projects.ts'
import { compose } from '../../src/compose.ts'
import type { Viewer } from '../../src/model/access.ts'
import { prepareFirstStart } from '../../src/site/first-start.ts'
import { testPlace } from './database.ts'

/** The first account of every archive. */
export const admin: Viewer = { id: 1, login: 'admin', admin: true, guest: false }
export const why: Reason = { type: 'WEB_SERVICE' }

/** An empty archive of its own, without a door; `close` removes it. */
export type TestArchive = Readonly<{ archive: Archive; close: () => Promise<void> }>

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
    close: async () => {
      await close()
      await remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Makes a private project. */
export async function makeProject(archive: Archive, name: string): Promise<void> {
  const patch = {
    document: undefined,
    faults: [],
    namedType: undefined,
    impliedType: undefined,
    assignments: [],
    removesAbsent: false,
  }
  await putProject(archive, admin, why, { name, patch, accessibility: 'private' })
}

/** Bytes as they come from a sender. */
export const sent = (text: string): AsyncIterable<Uint8Array> => Readable.from([Buffer.from(text)])
