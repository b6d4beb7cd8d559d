import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { imageOf } from '../../support/pixels.ts'
import { openSetting, type Session, type Setting } from './setting.ts'

let here: Setting
let at: Session
before(async () => {
  here = await openSetting()
  at = await here.sessionWith('1', '2')
  await here.store(at, '1', 'DICOM/files/a.dcm', imageOf({ columns: 2, rows: 2, pixels: new Uint8Array(4) }))
})
after(() => here?.site.close())

describe('pages show pictures', () => {
  it('a session those of its scans with DICOM, loaded when they are seen', async () => {
    const page = (await here.own('GET', `/data/experiments/${at.id}?format=html`)).text
    assert.ok(page.includes(`<img src="/xapi/experiments/${at.id}/scan/1/thumbnail" alt="1" loading="lazy">`))
    assert.ok(!page.includes('/scan/2/thumbnail'))
  })

  it('a scan its own', async () => {
    const page = (await here.own('GET', `${at.scans}/1?format=html`)).text
    assert.ok(page.includes(`<img src="/xapi/experiments/${at.id}/scan/1/snapshot"`))
  })
})
