import assert from 'node:assert/strict'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { callerOf } from '../support/caller.ts'
import { type TestPlace, testPlace } from '../support/database.ts'
import { program, type Running, serving, settingsOf } from './program.ts'

describe('the serve command', () => {
  let at: TestPlace
  const started: Running[] = []
  beforeEach(async () => {
    at = await testPlace()
  })
  afterEach(async () => {
    for (const { signal, ended } of started.splice(0)) {
      signal('SIGKILL')
      await ended
    }
    await at.remove()
  })

  async function serve(more: Readonly<Record<string, string>> = {}): Promise<Running> {
    const running = await serving(settingsOf(at.place, { ISOCENTER_LOG_LEVEL: 'error', ...more }))
    started.push(running)
    return running
  }

  async function stopped({ signal, ended }: Running): Promise<number | null> {
    signal('SIGTERM')
    return ended
  }

  it('makes the administrator once, and prints the password once', async () => {
    const first = await serve()
    const password = /shown only this once:\s+(\S+)/.exec(first.said)?.[1]
    assert.equal((await callerOf(first.url, 'admin', password)('GET', '/data/auth')).text, "User 'admin' is logged in")
    assert.ok(first.said.includes(`Data folder: ${at.place.folder}`))
    assert.equal(await stopped(first), 0)
    const second = await serve()
    assert.doesNotMatch(second.said, /this once/)
    assert.equal((await callerOf(second.url, 'admin', password)('GET', '/data/auth')).status, 200)
    assert.equal(await stopped(second), 0)
  })

  it('takes the password it is given and does not print it', async () => {
    const running = await serve({ ISOCENTER_ADMIN_PASSWORD: 'given-password' })
    assert.doesNotMatch(running.said, /given-password/)
    assert.equal((await callerOf(running.url, 'admin', 'given-password')('GET', '/data/auth')).status, 200)
    assert.equal((await callerOf(running.url, 'admin', 'admin')('GET', '/data/auth')).status, 401)
  })

  it('obeys its settings', async () => {
    const running = await serve({
      ISOCENTER_SITE_ID: 'LAB',
      ISOCENTER_REQUIRE_LOGIN: 'false',
      ISOCENTER_URL: 'https://x.example',
    })
    const reply = await callerOf(running.url)('GET', '/data/projects')
    assert.equal(reply.status, 200)
    assert.match(reply.headers['set-cookie']?.join() ?? '', /JSESSIONID=[^,]*; Secure/)
    assert.equal((await callerOf(running.url)('GET', '/xapi/siteConfig/siteId')).json(), 'LAB')
    assert.equal((await callerOf(running.url)('GET', '/xapi/siteConfig/siteUrl')).json(), 'https://x.example')
  })

  it('finishes what is under way when it is asked to stop, and takes nothing new', async () => {
    const running = await serve({ ISOCENTER_ADMIN_PASSWORD: 'secret' })
    const slow = request(`${running.url}/data/services/auth`, { method: 'PUT', agent: false })
    const answer = new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      slow.on('error', reject)
      slow.on('response', async (response) => resolve({ status: response.statusCode, body: await text(response) }))
    })
    slow.write('username=admin&')
    await pause(300)
    running.signal('SIGTERM')
    await pause(300)
    await assert.rejects(callerOf(running.url)('GET', '/'), /ECONNREFUSED|ECONNRESET/)
    slow.end('password=secret')
    const { status, body } = await answer
    assert.equal(status, 200)
    assert.match(body, /^[0-9A-F]{32}$/)
    assert.equal(await running.ended, 0)
  })

  it('ends at once with 1 when it is asked twice', async () => {
    const running = await serve()
    const slow = request(`${running.url}/data/services/auth`, { method: 'PUT', agent: false })
    slow.on('error', () => undefined)
    slow.write('username=')
    await pause(300)
    running.signal('SIGTERM')
    await pause(200)
    running.signal('SIGINT')
    assert.equal(await running.ended, 1)
  })

  it('lets accounts be made beside it', async () => {
    const running = await serve({ ISOCENTER_ADMIN_PASSWORD: 'secret' })
    const { code } = await program(['user', 'add', 'anna'], settingsOf(at.place), 'anna-password\n')
    assert.equal(code, 0)
    assert.equal((await callerOf(running.url, 'anna', 'anna-password')('GET', '/data/auth')).status, 200)
  })

  it('names the setting that cannot be used, and ends with 1', async () => {
    for (const [name, value] of [
      ['ISOCENTER_PORT', 'http'],
      ['ISOCENTER_HOST', '203.0.113.1'],
      ['ISOCENTER_REQUIRE_LOGIN', 'sometimes'],
    ] as const) {
      const { code, err } = await program(
        ['serve'],
        settingsOf(at.place, { [name]: value, ISOCENTER_LOG_LEVEL: 'silent' }),
      )
      assert.equal(code, 1)
      assert.ok(err.includes(name), err)
      assert.doesNotMatch(err, /\bat .*\.ts/)
    }
  })

  it('names the port when another program has it', async () => {
    const running = await serve()
    const { port } = new URL(running.url)
    const { code, err } = await program(
      ['serve'],
      settingsOf(at.place, { ISOCENTER_PORT: port, ISOCENTER_LOG_LEVEL: 'silent' }),
    )
    assert.equal(code, 1)
    assert.match(err, new RegExp(`ISOCENTER_PORT: port ${port} of 127.0.0.1 is in use already`))
  })
})
