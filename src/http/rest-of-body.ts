import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Call } from './call.ts'

/**
 * Runs what reads the body of a call, and lets what it leaves of it pass: a sender reads the answer only when it got rid
 * of all it has to say. After a success that is waited for.
 */
export async function passingRest<T>({ body }: Call, act: () => Promise<T>): Promise<T> {
  try {
    const result = await act()
    if (body && !body.readableEnded && !body.destroyed) {
      passOver(body)
      // A sender who goes away now has gone away without loss.
      await finished(body).catch(() => undefined)
    }
    return result
  } catch (error) {
    passOver(body)
    throw error
  }
}

/**
 * Lets what is left of a stream pass. Whoever read it may let go of it only later: a stream in between learns with the
 * next piece that nobody wants it any more. A listener for data keeps the stream flowing through that.
 */
export function passOver(stream: Readable | undefined): void {
  stream?.removeAllListeners('readable')
  stream?.on('data', () => undefined).resume()
}
