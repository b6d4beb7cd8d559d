import type { Socket } from 'node:net'
import { refuse } from '../errors.ts'
import type { Listening, ReceiverDoor } from '../site/receiver-door.ts'
import { listReceivers, type Receiver } from '../site/receivers.ts'
import type { Site } from '../site/site.ts'
import { isListed } from '../site/whitelist.ts'
import { type Association, associate, type Log } from './association.ts'
import type { Rejection } from './pdu.ts'
import { openPorts } from './ports.ts'
import type { ArrivingObject, Peer } from './store-object.ts'

/** Associations that are led at once; further ones are asked to come again. */
const MAX_ASSOCIATIONS = 64

/** Takes an object in for a receiver; resolves when what is kept survives a power cut. */
export type TakeFor = (receiver: Receiver, object: ArrivingObject) => Promise<unknown>

export type DoorPlan = Readonly<{
  site: Site
  /** Address to listen on. */
  host: string
  take: TakeFor
  log: Log
  maxAssociations?: number
}>

/** The door of the DICOM network. */
export type DicomDoor = ReceiverDoor &
  Readonly<{
    /** The receivers that are listened for now. */
    listening: () => readonly Listening[]
    /** Takes nothing new, waits for the objects in flight, then ends every association. */
    close: () => Promise<void>
  }>

/**
 * Listens for the receivers of the site, and from now on follows every change of them and of `enableDicomReceiver`.
 * A port that cannot be had is logged and left out; the others are listened on.
 */
export async function openDoor(plan: DoorPlan): Promise<DicomDoor> {
  const { site } = plan
  const hall = openHall(plan)
  const inTurn = openTurn()
  let stopped = false
  const isOn = () => !stopped && site.settings.value('enableDicomReceiver')
  const apply = () => inTurn(async () => hall.receive(isOn() ? (await listReceivers(site)).filter(isWanted) : []))

  const door: DicomDoor = Object.freeze({
    apply,
    listening: hall.listening,
    tryPort: (port) => inTurn(async () => (isOn() ? hall.tryPort(port) : undefined)),
    start: async () => {
      stopped = false
      await apply()
      return hall.listening()
    },
    stop: async () => {
      const before = hall.listening()
      stopped = true
      await apply()
      return before.map((each) => ({ ...each, listening: false }))
    },
    close: async () => {
      stopped = true
      await apply()
      await hall.empty()
    },
  })
  site.receivers.attach(door)
  site.settings.onChange(async (names) => {
    if (names.includes('enableDicomReceiver')) await apply()
  })
  await apply()
  return door
}

/** Port 0 is none. */
const isWanted = ({ enabled, port }: Receiver): boolean => enabled && port !== 0

/** Runs acts one after the other, so that the last change is the one that stands. */
function openTurn(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (act) => {
    const mine = last.then(act)
    last = mine.catch(() => undefined)
    return mine
  }
}

/** Where senders are met: the ports, the receivers behind them and the associations under way. */
type Hall = Readonly<{
  receive: (receivers: readonly Receiver[]) => Promise<void>
  listening: () => readonly Listening[]
  tryPort: (port: number) => Promise<void>
  /** Resolves when no association is left. */
  empty: () => Promise<void>
}>

function openHall({ host, take, log, maxAssociations = MAX_ASSOCIATIONS }: DoorPlan): Hall {
  const associations = new Map<Association, number>()
  let receivers: readonly Receiver[] = []
  const receiverOf = ({ called, port }: Peer) => receivers.find((each) => each.aeTitle === called && each.port === port)

  const refusal = (peer: Peer): Rejection | undefined => {
    const refused = refusalOf(receiverOf(peer), peer)
    return refused ?? (associations.size > maxAssociations ? 'too many associations' : undefined)
  }
  // Looked up for each object: what an administrator changes counts at once.
  const takeNow = async (object: ArrivingObject): Promise<unknown> =>
    take(receiverOf(object.peer) ?? gone(object.peer), object)
  const connected = (socket: Socket, port: number): void => {
    const association = associate(socket, port, { refusal, take: takeNow, log })
    associations.set(association, port)
    void association.over.then(() => associations.delete(association))
  }
  const ports = openPorts({ host, log, connected })

  return {
    receive: async (wanted) => {
      receivers = wanted
      await ports.serve(new Set(wanted.map(({ port }) => port)))
      for (const [association, port] of associations) if (!ports.open(port)) association.hasten()
    },
    listening: () =>
      receivers.filter(({ port }) => ports.open(port)).map(({ aeTitle, port }) => ({ aeTitle, port, listening: true })),
    tryPort: async (port) => {
      const trouble = await ports.trouble(port)
      const because = `Nobody can listen on port ${port} of ${host}: ${trouble?.code}.`
      if (trouble) refuse({ kind: 'invalid', field: 'port', because })
    },
    empty: async () => {
      await Promise.all([...associations.keys()].map(({ over }) => over))
    },
  }
}

function refusalOf(receiver: Receiver | undefined, { calling, address }: Peer): Rejection | undefined {
  if (!receiver) return 'called title unknown'
  if (!receiver.whitelistEnabled || isListed(receiver.whitelist, { title: calling, address })) return undefined
  return 'calling title unknown'
}

const gone = ({ called, port }: Peer): never =>
  refuse({ kind: 'not-found', noun: 'receiver', name: `${called}:${port}`, because: 'This receiver is gone.' })
