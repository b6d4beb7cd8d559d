import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { startSite, type TestSite } from '../../support/site.ts'
import { octets, rawHead } from '../resources/checks.ts'

const files = '/data/projects/STOP/resources/R/files'
const LONG = 8 * 1024 * 1024
const bounded = { timeout: 20_000 }

/** A site that is told to stop while somebody has sent this, and got its head of an answer where it expects one. */
async function stoppedAfter(
  sent: string,
  answered: RegExp | undefined,
  during: (socket: Socket, site: TestSite) => Promise<void> = async () => undefined,
): Promise<void> {
  const site = await startSite()
  const admin = site.as('admin')
  assert.equal((await admin('PUT', '/data/projects/STOP')).status, 200)
  assert.equal((await admin('PUT', `${files}/long.bin?inbody=true`, octets(Buffer.alloc(LONG, 'x')))).status, 200)
  const { hostname, port } = new URL(site.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  try {
    await once(socket, 'connect')
    if (sent !== '') socket.write(sent)
    if (answered) {
      await once(socket, 'readable')
      assert.match(String(socket.read()), answered)
    }
    const closed = site.close()
    await during(socket, site)
    await closed
  } finally {
    socket.destroy()
  }
}

const staying = (method: string, target: string, headers: Record<string, string> = {}): string =>
  rawHead(method, target, 'admin', { connection: 'keep-alive', ...headers })
const upload = (length: number): Record<string, string> => ({
  'content-type': 'application/octet-stream',
  'content-length': String(length),
})

describe('a server that stops does not wait for', () => {
  test('a connection on which nothing was asked', bounded, () => stoppedAfter('', undefined))

  test('the rest of a head', bounded, () => stoppedAfter('GET /health HTTP/1.1\r\nHost: x\r\n', undefined))

  test('the rest of a second head', bounded, () =>
    stoppedAfter(staying('GET', '/health'), /^HTTP\/1.1 200/, async (socket) => {
      socket.write('GET /health HTTP/1.1\r\nHost: x\r\n')
    }),
  )

  test('the next request on a connection that is kept', bounded, () =>
    stoppedAfter(staying('GET', '/health'), /^HTTP\/1.1 200/),
  )

  test('the rest of a body that it has refused', bounded, () =>
    stoppedAfter(
      `${staying('PUT', '/data/projects/NONE/resources/R/files/a.bin?inbody=true', upload(1000))}some of it`,
      /^HTTP\/1.1 404/,
    ),
  )

  test('more requests after an upload that it has waited for', bounded, () => {
    const asking = { ...upload(9), expect: '100-continue' }
    const head = staying('PUT', `${files}/a.bin?inbody=true`, asking)
    return stoppedAfter(head, /^HTTP\/1.1 100/, async (socket) => {
      socket.write('all of it')
      assert.match(await text(socket), /^HTTP\/1.1 200/)
    })
  })

  test('more requests after a download that it has waited for', bounded, () =>
    stoppedAfter(staying('GET', `${files}/long.bin`), /^HTTP\/1.1 200/, async (socket) => {
      const rest = await text(socket)
      assert.ok(rest.length > LONG / 2, `${rest.length} bytes more came`)
      assert.match(rest, /^x+$/)
    }),
  )
})
