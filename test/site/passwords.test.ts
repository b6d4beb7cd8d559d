import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hashPassword, verifyPassword } from '../../src/site/passwords.ts'

const timeOf = async (act: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  for (let round = 0; round < 5; round++) await act()
  return performance.now() - start
}

describe('stored passwords', () => {
  it('are argon2id in PHC text form, with a salt of their own', async () => {
    const [first, second] = [await hashPassword('secret'), await hashPassword('secret')]
    assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    assert.notEqual(first, second)
  })

  it('are verified, letters of any script included', async () => {
    const stored = await hashPassword('pässwörd 密')
    assert.equal(await verifyPassword('pässwörd 密', stored), true)
    assert.equal(await verifyPassword('passwort', stored), false)
    assert.equal(await verifyPassword('', stored), false)
  })

  it('are verified with the costs they were made with', async () => {
    const known = '$argon2id$v=19$m=64,t=3,p=1$c29tZXNhbHQ$'
    await assert.doesNotReject(verifyPassword('x', `${known}${'A'.repeat(43)}`))
  })

  it('cost an unknown user as much time as a known one', async () => {
    const stored = await hashPassword('secret')
    const known = await timeOf(() => verifyPassword('wrong', stored))
    const unknown = await timeOf(() => verifyPassword('wrong', null))
    assert.ok(unknown > known / 3 && unknown < known * 3, `${unknown} ms against ${known} ms`)
  })

  it('are refused when nobody can read them', async () => {
    await assert.rejects(verifyPassword('x', 'plain'), /unknown form/)
  })
})
