import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { callerOf } from '../support/caller.ts'
import { type TestPlace, testPlace } from '../support/database.ts'
import { program, serving, settingsOf } from './program.ts'

describe('the sweep command', () => {
  let at: TestPlace
  let env: Record<string, string>
  before(async () => {
    at = await testPlace()
    env = settingsOf(at.place, { ISOCENTER_ADMIN_PASSWORD: 'admin-password', ISOCENTER_LOG_LEVEL: 'error' })
  })
  after(() => at.remove())

  it('frees the bytes of deleted files beside a running server, and no others', async () => {
    const server = await serving(env)
    const admin = callerOf(server.url, 'admin', 'admin-password')
    const files = '/data/projects/P/resources/R/files'
    await admin('PUT', '/data/projects/P')
    for (const name of ['gone', 'kept']) await admin('PUT', `${files}/${name}?inbody=true`, { body: `${name} bytes` })
    await admin('DELETE', `${files}/gone?removeFiles=true`)
    const first = await program(['sweep'], env)
    assert.deepEqual([first.code, first.err], [0, ''])
    assert.match(first.out, /^Newly found without a name: 1\nRemoved, [^:]*: 0$/m)
    const second = await program(['sweep', '--grace', '0'], env)
    assert.match(second.out, /^Newly found without a name: 0\nRemoved, [^:]*: 1$/m)
    assert.equal((await admin('GET', `${files}/kept`)).text, 'kept bytes')
    server.signal('SIGTERM')
    await server.ended
  })

  it('takes no other words', async () => {
    for (const words of [['now'], ['--grace', 'soon'], ['--all']]) {
      const { code, err } = await program(['sweep', ...words], env)
      assert.equal(code, 2)
      assert.match(err, /isocenter --help/)
    }
  })
})
