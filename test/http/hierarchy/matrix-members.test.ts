import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import {
  type Cell,
  type Column,
  columns,
  fill,
  type Level,
  levelOf,
  levels,
  lock,
  type Place,
  type Row,
  rows,
} from './matrix.ts'
import { setPreference, want } from './stage.ts'

let site: TestSite
const shared = new Map<Level, Place>()
const logins: Partial<Record<Column, string>> = { admin: 'admin', owner: 'own', member: 'mem', collaborator: 'col' }
let count = 0

/** A closed site on which lists of users are for those who manage them. */
before(async () => {
  site = await startSite()
  for (const login of ['own', 'mem', 'col', 'str']) await site.addUser(login)
  await setPreference(site.as('admin'), 'restrictUserListAccessToAdmins', 'true')
  for (const level of levels) shared.set(level, await fill(site, `M${level}`, level))
})
after(() => site?.close())

const callerIn = (column: Column): Caller => site.as(logins[column] ?? 'str')

/** What is granted changes the place, so it gets one of its own; what is refused must not. */
async function placeFor(row: Row, cell: Cell, level: Level): Promise<Place> {
  return row.effect && cell.done ? await fill(site, `M${++count}`, level) : shared.get(level)!
}

for (const row of rows) {
  describe(`hierarchy section 8: ${row.action}`, () => {
    for (const column of columns.filter((one) => !one.startsWith('guest'))) {
      const cell = row.cells[column]
      test(`hierarchy section 8: ${row.action} by ${column} is ${cell.done ? 'granted' : cell.statuses.join(' or ')}`, async () => {
        const place = await placeFor(row, cell, levelOf(column))
        await want(row.act(callerIn(column), place), ...cell.statuses)
        if (row.effect) assert.equal(await row.effect(place), cell.done, 'the effect seen by an administrator')
      })
    }
  })
}

for (const [column, ...statuses] of [
  ['admin', 200],
  ['owner', 200],
  ['member', 403],
  ['collaborator', 403],
  ['other, private', 404],
  ['other, protected', 403, 404],
  ['other, public', 403],
] as const) {
  test(`hierarchy section 8: lock by ${column} is ${statuses.join(' or ')}`, async () => {
    const place = await fill(site, `M${++count}`, levelOf(column))
    await want(lock(callerIn(column), place), ...statuses)
  })
}

describe('hierarchy section 8: project create with the setting off', () => {
  before(() => setPreference(site.as('admin'), 'uiAllowNonAdminProjectCreation', 'false'))
  after(() => setPreference(site.as('admin'), 'uiAllowNonAdminProjectCreation', 'true'))
  for (const login of ['own', 'mem', 'col', 'str']) {
    test(`hierarchy section 8: project create by ${login} is 403 with the setting off`, async () => {
      await want(site.as(login)('PUT', `/data/projects/OFF${login}`), 403)
      await want(site.as('admin')('GET', `/data/projects/OFF${login}`), 404)
    })
  }
  test('hierarchy section 8: project create by admin is granted with the setting off', async () => {
    await want(site.as('admin')('PUT', '/data/projects/OFFadmin'), 200)
  })
})

describe('hierarchy section 8: nobody on a closed site', () => {
  for (const row of rows) {
    test(`hierarchy section 8: ${row.action} by nobody on a closed site is 401`, async () => {
      const place = shared.get('public')!
      await want(row.act(site.as(null), place), 401)
      if (row.effect) assert.equal(await row.effect(place), false, 'the effect seen by an administrator')
    })
  }
})

test('hierarchy 1.9: a refusal says of what', async () => {
  const place = shared.get('public')!
  const refused = async (path: string) => (await want(site.as('col')('DELETE', path), 403)).message()
  const sentence = (noun: string) => `User account doesn't have permission to modify this ${noun}.`
  assert.equal(await refused(`/data/projects/${place.project}`), sentence('project'))
  assert.equal(await refused(place.subject), sentence('subject'))
  assert.equal(await refused(place.session), sentence('session'))
})

test('hierarchy 1.11: what is locked says so to whoever changes it', async () => {
  const place = await fill(site, 'MLOCKED', 'private')
  await want(site.as('own')('PUT', `${place.session}/scans/1?xsiType=xnat:mrScanData`), 200)
  await want(lock(site.as('own'), place), 200)
  const sentence = 'This is locked, and is not changed until somebody who may sets it free with activate=true.'
  for (const [method, path] of [
    ['PUT', `${place.session}?note=x`],
    ['PUT', `${place.session}/scans/1?note=x`],
    ['DELETE', `${place.session}/scans/1`],
    ['DELETE', place.session],
  ] as const)
    assert.equal((await want(site.as('own')(method, path), 403)).message(), sentence, `${method} ${path}`)
  await want(site.as('own')('PUT', `${place.session}?activate=true`), 200)
  await want(site.as('own')('PUT', `${place.session}/scans/1?note=x`), 200)
})
