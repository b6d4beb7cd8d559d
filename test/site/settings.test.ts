import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openDatabase } from '../../src/db/open.ts'
import { faultOf } from '../../src/errors.ts'
import { durationMs } from '../../src/site/durations.ts'
import { openSettings } from '../../src/site/settings.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'

describe('settings', () => {
  let database: TestDatabase
  before(async () => {
    database = await openTestDatabase()
  })
  after(() => database.close())

  it('have their declared defaults, under what the process was started with', async () => {
    const settings = await openSettings(database.db, { siteId: 'LAB', requireLogin: false })
    assert.equal(settings.value('siteId'), 'LAB')
    assert.equal(settings.value('requireLogin'), false)
    assert.equal(settings.value('sessionTimeout'), '15 minutes')
    assert.equal(settings.value('defaultProjectAutoArchiveSetting'), 4)
  })

  it('stay after a restart and come before what the process was started with', async () => {
    const settings = await openSettings(database.db, {})
    await settings.change({ siteId: 'STORED', checksums: false })
    await settings.change({ siteId: 'STORED2' })
    assert.equal(settings.value('siteId'), 'STORED2')
    const again = await openSettings(database.db, { siteId: 'LAB' })
    assert.equal(again.value('siteId'), 'STORED2')
    assert.equal(again.value('checksums'), false)
  })

  it('are taken over from other processes on the same catalog, whose changes count like those made here', async () => {
    const settings = await openSettings(database.db, {})
    const elsewhere = await openDatabase(database.place)
    const theirs = await openSettings(elsewhere, {})
    const told: (readonly string[])[] = []
    settings.onChange(async (names) => void told.push(names))
    await settings.refresh()
    assert.deepEqual(told, [], 'nothing was changed')
    await theirs.change({ siteId: 'THEIRS', custom: { a: [1] } })
    await settings.refresh()
    assert.equal(settings.value('siteId'), 'THEIRS')
    assert.deepEqual(settings.find('custom')?.value, { a: [1] })
    assert.deepEqual(told, [['siteId', 'custom']])
    await settings.change({ siteId: 'OURS' })
    await Promise.all([settings.refresh(), theirs.refresh()])
    assert.deepEqual([settings.value('siteId'), theirs.value('siteId')], ['OURS', 'OURS'])
    assert.deepEqual(told, [['siteId', 'custom'], ['siteId']])
    await elsewhere.close()
  })

  it('that are changed while those of other processes are read stay', async () => {
    const settings = await openSettings(database.db, {})
    const elsewhere = await openDatabase(database.place)
    const theirs = await openSettings(elsewhere, {})
    for (let round = 0; round < 20; round += 1) {
      await theirs.change({ siteId: `T${round}` })
      await Promise.all([settings.refresh(), settings.change({ siteId: `S${round}` }), settings.refresh()])
      assert.equal(settings.value('siteId'), `S${round}`)
    }
    await elsewhere.close()
  })

  it('take flags and numbers as text', async () => {
    const settings = await openSettings(database.db, {})
    await settings.change({ requireLogin: 'false', maxFailedLogins: '7' })
    assert.equal(settings.value('requireLogin'), false)
    assert.equal(settings.value('maxFailedLogins'), 7)
  })

  it('hierarchy 176, 178: are readable by tier, and unknown ones are for administrators', async () => {
    const settings = await openSettings(database.db, {})
    await settings.change({ 'my.preference': { any: ['thing', 1] } })
    assert.deepEqual(Object.keys(settings.readable('public')), ['siteHome', 'siteId', 'siteLogoPath', 'siteUrl'])
    const signedIn = settings.readable('authenticated')
    assert.ok('sitewidePetTracers' in signedIn && 'siteId' in signedIn)
    assert.ok(!('passwordComplexityMessage' in signedIn) && !('my.preference' in signedIn))
    assert.deepEqual(settings.readable('admin')['my.preference'], { any: ['thing', 1] })
    assert.deepEqual(settings.find('my.preference'), { value: { any: ['thing', 1] }, tier: 'admin' })
    assert.equal(settings.find('nobody.set.this'), undefined)
    assert.equal(settings.find('constructor'), undefined)
  })

  const wrongs: [string, unknown][] = [
    ['sessionTimeout', 'soon'],
    ['requireLogin', 'perhaps'],
    ['maxFailedLogins', -1],
    ['siteId', 'bad"id'],
    ['siteUrl', 'javascript:alert(1)'],
    ['passwordComplexity', '('],
    ['siteDescriptionText', 5],
    ['bad name', 'x'],
  ]
  for (const [name, value] of wrongs) {
    it(`refuse ${JSON.stringify(value)} for ${name}, and store nothing of the request`, async () => {
      const settings = await openSettings(database.db, {})
      const before = settings.value('siteHome')
      const change = settings.change({ siteHome: '/elsewhere', [name]: value })
      await assert.rejects(change, (error) => faultOf(error)?.kind === 'invalid')
      assert.equal(settings.value('siteHome'), before)
    })
  }
})

describe('a duration', () => {
  const day = 86_400_000
  const known: [string, number | undefined][] = [
    ['15 minutes', 900_000],
    ['1 hour 30 minutes', 5_400_000],
    ['2 days', 2 * day],
    ['1 Year', 365 * day],
    ['0 minutes', undefined],
    ['15', undefined],
    ['3 parsecs', undefined],
    ['minutes 3', undefined],
  ]
  for (const [text, expected] of known)
    it(`of "${text}" is ${expected} ms`, () => assert.equal(durationMs(text), expected))
})
