import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { callerOf } from '../../support/caller.ts'
import { done, is, MR, openSetting, refused, type Session, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting({ siteId: 'SITE7' })
})
after(() => here?.site.close())

const NO_SCAN = 'Unable to find the specified scan.'
const MAY_NOT_CREATE = 'Specified user account has insufficient create privileges for sessions in this project.'
const MAY_NOT_EDIT = 'Specified user account has insufficient edit privileges for sessions in this project.'
const MAY_NOT_DELETE = "User account doesn't have permission to modify this session."
const SIGN_IN = 'The request requires user authentication'

const notes = async (at: Session) => (await here.rows(at)).map((row) => [row['ID'], row['note']])

test('scans 51: a stranger finds no listing of a private project', async () => {
  const at = await here.sessionWith('1')
  refused(await here.str('GET', at.scans), 404)
  refused(await here.str('GET', at.byId), 404)
})

test('scans 51: owner, member, collaborator and site administrator see the listing', async () => {
  const at = await here.sessionWith('1')
  for (const caller of [here.own, here.mem, here.col, here.admin]) {
    for (const path of [at.scans, at.byId]) assert.equal((await caller('GET', path)).rows().length, 1)
  }
})

test('scans 52: without credentials the answer is 401 with the realm of the site', async () => {
  const at = await here.sessionWith('1')
  for (const [method, path] of [
    ['GET', at.scans],
    ['GET', `${at.scans}/1?format=json`],
    ['PUT', `${at.scans}/1?note=x`],
    ['POST', `${at.scans}?${MR}`],
    ['DELETE', `${at.scans}/1`],
    ['GET', '/data/experiments/NOPE/scans'],
  ] as const) {
    const reply = await here.anon(method, path)
    refused(reply, 401, SIGN_IN)
    assert.equal(reply.headers['www-authenticate'], 'Basic realm="SITE7"')
  }
  assert.deepEqual(await notes(at), [['1', '']])
})

test('scans 52: a browser without credentials is sent to the login page', async () => {
  const at = await here.sessionWith('1')
  const reply = await here.anon('GET', at.scans, { headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' } })
  is(reply, 302)
  assert.ok(reply.headers.location)
})

test('scans section 1.6: wrong credentials are 401', async () => {
  const at = await here.sessionWith('1')
  for (const [login, password] of [
    ['own', 'wrong'],
    ['nobody', 'nobody-password'],
  ]) {
    is(await callerOf(here.site.url, login, password)('GET', at.scans), 401)
    is(await callerOf(here.site.url, login, password)('PUT', `${at.scans}/1?note=x`), 401)
  }
  assert.deepEqual(await notes(at), [['1', '']])
})

test('scans 76: a stranger finds no scan of a private project', async () => {
  const at = await here.sessionWith('1')
  for (const format of ['json', 'xml', 'html']) {
    refused(await here.str('GET', `${at.scans}/1?format=${format}`), 404, NO_SCAN)
  }
})

test('scans 110: a collaborator may not edit', async () => {
  const at = await here.sessionWith('5')
  refused(await here.col('PUT', `${at.scans}/5?note=z`), 403, MAY_NOT_EDIT)
  assert.deepEqual(await notes(at), [['5', '']])
})

test('scans 110: a collaborator may not create', async () => {
  const at = await here.sessionWith('5')
  refused(await here.col('PUT', `${at.scans}/6?${MR}`), 403, MAY_NOT_CREATE)
  refused(await here.col('POST', `${at.scans}?${MR}`), 403)
  assert.deepEqual(await notes(at), [['5', '']])
})

test('scans 110: a member may edit and create', async () => {
  const at = await here.sessionWith('5')
  done(await here.mem('PUT', `${at.scans}/5?note=z`))
  done(await here.mem('PUT', `${at.byId}/6?${MR}&note=new`))
  is(await here.mem('POST', `${at.scans}?ID=7`), 200)
  assert.deepEqual(await notes(at), [
    ['5', 'z'],
    ['6', 'new'],
    ['7', ''],
  ])
})

test('scans 111: a stranger finds nothing to edit', async () => {
  const at = await here.sessionWith('5')
  for (const scans of [at.scans, at.byId]) {
    refused(await here.str('PUT', `${scans}/5?note=z`), 404)
    refused(await here.str('PUT', `${scans}/6?${MR}`), 404)
    refused(await here.str('POST', `${scans}?${MR}`), 404)
  }
  assert.deepEqual(await notes(at), [['5', '']])
})

test('scans 116: a member may not delete', async () => {
  const at = await here.sessionWith('6')
  for (const path of [`${at.scans}/6`, `${at.byId}/6`, `${at.scans}/6?removeFiles=true`]) {
    refused(await here.mem('DELETE', path), 403, MAY_NOT_DELETE)
  }
  assert.deepEqual(await here.ids(at), ['6'])
})

test('scans 117: a collaborator may not delete, and a stranger finds nothing', async () => {
  const at = await here.sessionWith('6')
  refused(await here.col('DELETE', `${at.scans}/6`), 403, MAY_NOT_DELETE)
  refused(await here.str('DELETE', `${at.scans}/6`), 404, NO_SCAN)
  refused(await here.str('DELETE', `${at.byId}/6`), 404, NO_SCAN)
  assert.deepEqual(await here.ids(at), ['6'])
})

test('scans section 5: existence is looked at before the right to delete', async () => {
  const at = await here.sessionWith('6')
  refused(await here.col('DELETE', `${at.scans}/99`), 404, NO_SCAN)
})

test('scans section 1.6: anybody signed in reads a public project and writes nothing', async () => {
  await here.own('PUT', '/data/projects/PUB?accessibility=public')
  const at = await here.session({ project: 'PUB' })
  await here.put(at, '1')
  is(await here.str('GET', at.scans), 200)
  is(await here.str('GET', `${at.byId}/1?format=json`), 200)
  refused(await here.str('PUT', `${at.scans}/1?note=x`), 403, MAY_NOT_EDIT)
  refused(await here.str('PUT', `${at.scans}/2?${MR}`), 403, MAY_NOT_CREATE)
  refused(await here.str('DELETE', `${at.scans}/1`), 403, MAY_NOT_DELETE)
  assert.deepEqual(await notes(at), [['1', '']])
})

test('scans section 1.6: a site administrator may do everything', async () => {
  const at = await here.sessionWith('1')
  done(await here.admin('PUT', `${at.scans}/2?${MR}`))
  done(await here.admin('DELETE', `${at.scans}/1`))
  assert.deepEqual(await here.ids(at), ['2'])
})

test('scans section 1.6: a right that was taken away is gone at once', async () => {
  const at = await here.sessionWith('1')
  await here.own('DELETE', '/data/projects/PRJ1/users/member/mem')
  refused(await here.mem('PUT', `${at.scans}/1?note=x`), 404)
  refused(await here.mem('GET', at.byId), 404)
  await here.own('PUT', '/data/projects/PRJ1/users/member/mem')
  done(await here.mem('PUT', `${at.scans}/1?note=x`))
})
