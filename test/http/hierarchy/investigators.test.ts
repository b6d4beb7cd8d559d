import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { column, makeProject, makeSession, makeSubject, rowsAt, sessionAt, want } from './stage.ts'

let site: TestSite
let cast: Cast

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'INV')
})
after(() => site?.close())

const json = (body: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

test('hierarchy section 7.6: whom projects name is listed, each once', async () => {
  await makeProject(cast.own, 'INV1', { pi_firstname: 'Ann', pi_lastname: 'Archer' })
  await makeProject(cast.own, 'INV2', { pi_firstname: 'Ann', pi_lastname: 'Archer' })
  await want(cast.own('PUT', '/data/projects/INV2?pi_firstname=Bob&pi_lastname=Baker'), 200)
  const listed = await want(cast.str('GET', '/data/investigators?format=json'), 200)
  assert.equal(listed.json().ResultSet.title, 'Investigators')
  assert.deepEqual(column(listed.rows(), 'lastname'), ['Archer', 'Baker'])
  assert.deepEqual(Object.keys(listed.rows()[0] ?? {}), [
    'firstname',
    'lastname',
    'institution',
    'department',
    'email',
    'xnat_investigatordata_id',
    'login',
  ])
  await want(cast.anon('GET', '/data/investigators'), 401)
})

test('hierarchy section 7.6: investigators are made known, changed and forgotten', async () => {
  const { str, admin } = cast
  const made = (
    await want(
      str('POST', '/xapi/investigators', json({ firstname: 'Cy', lastname: 'Cook', email: 'c@x.example' })),
      200,
    )
  ).json()
  const at = `/xapi/investigators/${made.xnatInvestigatordataId}`
  assert.deepEqual((await want(str('GET', at), 200)).json(), made)
  await want(str('POST', '/xapi/investigators', json({ firstname: 'Cy', lastname: 'Cook' })), 409)
  assert.match((await want(str('POST', '/xapi/investigators', json({ firstname: 'Cy' })), 400)).text, /lastname/)
  await want(str('POST', '/xapi/investigators', json({ firstname: 'x'.repeat(26), lastname: 'Cook' })), 400)
  await want(str('PUT', at, json({ title: 'Dr' })), 403)
  const changed = (await want(admin('PUT', at, json({ title: 'Dr' })), 200)).json()
  assert.deepEqual(changed, { ...made, title: 'Dr' })
  await want(admin('PUT', at, json({ firstname: 'Ann', lastname: 'Archer' })), 409)
  assert.equal((await want(str('GET', '/xapi/investigators'), 200)).json().length, 3)
  await want(str('DELETE', at), 403)
  await want(admin('DELETE', at), 200)
  await want(admin('GET', at), 404)
  await want(admin('DELETE', at), 404)
  assert.deepEqual(column(await rowsAt(str, '/data/investigators'), 'lastname'), ['Archer', 'Baker'])
})

test('clients section 2.6: the changes of an experiment are complete workflows; pipelines there are none', async () => {
  await makeSubject(cast.own, 'INV', 'S1')
  const id = await makeSession(cast.own, 'INV/S1/MR1')
  await want(cast.own('PUT', `${sessionAt('INV/S1/MR1')}?label=MR2`), 200)
  const at = `/data/services/workflows/Renamed?experiment=${id}&display=ALL`
  const [renamed, ...others] = await rowsAt(cast.mem, at)
  assert.deepEqual(others, [])
  assert.deepEqual(
    [renamed?.['pipeline_name'], renamed?.['status'], renamed?.['create_user']],
    ['Renamed', 'Complete', 'own'],
  )
  assert.match(renamed?.['wrk_workflowData_id'] ?? '', /^\d+$/)
  assert.equal((await rowsAt(cast.mem, `/data/services/workflows/ALL?project=INV&experiment=MR2`)).length, 2)
  const events = (await want(cast.mem('GET', `/data/experiments/${id}/history`), 200)).json().events
  assert.deepEqual(
    events.map((event: Record<string, unknown>) => [event['event_action'], event['event_status']]),
    [
      ['Added MR Session', 'Complete'],
      ['Renamed', 'Complete'],
    ],
  )
  await want(cast.mem('GET', '/data/services/workflows/ALL'), 400)
  await want(cast.str('GET', at), 404)
  assert.deepEqual(await rowsAt(cast.mem, '/data/projects/INV/pipelines'), [])
  await want(cast.mem('HEAD', '/data/projects/INV/pipelines/DicomToNifti'), 404)
  await want(cast.str('GET', '/data/projects/INV/pipelines'), 404)
})

test('hierarchy 1.1: requests for access are empty lists, those of a project for who may change it', async () => {
  const mine = await want(cast.mem('GET', '/data/pars?format=json'), 200)
  assert.deepEqual(mine.json(), { ResultSet: { Result: [], totalRecords: '0' } })
  const at = '/data/projects/INV/pars'
  const csv = await want(cast.own('GET', `${at}?format=csv`), 200)
  assert.equal(csv.text, 'par_id,proj_id,level,create_date,email,login,secondary_id,approved,approval_date\n')
  await want(cast.col('GET', at), 403)
  await want(cast.str('GET', at), 404)
})
