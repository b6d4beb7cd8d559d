import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { type Due, doWhenDue } from '../../src/jobs/due.ts'
import { type LateArchive, openLateArchive } from '../support/archive.ts'

const HOUR_MS = 3_600_000

describe('work that comes due once in a while', () => {
  let test: LateArchive
  before(async () => {
    test = await openLateArchive()
  })
  after(() => test.close())

  const going = new AbortController().signal
  const due = (name: string, more: Partial<Due> = {}): Due => ({
    name,
    everyMs: HOUR_MS,
    quiet: async () => true,
    work: async () => undefined,
    ...more,
  })
  const look = (wish: Due, signal = going) => doWhenDue(test.archive.db, test.archive.now, wish, signal)

  it('is not due at first, then once each time, for all who look', async () => {
    let times = 0
    const wish = due('one', {
      work: async () => {
        times++
        await setTimeout(50)
      },
    })
    assert.equal(await look(wish), false)
    assert.equal(await look(wish), false)
    test.late += HOUR_MS
    const looks = await Promise.all(Array.from({ length: 5 }, () => look(wish)))
    assert.deepEqual(looks.filter(Boolean), [true])
    assert.equal(await look(wish), false)
    assert.equal(times, 1)
    test.late += HOUR_MS
    assert.equal(await look(wish), true)
    assert.equal(await look({ ...wish, everyMs: undefined }), false)
  })

  it('waits for a good moment, but not for ever', async () => {
    const wish = due('busy', { quiet: async () => false })
    await look(wish)
    test.late += HOUR_MS + 1
    assert.equal(await look(wish), false)
    test.late += HOUR_MS
    assert.equal(await look(wish), true)
  })

  it('is due again when it was ended before its end, and not when it failed', async () => {
    const ending = new AbortController()
    const wish = due('ended', { work: async () => ending.abort() })
    await look(wish)
    test.late += HOUR_MS
    assert.equal(await look(wish, ending.signal), false)
    const failing = due('ended', { work: () => Promise.reject(new Error('it failed')) })
    await assert.rejects(look(failing), /it failed/)
    assert.equal(await look(due('ended')), false)
  })

  it('is taken over from a process that is gone, not from one that is at it', async () => {
    const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const wish = due('gone', {
      work: () => {
        begun.resolve()
        return ended.promise
      },
    })
    await look(wish)
    test.late += HOUR_MS
    const first = look(wish)
    await begun.promise
    assert.equal(await look(due('gone')), false)
    test.late += 6 * 60_000
    assert.equal(await look(due('gone')), true)
    ended.resolve()
    await first
    const row = await test.archive.db.reads
      .selectFrom('chores')
      .select(['lease_owner'])
      .where('name', '=', 'gone')
      .executeTakeFirst()
    assert.equal(row?.lease_owner, null)
  })
})
