import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { is, MR, newSession, openSetting, refused, type Session, type Setting } from './setting.ts'

let here: Setting
let open: Session
let closed: Session
before(async () => {
  here = await openSetting({ requireLogin: false })
  await here.own('PUT', '/data/projects/PUB?accessibility=public')
  open = await newSession(here.own, { label: 'OPEN', project: 'PUB' })
  await here.put(open, '1')
  closed = await here.sessionWith('1')
})
after(() => here?.site.close())

const NOBODY = 'No authenticated user found.'

test('scans section 1.6: a guest reads the scans of a public project', async () => {
  for (const path of [open.scans, open.byId]) {
    const reply = await here.anon('GET', path)
    is(reply, 200)
    assert.deepEqual(
      reply.rows().map((row) => row['ID']),
      ['1'],
    )
  }
  is(await here.anon('GET', `${open.scans}/1?format=json`), 200)
})

test('scans section 1.6: a guest finds nothing of a private project', async () => {
  for (const path of [closed.scans, closed.byId, `${closed.scans}/1?format=json`]) {
    refused(await here.anon('GET', path), 404)
  }
})

test('scans section 1.6: a guest may not write', async () => {
  refused(await here.anon('PUT', `${open.scans}/1?note=x`), 403, NOBODY)
  refused(await here.anon('PUT', `${open.scans}/2?${MR}`), 403, NOBODY)
  refused(await here.anon('POST', `${open.scans}?${MR}`), 403)
  assert.deepEqual(
    (await here.rows(open)).map((row) => [row['ID'], row['note']]),
    [['1', '']],
  )
})

test('scans section 1.6: a guest may not delete what is public and does not find what is not', async () => {
  refused(await here.anon('DELETE', `${open.scans}/1`), 403)
  refused(await here.anon('DELETE', `${closed.scans}/1`), 404)
  assert.deepEqual([await here.ids(open), await here.ids(closed)], [['1'], ['1']])
})

test('scans section 1.6: wrong credentials are refused on an open site too', async () => {
  const reply = await here.anon('GET', open.scans, { headers: { authorization: `Basic ${btoa('own:wrong')}` } })
  is(reply, 401)
})
