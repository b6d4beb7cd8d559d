import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A DICOM peer that says byte for byte what a test wants, also what no program should. */
export type Peer = Readonly<{
  socket: Socket
  send: (...bytes: readonly Uint8Array[]) => void
  /** The next PDU that comes back; undefined when the connection was closed instead. */
  answer: () => Promise<Pdu | undefined>
  /** The status of the next response, and its comment. */
  status: () => Promise<Readonly<{ status: number; comment: string; elements: ReadonlyMap<number, Buffer> }>>
  /** Cuts the connection without a word. */
  cut: () => void
}>

export type Pdu = Readonly<{ type: number; body: Buffer }>

const CT = '1.2.840.10008.5.1.4.1.1.2'
const VERIFICATION = '1.2.840.10008.1.1'
const IMPLICIT = '1.2.840.10008.1.2'
const EXPLICIT = '1.2.840.10008.1.2.1'

export const classes = { CT, VERIFICATION }
export const syntaxes = { IMPLICIT, EXPLICIT }

export async function dial(port: number): Promise<Peer> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const bytes = socket.iterator({ destroyOnReturn: false })
  let held = Buffer.alloc(0)
  const exactly = async (length: number): Promise<Buffer | undefined> => {
    while (held.length < length) {
      const next = await bytes.next().catch(() => ({ done: true, value: undefined }))
      if (next.done) return undefined
      held = Buffer.concat([held, next.value as Buffer])
    }
    const taken = held.subarray(0, length)
    held = held.subarray(length)
    return taken
  }
  const answer = async (): Promise<Pdu | undefined> => {
    const head = await exactly(6)
    const body = head && (await exactly(head.readUInt32BE(2)))
    return head && body && { type: head[0]!, body }
  }
  return {
    socket,
    send: (...parts) => void socket.write(Buffer.concat(parts)),
    answer,
    status: async () => {
      const reply = await answer()
      if (reply?.type !== 4) throw new Error(`a PDU of type ${reply?.type} came instead of a response`)
      const elements = elementsOf(reply.body.subarray(6))
      const comment = elements.get(0x0902)?.toString('latin1').trim() ?? ''
      return { status: elements.get(0x0900)!.readUInt16LE(0), comment, elements }
    },
    cut: () => socket.destroy(),
  }
}

/** A peer whose association was accepted: context 1 is verification, context 3 CT in implicit little endian. */
export async function associated(port: number, called = 'XNAT'): Promise<Peer> {
  const peer = await dial(port)
  peer.send(associateRequest({ called }))
  const reply = await peer.answer()
  if (reply?.type !== 2) throw new Error(`not accepted: ${reply?.type} ${reply?.body.toString('hex')}`)
  return peer
}

export type Proposals = readonly (readonly [id: number, abstractSyntax: string, ...transferSyntaxes: string[]])[]

const usual: Proposals = [
  [1, VERIFICATION, IMPLICIT],
  [3, CT, IMPLICIT],
]

export type Asked = Readonly<{
  called?: string
  calling?: string
  version?: number
  application?: string
  contexts?: Proposals
}>

export function associateRequest(asked: Asked = {}): Buffer {
  const { called = 'XNAT', calling = 'PEER', version = 1, contexts = usual } = asked
  const proposed = contexts.map(([id, abstractSyntax, ...syntaxList]) =>
    item(
      0x20,
      Buffer.from([id, 0, 0, 0]),
      item(0x30, Buffer.from(abstractSyntax)),
      ...syntaxList.map((syntax) => item(0x40, Buffer.from(syntax))),
    ),
  )
  return pdu(
    1,
    Buffer.from([0, version, 0, 0]),
    Buffer.from(called.padEnd(16) + calling.padEnd(16)),
    Buffer.alloc(32),
    item(0x10, Buffer.from(asked.application ?? '1.2.840.10008.3.1.1.1')),
    ...proposed,
    item(0x50, item(0x51, Buffer.from([0, 0, 0x40, 0]))),
  )
}

/** Result and transfer syntax of each context in an acceptance, by number. */
export function acceptedIn(body: Buffer): ReadonlyMap<number, readonly [result: number, transferSyntax: string]> {
  const found = new Map<number, readonly [number, string]>()
  for (let at = 68; at < body.length; ) {
    const length = body.readUInt16BE(at + 2)
    const value = body.subarray(at + 4, at + 4 + length)
    if (body[at] === 0x21) found.set(value[0]!, [value[2]!, value.subarray(8).toString('latin1')])
    at += 4 + length
  }
  return found
}

export const pdu = (type: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(6)
  head[0] = type
  head.writeUInt32BE(body.length, 2)
  return Buffer.concat([head, body])
}

export const release = pdu(5, Buffer.alloc(4))

/** A fragment of a command or a data set. */
export function fragment(contextId: number, bytes: Uint8Array, what: Readonly<{ command?: boolean; last?: boolean }>) {
  const head = Buffer.alloc(6)
  head.writeUInt32BE(bytes.length + 2)
  head[4] = contextId
  head[5] = (what.command ? 1 : 0) | (what.last ? 2 : 0)
  return Buffer.concat([head, bytes])
}

export const echo = (contextId = 1): Buffer => pdu(4, commandOf(contextId, { field: 0x30, sopClass: VERIFICATION }))

export type Said = Readonly<{ field: number; sopClass?: string; sopInstance?: string; withData?: boolean }>

/** A whole command in one fragment. */
export const commandOf = (contextId: number, said: Said): Buffer =>
  fragment(contextId, commandBytes(said), { command: true, last: true })

export function commandBytes({ field, sopClass, sopInstance, withData = false }: Said): Buffer {
  const body = Buffer.concat([
    ...(sopClass ? [element(0x0002, uid(sopClass))] : []),
    element(0x0100, word(field)),
    element(0x0110, word(7)),
    element(0x0700, word(0)),
    element(0x0800, word(withData ? 0 : 0x0101)),
    ...(sopInstance ? [element(0x1000, uid(sopInstance))] : []),
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(body.length)
  return Buffer.concat([element(0, length), body])
}

/** A C-STORE of these bytes as a data set, in two PDUs. */
export const store = (bytes: Uint8Array, sopInstance = '1.2.3.4', contextId = 3): Buffer =>
  Buffer.concat([
    pdu(4, commandOf(contextId, { field: 1, sopClass: CT, sopInstance, withData: true })),
    pdu(4, fragment(contextId, bytes, { last: true })),
  ])

const item = (type: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  const head = Buffer.from([type, 0, body.length >> 8, body.length & 255])
  return Buffer.concat([head, body])
}

function element(number: number, value: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16LE(number, 2)
  head.writeUInt32LE(value.length, 4)
  return Buffer.concat([head, value])
}

const uid = (text: string): Buffer => Buffer.from(text.length % 2 ? `${text}\0` : text)

function word(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function elementsOf(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>()
  for (let at = 0; at < bytes.length; ) {
    const end = at + 8 + bytes.readUInt32LE(at + 4)
    found.set(bytes.readUInt16LE(at + 2), bytes.subarray(at + 8, end))
    at = end
  }
  return found
}
