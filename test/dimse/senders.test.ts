import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { addReceiver, changeReceiver, listReceivers, removeReceiver } from '../../src/site/receivers.ts'
import { echoscu, missingDcmtk, storescu } from '../support/dcmtk.ts'
import { instance, UID_ROOT, type Values } from '../support/dicom.ts'
import { run } from '../support/run.ts'
import { freePort, openTestHall, type TestHall } from './hall.ts'

const missing = await missingDcmtk()
const anyRules = () => undefined

describe('real senders', { skip: missing ?? false }, () => {
  let hall: TestHall
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isocenter-senders-'))
    hall = await openTestHall()
  })
  beforeEach(() => void hall.taken.splice(0))
  after(async () => {
    await hall?.close()
    await rm(folder, { recursive: true, force: true })
  })

  let made = 0
  async function file(values: Values = {}): Promise<string> {
    const name = join(folder, `${++made}.dcm`)
    await writeFile(name, instance({ SOPInstanceUID: `${UID_ROOT}.9.${made}`, ...values }))
    return name
  }
  const first = async () => (await listReceivers(hall.installation.site))[0]!

  it('import 123: are answered by C-ECHO', async () => {
    assert.equal((await echoscu(hall.port)).code, 0)
    assert.equal((await echoscu(hall.port, '-pts', '3')).code, 0)
  })

  it('import 124: are rejected for a title that is not there', async () => {
    const { code, said } = await echoscu(hall.port, '-aec', 'NOBODY')
    assert.notEqual(code, 0)
    assert.match(said, /Called AE Title Not Recognized/)
    assert.match((await storescu(hall.port, '-aec', 'xnat', await file())).said, /Called AE Title Not Recognized/)
    assert.deepEqual(hall.taken, [])
  })

  it('import 125: reach a receiver as soon as it was made, on the same port and on another', async () => {
    const { site } = hall.installation
    const port = await freePort()
    const made = [
      await addReceiver(site, { aeTitle: 'SECOND', port: hall.port }, anyRules),
      await addReceiver(site, { aeTitle: 'THIRD', port }, anyRules),
    ]
    assert.equal((await storescu(hall.port, '-aec', 'SECOND', await file())).code, 0)
    assert.equal((await storescu(port, '-aec', 'THIRD', '-aet', 'MR1', await file())).code, 0)
    assert.match((await echoscu(port, '-aec', 'SECOND')).said, /Called AE Title Not Recognized/)
    assert.deepEqual(
      hall.taken.map(({ receiver, calling }) => [receiver, calling]),
      [
        ['SECOND', 'STORESCU'],
        ['THIRD', 'MR1'],
      ],
    )
    for (const { id } of made) await removeReceiver(site, id)
    assert.match((await echoscu(port, '-aec', 'THIRD')).said, /refused/i)
    assert.match((await echoscu(hall.port, '-aec', 'SECOND')).said, /Called AE Title Not Recognized/)
  })

  it('import 126: are let in by title, address, block or both, and nothing of others is stored', async () => {
    const { site } = hall.installation
    const { id } = await first()
    const allow = (...whitelist: string[]) => changeReceiver(site, id, { whitelistEnabled: true, whitelist }, anyRules)
    for (const item of ['STORESCU', '127.0.0.1', '127.0.0.0/8', 'STORESCU@127.0.0.1']) {
      await allow('ELSEWHERE', item)
      assert.equal((await storescu(hall.port, await file())).code, 0, item)
    }
    assert.equal(hall.taken.length, 4)
    for (const item of ['OTHER', '10.0.0.0/8', 'OTHER@127.0.0.1', 'STORESCU@10.0.0.1']) {
      await allow(item)
      assert.match((await storescu(hall.port, await file())).said, /Calling AE Title Not Recognized/, item)
    }
    await changeReceiver(site, id, { whitelistEnabled: false }, anyRules)
    assert.equal((await storescu(hall.port, await file())).code, 0, 'a list that is switched off counts for nothing')
    assert.equal(hall.taken.length, 5)
  })

  it('import 133: send compressed objects as they are', async () => {
    const pixels = { Rows: 16, Columns: 16, PixelData: new Uint8Array(512).map((_, at) => (at % 2 ? 0 : at % 256)) }
    const source = await file(pixels)
    const made: readonly (readonly [tool: string, flags: readonly string[], proposed: string, syntax: string])[] = [
      ['dcmcjpeg', ['+e1'], '-xs', '1.2.840.10008.1.2.4.70'],
      ['dcmcjpls', ['+el'], '-xt', '1.2.840.10008.1.2.4.80'],
      ['dcmcrle', [], '-xr', '1.2.840.10008.1.2.5'],
      ['dcmconv', ['+td'], '-xd', '1.2.840.10008.1.2.1.99'],
      ['dcmconv', ['+tb'], '-xb', '1.2.840.10008.1.2.2'],
      ['dcmconv', ['+ti'], '-xi', '1.2.840.10008.1.2'],
    ]
    for (const [tool, flags, proposed, syntax] of made) {
      hall.taken.splice(0)
      const name = join(folder, `${tool}${flags.join('')}.dcm`)
      const { code, said } = await run(tool, [...flags, source, name])
      assert.equal(code, 0, said)
      const sent = await storescu(hall.port, proposed, name)
      assert.equal(sent.code, 0, sent.said)
      assert.deepEqual(
        hall.taken.map(({ transferSyntax }) => transferSyntax),
        [syntax],
        tool,
      )
    }
  })

  it('may be four at once', async () => {
    const names = await Promise.all(Array.from({ length: 40 }, () => file()))
    const senders = [0, 1, 2, 3].map((at) => storescu(hall.port, ...names.slice(at * 10, at * 10 + 10)))
    assert.deepEqual(
      (await Promise.all(senders)).map(({ code }) => code),
      [0, 0, 0, 0],
    )
    assert.equal(new Set(hall.taken.map(({ sopInstance }) => sopInstance)).size, 40)
  })

  it('are turned away while the site takes nothing, or the receiver is switched off', async () => {
    const { site } = hall.installation
    const { id } = await first()
    await site.settings.change({ enableDicomReceiver: false })
    assert.match((await echoscu(hall.port)).said, /refused/i)
    assert.deepEqual(await hall.door.start(), [])
    await site.settings.change({ enableDicomReceiver: 'true' })
    assert.equal((await echoscu(hall.port)).code, 0)
    assert.deepEqual(await hall.door.stop(), [{ aeTitle: 'XNAT', port: hall.port, listening: false }])
    assert.match((await echoscu(hall.port)).said, /refused/i)
    assert.deepEqual(await hall.door.start(), [{ aeTitle: 'XNAT', port: hall.port, listening: true }])
    await changeReceiver(site, id, { enabled: false }, anyRules)
    assert.match((await echoscu(hall.port)).said, /refused/i)
    await changeReceiver(site, id, { enabled: true }, anyRules)
    assert.equal((await echoscu(hall.port)).code, 0)
  })
})
