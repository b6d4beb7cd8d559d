import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { imageOf } from '../../support/pixels.ts'
import { withImages, xapi } from './pictured.ts'
import { is, openSetting, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

describe('there is no snapshot', () => {
  it('of what is not there', async () => {
    const at = await withImages(here, [50])
    is(await here.own('GET', `/xapi/experiments/${at.id}/scan/2/snapshot`), 404)
    is(await here.own('GET', '/xapi/experiments/NOPE/scan/1/snapshot'), 404)
    is(await here.own('PUT', xapi(at, 'snapshot')), 405)
  })

  it('of a scan without images, and a reason for it', async () => {
    const at = await here.sessionWith('1', '2')
    const empty = await here.own('GET', xapi(at, 'snapshot'))
    is(empty, 404)
    assert.equal(empty.text, 'There is no picture of this image: the scan has no DICOM files with pixels.')
    await here.store(at, '1', 'DICOM/files/notes.dcm', Buffer.from('no DICOM at all'))
    is(await here.own('GET', xapi(at, 'thumbnail')), 404)
    const bytes = imageOf({ columns: 2, rows: 2, pixels: new Uint8Array(0) })
    await here.store(at, '2', 'DICOM/files/broken.dcm', bytes)
    const broken = await here.own('GET', `/xapi/experiments/${at.id}/scan/2/snapshot`)
    is(broken, 404)
    assert.equal(broken.text, 'There is no picture of this image: its pixels are missing.')
  })

  it('and none in its folder, which says so as any folder does', async () => {
    const at = await here.sessionWith('1')
    is(await here.own('GET', `${at.scans}/1/resources/SNAPSHOTS/files?file_content=ORIGINAL&index=0`), 404)
    is(await here.own('GET', `${at.scans}/1/resources/SNAPSHOTS/files/x.gif`), 404)
  })

  it('of more slices than a view can hold', async () => {
    const at = await withImages(here, [50])
    const reply = await here.own('GET', xapi(at, 'snapshot/100X100'))
    is(reply, 404)
    assert.equal(reply.text, 'There is no picture of this image: more than 1024 slices in a view.')
  })
})
