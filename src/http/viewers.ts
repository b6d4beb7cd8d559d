import { refuse } from '../errors.ts'
import type { Call } from './call.ts'

/** Strangers at the open places of a closed site are asked to sign in first. */
function refused(call: Call, because: string): never {
  if (call.viewer.guest && call.site.settings.value('requireLogin')) refuse({ kind: 'unauthenticated' })
  return refuse({ kind: 'forbidden', noun: 'user', name: call.viewer.login, because })
}

/** @throws ArchiveError 'forbidden' for guests */
export function requireSignedIn(call: Call): void {
  if (call.viewer.guest) refused(call, 'This is not for guests.')
}

/** @throws ArchiveError 'forbidden' for everybody but site administrators */
export function requireAdmin(call: Call): void {
  if (!call.viewer.admin) refused(call, 'This is for site administrators.')
}

/** @throws ArchiveError 'forbidden' for everybody but that user and site administrators */
export function requireSelfOrAdmin(call: Call, login: string): void {
  if (call.viewer.guest || (call.viewer.login !== login && !call.viewer.admin))
    refused(call, `This is for ${login} and site administrators.`)
}

/** Whether the caller may see who has accounts (hierarchy 7.3). */
export function maySeeUsers(call: Call): boolean {
  return call.viewer.admin || (!call.viewer.guest && !call.site.settings.value('restrictUserListAccessToAdmins'))
}

/** @throws ArchiveError 'forbidden' */
export function requireUserList(call: Call): void {
  if (!maySeeUsers(call)) refused(call, 'The list of users is for site administrators.')
}
