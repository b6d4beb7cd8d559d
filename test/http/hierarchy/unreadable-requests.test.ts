import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { openConnections } from '../../../src/http/connections.ts'
import { unreadableRequests } from '../../../src/http/unreadable-request.ts'
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

describe('what comes behind a request that is being answered', () => {
  it('hierarchy 1.9: is refused once, after the answer, however much there is of it', async (t) => {
    const connections = openConnections()
    const refuse = unreadableRequests(connections)
    const server = createServer()
    let errors = 0
    connections.watch(server)
    server.on('clientError', (error, socket) => {
      errors++
      refuse(error, socket as Parameters<typeof refuse>[1])
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    t.after(() => [socket.destroy(), server.close()])
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
    const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
    const before = response.listenerCount('finish')
    while (errors < 12) {
      socket.write('no request at all\r\n')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.equal(response.listenerCount('finish'), before + 1)
    response.end('the answer')
    const pages = (await text(socket)).split('HTTP/1.1 ')
    assert.match(pages[1] ?? '', /^200 OK.*the answer/s)
    assert.match(pages[2] ?? '', /^400 Refused.*method is unknown/s)
    assert.equal(pages.length, 3)
  })
})
