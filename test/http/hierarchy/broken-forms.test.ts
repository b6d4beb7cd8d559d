import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { multipart } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'

describe('forms that carry documents', () => {
  let site: TestSite
  before(async () => {
    site = await startSite()
    await site.as('admin')('PUT', '/data/projects/P1')
  })
  after(() => site.close())

  const subject = '/data/projects/P1/subjects/S1'
  const form = (body: string | Uint8Array) => multipart([{ field: 'f', filename: 'a.xml', type: 'text/xml', body }])
  const lives = async (): Promise<void> => {
    // Whatever the form left behind comes to light after its answer.
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal((await site.as('admin')('GET', '/data/projects/P1')).status, 200)
  }

  it('refuses a form that ends inside its document', async () => {
    const { headers, body } = form(`<a${'x'.repeat(1000)}`)
    const reply = await site.as('admin')('PUT', subject, { headers, body: body.subarray(0, body.length - 200) })
    assert.equal(reply.status, 400)
    await lives()
  })

  it('refuses a configuration that ends inside its form', async () => {
    const { headers, body } = form('x'.repeat(300_000))
    const reply = await site.as('admin')('PUT', '/data/config/t/p', { headers, body: body.subarray(0, 200_000) })
    assert.equal(reply.status, 400)
    await lives()
  })

  it('refuses a document that is too long, whether in a form or bare', async () => {
    const document = Buffer.alloc(33 * 1024 * 1024, 'x')
    const { headers, body } = form(document)
    assert.equal((await site.as('admin')('PUT', subject, { headers, body })).status, 413)
    const bare = { headers: { 'content-type': 'text/xml' }, body: document }
    assert.equal((await site.as('admin')('PUT', subject, bare)).status, 413)
    await lives()
  })

  it('refuses a form without a boundary, and a field with a NUL', async () => {
    const headers = { 'content-type': 'multipart/form-data' }
    assert.equal((await site.as('admin')('PUT', subject, { headers, body: 'x' })).status, 400)
    const nul = multipart([{ field: 'gender', body: 'ma\0le' }])
    assert.equal((await site.as('admin')('PUT', `${subject}?req_format=form`, nul)).status, 400)
    await lives()
  })
})
