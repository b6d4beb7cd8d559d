import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openDatabase } from '../../src/db/open.ts'
import { signIn } from '../../src/site/sign-in.ts'
import { openSite } from '../../src/site/site.ts'
import { findUser } from '../../src/site/users.ts'
import { type TestPlace, testPlace } from '../support/database.ts'
import { program, settingsOf } from './program.ts'

describe('the user command', () => {
  let at: TestPlace
  let env: Record<string, string>
  before(async () => {
    at = await testPlace()
    env = settingsOf(at.place, { ISOCENTER_ADMIN_PASSWORD: 'admin-password' })
  })
  after(() => at.remove())

  /** The account that name and password open, in the catalog that the command left. */
  async function account(name: string, password: string) {
    const db = await openDatabase(at.place)
    try {
      const site = await openSite(db, { siteId: 'XNAT', requireLogin: true, url: undefined })
      const { user } = await signIn(site, { name, password, address: 'here' })
      return { user, admin: await findUser(site, 'admin') }
    } finally {
      await db.close()
    }
  }

  it('adds an account with the password from standard input, after the administrator', async () => {
    const words = ['user', 'add', 'anna', '--first-name', 'Anna', '--email', 'a@x.example']
    const { code, out, err } = await program(words, env, 'anna-password\n')
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /The user anna was added/)
    assert.doesNotMatch(out, /-password/)
    const { user, admin } = await account('anna', 'anna-password')
    assert.deepEqual([user.firstName, user.email, user.admin, user.enabled], ['Anna', 'a@x.example', false, true])
    assert.equal(admin?.id, 1)
  })

  it('adds an administrator, and makes up a password when asked', async () => {
    const { code, out } = await program(['user', 'add', 'chief', '--admin', '--generate'], env)
    assert.equal(code, 0)
    const password = /Password: (\S+)/.exec(out)?.[1] ?? ''
    assert.equal((await account('chief', password)).user.admin, true)
  })

  it('sets a new password', async () => {
    assert.equal((await program(['user', 'passwd', 'admin'], env, 'another one\n')).code, 0)
    assert.equal((await account('admin', 'another one')).user.login, 'admin')
    await assert.rejects(account('admin', 'admin-password'))
  })

  it('refuses with 1 and a sentence what cannot be done', async () => {
    for (const [words, typed, because] of [
      [['user', 'add', 'anna'], 'x\n', /already exists/],
      [['user', 'add', 'bert'], '', /password is empty/],
      [['user', 'passwd', 'nobody'], 'x\n', /No such user: nobody/],
    ] as const) {
      const { code, err } = await program(words, env, typed)
      assert.equal(code, 1)
      assert.match(err, because)
      assert.doesNotMatch(err, /\bat .*\.ts/)
    }
  })
})
