import { readdir, readlink } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

const OPEN = '/proc/self/fd'

/** The files below a folder that this process has open. */
async function openNow(folder: string): Promise<string[]> {
  const targets = await Promise.all((await readdir(OPEN)).map((name) => readlink(`${OPEN}/${name}`).catch(() => '')))
  return targets.filter((target) => target.startsWith(folder))
}

/** The same, once they have had a moment to be closed; none where the system does not tell. */
export async function openBelow(folder: string): Promise<string[]> {
  if (process.platform !== 'linux') return []
  for (let look = 0; look < 40; look++) {
    if ((await openNow(folder)).length === 0) return []
    await wait(25)
  }
  return openNow(folder)
}
