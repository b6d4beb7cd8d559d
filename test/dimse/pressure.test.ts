import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import {
  associated,
  associateRequest,
  classes,
  commandOf,
  dial,
  fragment,
  pdu,
  release,
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
      await pause(50)
      const again = await associated(small.port)
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
})
