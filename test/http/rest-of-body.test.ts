import assert from 'node:assert/strict'
import { Readable, Writable } from 'node:stream'
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

  test('although it was piped to somebody who takes nothing', bounded, async () => {
    const body = slowBody(100)
    body.pipe(new Writable({ highWaterMark: 1, write: () => undefined }))
    await new Promise((resolve) => body.once('pause', resolve))
    passOver(body)
    await finished(body)
  })

  test('and how it ends is nobody’s concern', bounded, async () => {
    const body = new Readable({
      read() {
        this.destroy(new Error('the sender went away'))
      },
    })
    passOver(body)
    await new Promise((resolve) => body.once('close', resolve))
  })

  test('before a success is told', bounded, async () => {
    const body = slowBody(100)
    assert.equal(await passingRest({ body } as unknown as Call, async () => 7), 7)
    assert.ok(body.readableEnded)
  })
})
