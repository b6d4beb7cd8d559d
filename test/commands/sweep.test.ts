import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assertMisuse, besideServer, openProgram, program } from './program.ts'

describe('the sweep command', () => {
  let at: Awaited<ReturnType<typeof openProgram>>
  let env: Record<string, string>
  before(async () => {
    at = await openProgram()
    env = at.env
  })
  after(() => at.remove())

  it('frees the bytes of deleted files beside a running server, and no others', async () => {
    await besideServer(env, async (admin) => {
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
    })
  })

  it('takes no other words', async () => {
    for (const words of [['now'], ['--grace', 'soon'], ['--all']]) await assertMisuse(['sweep', ...words], env)
  })
})
