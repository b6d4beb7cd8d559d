import { acceptPdu, breach } from './pdu.ts'
import { APPLICATION_NAME, chosenSyntax, isStorage, VERIFICATION } from './syntaxes.ts'

/** Data that one PDU of a sender may carry, in bytes; it is streamed, so that this bounds no memory. */
const MAX_PDU_BYTES = 262_144
/** Who speaks on the network (PS3.7 D.3.3.2). */
const IMPLEMENTATION_CLASS = '2.25.118146583216450131938412911207926240521'
const IMPLEMENTATION_VERSION = 'ISOCENTER'

/** Types of items inside an association request and its answer (PS3.8 9.3.2, PS3.7 D). */
const item = {
  application: 0x10,
  proposed: 0x20,
  answered: 0x21,
  abstractSyntax: 0x30,
  transferSyntax: 0x40,
  user: 0x50,
  maxLength: 0x51,
  implementationClass: 0x52,
  implementationVersion: 0x55,
} as const

const TITLE_BYTES = 16
const FIXED_BYTES = 68
const CALLED_AT = 4
const CALLING_AT = CALLED_AT + TITLE_BYTES

type Proposal = Readonly<{ id: number; abstractSyntax: string; transferSyntaxes: readonly string[] }>

/** What a sender asks for when it opens an association. */
export type AssociateRequest = Readonly<{
  called: string
  calling: string
  /** Bit 0: version 1, the only one there is. */
  versions: number
  application: string
  contexts: readonly Proposal[]
}>

/** A kind of object that was agreed upon, and the transfer syntax in which it comes. */
export type Agreement = Readonly<{ abstractSyntax: string; transferSyntax: string }>

/** Reads an A-ASSOCIATE-RQ without its PDU header. @throws Breach when its lengths do not fit, or it names a context twice */
export function readAssociateRequest(body: Buffer): AssociateRequest {
  if (body.length < FIXED_BYTES) breach('invalid value', `an association request of ${body.length} bytes`)
  const items = [...itemsOf(body.subarray(FIXED_BYTES))]
  const contexts = items.filter(({ type }) => type === item.proposed).map(({ value }) => proposalOf(value))
  const ids = new Set(contexts.map(({ id }) => id))
  if (ids.size < contexts.length || contexts.some(({ id }) => id % 2 === 0))
    breach('invalid value', 'presentation contexts without odd numbers of their own')
  return {
    versions: body.readUInt16BE(0),
    called: titleAt(body, CALLED_AT),
    calling: titleAt(body, CALLING_AT),
    application: uidOf(items.find(({ type }) => type === item.application)?.value),
    contexts,
  }
}

/** The contexts that are taken, by number. */
export function agreementsOf({ contexts }: AssociateRequest): ReadonlyMap<number, Agreement> {
  const taken = contexts.flatMap(({ id, abstractSyntax, transferSyntaxes }) => {
    if (abstractSyntax !== VERIFICATION && !isStorage(abstractSyntax)) return []
    const transferSyntax = chosenSyntax(abstractSyntax, transferSyntaxes)
    return transferSyntax === undefined ? [] : [[id, { abstractSyntax, transferSyntax }] as const]
  })
  return new Map(taken)
}

const ABSTRACT_SYNTAX_UNKNOWN = 3
const TRANSFER_SYNTAXES_UNKNOWN = 4

/** The A-ASSOCIATE-AC: each context with its transfer syntax, or why it is not taken (PS3.8 9.3.3). */
export function acceptance(body: Buffer, request: AssociateRequest, accepted: ReadonlyMap<number, Agreement>): Buffer {
  const fixed = Buffer.alloc(FIXED_BYTES)
  fixed.writeUInt16BE(1, 0)
  // The titles go back as they came (PS3.8 table 9-17).
  body.copy(fixed, CALLED_AT, CALLED_AT, CALLED_AT + 2 * TITLE_BYTES)
  const contexts = request.contexts.map((proposal) => answered(proposal, accepted.get(proposal.id)))
  const maxLength = Buffer.alloc(4)
  maxLength.writeUInt32BE(MAX_PDU_BYTES)
  const user = Buffer.concat([
    itemOf(item.maxLength, maxLength),
    itemOf(item.implementationClass, Buffer.from(IMPLEMENTATION_CLASS)),
    itemOf(item.implementationVersion, Buffer.from(IMPLEMENTATION_VERSION)),
  ])
  const application = itemOf(item.application, Buffer.from(APPLICATION_NAME))
  return acceptPdu(Buffer.concat([fixed, application, ...contexts, itemOf(item.user, user)]))
}

function answered({ id, abstractSyntax, transferSyntaxes }: Proposal, taken: Agreement | undefined): Buffer {
  const known = abstractSyntax === VERIFICATION || isStorage(abstractSyntax)
  const result = taken ? 0 : known ? TRANSFER_SYNTAXES_UNKNOWN : ABSTRACT_SYNTAX_UNKNOWN
  // One transfer syntax stands there in any case; it means nothing where the context is not taken.
  const syntax = Buffer.from(taken?.transferSyntax ?? transferSyntaxes[0] ?? '')
  return itemOf(item.answered, Buffer.from([id, 0, result, 0]), itemOf(item.transferSyntax, syntax))
}

function proposalOf(value: Buffer): Proposal {
  if (value.length < 4) breach('invalid value', 'a presentation context without a number')
  const parts = [...itemsOf(value.subarray(4))]
  const uids = (wanted: number) => parts.filter(({ type }) => type === wanted).map((part) => uidOf(part.value))
  return {
    id: value.readUInt8(0),
    abstractSyntax: uids(item.abstractSyntax)[0] ?? '',
    transferSyntaxes: uids(item.transferSyntax),
  }
}

function* itemsOf(bytes: Buffer): Iterable<Readonly<{ type: number; value: Buffer }>> {
  for (let at = 0; at < bytes.length; ) {
    const length = at + 4 <= bytes.length ? bytes.readUInt16BE(at + 2) : bytes.length
    const end = at + 4 + length
    if (end > bytes.length) breach('invalid value', 'an item that is longer than what it stands in')
    yield { type: bytes.readUInt8(at), value: bytes.subarray(at + 4, end) }
    at = end
  }
}

function itemOf(type: number, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(4)
  head[0] = type
  head.writeUInt16BE(
    parts.reduce((sum, part) => sum + part.length, 0),
    2,
  )
  return Buffer.concat([head, ...parts])
}

/** Spaces around a title mean nothing (PS3.8 9.3.2). */
const titleAt = (body: Buffer, at: number): string => body.toString('latin1', at, at + TITLE_BYTES).trim()

/** Some senders pad UIDs, though they need not. */
const uidOf = (value: Buffer | undefined): string =>
  (value ?? Buffer.alloc(0)).toString('latin1').replace(/[\0 ]+$/, '')
