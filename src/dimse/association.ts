import type { Socket } from 'node:net'
import { faultOf } from '../errors.ts'
import { plainAddress } from '../site/whitelist.ts'
import { type Agreement, acceptance, agreementsOf, readAssociateRequest } from './associate.ts'
import { C_CANCEL_RQ, C_ECHO_RQ, C_STORE_RQ, type Command, readCommand, response, status } from './commands.ts'
import { type Messages, messagesOf, readRequest } from './fragments.ts'
import { type Incoming, incomingFrom } from './incoming.ts'
import { abortPdu, Breach, breach, commandPdu, type Rejection, rejectPdu, releasedPdu } from './pdu.ts'
import { type Outcome, type Peer, storeObject, type TakeObject } from './store-object.ts'
import { APPLICATION_NAME } from './syntaxes.ts'

/** How long a sender may be silent before its association is agreed on, and while it closes the connection, in ms. */
const REQUEST_MS = 30_000
const CLOSING_MS = 5_000
/** How long it may be silent between two objects, and in the middle of one, in ms. */
const BETWEEN_MS = 600_000
const WITHIN_MS = 60_000

/** The log, as far as it is used here. */
export type Log = Readonly<Record<'info' | 'warn' | 'error', (details: object, message: string) => void>>

/** What an association asks the door. */
export type Doorkeeper = Readonly<{
  /** Why this sender is not let in, or undefined. */
  refusal: (peer: Peer) => Rejection | undefined
  take: TakeObject
  log: Log
}>

/** A conversation with one sender. */
export type Association = Readonly<{
  /** Resolves when it has ended; never rejects. */
  over: Promise<void>
  /** Ends it as soon as no object is in flight. */
  hasten: () => void
}>

type Line = Readonly<{ socket: Socket; incoming: Incoming; door: Doorkeeper; port: number; pace: Pace }>

/** `idle`: between two messages, when nothing is lost by ending the association. */
type Pace = { idle: boolean; hurried: boolean }

type Agreed = Readonly<{ peer: Peer; contexts: ReadonlyMap<number, Agreement> }>

/** Leads the conversation on a fresh connection to the port. */
export function associate(socket: Socket, port: number, door: Doorkeeper): Association {
  socket.setNoDelay(true)
  // Whoever reads meets it; without this an error between two reads would end the process.
  socket.on('error', () => undefined)
  const pace = { idle: true, hurried: false }
  const line = { socket, incoming: incomingFrom(socket, REQUEST_MS), door, port, pace }
  const hasten = (): void => {
    pace.hurried = true
    if (pace.idle) socket.end(abortPdu('unspecified'), () => socket.destroy())
  }
  return { over: converse(line), hasten }
}

async function converse(line: Line): Promise<void> {
  const { socket, incoming, pace } = line
  // A sender that dribbles its request is not waited for either.
  const late = setTimeout(() => socket.destroy(), REQUEST_MS)
  try {
    const agreed = await agree(line)
    clearTimeout(late)
    if (agreed) await exchange(line, agreed)
  } catch (error) {
    if (!pace.hurried) complain(line, error)
    if (error instanceof Breach) socket.write(abortPdu(error.reason))
    else if (!faultOf(error)) socket.write(abortPdu('unspecified'))
  } finally {
    clearTimeout(late)
    await incoming.close()
    await hangUp(socket)
  }
}

function complain({ door, socket, port }: Line, error: unknown): void {
  const expected = error instanceof Breach || faultOf(error)?.kind === 'broken-off'
  const details = { err: error, address: socket.remoteAddress, port }
  door.log[expected ? 'warn' : 'error'](details, 'a DICOM association broke off')
}

/** The answer goes out first; then the other side closes the connection, or it is closed (PS3.8 9.1.5, ARTIM). */
async function hangUp(socket: Socket): Promise<void> {
  if (socket.destroyed) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const late = setTimeout(() => socket.destroy(), CLOSING_MS)
  socket.once('close', () => resolve())
  socket.end()
  // What still comes is not read by anybody, and must not stand in the way of the end.
  socket.resume()
  await promise
  clearTimeout(late)
}

/** Accepts what is asked for, or undefined after saying why not. */
async function agree({ socket, incoming, door, port }: Line): Promise<Agreed | undefined> {
  const body = await readRequest(incoming)
  const request = readAssociateRequest(body)
  const { calling, called } = request
  const peer = { calling, called, address: plainAddress(socket.remoteAddress ?? ''), port }
  const rejection = mismatch(request) ?? door.refusal(peer)
  if (rejection) {
    door.log.warn({ ...peer, because: rejection }, 'a DICOM association was rejected')
    socket.write(rejectPdu(rejection))
    return undefined
  }
  const contexts = agreementsOf(request)
  socket.write(acceptance(body, request, contexts))
  return { peer, contexts }
}

function mismatch({
  versions,
  application,
}: Readonly<{ versions: number; application: string }>): Rejection | undefined {
  if ((versions & 1) === 0) return 'protocol version'
  return application === APPLICATION_NAME ? undefined : 'no such application'
}

/** Answers one message after the other until the sender ends the association. */
async function exchange(line: Line, { peer, contexts }: Agreed): Promise<void> {
  const { socket, incoming, door, pace } = line
  const messages = messagesOf(incoming)
  const counts = { taken: 0, refused: 0 }
  try {
    while (!pace.hurried) {
      pace.idle = true
      incoming.allow(BETWEEN_MS)
      const set = await messages.next()
      pace.idle = false
      if (set === 'release') return void socket.write(releasedPdu())
      if (set === 'abort') return
      incoming.allow(WITHIN_MS)
      const command = readCommand(set.bytes)
      const context =
        contexts.get(set.contextId) ?? breach('invalid value', `context ${set.contextId} was not agreed on`)
      const message = { command, context, contextId: set.contextId, peer }
      const outcome = await perform(message, messages, door)
      if (outcome) socket.write(commandPdu(set.contextId, response(command, outcome.result, outcome.comment)))
      if (command.field === C_STORE_RQ) count(counts, door, message, outcome)
    }
    socket.write(abortPdu('unspecified'))
  } finally {
    if (counts.taken + counts.refused > 0) door.log.info({ ...peer, ...counts }, 'DICOM objects came in')
  }
}

type Message = Readonly<{ command: Command; context: Agreement; contextId: number; peer: Peer }>

/** Does what one message asks for; undefined for what is not answered. */
async function perform(message: Message, messages: Messages, door: Doorkeeper): Promise<Outcome | undefined> {
  const { command, context, contextId, peer } = message
  if (command.field >= 0x8000) breach('unexpected PDU', 'a response to what nobody asked')
  const dataset = messages.dataset(contextId)
  if (command.field === C_STORE_RQ && command.withData)
    return storeObject({ peer, command, context, dataset }, door.take)
  if (command.withData) for await (const _ of dataset);
  if (command.field === C_STORE_RQ) return { result: status.cannotUnderstand, comment: 'There is no data set.' }
  if (command.field === C_ECHO_RQ) return { result: status.success }
  return command.field === C_CANCEL_RQ ? undefined : { result: status.unrecognizedOperation }
}

function count(
  counts: { taken: number; refused: number },
  door: Doorkeeper,
  { command, peer }: Message,
  outcome: Outcome | undefined,
): void {
  if (outcome?.result === status.success) return void counts.taken++
  counts.refused++
  const details = {
    ...peer,
    sopInstance: command.sopInstance,
    status: outcome?.result.toString(16),
    err: outcome?.error,
  }
  door.log[outcome?.result === status.outOfResources ? 'error' : 'warn'](details, 'a DICOM object was not stored')
}
