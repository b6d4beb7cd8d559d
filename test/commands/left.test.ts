import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { callerOf } from '../support/caller.ts'
import { type TestPlace, testPlace } from '../support/database.ts'
import { program, serving, settingsOf } from './program.ts'

describe('the left command', () => {
  let at: TestPlace
  let env: Record<string, string>
  before(async () => {
    at = await testPlace()
    env = settingsOf(at.place, { ISOCENTER_ADMIN_PASSWORD: 'admin-password', ISOCENTER_LOG_LEVEL: 'error' })
  })
  after(() => at.remove())

  it('shows, restores and gives up files beside a running server', async () => {
    const server = await serving(env)
    const admin = callerOf(server.url, 'admin', 'admin-password')
    const files = '/data/projects/P/resources/R/files'
    await admin('PUT', '/data/projects/P')
    for (const name of ['one', 'two']) {
      await admin('PUT', `${files}/${name}?inbody=true`, { body: `${name} bytes` })
      await admin('DELETE', `${files}/${name}?removeFiles=false`)
    }
    const listed = await program(['left', 'list', '--project', 'P'], env)
    const rows = listed.out
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
    assert.deepEqual(
      rows.map((row) => row.slice(1, 4)),
      [
        ['P', 'resources/R/one', '9'],
        ['P', 'resources/R/two', '9'],
      ],
    )
    const [one = '', two = ''] = rows.map(([id]) => id)
    const restored = await program(['left', 'restore', one, '--to', '/data/projects/P/resources/BACK'], env)
    assert.match(restored.out, /^Restored: 1$/m)
    assert.equal((await admin('GET', '/data/projects/P/resources/BACK/files/one')).text, 'one bytes')
    assert.match((await program(['left', 'purge', two], env)).out, /^Given up: 1$/m)
    assert.equal((await program(['left', 'list'], env)).out, '')
    server.signal('SIGTERM')
    await server.ended
  })

  it('takes no other words', async () => {
    for (const words of [
      [],
      ['show'],
      ['list', 'all'],
      ['restore', '1'],
      ['purge'],
      ['purge', 'x'],
      ['purge', '1', '--older', '2'],
    ]) {
      const { code, err } = await program(['left', ...words], env)
      assert.equal(code, 2, words.join(' '))
      assert.match(err, /isocenter --help/)
    }
  })
})
