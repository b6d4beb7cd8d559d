import type { Incoming } from './incoming.ts'
import {
  ABORT,
  ASSOCIATE_RQ,
  breach,
  COMMAND_FRAGMENT,
  FRAGMENT_HEADER_BYTES,
  LAST_FRAGMENT,
  P_DATA,
  PDU_HEADER_BYTES,
  RELEASE_RQ,
} from './pdu.ts'

/** A command set is a few elements; one that is longer than this is none. */
const MAX_COMMAND_BYTES = 65_536
/** 128 contexts with every transfer syntax there is come to half of that. */
const MAX_REQUEST_BYTES = 1_048_576
/** A release has four reserved bytes. */
const MAX_RELEASE_BYTES = 4

/** A command set as it came, and the context it belongs to. */
export type CommandSet = Readonly<{ contextId: number; bytes: Buffer }>

/** The messages of one association, cut out of PDUs and fragments of any size (PS3.8 9.3.5, annex E). */
export type Messages = Readonly<{
  /** The next command, or how the sender ends the association. @throws Breach, ArchiveError 'broken-off' */
  next: () => Promise<CommandSet | 'release' | 'abort'>
  /**
   * The data set that follows a command, piece by piece as it comes. It must be read to its end before `next`.
   * @throws Breach when something else comes, ArchiveError 'broken-off'
   */
  dataset: (contextId: number) => AsyncIterable<Buffer>
}>

/** The body of an A-ASSOCIATE-RQ, which must come first. @throws Breach, ArchiveError 'broken-off' */
export async function readRequest(incoming: Incoming): Promise<Buffer> {
  const { type, length } = await pduHeader(incoming)
  if (type !== ASSOCIATE_RQ) breach(type > ABORT ? 'unknown PDU' : 'unexpected PDU', `a PDU of type ${type} at first`)
  if (length > MAX_REQUEST_BYTES) breach('invalid value', `an association request of ${length} bytes`)
  return incoming.exactly(length)
}

type Fragment = Readonly<{ contextId: number; length: number; command: boolean; last: boolean }>

type NextFragment = () => Promise<Fragment | 'release' | 'abort'>

export function messagesOf(incoming: Incoming): Messages {
  const fragment = fragmentsOf(incoming)
  return {
    next: () => nextCommand(incoming, fragment),
    dataset: (contextId) => datasetOf(incoming, fragment, contextId),
  }
}

/** The headers of the fragments, whatever PDUs they come in; what each announces must be read before the next. */
function fragmentsOf(incoming: Incoming): NextFragment {
  /** Bytes of the current PDU after the current fragment. */
  let left = 0
  return async () => {
    if (left === 0) {
      const { type, length } = await pduHeader(incoming)
      if (type === ABORT) return 'abort'
      if (type === RELEASE_RQ) return released(incoming, length)
      if (type !== P_DATA)
        breach(type > ABORT || type === 0 ? 'unknown PDU' : 'unexpected PDU', `a PDU of type ${type}`)
      left = length
    }
    if (left < FRAGMENT_HEADER_BYTES) breach('invalid value', 'a PDU that ends in the header of a fragment')
    const head = await incoming.exactly(FRAGMENT_HEADER_BYTES)
    // The length counts the context and the flags.
    const length = head.readUInt32BE(0) - 2
    left -= FRAGMENT_HEADER_BYTES
    if (length < 0 || length > left) breach('invalid value', 'a fragment that is longer than its PDU')
    left -= length
    const flags = head.readUInt8(5)
    const command = (flags & COMMAND_FRAGMENT) !== 0
    return { contextId: head.readUInt8(4), length, command, last: (flags & LAST_FRAGMENT) !== 0 }
  }
}

async function released(incoming: Incoming, length: number): Promise<'release'> {
  if (length > MAX_RELEASE_BYTES) breach('invalid value', `a release of ${length} bytes`)
  await incoming.exactly(length)
  return 'release'
}

async function nextCommand(incoming: Incoming, fragment: NextFragment): Promise<CommandSet | 'release' | 'abort'> {
  const parts: Buffer[] = []
  let size = 0
  for (let contextId: number | undefined; ; ) {
    const each = await fragment()
    if (each === 'release' && parts.length > 0) breach('unexpected PDU', 'a release in the middle of a command')
    if (typeof each === 'string') return each
    contextId ??= each.contextId
    if (!each.command || each.contextId !== contextId) breach('unexpected PDU', 'a data set where a command must come')
    size += each.length
    // Empty fragments count, too, or they could be sent without an end.
    if (size + parts.length > MAX_COMMAND_BYTES)
      breach('invalid value', `a command of more than ${MAX_COMMAND_BYTES} bytes`)
    parts.push(await incoming.exactly(each.length))
    if (each.last) return { contextId, bytes: Buffer.concat(parts, size) }
  }
}

async function* datasetOf(incoming: Incoming, fragment: NextFragment, contextId: number): AsyncIterable<Buffer> {
  for (let last = false; !last; ) {
    const each = await fragment()
    if (typeof each === 'string') return breach('unexpected PDU', `${each} in the middle of an object`)
    if (each.command || each.contextId !== contextId) breach('unexpected PDU', 'a command in the middle of an object')
    for (let missing = each.length; missing > 0; ) {
      const part = await incoming.some(missing)
      missing -= part.length
      yield part
    }
    last = each.last
  }
}

async function pduHeader(incoming: Incoming): Promise<Readonly<{ type: number; length: number }>> {
  const head = await incoming.exactly(PDU_HEADER_BYTES)
  return { type: head.readUInt8(0), length: head.readUInt32BE(2) }
}
