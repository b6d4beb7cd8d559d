import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Archive } from '../../src/archive/archive.ts'
import { compose } from '../../src/compose.ts'
import { openDoor } from '../../src/dimse/door.ts'
import { takenInto } from '../../src/dimse/reception.ts'
import { prepareFirstStart } from '../../src/site/first-start.ts'
import { moveReceivers } from '../../src/site/receivers.ts'
import type { Site } from '../../src/site/site.ts'
import { testPlace } from '../support/database.ts'
import { stagedCopies } from '../support/staged-copies.ts'
import { freePort } from './hall.ts'

/** An object that waits in the prearchive, with what its entry says. */
export type Waiting = Readonly<{
  project: string
  subject: string
  session: string
  scan: string
  label: string
  name: string
  sopUid: string
  sender: string
  preventAnon: boolean
  direct: boolean
  blob: string
}>

/** An empty archive on either database that takes objects from the DICOM network. */
export type ReceivingArchive = Readonly<{
  archive: Archive
  site: Site
  port: number
  /** Everything that waits, in the order in which it came. */
  waiting: () => Promise<readonly Waiting[]>
  bytesOf: (waiting: Waiting) => Promise<Buffer>
  /** Staged copies of what is on its way in. */
  staged: () => Promise<readonly string[]>
  /** Forgets all that waits. */
  forget: () => Promise<void>
  close: () => Promise<void>
}>

export async function openReceivingArchive(): Promise<ReceivingArchive> {
  const folder = await mkdtemp(join(tmpdir(), 'isocenter-receiving-'))
  const { place, remove } = await testPlace()
  const containers = { maxEntries: 5000, maxBytes: 1024 ** 3, maxRatio: 200 }
  const plan = { siteId: 'XNAT', requireLogin: true, url: undefined, containers, reuseProjectIds: false }
  const { archive, site, close } = await compose({ dataFolder: folder, databaseUrl: place.url, ...plan })
  await prepareFirstStart(site, 'admin-password')
  const port = await freePort()
  await moveReceivers(site, port)
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const door = await openDoor({ site, host: '127.0.0.1', take: takenInto(archive, site), log })
  return {
    archive,
    site,
    port,
    waiting: () => waitingIn(archive),
    bytesOf: async ({ blob }) => buffer(await archive.blobs.read(blob)),
    staged: () => stagedCopies(folder),
    forget: () => archive.db.change(async (tx) => void (await tx.deleteFrom('arrivals').execute())),
    close: async () => {
      await door.close()
      await close()
      await remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Everything that waits in the prearchive of that archive, in the order in which it came. */
export async function waitingIn(archive: Archive): Promise<readonly Waiting[]> {
  const rows = await archive.db.reads
    .selectFrom('arrived_files as f')
    .innerJoin('arrivals as a', 'a.id', 'f.arrival_id')
    .leftJoin('projects as p', 'p.id', 'a.project_id')
    .select(['p.name as project', 'a.subject', 'a.name as session', 'a.sender', 'a.prevent_anon', 'a.direct'])
    .select(['f.scan', 'f.label', 'f.name', 'f.sop_uid', 'f.blob'])
    .orderBy('f.id')
    .execute()
  return rows.map(({ project, sop_uid: sopUid, prevent_anon: preventAnon, direct, ...row }) => ({
    ...row,
    project: project ?? 'Unassigned',
    sopUid,
    preventAnon: preventAnon === 1,
    direct: direct === 1,
  }))
}
