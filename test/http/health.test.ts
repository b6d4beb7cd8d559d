import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startSite, type TestSite } from '../support/site.ts'

describe('probes', () => {
  let site: TestSite
  before(async () => {
    site = await startSite()
  })
  after(() => site.close())

  it('say without a sign-in that the process lives', async () => {
    const answer = await site.as(null)('GET', '/health')
    assert.equal(answer.status, 200)
    assert.deepEqual(JSON.parse(answer.text), { status: 'ok' })
    assert.equal(answer.headers['cache-control'], 'no-store')
  })

  it('say that catalog and disk answer', async () => {
    const answer = await site.as(null)('GET', '/ready')
    assert.equal(answer.status, 200)
    assert.deepEqual(JSON.parse(answer.text), { status: 'ok', catalog: 'ok', disk: 'ok' })
  })

  it('say that the disk takes no files, and that it does again', async () => {
    const scratch = join(site.folder, 'scratch')
    await rename(scratch, `${scratch}-away`)
    const answer = await site.as(null)('GET', '/ready')
    assert.equal(answer.status, 503)
    assert.deepEqual(JSON.parse(answer.text), { status: 'not ready', catalog: 'ok', disk: 'does not answer' })
    await rename(`${scratch}-away`, scratch)
    assert.equal((await site.as(null)('GET', '/ready')).status, 200)
  })

  it('answer HEAD too', async () => {
    assert.equal((await site.as(null)('HEAD', '/ready')).status, 200)
  })
})
