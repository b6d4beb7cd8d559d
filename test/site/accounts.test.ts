import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Fault, faultOf } from '../../src/errors.ts'
import { changeUser, createUser } from '../../src/site/accounts.ts'
import { prepareFirstStart } from '../../src/site/first-start.ts'
import { beginLogin, findLogin } from '../../src/site/logins.ts'
import { signIn } from '../../src/site/sign-in.ts'
import { issueToken, tokenUser } from '../../src/site/tokens.ts'
import { findUser, listUsers } from '../../src/site/users.ts'
import { type Installation, openInstallation } from './installation.ts'

const failsWith = (kind: Fault['kind']) => (error: unknown) => faultOf(error)?.kind === kind

describe('the first start', () => {
  let one: Installation
  before(async () => {
    one = await openInstallation()
  })
  after(() => one.close())

  it('makes the administrator and the guest, with a password nobody could know', async () => {
    const first = await prepareFirstStart(one.site, undefined)
    assert.equal(first?.login, 'admin')
    assert.match(first?.generated ?? '', /^[\w-]{20}$/)
    const users = await listUsers(one.site)
    assert.deepEqual(
      users.map(({ login, admin, enabled, guest }) => [login, admin, enabled, guest]),
      [
        ['admin', true, true, false],
        ['guest', false, true, true],
      ],
    )
    assert.equal(users[0]?.id, 1)
    const { user } = await signIn(one.site, { name: 'admin', password: first?.generated ?? '', address: 'a' })
    assert.equal(user.login, 'admin')
  })

  it('happens once', async () => {
    assert.equal(await prepareFirstStart(one.site, 'other'), undefined)
    await assert.rejects(
      signIn(one.site, { name: 'admin', password: 'other', address: 'a' }),
      failsWith('unauthenticated'),
    )
  })

  it('takes the password it is given and does not repeat it', async () => {
    const two = await openInstallation()
    assert.deepEqual(await prepareFirstStart(two.site, 'given'), { login: 'admin', generated: undefined })
    assert.equal((await signIn(two.site, { name: 'admin', password: 'given', address: 'a' })).user.admin, true)
    await two.close()
  })
})

describe('accounts', () => {
  let one: Installation
  before(async () => {
    one = await openInstallation()
    await prepareFirstStart(one.site, 'admin-password')
  })
  after(() => one.close())

  it('are disabled unless that is said', async () => {
    assert.equal((await createUser(one.site, 'quiet', { password: 'x' })).enabled, false)
    await assert.rejects(signIn(one.site, { name: 'quiet', password: 'x', address: 'a' }), failsWith('unauthenticated'))
  })

  it('have a login once, whatever its letter case', async () => {
    await createUser(one.site, 'Anna', {})
    await assert.rejects(createUser(one.site, 'anna', {}), failsWith('conflict'))
    await assert.rejects(createUser(one.site, 'Anna', {}), failsWith('conflict'))
  })

  for (const login of ['1abc', 'a b', '', 'a/b', 'a:b', 'x'.repeat(65), 'abcdef12-1234-1234-1234-123456789abc']) {
    it(`cannot be called "${login}"`, () => assert.rejects(createUser(one.site, login, {}), failsWith('invalid')))
  }

  it('refuse an empty password, a too long one, and an address that is none', async () => {
    await assert.rejects(createUser(one.site, 'bob', { password: '' }), failsWith('invalid'))
    await assert.rejects(createUser(one.site, 'bob', { password: 'x'.repeat(300) }), failsWith('invalid'))
    await assert.rejects(createUser(one.site, 'bob', { email: 'nowhere' }), failsWith('invalid'))
    assert.equal(await findUser(one.site, 'bob'), undefined)
  })

  it('obey the passwords rule of the site', async () => {
    await one.site.settings.change({ passwordComplexity: '[a-z]{3}[0-9]', passwordComplexityMessage: 'three and one' })
    await assert.rejects(createUser(one.site, 'carl', { password: 'abcd' }), /three and one/)
    await createUser(one.site, 'carl', { password: 'abc1' })
    await one.site.settings.change({ passwordComplexity: '^.*$' })
  })

  it('change, and say whether anything was different', async () => {
    await createUser(one.site, 'dora', { firstName: 'Dora' })
    assert.equal(await changeUser(one.site, 'dora', { firstName: 'Dora', enabled: false }), false)
    assert.equal(await changeUser(one.site, 'dora', { lastName: 'Day', email: 'd@x.example' }), true)
    const dora = await findUser(one.site, 'dora')
    assert.deepEqual([dora?.firstName, dora?.lastName, dora?.email], ['Dora', 'Day', 'd@x.example'])
    await assert.rejects(changeUser(one.site, 'nobody', {}), failsWith('not-found'))
  })

  it('lose their sessions and tokens when disabled', async () => {
    const eve = await one.addUser('eve')
    const login = await beginLogin(one.site, eve.id)
    const { token, secret } = await issueToken(one.site, eve)
    await one.setEnabled('eve', false)
    assert.equal(await findLogin(one.site, login.id), undefined)
    assert.equal(await tokenUser(one.site, token.alias, secret), undefined)
    await one.setEnabled('eve', true)
    assert.equal(await tokenUser(one.site, token.alias, secret), undefined)
  })

  it('lose their sessions with a new password, and the old password', async () => {
    const fred = await one.addUser('fred')
    const sent = { name: 'fred', password: 'fred-password', address: 'a' }
    await signIn(one.site, sent)
    const login = await beginLogin(one.site, fred.id)
    await changeUser(one.site, 'fred', { password: 'new' })
    assert.equal(await findLogin(one.site, login.id), undefined)
    await assert.rejects(signIn(one.site, sent), failsWith('unauthenticated'))
    assert.equal((await signIn(one.site, { ...sent, password: 'new' })).user.login, 'fred')
  })

  it('always leave an enabled administrator', async () => {
    await assert.rejects(changeUser(one.site, 'admin', { enabled: false }), failsWith('conflict'))
    await assert.rejects(changeUser(one.site, 'admin', { admin: false }), failsWith('conflict'))
    await createUser(one.site, 'second', { enabled: true, admin: true })
    assert.equal(await changeUser(one.site, 'admin', { admin: false }), true)
    await changeUser(one.site, 'admin', { admin: true })
  })

  it('never give the guest a password or rights', async () => {
    await assert.rejects(changeUser(one.site, 'guest', { password: 'x' }), failsWith('forbidden'))
    await assert.rejects(changeUser(one.site, 'guest', { admin: true }), failsWith('forbidden'))
  })
})
