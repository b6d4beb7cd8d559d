import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { column, makeAssessor, makeProject, makeSession, makeSubject, rowsAt, sessionAt, want } from './stage.ts'

let site: TestSite
let cast: Cast
const favorites = '/data/users/favorites/Project'

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'FAV')
  await makeProject(cast.own, 'FAVOPEN', { accessibility: 'public' })
  await makeSubject(cast.own, 'FAV', 'S1')
  await makeSession(cast.own, 'FAV/S1/MR1')
})
after(() => site?.close())

const idsAt = async (caller: Caller, filter: string) =>
  column(await rowsAt(caller, `/data/projects?${filter}`), 'id').join(' ')

test('hierarchy section 1.1: favourites are listed, read and taken back', async () => {
  assert.deepEqual(await rowsAt(cast.mem, favorites), [])
  await want(cast.mem('PUT', `${favorites}/FAV`), 200)
  await want(cast.mem('PUT', `${favorites}/FAV`), 200)
  await want(cast.mem('PUT', '/REST/users/favorites/project/FAVOPEN'), 200)
  assert.deepEqual(column(await rowsAt(cast.mem, favorites), 'ID'), ['FAV', 'FAVOPEN'])
  assert.deepEqual(await rowsAt(cast.own, favorites), [])
  assert.deepEqual(column(await rowsAt(cast.mem, `${favorites}/FAV`), 'URI'), ['/data/projects/FAV'])
  await want(cast.mem('DELETE', `${favorites}/FAV`), 200)
  await want(cast.mem('GET', `${favorites}/FAV`), 404)
  await want(cast.mem('DELETE', `${favorites}/FAV`), 200)
  assert.equal(await idsAt(cast.mem, 'favorite=true'), 'FAVOPEN')
  assert.equal(await idsAt(cast.mem, 'favorite=false'), 'FAV')
})

test('hierarchy section 1.1: what one cannot see is no favourite, and nothing but projects', async () => {
  await want(cast.str('PUT', `${favorites}/FAV`), 404)
  await want(cast.str('PUT', `${favorites}/NOSUCH`), 404)
  await want(cast.str('DELETE', `${favorites}/NOSUCH`), 404)
  await want(cast.own('PUT', '/data/users/favorites/Subject/FAV'), 400)
  await want(cast.anon('GET', favorites), 401)
  await want(cast.own('POST', favorites), 405)
})

test('hierarchy section 1.1: a favourite that was closed is shown no more and can still be given up', async () => {
  await makeProject(cast.own, 'FAVSHUT', { accessibility: 'public' })
  await want(cast.str('PUT', `${favorites}/FAVSHUT`), 200)
  await want(cast.own('PUT', '/data/projects/FAVSHUT/accessibility/private'), 200)
  assert.deepEqual(await rowsAt(cast.str, favorites), [])
  await want(cast.str('DELETE', `${favorites}/FAVSHUT`), 200)
  await want(cast.str('DELETE', `${favorites}/FAVSHUT`), 404)
  await want(cast.own('DELETE', '/data/projects/FAVSHUT'), 200)
})

test('hierarchy section 3.1: recent lists the projects that the caller has looked at', async () => {
  assert.equal(await idsAt(cast.col, 'recent=true'), '')
  await want(cast.col('GET', '/data/projects/FAV?format=json'), 200)
  await want(cast.col('GET', '/data/projects/FAV?format=json'), 200)
  const { ResultSet } = (await want(cast.col('GET', '/data/projects?recent=true'), 200)).json()
  assert.deepEqual(column(ResultSet.Result, 'id'), ['FAV'])
  assert.match(ResultSet.Result[0][`last_accessed_${ResultSet.xdat_user_id}`], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\./)
  assert.equal(await idsAt(cast.mem, 'recent=true'), '')
  assert.equal(await idsAt(cast.col, 'recent=false'), 'FAVOPEN')
})

test('hierarchy section 3.1: recent does not show what was closed meanwhile', async () => {
  await makeProject(cast.own, 'FAVGONE', { accessibility: 'public' })
  await want(cast.str('GET', '/data/projects/FAVGONE'), 200)
  assert.equal(await idsAt(cast.str, 'recent=true'), 'FAVGONE')
  await want(cast.own('PUT', '/data/projects/FAVGONE/accessibility/private'), 200)
  assert.equal(await idsAt(cast.str, 'recent=true'), '')
})

test('hierarchy 83: activeSince knows what happens below a project', async () => {
  const future = encodeURIComponent('2999-01-01 00:00:00')
  assert.equal(await idsAt(cast.mem, `activeSince=${future}`), '')
  const before = (await rowsAt(cast.mem, '/data/experiments?recent=9&limit=1'))[0]?.['action_date'] ?? ''
  await want(cast.own('PUT', `${sessionAt('FAV/S1/MR1')}/scans/1?xsiType=xnat:mrScanData`), 200)
  assert.equal(await idsAt(cast.mem, `activeSince=${encodeURIComponent(before)}`), 'FAV')
})

test('hierarchy 83: member=false leaves out only where one is a member', async () => {
  assert.equal(await idsAt(cast.own, 'member=false&favorite=false').then((ids) => ids.includes('FAV')), true)
  assert.equal(await idsAt(cast.mem, 'member=false').then((ids) => ids.split(' ').includes('FAV')), false)
  assert.equal(await idsAt(cast.own, 'owner=false'), '')
})

test('hierarchy 147: recent lists the latest activity first, with columns of its own', async () => {
  await makeSession(cast.own, 'FAV/S1/MR2')
  await makeAssessor(cast.own, 'FAV/S1/MR2', 'QC2')
  await want(cast.own('PUT', `${sessionAt('FAV/S1/MR1')}?note=late`), 200)
  const asked = '/data/experiments?recent=7&limit=2'
  const { ResultSet } = (await want(cast.mem('GET', asked), 200)).json()
  assert.equal(ResultSet.title, 'Recent Experiments')
  const rows: Record<string, string>[] = ResultSet.Result
  assert.deepEqual(
    rows.map((row) => [row['label'], row['element_name'], row['type_desc']]),
    [
      ['MR1', 'xnat:mrSessionData', 'MR Session'],
      ['QC2', 'xnat:qcManualAssessorData', 'Manual QC'],
    ],
  )
  assert.equal(rows[0]?.['action'], 'Modified MR Session')
  assert.equal(rows[0]?.['URI'], `/data/experiments/${rows[0]?.['id']}`)
})

test('hierarchy 147: recent shows nobody what they may not read', async () => {
  assert.deepEqual(await rowsAt(cast.str, '/data/experiments?recent=7&limit=100'), [])
})

test('hierarchy 147: without both numbers, or with the usual ones, it is the list of all', async () => {
  for (const asked of ['recent=7', 'recent=60&limit=10', 'recent=7&limit=60', 'recent=7&limit=*']) {
    const { ResultSet } = (await want(cast.own('GET', `/data/experiments?${asked}`), 200)).json()
    assert.equal(ResultSet.title, 'Matching experiments', asked)
  }
  await want(cast.own('GET', '/data/experiments?recent=week&limit=10'), 400)
  await want(cast.own('GET', '/data/experiments?recent=7&limit=few'), 400)
})

test('hierarchy 203: permissions takes known actions only', async () => {
  await want(cast.own('GET', '/data/projects?permissions=bogus&dataType=xnat:subjectData'), 400)
  assert.equal(await idsAt(cast.mem, 'permissions=edit'), 'FAV')
})
