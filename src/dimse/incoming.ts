import type { Socket } from 'node:net'
import { refuse } from '../errors.ts'

/** How long a sender may be silent, in ms. */
export type Patience = number

/**
 * The bytes of a connection, taken from the socket only as they are asked for, so that a slow disk slows the sender and
 * memory stays flat.
 */
export type Incoming = Readonly<{
  /** Exactly so many bytes; for small ones only, since they are held. @throws ArchiveError 'broken-off' */
  exactly: (length: number) => Promise<Buffer>
  /** What has come, at least one byte and at most so many. @throws ArchiveError 'broken-off' */
  some: (atMost: number) => Promise<Buffer>
  /** From now on the sender may be silent for so long between two bytes. */
  allow: (patience: Patience) => void
  /** Leaves the socket to somebody else. */
  close: () => Promise<void>
}>

/** Reads from a socket until it ends; a sender that is silent for too long is cut off. */
export function incomingFrom(socket: Socket, patience: Patience): Incoming {
  const chunks = socket.iterator({ destroyOnReturn: false })
  let rest: Buffer = Buffer.alloc(0)
  let allowed = patience

  const more = async (): Promise<Buffer> => {
    const silence = setTimeout(() => socket.destroy(new Error(`silent for ${allowed} ms`)), allowed)
    try {
      const next = await chunks.next()
      return next.done ? brokenOff() : (next.value as Buffer)
    } catch (error) {
      return brokenOff(error)
    } finally {
      clearTimeout(silence)
    }
  }

  const some: Incoming['some'] = async (atMost) => {
    if (rest.length === 0) rest = await more()
    const taken = rest.subarray(0, atMost)
    rest = rest.subarray(taken.length)
    return taken
  }

  const exactly: Incoming['exactly'] = async (length) => {
    // Of nothing nothing must come: a sender that ended with an empty fragment waits for its answer.
    if (length > 0 && rest.length >= length) return some(length)
    const parts: Buffer[] = []
    for (let missing = length; missing > 0; ) {
      const part = await some(missing)
      parts.push(part)
      missing -= part.length
    }
    return Buffer.concat(parts, length)
  }

  return {
    exactly,
    some,
    allow: (ms) => {
      allowed = ms
    },
    close: async () => {
      await chunks.return?.()
    },
  }
}

const brokenOff = (cause?: unknown): never =>
  refuse({ kind: 'broken-off', what: 'association', because: 'The connection ended in the middle.' }, cause)
