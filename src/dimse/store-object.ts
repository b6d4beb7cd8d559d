import { faultOf } from '../errors.ts'
import type { Agreement } from './associate.ts'
import { type Command, type Status, status } from './commands.ts'
import { isStorage } from './syntaxes.ts'

/** Who sends, from where, and to whom; titles as the association names them, the port is ours. */
export type Peer = Readonly<{ calling: string; called: string; address: string; port: number }>

/** An object on its way in: the bytes of a data set, without preamble and file meta information. */
export type ArrivingObject = Readonly<{
  peer: Peer
  transferSyntax: string
  /** As the command names it; empty where it does not. */
  sopInstance: string
  bytes: AsyncIterable<Uint8Array>
}>

/** Takes an object in, or drops it as its filters say; resolves when what is kept survives a power cut. */
export type TakeObject = (object: ArrivingObject) => Promise<unknown>

/** What the sender is told, and the error behind it. */
export type Outcome = Readonly<{ result: Status; comment?: string; error?: unknown }>

/** One C-STORE request with the data set that follows it. */
export type StoreRequest = Readonly<{
  peer: Peer
  command: Command
  context: Agreement
  /** The data set as it comes in; it throws when it does not come whole. */
  dataset: AsyncIterable<Buffer>
}>

/** Faults of what was sent; everything else is ours. */
const faultsOfSender = new Set(['invalid', 'unreadable', 'nothing-sent', 'unsupported', 'too-large', 'broken-off'])

/**
 * Hands the object on while it comes in. Success means that it was taken; of an object that is refused the
 * rest is passed over, so that its sender comes to read why.
 * @throws whatever the data set threw: then nobody is there to be answered, and nothing was kept
 */
export async function storeObject(request: StoreRequest, take: TakeObject): Promise<Outcome> {
  const { peer, command, context } = request
  const pieces = request.dataset[Symbol.asyncIterator]()
  const trouble: unknown[] = []
  // Not `for await`: a reader that stops early must leave the rest to be passed over.
  async function* bytes(): AsyncIterable<Uint8Array> {
    for (;;) {
      const next = await pieces.next().catch((error: unknown) => {
        trouble.push(error)
        throw error
      })
      if (next.done) return
      yield next.value
    }
  }
  const { transferSyntax } = context
  const { sopInstance } = command
  const taken = isStorage(context.abstractSyntax)
    ? await take({ peer, transferSyntax, sopInstance, bytes: bytes() }).then(() => ({ result: status.success }), failed)
    : { result: status.classNotSupported }
  if (trouble.length > 0) throw trouble[0]
  while (!(await pieces.next()).done);
  return taken
}

function failed(error: unknown): Outcome {
  const fault = faultOf(error)
  const theirs = fault !== undefined && faultsOfSender.has(fault.kind)
  const comment = fault ? (error as Error).message : 'The archive could not store the object.'
  return { result: theirs ? status.cannotUnderstand : status.outOfResources, comment, error }
}
