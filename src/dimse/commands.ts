import { breach } from './pdu.ts'

/** Elements of a command set, all of group 0000 (PS3.7 E.1). */
const element = {
  groupLength: 0x0000,
  affectedSopClass: 0x0002,
  commandField: 0x0100,
  messageId: 0x0110,
  respondedTo: 0x0120,
  dataSetType: 0x0800,
  status: 0x0900,
  errorComment: 0x0902,
  affectedSopInstance: 0x1000,
} as const

export const C_STORE_RQ = 0x0001
export const C_ECHO_RQ = 0x0030
export const C_CANCEL_RQ = 0x0fff
const RESPONSE = 0x8000
const NO_DATA_SET = 0x0101

/** Statuses of a response (PS3.4 B.2.3, PS3.7 C). */
export const status = {
  success: 0x0000,
  classNotSupported: 0x0122,
  unrecognizedOperation: 0x0211,
  outOfResources: 0xa700,
  cannotUnderstand: 0xc000,
} as const
export type Status = (typeof status)[keyof typeof status]

/** Text of an error comment (LO). */
const MAX_COMMENT = 64

/** A request of the sender. The identity of the object is empty where the command does not name it. */
export type Command = Readonly<{
  field: number
  messageId: number
  sopClass: string
  sopInstance: string
  /** A data set follows. */
  withData: boolean
}>

/** Reads a command set: implicit VR, little endian (PS3.7 6.3). @throws Breach */
export function readCommand(bytes: Buffer): Command {
  const elements = elementsOf(bytes)
  const number = (tag: number): number | undefined => {
    const value = elements.get(tag)
    return value && value.length >= 2 ? value.readUInt16LE(0) : undefined
  }
  const text = (tag: number): string => (elements.get(tag)?.toString('latin1') ?? '').replace(/[\0 ]+$/, '')
  const field = number(element.commandField) ?? breach('invalid value', 'a command without its kind')
  return {
    field,
    messageId: number(element.messageId) ?? number(element.respondedTo) ?? 0,
    sopClass: text(element.affectedSopClass),
    sopInstance: text(element.affectedSopInstance),
    withData: (number(element.dataSetType) ?? NO_DATA_SET) !== NO_DATA_SET,
  }
}

/** The response to a command, with the class and instance it was about; a comment goes with failures. */
export function response(command: Command, result: Status, comment = ''): Buffer {
  const said = comment.replaceAll(/[^\x20-\x7e]|\\/g, ' ').slice(0, MAX_COMMENT)
  const parts = [
    ...uid(element.affectedSopClass, command.sopClass),
    word(element.commandField, RESPONSE | command.field),
    word(element.respondedTo, command.messageId),
    word(element.dataSetType, NO_DATA_SET),
    word(element.status, result),
    ...(said === '' ? [] : [written(element.errorComment, padded(said, ' '))]),
    ...uid(element.affectedSopInstance, command.sopInstance),
  ]
  const body = Buffer.concat(parts)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(body.length)
  return Buffer.concat([written(element.groupLength, length), body])
}

function elementsOf(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>()
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) breach('invalid value', 'a command that ends in the middle of an element')
    const length = bytes.readUInt32LE(at + 4)
    const end = at + 8 + length
    if (bytes.readUInt16LE(at) !== 0 || end > bytes.length) breach('invalid value', 'a command that cannot be read')
    found.set(bytes.readUInt16LE(at + 2), bytes.subarray(at + 8, end))
    at = end
  }
  return found
}

function written(tag: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16LE(tag, 2)
  head.writeUInt32LE(value.length, 4)
  return Buffer.concat([head, value])
}

function word(tag: number, value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return written(tag, bytes)
}

const uid = (tag: number, value: string): Buffer[] => (value === '' ? [] : [written(tag, padded(value, '\0'))])

const padded = (text: string, filler: string): Buffer => Buffer.from(text.length % 2 ? text + filler : text, 'latin1')
