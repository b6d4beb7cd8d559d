import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assertMisuse, besideServer, openProgram, program } from './program.ts'

describe('the left command', () => {
  let at: Awaited<ReturnType<typeof openProgram>>
  let env: Record<string, string>
  before(async () => {
    at = await openProgram()
    env = at.env
  })
  after(() => at.remove())

  it('shows, restores and gives up files beside a running server', async () => {
    await besideServer(env, async (admin) => {
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
    })
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
      await assertMisuse(['left', ...words], env)
    }
  })
})
