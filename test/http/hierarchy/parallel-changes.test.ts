import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Reply } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { makeProject, makeSession, makeSubject, rowsAt, sessionAt, storeFile, want } from './stage.ts'

let site: TestSite
let cast: Cast

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'RACE')
})
after(() => site?.close())

const eight = (act: (at: number) => Promise<Reply>) => Promise.all(Array.from({ length: 8 }, (_, at) => act(at)))
const statuses = (replies: readonly Reply[]) => replies.map(({ status }) => status).sort((a, b) => a - b)

test('hierarchy 156: of parallel deletions one finds the session', async () => {
  await makeSession(cast.own, 'RACE/S1/MR1')
  await storeFile(cast.own, sessionAt('RACE/S1/MR1'), 'R/files/a.txt', 'left once')
  const replies = await eight(() => cast.own('DELETE', sessionAt('RACE/S1/MR1')))
  assert.deepEqual(statuses(replies), [200, 404, 404, 404, 404, 404, 404, 404])
})

test('hierarchy 110: of parallel deletions one finds the subject', async () => {
  await makeSubject(cast.own, 'RACE', 'GONE')
  const replies = await eight(() => cast.own('DELETE', '/data/projects/RACE/subjects/GONE'))
  assert.deepEqual(statuses(replies), [200, 404, 404, 404, 404, 404, 404, 404])
})

test('hierarchy 94: of parallel deletions one finds the project', async () => {
  await makeProject(cast.own, 'RACEGONE', { accessibility: 'private' })
  const replies = await eight(() => cast.own('DELETE', '/data/projects/RACEGONE'))
  assert.deepEqual(statuses(replies), [200, 400, 400, 400, 400, 400, 400, 400])
})

test('hierarchy 98: whom parallel changes put into several standard groups is in one of them', async () => {
  const groups = ['owner', 'member', 'collaborator']
  await eight((at) => want(cast.own('PUT', `/data/projects/RACE/users/${groups[at % 3]}/str`), 200))
  const rows = await rowsAt(cast.own, '/data/projects/RACE/users')
  assert.equal(rows.filter((row) => row['login'] === 'str').length, 1)
})

test('hierarchy section 3.1: parallel visits and favourites of one project do not meet', async () => {
  await makeProject(cast.own, 'RACESEEN', { accessibility: 'public' })
  const places = ['/data/users/favorites/Project/RACESEEN', '/data/projects/RACESEEN']
  await eight((at) => want(cast.mem(at % 2 === 0 ? 'PUT' : 'GET', places[at % 2] ?? ''), 200))
  assert.equal((await rowsAt(cast.mem, '/data/projects?favorite=true&recent=true')).length, 1)
})
