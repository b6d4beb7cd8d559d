import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'

const script = { body: 'version "6.3"\n(0010,0010) := "x"', headers: { 'content-type': 'text/plain' } }
const roots = {
  site: ['/xapi/anonymize/site', '/data/config/edit/image/dicom/script'],
  project: ['/xapi/anonymize/projects/PRJ1', '/data/config/edit/projects/PRJ1/image/dicom/script'],
}
const switches = {
  site: ['/xapi/anonymize/site/enabled?enable=', '/data/config/edit/image/dicom/status?activate='],
  project: [
    '/xapi/anonymize/projects/PRJ1/enabled?enable=',
    '/data/config/edit/projects/PRJ1/image/dicom/status?activate=',
  ],
}

describe('scripts that change objects', () => {
  let site: TestSite
  let cast: Cast
  before(async () => {
    site = await startSite()
    cast = await castOf(site, 'PRJ1')
  })
  after(() => site.close())

  it('are read as ones that do nothing, and projects have none', async () => {
    const standard = await cast.str('GET', '/xapi/anonymize/default')
    assert.deepEqual([standard.status, standard.type], [200, 'text/plain'])
    assert.match(standard.text, /^version "6.1"\n\/\/ This server runs no scripts/)
    for (const path of roots.site) assert.equal((await cast.str('GET', path)).text, standard.text)
    for (const path of roots.project) {
      assert.equal((await cast.mem('GET', path)).status, 204)
      assert.equal((await cast.str('GET', path)).status, 404)
    }
    assert.equal((await cast.anon('GET', '/xapi/anonymize/default')).status, 401)
  })

  it('import 146: are off, and nobody can switch them on', async () => {
    const cases = [
      { paths: switches.site, may: cast.admin, not: cast.own, status: 403 },
      { paths: switches.project, may: cast.own, not: cast.mem, status: 403 },
      { paths: switches.project, may: cast.admin, not: cast.str, status: 404 },
    ]
    for (const { paths, may, not, status } of cases)
      for (const path of paths) {
        const place = path.replace(/\?.*/, '')
        assert.equal((await may('GET', place)).text, 'false')
        assert.equal((await may('PUT', `${path}false`)).status, 200, path)
        const refused = await may('PUT', `${path}true`)
        assert.equal(refused.status, 415, path)
        assert.match(refused.text, /runs no anonymization scripts/)
        assert.equal((await not('PUT', `${path}true`)).status, status, path)
        assert.equal((await not('PUT', `${path}false`)).status, status, path)
        assert.equal((await may('GET', place)).text, 'false')
      }
  })

  it('are refused, so that nobody believes that they are run', async () => {
    for (const path of roots.site) {
      const refused = await cast.admin('PUT', path, script)
      assert.equal(refused.status, 415, path)
      assert.match(refused.text, /takes none to run/)
      assert.equal((await cast.own('PUT', path, script)).status, 403)
    }
    for (const path of roots.project) {
      assert.equal((await cast.own('PUT', path, script)).status, 415, path)
      assert.equal((await cast.mem('PUT', path, script)).status, 403)
      assert.equal((await cast.str('PUT', path, script)).status, 404)
    }
    assert.equal((await cast.admin('GET', '/data/config/edit')).status, 404)
  })

  it('are refused as settings of the site, too', async () => {
    const set = (values: object) =>
      cast.admin('POST', '/xapi/siteConfig', {
        body: JSON.stringify(values),
        headers: { 'content-type': 'application/json' },
      })
    const [enabled, text] = ['enableSitewideAnonymizationScript', 'sitewideAnonymizationScript']
    assert.equal((await cast.admin('GET', `/xapi/siteConfig/${enabled}`)).text, 'false')
    for (const values of [{ [enabled]: true }, { [text]: script.body }]) {
      const refused = await set(values)
      assert.equal(refused.status, 400)
      assert.match(refused.text, /runs no anonymization scripts/)
    }
    assert.equal((await set({ [enabled]: false, [text]: '' })).status, 200)
  })

  it('clients 5.2: are kept for clients that run them before they send', async () => {
    const keep = (path: string, who = cast.admin) => who('PUT', `${path}?inbody=true`, script)
    assert.equal((await keep('/data/config/anon/script')).status, 201)
    assert.equal((await keep('/data/projects/PRJ1/config/anon/projects/PRJ1', cast.own)).status, 201)
    for (const path of [...roots.site, ...roots.project])
      assert.equal((await cast.mem('GET', path)).text, script.body, path)
    assert.equal((await cast.str('GET', roots.project[0]!)).status, 404)
    await cast.admin('PUT', '/data/config/anon/script?status=disabled')
    assert.match((await cast.mem('GET', roots.site[0]!)).text, /runs no scripts/)
  })
})
