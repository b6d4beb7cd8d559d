import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { putConfiguration } from '../../src/archive/configurations.ts'
import type { ReceiverFields } from '../../src/site/receiver-fields.ts'
import { changeReceiver, listReceivers } from '../../src/site/receivers.ts'
import { admin, makeProject, why } from '../support/archive.ts'
import { missingDcmtk, storescu } from '../support/dcmtk.ts'
import { instance, UID_ROOT, type Values } from '../support/dicom.ts'
import {
  acceptedIn,
  associated,
  associateRequest,
  classes,
  commandOf,
  dial,
  fragment,
  pdu,
  store,
  syntaxes,
} from '../support/dicom-peer.ts'
import { run } from '../support/run.ts'
import { openReceivingArchive, type ReceivingArchive } from './archive-door.ts'

const missing = await missingDcmtk()

describe('objects from the DICOM network', { skip: missing ?? false }, () => {
  let at: ReceivingArchive
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isocenter-taking-'))
    at = await openReceivingArchive()
    for (const name of ['P1', 'RULED', 'SITED']) await makeProject(at.archive, name)
  })
  beforeEach(() => at.forget())
  after(async () => {
    await at?.close()
    await rm(folder, { recursive: true, force: true })
  })

  let made = 0
  const object = (values: Values = {}): Buffer =>
    instance({
      SOPInstanceUID: `${UID_ROOT}.8.${++made}`,
      PatientComments: 'Project:P1 Subject:S1 Session:E1',
      ...values,
    })
  async function file(values: Values = {}): Promise<string> {
    const bytes = object(values)
    const name = join(folder, `${made}.dcm`)
    await writeFile(name, bytes)
    return name
  }
  async function sends(...words: readonly string[]): Promise<void> {
    const { code, said } = await storescu(at.port, ...words)
    assert.equal(code, 0, said)
  }
  async function receiver(fields: Partial<ReceiverFields>): Promise<void> {
    const [{ id } = { id: 0 }] = await listReceivers(at.site)
    await changeReceiver(at.site, id, fields, () => undefined)
  }

  it('wait where their headers say, under the name of the template, with who sent them', async () => {
    await sends('-aet', 'MR1', await file({ SeriesNumber: 4, InstanceNumber: 2 }))
    const [first, ...others] = await at.waiting()
    assert.deepEqual(others, [])
    const { name, ...waiting } = first!
    assert.match(name, new RegExp(`^${UID_ROOT.replaceAll('.', '\\.')}\\.1-4-2-[0-9a-z]+\\.dcm$`))
    const { project, subject, session, scan, label, sender, preventAnon, direct } = waiting
    assert.deepEqual(
      { project, subject, session, scan, label },
      { project: 'P1', subject: 'S1', session: 'E1', scan: '4', label: 'DICOM' },
    )
    assert.deepEqual([sender, preventAnon, direct], [`MR1@127.0.0.1 to XNAT:${at.port}`, false, false])
  })

  it('import 130: of a private class are kept as secondary', async () => {
    const sopClass = '1.3.12.2.1107.5.9.1'
    const peer = await dial(at.port)
    peer.send(associateRequest({ contexts: [[3, sopClass, syntaxes.IMPLICIT]] }))
    assert.deepEqual(acceptedIn((await peer.answer())!.body).get(3), [0, syntaxes.IMPLICIT])
    peer.send(store(implicit(object({ SOPClassUID: sopClass })), `${UID_ROOT}.8.${made}`))
    assert.equal((await peer.status()).status, 0)
    peer.cut()
    assert.deepEqual(
      (await at.waiting()).map(({ label }) => label),
      ['secondary'],
    )
  })

  it('import 132: without a SOP Instance UID, or that cannot be read, are answered with C000, and the next is taken', async () => {
    const peer = await associated(at.port)
    const none = implicit(object({ SOPInstanceUID: null }))
    peer.send(store(none, '1.2.3'))
    const { status, comment } = await peer.status()
    assert.equal(status, 0xc000)
    assert.match(comment, /no SOP class or no inst/)
    peer.send(store(Buffer.from('no data set at all, but a text'), '1.2.4'))
    assert.equal((await peer.status()).status, 0xc000)
    peer.send(store(implicit(object()).subarray(0, 100), '1.2.5'))
    assert.equal((await peer.status()).status, 0xc000)
    peer.send(store(Buffer.alloc(0), '1.2.6'))
    assert.equal((await peer.status()).status, 0xc000)
    assert.deepEqual([await at.waiting(), await at.staged()], [[], []])
    peer.send(store(implicit(object({ SOPClassUID: classes.CT })), `${UID_ROOT}.8.${made}`))
    assert.equal((await peer.status()).status, 0)
    assert.deepEqual(
      (await at.waiting()).map(({ sopUid }) => sopUid),
      [`${UID_ROOT}.8.${made}`],
    )
    peer.cut()
  })

  it('import 133: that are compressed come back byte for byte, and DCMTK reads them', async () => {
    const PixelData = new Uint8Array(512).map((_, index) => (index % 2 ? 0 : index % 256))
    const source = await file({ Rows: 16, Columns: 16, PixelData })
    const tools: readonly (readonly [tool: string, flags: readonly string[], proposed: string])[] = [
      ['dcmcjpeg', ['+e1'], '-xs'],
      ['dcmcjpls', ['+el'], '-xt'],
      ['dcmcrle', [], '-xr'],
      ['dcmconv', ['+td'], '-xd'],
      ['dcmconv', ['+tb'], '-xb'],
    ]
    for (const [tool, flags, proposed] of tools) {
      await at.forget()
      const sent = join(folder, `${tool}${flags.join('')}.dcm`)
      assert.equal((await run(tool, [...flags, source, sent])).code, 0)
      await sends(proposed, sent)
      const [waiting] = await at.waiting()
      const kept = await at.bytesOf(waiting!)
      const back = join(folder, 'back.dcm')
      await writeFile(back, kept)
      // DCMTK deflates anew what it sends; everything else goes out as it is in the file.
      const same =
        flags[0] === '+td' ? await samePlain(back, sent) : datasetOf(kept).equals(datasetOf(await readFile(sent)))
      assert.ok(same, `${tool} ${flags.join()}`)
      assert.equal((await run('dcmdump', [back])).code, 0)
    }
  })

  async function samePlain(...names: readonly string[]): Promise<boolean> {
    const plain = names.map((_, index) => join(folder, `plain${index}.dcm`))
    for (const [index, name] of names.entries())
      assert.equal((await run('dcmconv', ['+te', name, plain[index]!])).code, 0)
    const [first, second] = await Promise.all(plain.map((name) => readFile(name)))
    return datasetOf(first!).equals(datasetOf(second!))
  }

  it('import 90: go where the rules of their receiver say before those of the site; blank ones fall back, disabled ones do not count', async () => {
    const rule = { at: { tool: 'dicom', path: 'projectRules' }, contents: '(0020,0010):(.*)' }
    await putConfiguration(at.archive, admin, why, rule)
    const values = { StudyID: 'SITED', AccessionNumber: 'RULED' }
    const project = async () => {
      await at.forget()
      await sends(await file(values))
      return (await at.waiting()).map((each) => [each.project, each.session])
    }
    assert.deepEqual(await project(), [['SITED', 'E1']])
    const rules = { projectRoutingExpression: '(0008,0050):(.*)', sessionRoutingExpression: '(0008,0050):^(..).*:1' }
    await receiver({ ...rules, routingExpressionsEnabled: true })
    assert.deepEqual(await project(), [['RULED', 'RU']])
    await receiver({ projectRoutingExpression: ' ' })
    assert.deepEqual(await project(), [['SITED', 'RU']])
    await receiver({ ...rules, routingExpressionsEnabled: false })
    assert.deepEqual(await project(), [['SITED', 'E1']])
    await putConfiguration(at.archive, admin, why, { ...rule, enabled: false })
  })

  it('are marked as their receiver wants: without scripts, straight to the archive', async () => {
    await receiver({ anonymizationEnabled: false, directArchive: true })
    await sends(await file())
    assert.deepEqual(
      (await at.waiting()).map(({ preventAnon, direct }) => [preventAnon, direct]),
      [[true, true]],
    )
    await receiver({ anonymizationEnabled: true, directArchive: false })
  })

  it('are taken in the name of the account that the site has for that', async () => {
    await at.site.settings.change({ receivedFileUser: 'nobody' })
    const refused = await storescu(at.port, await file())
    assert.match(refused.said, /Refused: Out ?Of ?Resources/i)
    assert.deepEqual(await at.waiting(), [])
    await at.site.settings.change({ receivedFileUser: 'admin' })
    await sends(await file())
    assert.equal((await at.waiting()).length, 1)
  })

  it('that a filter drops are answered with success, and not kept', async () => {
    const filter = { enableSitewideSeriesImportFilter: true, sitewideSeriesImportFilter: 'scout' }
    await at.site.settings.change(filter)
    await sends(await file({ SeriesDescription: 'Scout' }), await file({ SeriesDescription: 'T1' }))
    assert.deepEqual(
      (await at.waiting()).map(({ sopUid }) => sopUid),
      [`${UID_ROOT}.8.${made}`],
    )
    await at.site.settings.change({ enableSitewideSeriesImportFilter: false })
  })

  it('of one study from four senders come into one entry, each of them once', async () => {
    const names: string[] = []
    for (let index = 0; index < 40; index++) names.push(await file({ InstanceNumber: index + 1 }))
    await Promise.all([0, 1, 2, 3].map((sender) => sends(...names.slice(sender * 10, sender * 10 + 10), names[0]!)))
    assert.equal(new Set((await at.waiting()).map(({ sopUid }) => sopUid)).size, 40)
    assert.equal((await at.waiting()).length, 40)
    const { count } = await at.archive.db.reads
      .selectFrom('arrivals')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    assert.equal(Number(count), 1)
  })

  it('in whose middle the connection breaks leave nothing, and those before them are kept', async () => {
    const peer = await associated(at.port)
    const big = implicit(
      object({ SOPClassUID: classes.CT, Rows: 512, Columns: 512, PixelData: new Uint8Array(524_288) }),
    )
    peer.send(store(implicit(object({ SOPClassUID: classes.CT })), '1.2.3'))
    assert.equal((await peer.status()).status, 0)
    const said = { field: 1, sopClass: classes.CT, sopInstance: '1.2.4', withData: true }
    peer.send(pdu(4, commandOf(3, said)), pdu(4, fragment(3, big.subarray(0, 400_000), {})))
    while ((await at.staged()).length === 0) await pause(10)
    peer.cut()
    while ((await at.staged()).length > 0) await pause(10)
    assert.equal((await at.waiting()).length, 1)
    const blobs = await Array.fromAsync(at.archive.blobs.list(), ({ key }) => key)
    assert.ok(blobs.includes((await at.waiting())[0]!.blob))
    for (const key of blobs)
      assert.notEqual((await at.archive.blobs.size(key))! > 400_000, true, 'nothing half is kept')
  })
})

/** What comes behind preamble and file meta information. */
function datasetOf(bytes: Buffer): Buffer {
  const length = bytes.readUInt32LE(140)
  return bytes.subarray(144 + length)
}

/** The data set of a file in explicit little endian as it is sent in implicit little endian. */
function implicit(bytes: Buffer): Buffer {
  const dataset = datasetOf(bytes)
  const parts: Buffer[] = []
  for (let offset = 0; offset < dataset.length; ) {
    const long = ['OB', 'OW', 'UN', 'UT', 'SQ'].includes(dataset.toString('latin1', offset + 4, offset + 6))
    const length = long ? dataset.readUInt32LE(offset + 8) : dataset.readUInt16LE(offset + 6)
    const start = offset + (long ? 12 : 8)
    const head = Buffer.alloc(8)
    dataset.copy(head, 0, offset, offset + 4)
    head.writeUInt32LE(length, 4)
    parts.push(head, dataset.subarray(start, start + length))
    offset = start + length
  }
  return Buffer.concat(parts)
}
