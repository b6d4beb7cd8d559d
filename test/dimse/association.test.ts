import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import {
  acceptedIn,
  associated,
  associateRequest,
  classes,
  commandBytes,
  commandOf,
  dial,
  echo,
  fragment,
  type Pdu,
  pdu,
  release,
  store,
  syntaxes,
} from '../support/dicom-peer.ts'
import { openTestHall, type TestHall } from './hall.ts'

const REJECT = 3
const ABORT = 7
const RELEASED = 6

let hall: TestHall
before(async () => {
  hall = await openTestHall()
})
beforeEach(() => void hall.taken.splice(0))
after(() => hall?.close())

const reason = (reply: Pdu | undefined): number[] => [reply?.type ?? 0, ...(reply?.body.subarray(1) ?? [])]
const storeCommand = { field: 1, sopClass: classes.CT, sopInstance: '1.2.3.4', withData: true }

describe('an association', () => {
  it('is rejected for another application, another protocol version and an unknown title', async () => {
    const asked = [{ application: '1.2.3' }, { version: 2 }, { called: 'OTHER' }]
    const replies = await Promise.all(
      asked.map(async (each) => {
        const peer = await dial(hall.port)
        peer.send(associateRequest(each))
        const reply = await peer.answer()
        assert.equal(await peer.answer(), undefined, 'and the connection is closed')
        return reason(reply)
      }),
    )
    assert.deepEqual(replies, [
      [REJECT, 1, 1, 2],
      [REJECT, 1, 2, 2],
      [REJECT, 1, 1, 7],
    ])
  })

  it('takes storage classes, private ones and verification, each in the best form that the sender has', async () => {
    const peer = await dial(hall.port)
    const [jpeg, rle, bigEndian] = ['1.2.840.10008.1.2.4.70', '1.2.840.10008.1.2.5', '1.2.840.10008.1.2.2']
    peer.send(
      associateRequest({
        contexts: [
          [1, classes.CT, syntaxes.IMPLICIT, bigEndian, syntaxes.EXPLICIT],
          [3, classes.CT, jpeg, syntaxes.EXPLICIT],
          [5, '1.3.12.2.1107.5.9.1', rle],
          [7, '1.2.840.10008.5.1.4.1.2.2.1', syntaxes.IMPLICIT],
          [9, classes.CT, '1.2.840.113619.5.2'],
          [11, classes.VERIFICATION, jpeg, syntaxes.EXPLICIT],
        ],
      }),
    )
    const reply = await peer.answer()
    const found = acceptedIn(reply!.body)
    assert.deepEqual(found.get(1), [0, syntaxes.EXPLICIT])
    assert.deepEqual(found.get(3), [0, jpeg])
    assert.deepEqual(found.get(5), [0, rle])
    assert.equal(found.get(7)?.[0], 3, 'queries are not offered')
    assert.equal(found.get(9)?.[0], 4)
    assert.deepEqual(found.get(11), [0, syntaxes.EXPLICIT])
    peer.cut()
  })

  it('answers one message after the other, and its release', async () => {
    const peer = await associated(hall.port)
    peer.send(echo(), store(Buffer.from('first'), '1.2.3'), echo(), store(Buffer.from('second'), '1.2.4'), release)
    const statuses = [await peer.status(), await peer.status(), await peer.status(), await peer.status()]
    assert.deepEqual(
      statuses.map(({ status }) => status),
      [0, 0, 0, 0],
    )
    assert.deepEqual(
      statuses.map(({ elements }) => elements.get(0x1000)?.toString()),
      [undefined, '1.2.3\0', undefined, '1.2.4\0'],
    )
    assert.equal((await peer.answer())?.type, RELEASED)
    assert.equal(await peer.answer(), undefined)
    assert.deepEqual(
      hall.taken.map(({ sopInstance, bytes }) => [sopInstance, bytes.toString()]),
      [
        ['1.2.3', 'first'],
        ['1.2.4', 'second'],
      ],
    )
  })

  it('puts messages together from PDUs and fragments of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.array(fc.nat(40), { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 12 }),
        async (object, sizes, writes) => {
          hall.taken.splice(0)
          const peer = await associated(hall.port)
          const pieces = [
            ...cut(commandBytes(storeCommand), sizes).map((each, at, all) =>
              fragment(3, each, { command: true, last: at === all.length - 1 }),
            ),
            ...cut(object, sizes).map((each, at, all) => fragment(3, each, { last: at === all.length - 1 })),
          ]
          const pdus = cut(pieces, sizes)
            .filter((each) => each.length > 0)
            .map((each) => pdu(4, ...each))
          for (const part of cut(Buffer.concat(pdus), writes)) peer.send(part)
          assert.equal((await peer.status()).status, 0)
          assert.deepEqual(
            hall.taken.map(({ bytes }) => bytes),
            [Buffer.from(object)],
          )
          peer.cut()
        },
      ),
      { numRuns: 30 },
    )
  })

  const breaches: readonly (readonly [what: string, bytes: Buffer, reason: number])[] = [
    ['a PDU of an unknown type', pdu(9), 1],
    ['a second request', associateRequest(), 2],
    ['a fragment that is longer than its PDU', pdu(4, Buffer.from([0xff, 0xff, 0xff, 0xff, 3, 3])), 6],
    ['a fragment without flags', pdu(4, Buffer.from([0, 0, 0, 1, 3])), 6],
    ['a PDU without a fragment', pdu(4), 6],
    ['a data set without a command', pdu(4, fragment(3, Buffer.from('x'), { last: true })), 2],
    ['a command without an end', endless(), 6],
    ['a command that cannot be read', pdu(4, fragment(3, Buffer.alloc(7), { command: true, last: true })), 6],
    [
      'an element of a command that is longer than the command',
      pdu(4, fragment(1, lying(), { command: true, last: true })),
      6,
    ],
    ['a command in a context that was not agreed on', pdu(4, commandOf(5, storeCommand)), 6],
    ['a command in the middle of an object', Buffer.concat([begun(), pdu(4, commandOf(3, storeCommand))]), 2],
    [
      'an object that changes its context',
      Buffer.concat([begun(), pdu(4, fragment(1, Buffer.from('x'), { last: true }))]),
      2,
    ],
    ['a release in the middle of an object', Buffer.concat([begun(), release]), 2],
    ['a release with more to it', pdu(5, Buffer.alloc(64)), 6],
    ['a response that nobody waits for', pdu(4, commandOf(1, { field: 0x8030 })), 2],
  ]
  for (const [what, bytes, expected] of breaches) {
    it(`is aborted after ${what}, and nothing is kept`, async () => {
      const peer = await associated(hall.port)
      peer.send(bytes)
      assert.deepEqual(reason(await peer.answer()), [ABORT, 0, 2, expected])
      assert.equal(await peer.answer(), undefined)
      assert.deepEqual(hall.taken, [])
    })
  }

  it('answers a command and a data set that each end with an empty fragment after which nothing comes', {
    timeout: 60_000,
  }, async () => {
    const peer = await associated(hall.port)
    const empty = Buffer.alloc(0)
    peer.send(pdu(4, fragment(3, commandBytes(storeCommand), { command: true })))
    peer.send(pdu(4, fragment(3, empty, { command: true, last: true })))
    peer.send(pdu(4, fragment(3, Buffer.from('object'), {})))
    await pause(20)
    peer.send(pdu(4, fragment(3, empty, { last: true })))
    assert.equal((await peer.status()).status, 0)
    assert.deepEqual(
      hall.taken.map(({ bytes }) => bytes.toString()),
      ['object'],
    )
    peer.send(pdu(4, fragment(1, commandBytes({ field: 0x30, sopClass: classes.VERIFICATION }), { command: true })))
    await pause(20)
    peer.send(pdu(4, fragment(1, empty, { command: true, last: true })))
    assert.equal((await peer.status()).status, 0)
    peer.send(pdu(5))
    assert.equal((await peer.answer())?.type, RELEASED)
  })

  it('is not begun by anything else, or by a request that cannot be', async () => {
    const hostile = Buffer.from([1, 0, 0xff, 0xff, 0xff, 0xff])
    const tooLong = associateRequest()
    tooLong.writeUInt16BE(0xffff, 6 + 68 + 2)
    const twice = associateRequest({
      contexts: [
        [1, classes.CT, syntaxes.IMPLICIT],
        [1, classes.CT, syntaxes.EXPLICIT],
      ],
    })
    const asked: readonly (readonly [Buffer, number])[] = [
      [Buffer.from('GET / HTTP/1.1\r\n\r\n'), 1],
      [release, 2],
      [hostile, 6],
      [tooLong, 6],
      [twice, 6],
      [pdu(1, Buffer.alloc(20)), 6],
    ]
    for (const [bytes, expected] of asked) {
      const peer = await dial(hall.port)
      peer.send(bytes)
      assert.deepEqual(reason(await peer.answer()), [ABORT, 0, 2, expected])
      peer.cut()
    }
  })

  it('says what it does not do, and goes on', async () => {
    const peer = await associated(hall.port)
    peer.send(
      pdu(
        4,
        commandOf(3, { field: 0x20, sopClass: classes.CT, withData: true }),
        fragment(3, Buffer.from('query'), { last: true }),
      ),
    )
    assert.equal((await peer.status()).status, 0x0211)
    peer.send(pdu(4, commandOf(1, { ...storeCommand })), pdu(4, fragment(1, Buffer.from('object'), { last: true })))
    assert.equal((await peer.status()).status, 0x0122)
    peer.send(pdu(4, commandOf(3, { ...storeCommand, withData: false })))
    assert.equal((await peer.status()).status, 0xc000)
    peer.send(pdu(4, commandOf(3, { field: 0x0fff })), echo())
    assert.equal((await peer.status()).status, 0, 'a cancel is not answered')
    assert.deepEqual(hall.taken, [])
    peer.cut()
  })

  it('keeps nothing of an object in whose middle the connection ends, and all that came before', async () => {
    const peer = await associated(hall.port)
    peer.send(store(Buffer.from('whole'), '1.2.3'))
    assert.equal((await peer.status()).status, 0)
    peer.send(begun())
    await pause(50)
    peer.cut()
    await until(() => hall.logged.some(([level, message]) => level === 'warn' && /broke off/.test(message)))
    assert.deepEqual(
      hall.taken.map(({ bytes }) => bytes.toString()),
      ['whole'],
    )
  })
})

/** A C-STORE whose object has begun. */
function begun(): Buffer {
  return Buffer.concat([pdu(4, commandOf(3, storeCommand)), pdu(4, fragment(3, Buffer.from('half of it'), {}))])
}

function endless(): Buffer {
  const piece = pdu(4, fragment(3, Buffer.alloc(16_000), { command: true }))
  return Buffer.concat([piece, piece, piece, piece, piece])
}

/** One element that says it has 4 GiB. */
function lying(): Buffer {
  const bytes = Buffer.alloc(16, 0xff)
  bytes.writeUInt16LE(0, 0)
  return bytes
}

/** A list or bytes in parts of these sizes, again from the first size when they are used up; the rest is the last part. */
function cut<T extends { length: number; slice: (from: number, to: number) => T }>(
  whole: T,
  sizes: readonly number[],
): T[] {
  const parts: T[] = []
  let at = 0
  for (let index = 0; at < whole.length && index < 500; index++) {
    const size = index === 499 ? whole.length : (sizes[index % sizes.length] ?? 1)
    parts.push(whole.slice(at, at + size))
    at += size
  }
  return parts.length > 0 && at >= whole.length ? parts : [...parts, whole.slice(at, whole.length)]
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo() && tries < 200; tries++) await pause(10)
  assert.ok(isSo())
}
