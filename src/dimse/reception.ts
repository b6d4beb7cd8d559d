import type { Archive } from '../archive/archive.ts'
import { refuse } from '../errors.ts'
import { receiveInstance } from '../intake/receive.ts'
import { plainReception, type Reception } from '../intake/reception.ts'
import { type Viewer, viewerOf } from '../model/access.ts'
import type { Receiver } from '../site/receivers.ts'
import type { Site } from '../site/site.ts'
import { findUser } from '../site/users.ts'
import type { TakeFor } from './door.ts'
import type { ArrivingObject } from './store-object.ts'

/** Takes objects into the archive, in the name of the account that the site has for that. */
export const takenInto =
  (archive: Archive, site: Site): TakeFor =>
  async (receiver, object) =>
    receiveInstance(archive, await actingUser(site), receptionOf(receiver, object), {
      path: `${object.sopInstance}.dcm`,
      bytes: object.bytes,
    })

/** @throws ArchiveError 'not-found', 'forbidden' when nobody can act for the receivers */
async function actingUser(site: Site): Promise<Viewer> {
  const login = site.settings.value('receivedFileUser')
  const user = await site.db.remember(`receivers act as ${login}`, () => findUser(site, login), Boolean)
  const because = `The account ${login} of the setting receivedFileUser `
  if (!user) return refuse({ kind: 'not-found', noun: 'user', name: login, because: `${because}does not exist.` })
  if (!user.enabled || user.guest)
    refuse({ kind: 'forbidden', noun: 'user', name: login, because: `${because}is switched off.` })
  return viewerOf(user, site.settings.value('allowDataAdmins'))
}

function receptionOf(receiver: Receiver, { peer, transferSyntax }: ArrivingObject): Reception {
  const { projectRoutingExpression, subjectRoutingExpression, sessionRoutingExpression } = receiver
  const rules = {
    project: projectRoutingExpression ?? undefined,
    subject: subjectRoutingExpression ?? undefined,
    session: sessionRoutingExpression ?? undefined,
  }
  return {
    ...plainReception,
    ...(receiver.routingExpressionsEnabled ? { rules } : {}),
    sender: { aeTitle: peer.calling, address: peer.address },
    receiver: { aeTitle: receiver.aeTitle, port: receiver.port },
    transferSyntax,
    preventAnon: !receiver.anonymizationEnabled,
    direct: receiver.directArchive,
  }
}
