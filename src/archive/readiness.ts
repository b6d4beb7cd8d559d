import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Archive } from './archive.ts'

/** What an archive needs to do its work, and whether it answers. */
export type Readiness = Readonly<{ catalog: boolean; disk: boolean }>

/** How long either may take to answer. */
const PATIENCE_MS = 3000

/** Asks the catalog for a row and the disk of the blobs for a new file; resolves within seconds whatever they do. */
export async function readinessOf(archive: Archive): Promise<Readiness> {
  const [catalog, disk] = await Promise.all([inTime(askCatalog(archive)), inTime(askDisk(archive))])
  return { catalog, disk }
}

async function askCatalog({ db }: Archive): Promise<void> {
  await db.reads.selectFrom('settings').select('name').limit(1).execute()
}

async function askDisk({ scratch }: Archive): Promise<void> {
  const path = join(scratch, `ready-${randomUUID()}`)
  try {
    await writeFile(path, 'ready', { flag: 'wx' })
  } finally {
    // Also what a full disk took the name of, but not the bytes.
    await rm(path, { force: true })
  }
}

/** Whatever went wrong: here it is the answer, not an error. */
function inTime(asked: Promise<void>): Promise<boolean> {
  const done = asked.then(
    () => true,
    () => false,
  )
  return Promise.race([done, setTimeout(PATIENCE_MS, false, { ref: false })])
}
