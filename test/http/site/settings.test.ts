import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'

let site: TestSite
let admin: Caller
let own: Caller
let anon: Caller

before(async () => {
  site = await startSite({ siteId: 'LAB' })
  await site.addUser('own')
  admin = site.as('admin')
  own = site.as('own')
  anon = site.as(null)
})
after(() => site?.close())

const json = (value: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) })
const plain = (body: string) => ({ headers: { 'content-type': 'text/plain' }, body })

test('hierarchy 173: one value of buildInfo is bare, an unknown one is 404', async () => {
  const version = await anon('GET', '/xapi/siteConfig/buildInfo/version')
  assert.deepEqual([version.status, version.type], [200, 'text/plain'])
  assert.match(version.text, /^1\.8\./)
  assert.equal((await anon('GET', '/xapi/siteConfig/buildInfo/nosuch')).status, 404)
  assert.deepEqual((await anon('GET', '/xapi/siteConfig/buildInfo/attributes')).json(), {})
})

test('hierarchy 175: uptime grows', async () => {
  const seconds = async () => Number((await own('GET', '/xapi/siteConfig/uptime')).json().seconds)
  const first = await seconds()
  assert.ok((await seconds()) > first)
  assert.equal(typeof (await own('GET', '/xapi/siteConfig/uptime/display')).json(), 'string')
})

test('hierarchy 176: people who signed in read some settings, administrators all', async () => {
  const some = (await own('GET', '/xapi/siteConfig')).json()
  assert.ok('sitewidePetTracers' in some && some.siteId === 'LAB')
  assert.ok(!('passwordComplexityMessage' in some))
  assert.ok('passwordComplexityMessage' in (await admin('GET', '/xapi/siteConfig')).json())
  assert.equal((await anon('GET', '/xapi/siteConfig')).status, 401)
})

test('hierarchy 176: a few settings are read by anybody', async () => {
  assert.equal((await anon('GET', '/xapi/siteConfig/siteId')).json(), 'LAB')
  assert.equal((await anon('GET', '/xapi/siteConfig/siteUrl')).json(), site.url)
  assert.equal((await anon('GET', '/xapi/siteConfig/requireLogin')).status, 401)
  assert.equal((await own('GET', '/xapi/siteConfig/requireLogin')).status, 403)
  assert.equal((await admin('GET', '/xapi/siteConfig/requireLogin')).json(), true)
  assert.equal((await admin('GET', '/xapi/siteConfig/nosuch')).status, 404)
})

test('hierarchy 176: text is bare when text is asked for', async () => {
  const reply = await own('GET', '/xapi/siteConfig/siteId', { headers: { accept: 'text/plain' } })
  assert.deepEqual([reply.type, reply.text], ['text/plain', 'LAB'])
})

test('hierarchy 176: several settings at once', async () => {
  const reply = await own('GET', '/xapi/siteConfig/values/siteId,checksums,sessionTimeout')
  assert.deepEqual(reply.json(), { siteId: 'LAB', checksums: true })
})

test('hierarchy 177: only administrators set them', async () => {
  for (const [caller, status] of [
    [own, 403],
    [anon, 401],
  ] as const) {
    assert.equal((await caller('POST', '/xapi/siteConfig', json({ checksums: false }))).status, status)
    assert.equal((await caller('POST', '/xapi/siteConfig/checksums', plain('false'))).status, status)
    assert.equal((await caller('POST', '/xapi/siteConfig/siteId', plain('X'))).status, status)
  }
  assert.equal((await own('GET', '/xapi/siteConfig/checksums')).json(), true)
})

test('hierarchy 177: they are set by JSON, form and text', async () => {
  const form = {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'checksums=false&siteDescriptionText=a+b',
  }
  assert.equal((await admin('POST', '/xapi/siteConfig', form)).status, 200)
  assert.equal((await own('GET', '/xapi/siteConfig/siteDescriptionText')).json(), 'a b')
  assert.equal((await admin('POST', '/xapi/siteConfig', json({ checksums: true }))).text, '')
  assert.equal((await own('GET', '/xapi/siteConfig/checksums')).json(), true)
  assert.equal((await admin('POST', '/xapi/siteConfig/checksums', json(false))).status, 200)
  assert.equal((await own('GET', '/xapi/siteConfig/checksums')).json(), false)
})

test('hierarchy 177: values that cannot be are 400 as plain text', async () => {
  for (const body of [json({ sessionTimeout: 'soon' }), json([1]), { ...json({}), body: '{' }]) {
    const reply = await admin('POST', '/xapi/siteConfig', body)
    assert.deepEqual([reply.status, reply.type], [400, 'text/plain'])
  }
})

test('hierarchy 178: a setting that nobody knows is stored, for administrators', async () => {
  assert.equal((await admin('POST', '/xapi/siteConfig', json({ labHours: { from: 9, to: 17 } }))).status, 200)
  assert.deepEqual((await admin('GET', '/xapi/siteConfig/labHours')).json(), { from: 9, to: 17 })
  assert.equal((await own('GET', '/xapi/siteConfig/labHours')).status, 403)
  assert.ok(!('labHours' in (await own('GET', '/xapi/siteConfig')).json()))
})

test('hierarchy 177: opening and closing the site counts at once', async () => {
  assert.equal((await anon('GET', '/data/projects')).status, 401)
  await admin('POST', '/xapi/siteConfig/requireLogin', plain('false'))
  assert.equal((await anon('GET', '/data/projects')).status, 200)
  await admin('POST', '/xapi/siteConfig/requireLogin', plain('true'))
  assert.equal((await anon('GET', '/data/projects')).status, 401)
})

test('hierarchy 109: new accession ids begin with the site id in force, given ones stay', async () => {
  const made = async (label: string) => (await own('PUT', `/data/projects/LABP/subjects/${label}`)).text
  await own('PUT', '/data/projects/LABP')
  assert.equal(await made('A'), 'LAB_S00001')
  await admin('POST', '/xapi/siteConfig', json({ siteId: 'New-Lab 2' }))
  assert.equal(await made('B'), 'New_Lab2_S00001')
  assert.equal((await own('GET', '/data/subjects/LAB_S00001')).status, 200)
  await admin('POST', '/xapi/siteConfig', json({ siteId: 'LAB' }))
  assert.equal(await made('C'), 'LAB_S00002')
})

test('clients 40: the first administrator gets the address of the site, once', async () => {
  const address = async () =>
    (await admin('GET', '/data/users?format=json')).rows().find(({ login }) => login === 'admin')
  assert.deepEqual([(await address())?.lastname, (await address())?.email], ['Admin', ''])
  for (const adminEmail of ['first@lab.example', 'second@lab.example'])
    assert.equal((await admin('POST', '/xapi/siteConfig', json({ adminEmail }))).status, 200)
  assert.equal((await address())?.email, 'first@lab.example')
})
