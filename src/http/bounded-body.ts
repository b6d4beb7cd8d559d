import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { ArchiveError, refuse } from '../errors.ts'

/** A body that ends with an error where it grows beyond the bound, and afterwards what that error was. */
export type BoundedBody = Readonly<{ body: Readable | undefined; overrun: () => ArchiveError | undefined }>

const never = (): undefined => undefined

/**
 * Holds a body to `most` bytes: one that says beforehand that it has more is not read at all, others are counted as
 * they come. Without `most` there is no bound.
 * @throws ArchiveError 'too-large'
 */
export function boundedBody(
  body: Readable | undefined,
  headers: IncomingHttpHeaders,
  most: number | undefined,
): BoundedBody {
  if (body === undefined || most === undefined) return { body, overrun: never }
  const because = `The body has more than the ${most} bytes that this server takes.`
  if (Number(headers['content-length'] ?? 0) > most) refuse({ kind: 'too-large', what: 'body', because })
  let overrun: ArchiveError | undefined
  const counted = async function* (): AsyncGenerator<Buffer> {
    let size = 0
    // A reader that stops early must not take the connection down, for the answer still has to be sent.
    for await (const piece of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += piece.length
      if (size > most) {
        overrun = new ArchiveError({ kind: 'too-large', what: 'body', because })
        throw overrun
      }
      yield piece
    }
  }
  const held = Readable.from(counted(), { objectMode: false })
  // Whoever reads meets it; it may also come to light when nobody reads any more.
  held.on('error', () => undefined)
  return { body: held, overrun: () => overrun }
}
