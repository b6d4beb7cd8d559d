import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { Site } from '../site/site.ts'
import { listUsers } from '../site/users.ts'

/**
 * The account in whose name a command makes things: `admin`, or the first other administrator who is not locked out.
 * Whoever may run commands beside the catalog may do everything in it.
 * @throws ArchiveError 'not-found' when there is none
 */
export async function administrator(site: Site): Promise<Viewer> {
  const able = (await listUsers(site)).filter((user) => user.admin && user.enabled)
  const user = able.find(({ login }) => login === 'admin') ?? able[0]
  if (user) return { id: user.id, login: user.login, admin: true, guest: false }
  const because = 'There is no administrator: make one with isocenter user add LOGIN --admin.'
  return refuse({ kind: 'not-found', noun: 'user', name: 'admin', because })
}
