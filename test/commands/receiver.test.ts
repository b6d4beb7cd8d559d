import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { compose } from '../../src/compose.ts'
import { readConfig } from '../../src/config.ts'
import { type Waiting, waitingIn } from '../dimse/archive-door.ts'
import { freePort } from '../dimse/hall.ts'
import { callerOf } from '../support/caller.ts'
import { type TestPlace, testPlace } from '../support/database.ts'
import { UID_ROOT } from '../support/dicom.ts'
import { associated, classes, commandOf, dial, echo, fragment, type Peer, pdu, store } from '../support/dicom-peer.ts'
import { type Running, serving, settingsOf } from './program.ts'

const PASSWORD = 'a password for receivers'
const ABORT = 7

describe('a server with DICOM receivers', () => {
  let at: TestPlace
  let port: number
  let settings: Record<string, string>
  const started: Running[] = []
  beforeEach(async () => {
    at = await testPlace()
    port = await freePort()
    const more = {
      ISOCENTER_ADMIN_PASSWORD: PASSWORD,
      ISOCENTER_LOG_LEVEL: 'fatal',
      ISOCENTER_DICOM_PORT: String(port),
    }
    settings = settingsOf(at.place, more)
  })
  afterEach(async () => {
    for (const { signal, ended } of started.splice(0)) {
      signal('SIGKILL')
      await ended
    }
    await at.remove()
  })

  async function serve(): Promise<Running> {
    const running = await serving(settings)
    started.push(running)
    return running
  }

  /** What waits in the prearchive of a server that has ended. */
  async function waiting(): Promise<readonly Waiting[]> {
    const { archive, close } = await compose(readConfig(settings))
    try {
      return await waitingIn(archive)
    } finally {
      await close()
    }
  }

  it('listens where its first start was told, and says so', async () => {
    const running = await serve()
    assert.match(running.said, new RegExp(`DICOM receivers: XNAT on port ${port}`))
    const peer = await associated(port)
    peer.send(echo())
    assert.equal((await peer.status()).status, 0)
    peer.cut()
  })

  it('serves the web also where another program has the port, and listens once it is free', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
    const running = await serve()
    assert.match(running.said, /DICOM receivers: none listens/)
    const admin = callerOf(running.url, 'admin', PASSWORD)
    const fields = { aeTitle: 'SECOND', port }
    const json = { headers: { 'content-type': 'application/json' } }
    const made = await admin('POST', '/xapi/dicomscp', { ...json, body: JSON.stringify(fields) })
    assert.deepEqual([made.status, /listen on port/.test(made.text)], [400, true])
    assert.deepEqual((await admin('PUT', '/xapi/dicomscp/start')).json(), [])
    await new Promise((resolve) => other.close(resolve))
    const start = await admin('PUT', '/xapi/dicomscp/start')
    assert.deepEqual(start.json(), [{ left: 'XNAT', middle: port, right: true }])
    assert.equal((await admin('POST', '/xapi/dicomscp', { ...json, body: JSON.stringify(fields) })).status, 200)
    ;(await associated(port, 'SECOND')).cut()
    const stop = await admin('PUT', '/xapi/dicomscp/stop')
    assert.deepEqual(stop.json(), [
      { left: 'XNAT', middle: port, right: false },
      { left: 'SECOND', middle: port, right: false },
    ])
    await assert.rejects(dial(port), /ECONNREFUSED/)
  })

  it('finishes the object in flight when it is asked to stop, then aborts the association', async () => {
    const running = await serve()
    const [idle, busy] = [await associated(port), await associated(port)]
    const bytes = object('1.2.3')
    const said = { field: 1, sopClass: classes.CT, sopInstance: '1.2.3', withData: true }
    busy.send(pdu(4, commandOf(3, said)), pdu(4, fragment(3, bytes.subarray(0, 200), {})))
    // What was sent before has been read when these were answered.
    for (let echoes = 0; echoes < 3; echoes++) {
      idle.send(echo())
      await idle.status()
    }
    running.signal('SIGTERM')
    assert.equal((await idle.answer())?.type, ABORT, 'nothing is in flight there')
    await assert.rejects(dial(port), /ECONNREFUSED/)
    busy.send(pdu(4, fragment(3, bytes.subarray(200), { last: true })))
    assert.equal((await busy.status()).status, 0)
    assert.equal((await busy.answer())?.type, ABORT)
    busy.cut()
    assert.equal(await running.ended, 0)
    assert.deepEqual(
      (await waiting()).map(({ sopUid }) => sopUid),
      ['1.2.3'],
    )
  })

  it('has every object that it acknowledged when it is killed in the middle', async () => {
    const running = await serve()
    const peers = await Promise.all([0, 1, 2, 3].map(() => associated(port)))
    const answered: string[] = []
    const senders = peers.map((peer, number) => sendUntilCut(peer, number, answered))
    while (answered.length < 40) await pause(5)
    running.signal('SIGKILL')
    await Promise.all([...senders, running.ended])
    const kept = new Set((await waiting()).map(({ sopUid }) => sopUid))
    assert.deepEqual(
      answered.filter((uid) => !kept.has(uid)),
      [],
    )
    const again = await serve()
    const peer = await associated(port)
    peer.send(store(object('1.2.4'), '1.2.4'))
    assert.equal((await peer.status()).status, 0)
    peer.cut()
    again.signal('SIGTERM')
    assert.equal(await again.ended, 0)
  })
})

/** Sends one object after the other until nobody answers; those that were acknowledged go into the list. */
async function sendUntilCut(peer: Peer, sender: number, answered: string[]): Promise<void> {
  for (let number = 1; ; number++) {
    const uid = `1.2.${sender + 10}.${number}`
    peer.send(store(object(uid), uid))
    const reply = await peer.status().catch(() => undefined)
    if (!reply) return
    if (reply.status === 0) answered.push(uid)
  }
}

/** A data set in implicit little endian. */
function object(sopInstance: string): Buffer {
  const element = (group: number, number: number, text: string): Buffer => {
    const value = Buffer.from(text.length % 2 ? `${text}${/^[\d.]+$/.test(text) ? '\0' : ' '}` : text)
    const head = Buffer.alloc(8)
    head.writeUInt16LE(group, 0)
    head.writeUInt16LE(number, 2)
    head.writeUInt32LE(value.length, 4)
    return Buffer.concat([head, value])
  }
  return Buffer.concat([
    element(0x0008, 0x0016, classes.CT),
    element(0x0008, 0x0018, sopInstance),
    element(0x0008, 0x0060, 'CT'),
    element(0x0010, 0x0010, 'Doe^Jo'),
    element(0x0010, 0x0020, 'S01'),
    element(0x0020, 0x000d, `${UID_ROOT}.5`),
    element(0x0020, 0x000e, `${UID_ROOT}.5.1`),
    element(0x7fe0, 0x0010, 'pixels'.repeat(500)),
  ])
}
