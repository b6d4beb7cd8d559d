import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { done, is, MR, openSetting, refused, type Session, type Setting } from './setting.ts'

let here: Setting
let at: Session
before(async () => {
  here = await openSetting()
  at = await here.sessionWith('1', '2')
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ requireChangeJustification: true })
  is(await here.admin('POST', '/xapi/siteConfig', { headers, body }), 200)
})
after(() => here?.site.close())

const MISSING = 'Justification required.'

test('scans section 4.2: where a reason is required, changes without one are refused', async () => {
  refused(await here.own('PUT', `${at.scans}/1?note=x`), 403, MISSING)
  refused(await here.own('PUT', `${at.scans}/3?${MR}`), 403, MISSING)
  refused(await here.own('DELETE', `${at.scans}/2`), 403)
  assert.deepEqual(
    (await here.rows(at)).map((row) => [row['ID'], row['note']]),
    [
      ['1', ''],
      ['2', ''],
    ],
  )
})

test('scans section 4.2: with a reason they are done', async () => {
  const session = await here.session({ query: 'event_reason=study' })
  done(await here.own('PUT', `${session.scans}/1?${MR}&event_reason=study&note=x`))
  assert.equal((await here.row(session, '1'))['note'], 'x')
  done(await here.own('DELETE', `${session.scans}/1?event_reason=mistake`))
  assert.deepEqual(await here.ids(session), [])
})
