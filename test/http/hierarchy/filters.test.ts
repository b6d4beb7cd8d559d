import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { column, makeProject, makeSession, makeSubject, query, rowsAt, want } from './stage.ts'

let site: TestSite
let own: Caller

const dates = { first: '2000-01-01', middle: '2000-06-15', last: '2000-12-31', next: '2001-01-01', undated: '' }

before(async () => {
  site = await startSite()
  await site.addUser('own')
  own = site.as('own')
  await makeProject(own, 'FIL', { accessibility: 'private' })
  const people = { a: '12', b: '9', ab: '16', B: '' }
  for (const [label, education] of Object.entries(people)) {
    await makeSubject(own, 'FIL', label, education ? { education, group: label === 'b' ? 'g2' : 'g1' } : {})
  }
  for (const [label, date] of Object.entries(dates)) await makeSession(own, `FIL/a/${label}`, date ? { date } : {})
})
after(() => site?.close())

const subjects = async (filter: Record<string, string>) =>
  (await rowsAt(own, `/data/projects/FIL/subjects${query(filter)}`)).map((row) => row.label)
const sessions = async (filter: Record<string, string>) =>
  (await rowsAt(own, `/data/projects/FIL/experiments${query(filter)}`)).map((row) => row.label)

test('hierarchy 30: comma-separated alternatives', async () => {
  assert.deepEqual((await subjects({ label: 'a,b' })).sort(), ['a', 'b'])
  assert.deepEqual((await sessions({ label: 'first,last' })).sort(), ['first', 'last'])
})

test('hierarchy 30: an asterisk or a percent sign matches by pattern', async () => {
  assert.deepEqual((await subjects({ label: 'a*' })).sort(), ['a', 'ab'])
  assert.deepEqual((await subjects({ label: 'a%' })).sort(), ['a', 'ab'])
  assert.deepEqual((await sessions({ label: '*t' })).sort(), ['first', 'last', 'next'])
})

test('hierarchy 30: without a pattern the match is exact and case-sensitive', async () => {
  assert.deepEqual(await subjects({ label: 'b' }), ['b'])
  assert.deepEqual(await subjects({ label: 'A' }), [])
})

test('hierarchy 30: an underscore is no pattern', async () => {
  assert.deepEqual(await subjects({ label: '_' }), [])
  assert.deepEqual(await subjects({ label: 'a_*' }), [])
})

test('hierarchy 30: text in a filter is only ever text', async () => {
  assert.deepEqual(await subjects({ label: "a' OR '1'='1" }), [])
  assert.deepEqual(await subjects({ label: `a"; DROP TABLE items; --` }), [])
})

test('hierarchy 30: the filter works on site lists and by full path', async () => {
  const byPath = await rowsAt(own, '/data/subjects?xnat:subjectData/label=ab')
  assert.deepEqual(column(byPath, 'label'), ['ab'])
  const byProject = await rowsAt(own, '/data/experiments?project=FIL&label=first')
  assert.deepEqual(column(byProject, 'label'), ['first'])
})

test('hierarchy 31: a date range is inclusive on both ends', async () => {
  assert.deepEqual((await sessions({ date: '01/01/2000-12/31/2000' })).sort(), ['first', 'last', 'middle'])
  assert.deepEqual((await sessions({ date: '01/02/2000-12/30/2000' })).sort(), ['middle'])
})

test('hierarchy 31: a date range works on the site list', async () => {
  const rows = await rowsAt(own, '/data/experiments?date=12/31/2000-01/01/2001')
  assert.deepEqual(column(rows, 'label'), ['last', 'next'])
})

test('hierarchy 32: dates may be written yyyyMMdd', async () => {
  assert.deepEqual(await sessions({ date: '20000615' }), ['middle'])
  assert.deepEqual((await sessions({ date: '20000101-20000615' })).sort(), ['first', 'middle'])
})

test('hierarchy 33: an ISO date is a date', async () => {
  assert.deepEqual(await sessions({ date: '2000-01-01' }), ['first'])
  assert.deepEqual((await sessions({ date: '2000-01-01,2001-01-01' })).sort(), ['first', 'next'])
})

test('hierarchy 33: two ISO dates are a range', async () => {
  assert.deepEqual((await sessions({ date: '2000-06-15-2000-12-31' })).sort(), ['last', 'middle'])
})

test('hierarchy 34: insert_date accepts a range', async () => {
  const day = (offset: number) => {
    const [year, month, date] = new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10).split('-')
    return `${month}/${date}/${year}`
  }
  assert.equal((await sessions({ insert_date: `${day(-2)}-${day(2)}` })).length, 5)
  assert.deepEqual(await sessions({ insert_date: '01/01/1990-01/01/1991' }), [])
})

test('hierarchy 35: two filters are joined by AND', async () => {
  assert.deepEqual(await subjects({ label: 'a*', group: 'g1', education: '12' }), ['a'])
  assert.deepEqual(await subjects({ label: 'a', group: 'g2' }), [])
})

test('hierarchy 35: integers take alternatives and inclusive ranges', async () => {
  assert.deepEqual((await subjects({ education: '9,16' })).sort(), ['ab', 'b'])
  assert.deepEqual((await subjects({ education: '9-12' })).sort(), ['a', 'b'])
})

test('hierarchy 35: a filter over a related type', async () => {
  const rows = await sessions({ 'xnat:subjectData/label': 'a', date: '2000-01-01' })
  assert.deepEqual(rows, ['first'])
  assert.deepEqual(await sessions({ 'xnat:subjectData/label': 'b' }), [])
})

test('hierarchy 36: sortBy sorts ascending by code unit', async () => {
  assert.deepEqual(await subjects({ sortBy: 'label' }), ['B', 'a', 'ab', 'b'])
})

test('hierarchy 36: sortOrder=DESC reverses, in any case', async () => {
  assert.deepEqual(await subjects({ sortBy: 'label', sortOrder: 'DESC' }), ['b', 'ab', 'a', 'B'])
  assert.deepEqual(await subjects({ sortBy: 'label', sortOrder: 'desc' }), ['b', 'ab', 'a', 'B'])
})

test('hierarchy 36: numbers and dates are sorted as such, nulls last', async () => {
  assert.deepEqual(await subjects({ columns: 'label,education', sortBy: 'education' }), ['b', 'a', 'ab', 'B'])
  assert.deepEqual(await sessions({ sortBy: 'date' }), ['first', 'middle', 'last', 'next', 'undated'])
})

test('hierarchy 36: DESC puts nulls first', async () => {
  assert.deepEqual(await sessions({ sortBy: 'date', sortOrder: 'DESC' }), [
    'undated',
    'next',
    'last',
    'middle',
    'first',
  ])
})

test('hierarchy 36: header names match without case, unknown ones are ignored', async () => {
  assert.deepEqual(await subjects({ sortBy: 'nosuch,LABEL' }), ['B', 'a', 'ab', 'b'])
})

test('hierarchy 36: several columns sort one after the other', async () => {
  const rows = await subjects({ columns: 'label,group', sortBy: 'group,label' })
  assert.deepEqual(rows, ['a', 'ab', 'b', 'B'])
})

test('hierarchy 35: a filter on a field that no type has is refused, not passed over', async () => {
  await want(own('GET', '/data/projects/FIL/experiments?xnat:mrSessionData/nosuch=1'), 400)
  await want(own('GET', '/data/experiments?xnat:mrSessionData/nosuch=1&columns=ID'), 400)
  await want(own('GET', '/data/projects/FIL/subjects?xnat:subjectData/nosuch=1'), 400)
  await want(own('GET', '/data/projects?xnat:projectData/nosuch=1'), 400)
  await want(own('GET', '/data/projects/FIL/subjects?other/thing=1'), 200)
})

test('hierarchy 35: what is no number or date is refused, and the field and what it takes named', async () => {
  const refused = async (path: string) => (await want(own('GET', path), 400)).message()
  assert.equal(
    await refused('/data/projects/FIL/subjects?education=ten'),
    'A filter on demographics/education takes numbers and ranges such as 10-20, not ten.',
  )
  for (const huge of ['1e400', '1-1e400'])
    assert.equal(
      await refused(`/data/projects/FIL/subjects?education=${huge}`),
      `A filter on demographics/education takes numbers and ranges such as 10-20, not ${huge}.`,
    )
  const dates = 'dates and ranges such as 2024-01-31 or 01/01/2024-12/31/2024'
  for (const list of [
    '/data/projects/FIL/experiments',
    '/data/experiments',
    '/data/projects/FIL/subjects/a/experiments',
  ])
    assert.equal(await refused(`${list}?date=2000-13-01`), `A filter on date takes ${dates}, not 2000-13-01.`)
})

test('hierarchy 30: texts are matched exactly, with blanks at their ends or none', async () => {
  const group = ' blank'
  await makeSubject(own, 'FIL', 'spaced', { group })
  assert.deepEqual(await subjects({ group }), ['spaced'])
  assert.deepEqual(await subjects({ label: 'a, spaced' }), ['a', 'spaced'])
})

test('hierarchy 35: numbers below zero and their ranges', async () => {
  await makeSession(own, 'FIL/b/early', { 'xnat:mrSessionData/delay': '-5' })
  for (const value of ['-5', '-7--3', '-7-0', '-5,'])
    assert.deepEqual(await sessions({ 'xnat:mrSessionData/delay': value }), ['early'], value)
})
