import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Call } from '../../src/http/call.ts'
import { passingRest, passOver } from '../../src/http/rest-of-body.ts'

const bounded = { timeout: 60_000 }

/** A body that comes piece by piece, each a while after it was asked for. */
function slowBody(pieces: number): Readable {
  let left = pieces
  return new Readable({
    highWaterMark: 8,
    read() {
      setImmediate(() => this.push(left-- > 0 ? Buffer.alloc(8) : null))
    },
  })
}

/** Somebody who has read a little, and does not read on. */
async function readerOf(body: Readable): Promise<AsyncIterator<unknown>> {
  const reader = body.iterator({ destroyOnReturn: false })
  await reader.next()
  return reader
}

describe('the rest of a body passes', () => {
  test('although its reader never lets go of it', bounded, async () => {
    const body = slowBody(100)
    await readerOf(body)
    passOver(body)
    await finished(body)
  })

  for (let turns = 0; turns < 4; turns++)
    test(`although its reader lets go of it ${turns} turns later`, bounded, async () => {
      const body = slowBody(100)
      const reader = await readerOf(body)
      passOver(body)
      for (let turned = 0; turned < turns; turned++) await turn()
      await reader.return?.()
      await finished(body)
    })

  test('although its reader waits for the next piece', bounded, async () => {
    const body = slowBody(100)
    const reader = await readerOf(body)
    const waiting = reader.next()
    passOver(body)
    await finished(body)
    await waiting
  })

  test('before a success is told, and after a failure', bounded, async () => {
    const called = (body: Readable): Call => ({ body }) as unknown as Call
    const [good, bad] = [slowBody(100), slowBody(100)]
    assert.equal(await passingRest(called(good), async () => 7), 7)
    assert.ok(good.readableEnded)
    const failing = async (): Promise<void> => {
      throw new Error('no')
    }
    await assert.rejects(passingRest(called(bad), failing), /^Error: no$/)
    await finished(bad)
  })
})
