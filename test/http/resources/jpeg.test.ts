import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { EXPLICIT, imageOf, instanceOf } from '../../support/pixels.ts'
import { is, openSetting, refused, type Session, type Setting } from '../scans/setting.ts'

let here: Setting
let at: Session
const image = imageOf({ columns: 9, rows: 5, pixels: new Uint8Array(45).map((_, index) => index * 5) })
const report = instanceOf(
  [
    ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.88.11'],
    ['00080018', 'UI', '1.2.3'],
  ],
  EXPLICIT,
)
before(async () => {
  here = await openSetting()
  at = await here.sessionWith('1')
  await here.store(at, '1', 'DICOM/files/a.dcm', image)
  await here.store(at, '1', 'DICOM/files/report.dcm', report)
  await here.store(at, '1', 'DICOM/files/notes.txt', 'no DICOM')
})
after(() => here?.site.close())

const file = (name: string): string => `${at.scans}/1/resources/DICOM/files/${name}`

/** Rows and columns in the frame header of a stream of JPEG. */
function jpegSize(bytes: Buffer): number[] {
  assert.deepEqual([...bytes.subarray(0, 2), ...bytes.subarray(-2)], [0xff, 0xd8, 0xff, 0xd9])
  const start = bytes.indexOf(Buffer.from([0xff, 0xc0]))
  return [bytes.readUInt16BE(start + 5), bytes.readUInt16BE(start + 7)]
}

describe('resources section 4.7: a DICOM object as JPEG', () => {
  for (const [how, query, accept] of [
    ['format=image/jpeg', '?format=image/jpeg', '*/*'],
    ['format=jpeg', '?format=jpeg', '*/*'],
    ['Accept', '', 'image/jpeg'],
  ] as const) {
    it(`is asked for with ${how}`, async () => {
      const reply = await here.col('GET', `${file('a.dcm')}${query}`, { headers: { accept } })
      is(reply, 200)
      assert.deepEqual([reply.type, jpegSize(reply.bytes)], ['image/jpeg', [5, 9]])
      assert.equal(reply.headers['content-disposition'], 'attachment; filename="a.jpg";')
    })
  }

  it('also as the n-th file of a folder', async () => {
    const reply = await here.own('GET', `${at.scans}/1/resources/DICOM/files?index=0&format=image/jpeg`)
    assert.deepEqual([reply.type, jpegSize(reply.bytes)], ['image/jpeg', [5, 9]])
  })

  for (const accept of ['*/*', 'image/*', 'image/jpeg, */*;q=0.1', 'text/html, image/jpeg']) {
    it(`is not what ${accept} asks for`, async () => {
      const reply = await here.own('GET', file('a.dcm'), { headers: { accept } })
      assert.deepEqual([reply.type, reply.bytes], ['application/octet-stream', image])
    })
  }

  it('is refused with 400 where there is no image', async () => {
    const because = 'There is no picture of this image: the object has no pixels.'
    refused(await here.own('GET', `${file('report.dcm')}?format=image/jpeg`), 400, because)
  })

  it('other files stay what they are', async () => {
    const reply = await here.own('GET', `${file('notes.txt')}?format=image/jpeg`)
    is(reply, 200)
    assert.deepEqual([reply.type, reply.text], ['text/plain', 'no DICOM'])
  })

  it('strangers get nothing', async () => {
    is(await here.str('GET', `${file('a.dcm')}?format=image/jpeg`), 404)
  })
})
