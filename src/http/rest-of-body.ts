import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Call } from './call.ts'

/** Runs what reads the body of a call; after a success what it leaves of it has passed before that is told. */
export async function passingRest<T>({ body }: Call, act: () => Promise<T>): Promise<T> {
  const result = await act()
  if (isUnread(body)) {
    passOver(body)
    // A sender who goes away now has gone away without loss.
    await finished(body).catch(() => undefined)
  }
  return result
}

const isUnread = (stream: Readable | undefined): stream is Readable =>
  stream !== undefined && !stream.readableEnded && !stream.destroyed

const ignored = (): void => undefined

/**
 * Lets what is left of a stream pass: a sender reads the answer only when it got rid of all it has to say. Whoever read
 * it may let go of it only later: a stream in between learns with the next piece that nobody wants it any more, and one
 * that it was piped to takes nothing any more. A listener for data keeps the stream flowing through that. How it ends
 * is nobody's concern.
 */
export function passOver(stream: Readable | undefined): void {
  if (!isUnread(stream)) return
  stream.unpipe().removeAllListeners('readable')
  stream.on('error', ignored).on('data', ignored).resume()
}
