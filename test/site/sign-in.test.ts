import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { faultOf } from '../../src/errors.ts'
import { changeUser } from '../../src/site/accounts.ts'
import { openProven } from '../../src/site/proven.ts'
import { signIn } from '../../src/site/sign-in.ts'
import { issueToken } from '../../src/site/tokens.ts'
import { openTurns } from '../../src/site/turns.ts'
import { openTurnstile } from '../../src/site/turnstile.ts'
import { type Installation, openInstallation } from './installation.ts'

const refused = (error: unknown) => faultOf(error)?.kind === 'unauthenticated'

describe('signing in', () => {
  let one: Installation
  before(async () => {
    one = await openInstallation()
    await one.addUser('anna')
  })
  after(() => one.close())
  const sent = (name: string, password: string) => ({ name, password, address: '192.0.2.1' })

  it('names the user and how they proved it', async () => {
    const { user, how } = await signIn(one.site, sent('anna', 'anna-password'))
    assert.deepEqual([user.login, how], ['anna', 'password'])
    const { token, secret } = await issueToken(one.site, user)
    const byToken = await signIn(one.site, sent(token.alias, secret))
    assert.deepEqual([byToken.user.login, byToken.how], ['anna', 'token'])
  })

  it('is refused in the same words for whatever is wrong', async () => {
    const words = new Set<string>()
    for (const [name, password] of [
      ['anna', 'wrong'],
      ['nobody', 'x'],
      ['guest', ''],
      ['', ''],
      ['Anna', 'anna-password'],
    ]) {
      await assert.rejects(
        signIn(one.site, sent(name!, password!)),
        (error: Error) => refused(error) && !!words.add(error.message),
      )
    }
    assert.deepEqual([...words], ['Login attempt failed. Please try again.'])
  })

  it('costs next to nothing the second time', async () => {
    await signIn(one.site, sent('anna', 'anna-password'))
    const start = performance.now()
    for (let round = 0; round < 20; round++) await signIn(one.site, sent('anna', 'anna-password'))
    const each = (performance.now() - start) / 20
    assert.ok(each < 10, `${each} ms`)
  })

  it('says when the password is too old, but not of those that never are', async () => {
    await one.addUser('olga')
    const signedIn = () => signIn(one.site, sent('olga', 'olga-password'))
    assert.equal((await signedIn()).expired, false)
    one.pass(365 * 86_400)
    assert.equal((await signedIn()).expired, true)
    await changeUser(one.site, 'olga', { roles: ['non_expiring'] })
    assert.equal((await signedIn()).expired, false)
    await changeUser(one.site, 'olga', { roles: [] })
    await one.site.settings.change({ passwordExpirationInterval: 'never' })
    assert.equal((await signedIn()).expired, false)
  })

  it('ends with a new password or a disabled account, at once', async () => {
    await one.addUser('bert')
    await signIn(one.site, sent('bert', 'bert-password'))
    await changeUser(one.site, 'bert', { password: 'other' })
    await assert.rejects(signIn(one.site, sent('bert', 'bert-password')), refused)
    await signIn(one.site, sent('bert', 'other'))
    await one.setEnabled('bert', false)
    await assert.rejects(signIn(one.site, sent('bert', 'other')), refused)
  })
})

describe('proven claims', () => {
  const claim = { login: 'a', password: 'b', stored: 'c' }

  it('are believed for five minutes, and only these', async () => {
    let [time, runs] = [0, 0]
    const proven = openProven(() => new Date(time))
    const check = (changes: Partial<typeof claim> = {}) =>
      proven.check({ ...claim, ...changes }, async () => {
        runs++
        return true
      })
    await check()
    await check()
    assert.equal(runs, 1)
    await check({ stored: 'changed' })
    await check({ password: 'other' })
    assert.equal(runs, 3)
    time = 5 * 60_000
    await check()
    assert.equal(runs, 4)
  })

  it('are not remembered when they are false or could not be checked', async () => {
    const proven = openProven(() => new Date(0))
    assert.equal(await proven.check(claim, async () => false), false)
    await assert.rejects(
      proven.check(claim, () => Promise.reject(new Error('broken'))),
      /broken/,
    )
    assert.equal(await proven.check(claim, async () => true), true)
  })

  it('that come at the same moment are checked once', async () => {
    let runs = 0
    const proven = openProven(() => new Date(0))
    const verify = async () => {
      runs++
      return true
    }
    await Promise.all([1, 2, 3].map(() => proven.check(claim, verify)))
    assert.equal(runs, 1)
  })
})

describe('the turnstile', () => {
  const opened = (most = 0) => {
    const pauses: number[] = []
    let time = 0
    const wait = async (ms: number) => {
      pauses.push(ms)
    }
    return {
      pauses,
      turnstile: openTurnstile({ now: () => new Date(time), maxFailures: () => most, wait }),
      pass: (ms: number) => (time += ms),
    }
  }
  const wrong = async () => false
  const right = async () => true

  it('slows down from the fourth failure on, up to four seconds', async () => {
    const { pauses, turnstile } = opened()
    for (let round = 0; round < 10; round++) await turnstile.pass('anna', wrong)
    assert.deepEqual(pauses, [250, 500, 1000, 2000, 4000, 4000, 4000])
  })

  it('opens with a success, with time, and for others all along', async () => {
    const { pauses, turnstile, pass } = opened()
    for (let round = 0; round < 4; round++) await turnstile.pass('anna', wrong)
    await turnstile.pass('bert', wrong)
    assert.deepEqual(pauses, [250])
    await turnstile.pass('anna', right)
    await turnstile.pass('anna', wrong)
    assert.deepEqual(pauses, [250, 500])
    for (let round = 0; round < 3; round++) await turnstile.pass('anna', wrong)
    pass(60 * 60_000)
    await turnstile.pass('anna', wrong)
    assert.deepEqual(pauses, [250, 500, 250])
  })

  it('lets attempts at one gate pass one after the other', async () => {
    const { pauses, turnstile } = opened()
    await Promise.all(Array.from({ length: 6 }, () => turnstile.pass('anna', wrong)))
    assert.deepEqual(pauses, [250, 500, 1000])
  })

  it('locks after as many failures as the site allows, for an hour', async () => {
    const { turnstile, pass } = opened(2)
    await turnstile.pass('anna', wrong)
    await turnstile.pass('anna', wrong)
    await assert.rejects(turnstile.pass('anna', right), refused)
    assert.equal(await turnstile.pass('bert', right), true)
    pass(59 * 60_000)
    await assert.rejects(turnstile.pass('anna', right), refused)
    pass(60_000)
    assert.equal(await turnstile.pass('anna', right), true)
  })

  it('refuses a crowd', async () => {
    const { turnstile } = opened()
    const crowd = Array.from({ length: 30 }, async () => turnstile.pass('anna', wrong))
    const outcomes = await Promise.allSettled(crowd)
    assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 10)
  })

  it('stays usable after an attempt that broke', async () => {
    const { turnstile } = opened()
    await assert.rejects(
      turnstile.pass('anna', () => Promise.reject(new Error('broken'))),
      /broken/,
    )
    assert.equal(await turnstile.pass('anna', right), true)
  })
})

describe('turns', () => {
  it('run so many acts at once and no more, in the order they came', async () => {
    const turns = openTurns(2)
    let [running, most] = [0, 0]
    const order: number[] = []
    const act = (name: number) => async () => {
      most = Math.max(most, ++running)
      order.push(name)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      if (name === 2) throw new Error('broken')
      return name
    }
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map((name) => turns(act(name))))
    assert.equal(most, 2)
    assert.deepEqual(order, [1, 2, 3, 4, 5])
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 4)
  })
})
