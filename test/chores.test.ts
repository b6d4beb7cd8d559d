import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Swept } from '../src/archive/sweep.ts'
import { openChores, sweepWhenDue } from '../src/chores.ts'
import { deleteArrival } from '../src/intake/move-arrival.ts'
import { openSettings } from '../src/site/settings.ts'
import { admin, type LateArchive, openLateArchive, why } from './support/archive.ts'
import { deliver, incomingAll, series } from './support/arrivals.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe('the sweep of the server', () => {
  let test: LateArchive
  before(async () => {
    test = await openLateArchive()
  })
  after(() => test.close())

  const going = new AbortController().signal
  const look = async (): Promise<Swept | undefined> => {
    let told: Swept | undefined
    const swept = (what: Swept): void => {
      told = what
    }
    await sweepWhenDue(test.archive, test.site, { signal: going, swept })
    return told
  }
  const blobs = async () => (await Array.fromAsync(test.archive.blobs.list())).length

  it('frees what nothing names, a while after nothing does, by itself', async () => {
    const [one] = await deliver(test.archive, incomingAll(series(1, 3)))
    assert.equal(await look(), undefined)
    await deleteArrival(test.archive, admin, why, { id: one!.id })
    test.late += DAY_MS
    assert.equal((await look())?.condemned, 3)
    assert.equal(await look(), undefined)
    test.late += DAY_MS
    assert.deepEqual([(await look())?.removed, await blobs()], [0, 3], 'backups of less than a week find it')
    test.late += 7 * DAY_MS
    assert.deepEqual([(await look())?.removed, await blobs()], [3, 0])
  })

  it('waits while something comes in, and comes as often as the site has it now, or never', async () => {
    await deliver(test.archive, incomingAll(series(2, 1)))
    test.late += DAY_MS
    assert.equal(await look(), undefined, 'an entry is receiving')
    test.late += DAY_MS
    assert.ok(await look(), 'not for ever')
    await test.site.settings.change({ storageSweepInterval: '2 hours' })
    test.late += 4 * HOUR_MS
    assert.ok(await look())
    await test.site.settings.change({ storageSweepInterval: 'never' })
    test.late += 30 * DAY_MS
    assert.equal(await look(), undefined)
    await assert.rejects(test.site.settings.change({ storageSweepInterval: 'often' }), /a time such as/)
    await assert.rejects(test.site.settings.change({ storageSweepGrace: 'never' }), /a time such as/)
  })

  it('takes over settings that another process changes, within seconds', { timeout: 60_000 }, async () => {
    const failures: unknown[] = []
    const chores = openChores(test.archive, test.site, { failed: (error) => failures.push(error) })
    chores.start()
    await (await openSettings(test.archive.db, {})).change({ siteDescriptionText: 'from elsewhere' })
    while (test.site.settings.find('siteDescriptionText')?.value !== 'from elsewhere') await pause(50)
    await chores.stop()
    assert.deepEqual(failures, [])
  })

  it('ends with the process, and goes on with the next one', async () => {
    await test.site.settings.change({ storageSweepInterval: '1 day' })
    test.late += 2 * DAY_MS
    const ended = AbortSignal.abort()
    assert.equal(await sweepWhenDue(test.archive, test.site, { signal: ended }), false)
    const { promise, resolve } = Promise.withResolvers<Swept>()
    const failures: unknown[] = []
    const chores = openChores(test.archive, test.site, { failed: (error) => failures.push(error), swept: resolve })
    chores.start()
    assert.equal((await promise).removed, 0)
    await chores.stop()
    assert.deepEqual(failures, [])
  })
})
