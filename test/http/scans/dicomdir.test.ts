import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readZip } from '../../support/archives.ts'
import { instance, UID_ROOT } from '../../support/dicom.ts'
import { is, MR, openSetting, refused, type Session, type Setting } from './setting.ts'

let here: Setting
let at: Session
before(async () => {
  here = await openSetting()
  at = await here.session()
  for (const scan of ['1', '2']) {
    await here.put(at, scan, `${MR}&type=T${scan}`)
    await here.own('PUT', `${at.scans}/${scan}/resources/DICOM?format=DICOM`)
    const SeriesInstanceUID = `${UID_ROOT}.${scan}`
    const file = instance({ SeriesInstanceUID, SOPInstanceUID: `${SeriesInstanceUID}.1` })
    await here.store(at, scan, `DICOM/files/of${scan}.dcm`, file)
    await here.store(at, scan, 'OTHER/files/notes.txt', 'no DICOM')
  }
})
after(() => here?.site.close())

for (const [selection, files] of [
  ['1', 1],
  ['T2', 1],
  ['1,2', 2],
] as const) {
  test(`scans section 6.3: the DICOMDIR of ${selection} comes with its DICOM files`, async () => {
    const reply = await here.own('GET', `${at.scans}/${selection}/DICOMDIR`)
    is(reply, 200)
    assert.equal(reply.type, 'application/zip')
    const found = await readZip(reply.bytes)
    const directory = found.find(({ name }) => name === 'DICOMDIR')
    assert.equal(directory?.bytes.subarray(128, 132).toString(), 'DICM')
    const others = found.filter(({ name }) => name !== 'DICOMDIR')
    assert.equal(others.length, files)
    for (const { bytes } of others) assert.equal(bytes.subarray(128, 132).toString(), 'DICM')
  })
}

test('scans section 6.3: no such scan and no such session are told apart', async () => {
  refused(await here.own('GET', `${at.scans}/99/DICOMDIR`), 404, 'Unable to find the specified scan(s).')
  refused(
    await here.own('GET', '/data/experiments/NOPE/scans/1/DICOMDIR'),
    404,
    'Unable to find the specified session.',
  )
})

test('scans section 6.3: a DICOMDIR cannot be put', async () => {
  refused(await here.own('PUT', `${at.scans}/1/DICOMDIR`), 405)
})
