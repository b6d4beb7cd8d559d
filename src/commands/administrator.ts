import type { Archive, Reason } from '../archive/archive.ts'
import { compose } from '../compose.ts'
import type { Config } from '../config.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import { prepareFirstStart } from '../site/first-start.ts'
import type { Site } from '../site/site.ts'
import { listUsers } from '../site/users.ts'
import { firstStartLines } from './notices.ts'
import { say } from './terminal.ts'

/** Where a command makes things, and in whose name. */
export type Desk = Readonly<{ archive: Archive; viewer: Viewer; why: Reason }>

/**
 * Opens the archive for a command that makes things in it.
 * @param reason as histories will show it
 */
export async function withAdministrator<T>(
  config: Config,
  reason: string,
  act: (desk: Desk) => Promise<T>,
): Promise<T> {
  const { archive, site, close } = await compose(config)
  try {
    const first = await prepareFirstStart(site, config.adminPassword)
    if (first) say(...firstStartLines(first))
    return await act({ archive, viewer: await administrator(site), why: { type: 'PROCESS', reason } })
  } finally {
    await close()
  }
}

/**
 * The account in whose name a command makes things: `admin`, or the first other administrator who is not locked out.
 * Whoever may run commands beside the catalog may do everything in it.
 * @throws ArchiveError 'not-found' when there is none
 */
async function administrator(site: Site): Promise<Viewer> {
  const able = (await listUsers(site)).filter((user) => user.admin && user.enabled)
  const user = able.find(({ login }) => login === 'admin') ?? able[0]
  if (user) return { id: user.id, login: user.login, admin: true, guest: false }
  const because = 'There is no administrator: make one with isocenter user add LOGIN --admin.'
  return refuse({ kind: 'not-found', noun: 'user', name: 'admin', because })
}
