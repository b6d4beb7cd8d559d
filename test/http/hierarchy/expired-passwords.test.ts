import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startSite, type TestSite } from '../../support/site.ts'
import { setPreference, want } from './stage.ts'

let site: TestSite

/** A site where passwords live for a second; the administrator's does not expire. */
before(async () => {
  site = await startSite()
  for (const login of ['own', 'robot']) await site.addUser(login)
  const admin = site.as('admin')
  for (const login of ['admin', 'robot']) await want(admin('PUT', `/xapi/users/${login}/roles/non_expiring`), 200)
  await setPreference(admin, 'passwordExpirationInterval', '1 second')
  await pause(2000)
})
after(() => site?.close())

test('hierarchy section 2.7: an expired password is 403 and says so', async () => {
  const reply = await want(site.as('own')('GET', '/data/projects'), 403)
  assert.match(reply.text, /Your password has expired\. Please try again after changing your password\./)
})

test('hierarchy section 2.7: users with the role non_expiring are exempt', async () => {
  await want(site.as('robot')('GET', '/data/projects'), 200)
  await want(site.as('admin')('GET', '/data/projects'), 200)
})
