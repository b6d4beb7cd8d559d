import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startSite, type TestSite } from '../../support/site.ts'
import { rawExchange, rawHead } from '../resources/checks.ts'

const project = '/data/projects/P1'

describe('requests that cannot be read', () => {
  let site: TestSite
  before(async () => {
    site = await startSite()
    await site.as('admin')('PUT', `${project}?description=whole`)
  })
  after(() => site.close())

  const description = async () =>
    (await site.as('admin')('GET', `${project}?format=json`)).json().items[0].data_fields.description

  for (const [query, parameter, escaped] of [
    ['description=caf%E9', 'parameter description', '%E9'],
    ['description=%C3%A9%FF', 'parameter description', '%C3%A9%FF'],
    ['description=100%&note=%E4', 'parameter note', '%E4'],
    ['d%E9=x', 'name of a parameter', '%E9'],
  ] as const) {
    it(`hierarchy 1.10: ${query} is refused, nothing stored`, async () => {
      const because = `The ${parameter} is not UTF-8: é, for example, is written %C3%A9, not ${escaped}.`
      const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: query }
      for (const reply of [
        await site.as('admin')('PUT', `${project}?${query}`),
        await site.as('admin')('PUT', project, form),
      ]) {
        assert.deepEqual([reply.status, reply.message()], [400, because])
      }
      assert.equal(await description(), 'whole')
    })
  }

  it('hierarchy 1.10: a lone percent sign stands for itself', async () => {
    const subject = `${project}/subjects/S1`
    await site.as('admin')('PUT', `${subject}?group=100%&src=%C3%A9%`)
    const { data_fields: fields } = (await site.as('admin')('GET', `${subject}?format=json`)).json().items[0]
    assert.deepEqual([fields.group, fields.src], ['100%', 'é%'])
  })

  for (const [what, head, status, because] of [
    ['letters outside ASCII', rawHead('PUT', `${project}?description=café`, 'admin'), 400, /percent-encoded as UTF-8/],
    ['a blank', rawHead('PUT', `${project}?description=a b`, 'admin'), 400, /percent-encoded as UTF-8/],
    ['an invented method', rawHead('BREW', project, 'admin'), 400, /method is unknown/],
    ['an endless address', rawHead('GET', `${project}?x=${'x'.repeat(20_000)}`, 'admin'), 431, /sent as a form/],
    ['an endless label', rawHead('GET', `/data/projects/${'x'.repeat(9000)}`, 'admin'), 414, /Request-URI is longer/],
    ['something else', 'hello\r\n\r\n', 400, /method is unknown/],
  ] as const) {
    it(`hierarchy 1.9: ${what} gets a page that says what is wrong`, async () => {
      const reply = await rawExchange(site.url, head)
      assert.equal(reply.status, status, reply.text)
      const [, body = ''] = reply.text.split('\r\n\r\n')
      assert.match(body, /^<html>/)
      assert.match(/<h3>(.*)<\/h3>/.exec(body)?.[1] ?? '', because)
      assert.equal(await description(), 'whole')
    })
  }
})
