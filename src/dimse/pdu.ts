/** Types of protocol data units of the upper layer (PS3.8 9.3). */
export const ASSOCIATE_RQ = 0x01
const ASSOCIATE_AC = 0x02
const ASSOCIATE_RJ = 0x03
export const P_DATA = 0x04
export const RELEASE_RQ = 0x05
const RELEASE_RP = 0x06
export const ABORT = 0x07

export const PDU_HEADER_BYTES = 6
/** Length, context and flags in front of each fragment (PS3.8 9.3.5.1). */
export const FRAGMENT_HEADER_BYTES = 6

/** Bits of the message control header (PS3.8 E.2). */
export const COMMAND_FRAGMENT = 1
export const LAST_FRAGMENT = 2

/** Why an association is not accepted: result, source and reason (PS3.8 9.3.4). */
export const rejections = {
  'no such application': [1, 1, 2],
  'calling title unknown': [1, 1, 3],
  'called title unknown': [1, 1, 7],
  'protocol version': [1, 2, 2],
  'too many associations': [2, 3, 2],
} as const
export type Rejection = keyof typeof rejections

/** Why an association is ended at once (PS3.8 9.3.8); the source is always the service provider. */
export const abortReasons = { unspecified: 0, 'unknown PDU': 1, 'unexpected PDU': 2, 'invalid value': 6 } as const
export type AbortReason = keyof typeof abortReasons
const SERVICE_PROVIDER = 2

/** A sender that does not keep the protocol; the association cannot go on. */
export class Breach extends Error {
  readonly reason: AbortReason
  constructor(reason: AbortReason, message: string) {
    super(message)
    this.name = 'Breach'
    this.reason = reason
  }
}

/** Throws a Breach; as an expression, so that it can stand after `??`. */
export function breach(reason: AbortReason, message: string): never {
  throw new Breach(reason, message)
}

export const acceptPdu = (body: Buffer): Buffer => pdu(ASSOCIATE_AC, body)

export const rejectPdu = (why: Rejection): Buffer => pdu(ASSOCIATE_RJ, Buffer.from([0, ...rejections[why]]))

export const releasedPdu = (): Buffer => pdu(RELEASE_RP, Buffer.alloc(4))

export const abortPdu = (reason: AbortReason): Buffer =>
  pdu(ABORT, Buffer.from([0, 0, SERVICE_PROVIDER, abortReasons[reason]]))

/** A whole command in one fragment; ours are far smaller than any peer's largest PDU. */
export function commandPdu(contextId: number, command: Buffer): Buffer {
  const head = Buffer.alloc(FRAGMENT_HEADER_BYTES)
  head.writeUInt32BE(command.length + 2)
  head[4] = contextId
  head[5] = COMMAND_FRAGMENT | LAST_FRAGMENT
  return pdu(P_DATA, head, command)
}

function pdu(type: number, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(PDU_HEADER_BYTES)
  head[0] = type
  head.writeUInt32BE(
    parts.reduce((sum, part) => sum + part.length, 0),
    2,
  )
  return Buffer.concat([head, ...parts])
}
