import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ArchiveError } from '../../src/errors.ts'
import {
  associated,
  associateRequest,
  classes,
  commandOf,
  dial,
  fragment,
  type Peer,
  pdu,
  release,
  store,
} from '../support/dicom-peer.ts'
import { openTestHall } from './hall.ts'

describe('a receiver that is busy', () => {
  it('asks more senders than it can lead to come again', async () => {
    const small = await openTestHall({ maxAssociations: 2 })
    try {
      const peers = [await associated(small.port), await associated(small.port)]
      const third = await dial(small.port)
      third.send(associateRequest())
      assert.deepEqual([...(await third.answer())!.body], [0, 2, 3, 2], 'rejected for now')
      peers[0]!.send(release)
      assert.equal((await peers[0]!.answer())?.type, 6)
      peers[0]!.cut()
      third.cut()
      const again = await insist(small.port)
      for (const peer of [...peers, again]) peer.cut()
    } finally {
      await small.close()
    }
  })

  it('lets a sender wait while the disk is slow, instead of holding what it sends', async () => {
    const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>()
    let read = 0
    const slow = await openTestHall({
      take: async (_receiver, { bytes }) => {
        for await (const part of bytes) {
          if (read === 0) await mayGoOn
          read += part.length
        }
      },
    })
    try {
      const peer = await associated(slow.port)
      const size = 64 * 1024 * 1024
      peer.send(pdu(4, commandOf(3, { field: 1, sopClass: classes.CT, sopInstance: '1.2.3.4', withData: true })))
      const piece = Buffer.alloc(1024 * 1024)
      for (let at = 1; at <= 64; at++) peer.send(pdu(4, fragment(3, piece, { last: at === 64 })))
      await pause(300)
      // The system's own buffers take some; the rest is still with the sender.
      assert.ok(peer.socket.writableLength > size / 2, `${peer.socket.writableLength} bytes are still to be sent`)
      goOn()
      assert.equal((await peer.status()).status, 0)
      assert.equal(read, size)
      peer.cut()
    } finally {
      await slow.close()
    }
  })

  it('tells a sender whose fault it was, passes over the rest of the object, and goes on', async () => {
    const faults: readonly (readonly [error: unknown, status: number, comment: RegExp])[] = [
      [new ArchiveError({ kind: 'no-space', because: 'The disk is full.' }), 0xa700, /^The disk is full\.$/],
      [new ArchiveError({ kind: 'unreadable', what: 'DICOM', because: 'Odd.\\\n' }), 0xc000, /^Odd\.$/],
      [new ArchiveError({ kind: 'invalid', field: 'x', because: 'y'.repeat(100) }), 0xc000, /^y{64}$/],
      [new Error('a secret of the inside'), 0xa700, /^The archive could not store the object\.$/],
    ]
    const left = [...faults]
    const hall = await openTestHall({
      take: async (_receiver, { bytes }) => {
        for await (const _ of bytes) break
        const fault = left.shift()
        if (fault) throw fault[0]
      },
    })
    try {
      const peer = await associated(hall.port)
      const large = Buffer.alloc(1_000_000)
      for (const [, status, comment] of faults) {
        peer.send(store(large))
        const reply = await peer.status()
        assert.equal(reply.status, status)
        assert.match(reply.comment, comment)
      }
      peer.send(store(large))
      assert.equal((await peer.status()).status, 0)
      peer.cut()
    } finally {
      await hall.close()
    }
  })
})

/** An association as soon as there is room for one. */
async function insist(port: number): Promise<Peer> {
  for (let tries = 0; tries < 200; tries++) {
    const peer = await associated(port).catch(() => undefined)
    if (peer) return peer
    await pause(20)
  }
  return assert.fail('no room came free')
}
