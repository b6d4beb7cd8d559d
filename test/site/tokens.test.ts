import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { findToken, issueToken, listTokens, removeToken, tokenUser } from '../../src/site/tokens.ts'
import type { User } from '../../src/site/users.ts'
import { type Installation, openInstallation } from './installation.ts'

describe('alias tokens', () => {
  let one: Installation
  let owner: User
  before(async () => {
    one = await openInstallation()
    owner = await one.addUser('owner')
  })
  after(() => one.close())

  it('hierarchy 63, 64: have a UUID and a secret of 64 letters and digits, which stand for their owner', async () => {
    const { token, secret } = await issueToken(one.site, owner)
    assert.match(token.alias, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    assert.match(secret, /^[A-Za-z0-9]{64}$/)
    assert.equal((await tokenUser(one.site, token.alias, secret))?.login, 'owner')
    assert.equal(token.expiresAt.getTime() - token.createdAt.getTime(), 2 * 86_400_000)
  })

  it('hierarchy 65: stand for nobody with another secret', async () => {
    const { token, secret } = await issueToken(one.site, owner)
    for (const wrong of ['', secret.slice(1), `${secret}x`, secret.toLowerCase()]) {
      assert.equal(await tokenUser(one.site, token.alias, wrong), undefined)
    }
  })

  it('keep the secret nowhere', async () => {
    const { secret } = await issueToken(one.site, owner)
    const rows = await one.site.db.reads.selectFrom('tokens').selectAll().execute()
    assert.ok(!JSON.stringify(rows).includes(secret))
  })

  it('are found by alias and by number, and listed for their owner', async () => {
    const { token } = await issueToken(one.site, owner)
    assert.deepEqual(await findToken(one.site, token.alias), token)
    assert.deepEqual(await findToken(one.site, String(token.id)), token)
    assert.equal(await findToken(one.site, '999999'), undefined)
    assert.ok((await listTokens(one.site, 'owner')).some(({ id }) => id === token.id))
    assert.deepEqual(await listTokens(one.site, 'other'), [])
  })

  it('end when they are removed, and when their time is over', async () => {
    const [first, second] = [await issueToken(one.site, owner), await issueToken(one.site, owner)]
    await removeToken(one.site, first.token.id)
    assert.equal(await tokenUser(one.site, first.token.alias, first.secret), undefined)
    one.pass(2 * 86_400)
    assert.equal(await tokenUser(one.site, second.token.alias, second.secret), undefined)
    assert.deepEqual(await listTokens(one.site, 'owner'), [])
    await issueToken(one.site, owner)
    const rows = await one.site.db.reads.selectFrom('tokens').select('id').execute()
    assert.equal(rows.length, 1)
  })
})
