import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startSite, type TestSite } from '../../support/site.ts'
import { type Column, fill, type Level, levels, type Place, type Row, rows } from './matrix.ts'
import { setPreference, want } from './stage.ts'

let site: TestSite
const places = new Map<Level, Place>()

/** An open site on which lists of users are for those who manage them. */
before(async () => {
  site = await startSite({ requireLogin: false })
  for (const login of ['own', 'mem', 'col']) await site.addUser(login)
  await setPreference(site.as('admin'), 'restrictUserListAccessToAdmins', 'true')
  for (const level of levels) places.set(level, await fill(site, `G${level}`, level))
})
after(() => site?.close())

function prove(row: Row, level: Level, column: Column): void {
  const cell = row.cells[column]
  const said = cell.done ? 'granted' : cell.statuses.join(' or ')
  test(`hierarchy section 8: ${row.action} by the guest on a ${level} project is ${said}`, async () => {
    const place = places.get(level)!
    await want(row.act(site.as(null), place), ...cell.statuses)
    if (row.effect) assert.equal(await row.effect(place), cell.done, 'the effect seen by an administrator')
  })
}

for (const row of rows) prove(row, 'public', 'guest, public')

// The guest reads what any other reads; the list of users is refused everywhere.
for (const row of rows.filter((one) => !one.effect && !one.action.startsWith('users list'))) {
  prove(row, 'private', 'other, private')
  prove(row, 'protected', 'other, protected')
}
