import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Options } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'

/** PostgreSQL can neither hold nor be asked for a NUL, so none may get as far as a database. */
describe('NUL characters', () => {
  let site: TestSite
  before(async () => {
    site = await startSite()
    await site.as('admin')('PUT', '/data/projects/P1')
  })
  after(() => site.close())

  const form = (body: string): Options => ({
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
  })
  const json = (value: unknown): Options => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  })

  it('are refused wherever texts come in', async () => {
    const admin = site.as('admin')
    const refused: [string, string, Options?][] = [
      ['PUT', '/xapi/users/update', json({ firstName: 'a\0b' })],
      ['POST', '/xapi/users', json({ username: 'new', lastName: '\0' })],
      ['PUT', '/xapi/users/admin/groups', json(['P1\0_x'])],
      ['POST', '/xapi/siteConfig', json({ siteDescriptionText: '\\\0' })],
      ['POST', '/data/services/refresh/catalog', form('resource=/archive/experiments/E%2500')],
      [
        'POST',
        '/data/services/move-files',
        form('src=/user/cache/resources/X/files/a&dest=/archive/projects/P1%2500/resources/R/files/a'),
      ],
      ['GET', '/data/projects/P1/subjects?columns=xnat:subjectData/fields/field%5Bname%3D%2500%5D/field'],
      ['GET', '/data/projects/P1/subjects?group=%00'],
      ['GET', '/data/projects/P1/subjects?xnat:subjectData/fields/field%5Bname%3D%00%5D/field=x'],
      ['PUT', '/data/projects/P1/current_arc/a%2F..%2Fb'],
      ['PUT', '/data/projects/P1/current_arc/a%0D%0Ab'],
    ]
    for (const [method, path, options] of refused)
      assert.equal((await admin(method, path, options)).status, 400, `${method} ${path}`)
    assert.equal((await admin('POST', '/xapi/siteConfig', json({ siteDescriptionText: '\\u0000' }))).status, 200)
  })

  it('make a name that nobody has', async () => {
    const authorization = `Basic ${btoa('admin\0:admin-password')}`
    assert.equal((await site.as(null)('GET', '/data/projects', { headers: { authorization } })).status, 401)
  })
})
