import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { faultOf } from '../../src/errors.ts'
import { activeLogins, beginLogin, endLogin, endLoginsOf, findLogin, impliedLogin } from '../../src/site/logins.ts'
import { findUser, type User } from '../../src/site/users.ts'
import { type Installation, openInstallation, writesDuring } from './installation.ts'

describe('sessions', () => {
  let one: Installation
  let user: User
  let counter = 0
  before(async () => {
    one = await openInstallation()
  })
  after(() => one.close())
  const newUser = async () => {
    user = await one.addUser(`user${++counter}`)
    return user.id
  }

  it('have an id of 32 upper-case hexadecimal digits and a UUID for forms', async () => {
    const login = await beginLogin(one.site, await newUser())
    assert.match(login.id, /^[0-9A-F]{32}$/)
    assert.match(login.csrf, /^[0-9a-f-]{36}$/)
    const found = await findLogin(one.site, login.id)
    assert.deepEqual([found?.user.login, found?.login], [user.login, login])
  })

  it('are stored only as a digest', async () => {
    const login = await beginLogin(one.site, await newUser())
    const rows = await one.site.db.reads.selectFrom('logins').selectAll().execute()
    assert.ok(rows.length > 0)
    assert.ok(!JSON.stringify(rows).toUpperCase().includes(login.id))
  })

  it('survive a restart', async () => {
    const login = await beginLogin(one.site, await newUser())
    const found = await findLogin(await one.restarted(), login.id)
    assert.equal(found?.login.csrf, login.csrf)
  })

  it('last 15 minutes after the last request', async () => {
    const login = await beginLogin(one.site, await newUser())
    one.pass(14 * 60)
    assert.ok(await findLogin(one.site, login.id))
    one.pass(14 * 60)
    assert.ok(await findLogin(one.site, login.id))
    one.pass(15 * 60)
    assert.equal(await findLogin(one.site, login.id), undefined)
  })

  it('last as long as the site says, at once', async () => {
    const login = await beginLogin(one.site, await newUser())
    await one.site.settings.change({ sessionTimeout: '2 hours' })
    one.pass(60 * 60)
    assert.ok(await findLogin(one.site, login.id))
    await one.site.settings.change({ sessionTimeout: '15 minutes' })
  })

  it('write at most once a minute', async () => {
    const login = await beginLogin(one.site, await newUser())
    const used = (site: Installation['site']) => findLogin(site, login.id)
    one.pass(59)
    assert.equal(await writesDuring(one.site, used), 0)
    one.pass(1)
    assert.equal(await writesDuring(one.site, (site) => Promise.all([used(site), used(site), used(site)])), 1)
    assert.equal(await writesDuring(one.site, used), 0)
  })

  it('end one by one', async () => {
    const id = await newUser()
    const [first, second] = [await beginLogin(one.site, id), await beginLogin(one.site, id)]
    await endLogin(one.site, first.id)
    assert.equal(await findLogin(one.site, first.id), undefined)
    assert.ok(await findLogin(one.site, second.id))
    await endLogin(one.site, 'nothing')
  })

  it('hierarchy 183: are listed by login, and end together', async () => {
    const id = await newUser()
    const ids = [(await beginLogin(one.site, id)).id, (await beginLogin(one.site, id)).id].sort()
    const active = await activeLogins(one.site)
    assert.deepEqual([...(active.get(user.login) ?? [])].sort(), ids)
    assert.deepEqual([...(await activeLogins(one.site, user.login)).keys()], [user.login])
    assert.deepEqual([...(await endLoginsOf(one.site, id))].sort(), ids)
    assert.equal((await activeLogins(one.site, user.login)).size, 0)
  })

  it('that ran out are removed when another begins', async () => {
    const id = await newUser()
    await beginLogin(one.site, id)
    one.pass(16 * 60)
    await beginLogin(one.site, id)
    const rows = await one.site.db.reads.selectFrom('logins').select('digest').where('user_id', '=', id).execute()
    assert.equal(rows.length, 1)
  })

  it('are refused beyond the number that a user may have', async () => {
    await one.site.settings.change({ concurrentMaxSessions: 2 })
    const id = await newUser()
    await beginLogin(one.site, id)
    await beginLogin(one.site, id)
    await assert.rejects(beginLogin(one.site, id), (error) => faultOf(error)?.kind === 'unauthenticated')
    await one.site.settings.change({ concurrentMaxSessions: 1000 })
  })

  it('note when their user signed in', async () => {
    await beginLogin(one.site, await newUser())
    assert.deepEqual((await findUser(one.site, user.login))?.lastLoginAt, one.site.now())
  })

  it('of other shapes are none', async () => {
    for (const id of ['', 'x', 'a'.repeat(32), "' or 1=1"]) assert.equal(await findLogin(one.site, id), undefined)
  })

  it('are shared by requests without a cookie, which then write nothing', async () => {
    const id = await newUser()
    const first = await impliedLogin(one.site, id)
    const others = await writesDuring(one.site, async (site) => {
      for (let round = 0; round < 5; round++) assert.deepEqual(await impliedLogin(site, id), first)
    })
    assert.equal(others, 0)
    assert.ok(await findLogin(one.site, first.id))
  })

  it('are made once when such requests come at the same moment', async () => {
    const id = await newUser()
    const logins = await Promise.all([1, 2, 3, 4].map(() => impliedLogin(one.site, id)))
    assert.equal(new Set(logins.map((login) => login.id)).size, 1)
  })

  it('that are shared live on while they are used, and are replaced when they ended', async () => {
    const id = await newUser()
    const first = await impliedLogin(one.site, id)
    one.pass(10 * 60)
    assert.equal((await impliedLogin(one.site, id)).id, first.id)
    one.pass(10 * 60)
    assert.equal((await impliedLogin(one.site, id)).id, first.id)
    one.pass(20 * 60)
    const second = await impliedLogin(one.site, id)
    assert.notEqual(second.id, first.id)
    await endLogin(one.site, second.id)
    assert.notEqual((await impliedLogin(one.site, id)).id, second.id)
  })
})
