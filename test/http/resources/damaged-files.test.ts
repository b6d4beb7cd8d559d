import assert from 'node:assert/strict'
import { chmod, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startSite, type TestSite } from '../../support/site.ts'
import { sha256 } from './checks.ts'

const files = '/data/projects/P1/resources/R/files'
const MIB = 1024 ** 2

describe('files of which only a part is left on the disk', () => {
  let site: TestSite
  before(async () => {
    site = await startSite()
    const admin = site.as('admin')
    await admin('PUT', '/data/projects/P1')
    for (const [name, size] of [
      ['large', 3 * MIB],
      ['small', 1000],
    ] as const) {
      const bytes = Buffer.alloc(size, name)
      await admin('PUT', `${files}/${name}?inbody=true`, { body: bytes })
      const key = sha256(bytes)
      const path = join(site.folder, 'blobs', key.slice(0, 3), key)
      await chmod(path, 0o644)
      await truncate(path, size / 2)
    }
  })
  after(() => site.close())

  it('are not found, and nobody waits for the rest', async () => {
    const admin = site.as('admin')
    for (const name of ['large', 'small']) assert.equal((await admin('GET', `${files}/${name}`)).status, 404)
    const range = { headers: { range: `bytes=${MIB}-${2 * MIB}` } }
    assert.equal((await admin('GET', `${files}/large`, range)).status, 404)
  })

  it('make no download that looks whole', async () => {
    for (const format of ['zip', 'tar', 'tar.gz']) {
      // Before the first byte went out it is an answer, after that a broken connection.
      const status = await site
        .as('admin')('GET', `${files}?format=${format}`)
        .then(
          (reply) => reply.status,
          () => 'broken',
        )
      assert.ok(status === 404 || status === 'broken', `${format}: ${status}`)
    }
  })
})
