import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { column, makeProject, makeSession, makeSubject, want } from './stage.ts'

let site: TestSite
let own: Caller
const count = 103

before(async () => {
  site = await startSite()
  await site.addUser('own')
  own = site.as('own')
  await makeProject(own, 'PAG', { accessibility: 'private' })
  for (let first = 1; first <= count; first += 5) {
    const few = Array.from({ length: Math.min(5, count - first + 1) }, (_, index) => first + index)
    await Promise.all(few.map((number) => makeSubject(own, 'PAG', `S${number}`)))
  }
  for (const label of ['e1', 'e2', 'e3', 'e4']) await makeSession(own, `PAG/S1/${label}`)
})
after(() => site?.close())

const lists = ['/data/projects/PAG/subjects', '/data/subjects', '/data/projects/PAG/experiments', '/data/experiments']

test('hierarchy 37: limit and offset give a page without totalRecords', async () => {
  for (const list of lists) {
    const { ResultSet } = (await want(own('GET', `${list}?limit=2&offset=1`), 200)).json()
    assert.equal(ResultSet.Result.length, 2, list)
    assert.ok(!('totalRecords' in ResultSet), list)
  }
})

test('hierarchy 37: pages cover the list once', async () => {
  const pages: string[] = []
  for (const offset of [0, 2]) {
    const rows = (await want(own('GET', `/data/projects/PAG/experiments?limit=2&offset=${offset}`), 200)).rows()
    pages.push(...rows.map((row) => row.label!))
  }
  assert.deepEqual(pages.sort(), ['e1', 'e2', 'e3', 'e4'])
})

test('hierarchy 37: an offset past the end is an empty page', async () => {
  assert.deepEqual((await want(own('GET', '/data/subjects?limit=2&offset=1000'), 200)).rows(), [])
})

test('hierarchy 37: a filter is applied before the page is cut', async () => {
  const rows = (await want(own('GET', '/data/projects/PAG/subjects?label=S10*&limit=2&offset=0'), 200)).rows()
  assert.equal(rows.length, 2)
  for (const row of rows) assert.match(row.label ?? '', /^S10/)
})

test('hierarchy 38: offset alone defaults limit to 100', async () => {
  assert.equal((await want(own('GET', '/data/projects/PAG/subjects?offset=1'), 200)).rows().length, 100)
  assert.equal((await want(own('GET', '/data/projects/PAG/subjects?offset=101'), 200)).rows().length, 2)
})

test('hierarchy 38: limit alone begins at the start', async () => {
  const [page, first] = [
    (await want(own('GET', '/data/projects/PAG/subjects?limit=3'), 200)).rows(),
    (await want(own('GET', '/data/projects/PAG/subjects?limit=3&offset=0'), 200)).rows(),
  ]
  assert.deepEqual(column(page, 'ID'), column(first, 'ID'))
})

test('hierarchy 39: an asterisk disables paging and keeps totalRecords', async () => {
  for (const paging of ['limit=*', 'limit=*&offset=1', 'offset=*', 'limit=2&offset=*']) {
    const { ResultSet } = (await want(own('GET', `/data/projects/PAG/subjects?${paging}`), 200)).json()
    assert.equal(ResultSet.Result.length, count, paging)
    assert.equal(ResultSet.totalRecords, String(count), paging)
  }
})

test('hierarchy 39: the default is unpaged', async () => {
  const { ResultSet } = (await want(own('GET', '/data/projects/PAG/subjects'), 200)).json()
  assert.equal(ResultSet.totalRecords, String(count))
})

test('hierarchy 39: projects are not paged', async () => {
  await makeProject(own, 'PAG2', { accessibility: 'private' })
  const { ResultSet } = (await want(own('GET', '/data/projects?limit=1&offset=1'), 200)).json()
  assert.equal(ResultSet.totalRecords, '2')
})

test('hierarchy 40: a limit or offset that is no number is 400', async () => {
  for (const list of lists) {
    await want(own('GET', `${list}?limit=abc`), 400)
    await want(own('GET', `${list}?offset=abc`), 400)
  }
})
