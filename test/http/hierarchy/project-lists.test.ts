import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { column, headerAt, itemAt, makeProject, makeSubject, rowsAt, want } from './stage.ts'

let site: TestSite
let cast: Cast

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'PRIV')
  await makeProject(cast.own, 'PROT', { accessibility: 'protected' })
  await makeProject(cast.own, 'PUBL', { accessibility: 'public' })
  await makeProject(cast.admin, 'ADMS', { accessibility: 'private', alias: 'ADMSALIAS' })
  await makeSubject(cast.own, 'PRIV', 'S1')
})
after(() => site?.close())

const ids = async (caller: Caller, filter: string) => {
  const rows = await rowsAt(caller, `/data/projects?${filter}`)
  return rows.map((row) => row.id ?? row.ID).sort()
}

test('hierarchy 82: a stranger sees public and protected projects, not private ones', async () => {
  assert.deepEqual(await ids(cast.str, ''), ['PROT', 'PUBL'])
})

test('hierarchy 82: people see the projects they belong to', async () => {
  for (const caller of [cast.own, cast.mem, cast.col]) {
    assert.deepEqual(await ids(caller, ''), ['PRIV', 'PROT', 'PUBL'])
  }
})

test('hierarchy 82: the administrator sees all', async () => {
  assert.deepEqual(await ids(cast.admin, ''), ['ADMS', 'PRIV', 'PROT', 'PUBL'])
})

test('hierarchy 82: restrict=edit and restrict=delete leave the projects one may change', async () => {
  for (const action of ['edit', 'delete']) {
    assert.deepEqual(await ids(cast.own, `restrict=${action}`), ['PRIV', 'PROT', 'PUBL'])
    assert.deepEqual(await ids(cast.mem, `restrict=${action}`), [])
  }
})

test('hierarchy 83: accessible=true has lower-case columns and no URI', async () => {
  const { ResultSet } = (await want(cast.own('GET', '/data/projects?accessible=true&format=json'), 200)).json()
  const caller = ResultSet.xdat_user_id
  assert.match(caller, /^\d+$/)
  assert.equal(ResultSet.title, 'Projects')
  assert.equal(ResultSet.totalRecords, '3')
  assert.deepEqual(
    Object.keys(ResultSet.Result[0]).sort(),
    [
      'description',
      'id',
      'insert_date',
      'insert_user',
      `last_accessed_${caller}`,
      'name',
      'pi',
      'project_access',
      'project_access_img',
      'project_invs',
      'secondary_id',
      `user_role_${caller}`,
    ].sort(),
  )
})

test('hierarchy 83: the columns come in order, prearc_code=true adds two', async () => {
  const header = await headerAt(cast.own, '/data/projects?accessible=true')
  assert.deepEqual(header.slice(0, 6), ['id', 'name', 'description', 'secondary_id', 'pi', 'project_invs'])
  const more = await headerAt(cast.own, '/data/projects?accessible=true&prearc_code=true')
  assert.ok(more.includes('proj_quarantine') && more.includes('proj_prearchive_code'))
})

for (const [login, role] of [
  ['own', 'Owners'],
  ['mem', 'Members'],
  ['col', 'Collaborators'],
] as const) {
  test(`hierarchy 83: accessible=true names the role ${role}`, async () => {
    const caller = cast[login]
    const { ResultSet } = (await want(caller('GET', '/data/projects?accessible=true'), 200)).json()
    const rows: Record<string, string>[] = ResultSet.Result
    const row = rows.find((one) => one.id === 'PRIV')
    assert.equal(row?.[`user_role_${ResultSet.xdat_user_id}`], role)
    assert.equal(row?.project_access, 'private')
    assert.equal(row?.insert_user, 'own')
  })
}

test('hierarchy 83: without a role the role is empty', async () => {
  const { ResultSet } = (await want(cast.str('GET', '/data/projects?accessible=true'), 200)).json()
  const rows: Record<string, string>[] = ResultSet.Result
  assert.deepEqual(rows.map((row) => [row.id, row.project_access, row[`user_role_${ResultSet.xdat_user_id}`]]).sort(), [
    ['PROT', 'protected', ''],
    ['PUBL', 'public', ''],
  ])
})

const filtered: readonly (readonly [string, keyof Cast, readonly string[]])[] = [
  ['accessible=true', 'mem', ['PRIV', 'PROT', 'PUBL']],
  ['accessible=true', 'admin', ['ADMS', 'PRIV', 'PROT', 'PUBL']],
  ['accessible=false', 'mem', ['PROT', 'PUBL']],
  ['data=readable', 'mem', ['PRIV', 'PUBL']],
  ['data=readable', 'str', ['PUBL']],
  ['data=writable', 'own', ['PRIV', 'PROT', 'PUBL']],
  ['data=writable', 'mem', ['PRIV']],
  ['data=writable', 'col', []],
  ['owner=true', 'own', ['PRIV', 'PROT', 'PUBL']],
  ['owner=true', 'mem', []],
  ['member=true', 'mem', ['PRIV']],
  ['collaborator=true', 'col', ['PRIV']],
  ['collaborator=true', 'mem', []],
  ['owner=true&member=true', 'mem', ['PRIV']],
  ['accessible=true&users=true', 'mem', ['PRIV']],
  ['admin=true', 'admin', ['ADMS', 'PRIV', 'PROT', 'PUBL']],
  ['activeSince=2000-01-01%2000:00:00', 'own', ['PRIV', 'PROT', 'PUBL']],
]
for (const [filter, who, expected] of filtered) {
  const lines = filter.startsWith('owner') ? '84' : '83'
  test(`hierarchy ${lines}: ${filter} for ${who} is ${expected.join(', ') || 'nothing'}`, async () => {
    if (filter.includes('users=true')) {
      const found = await ids(cast[who], filter)
      for (const project of expected) assert.ok(found.includes(project))
      return
    }
    assert.deepEqual(await ids(cast[who], filter), expected)
  })
}

test('hierarchy 83: the filtered list is sorted by secondary_id', async () => {
  const rows = await rowsAt(cast.admin, '/data/projects?accessible=true')
  assert.deepEqual(
    rows.map((row) => row.secondary_id),
    ['ADMS', 'PRIV', 'PROT', 'PUBL'],
  )
})

for (const value of ['bogus', 'other']) {
  test(`hierarchy 85: data=${value} is 400`, async () => {
    await want(cast.own('GET', `/data/projects?data=${value}`), 400)
  })
}

test('hierarchy 83: a bad activeSince is 422', async () => {
  await want(cast.own('GET', '/data/projects?activeSince=yesterday'), 422)
})

test('hierarchy 86: a private project is 404 for a stranger', async () => {
  const reply = await want(cast.str('GET', '/data/projects/PRIV'), 404)
  assert.equal(reply.message(), 'Unable to find the specified experiment.')
  assert.equal((await want(cast.str('GET', '/data/projects/NOSUCH'), 404)).text, reply.text)
})

test('hierarchy 86: a private project is 404 for a stranger by its alias too', async () => {
  await want(cast.str('GET', '/data/projects/ADMSALIAS'), 404)
  assert.equal((await itemAt(cast.admin, '/data/projects/ADMSALIAS')).data_fields.ID, 'ADMS')
})

test('hierarchy 86: a protected project is 200 for a stranger', async () => {
  assert.equal((await itemAt(cast.str, '/data/projects/PROT')).data_fields.ID, 'PROT')
})

test('hierarchy 203: permissions=edit lists the projects one may edit subjects in', async () => {
  const asked = '/data/projects?permissions=edit&dataType=xnat:subjectData'
  const header = await headerAt(cast.mem, asked)
  for (const key of ['id', 'secondary_id', 'name']) assert.ok(header.includes(key), key)
  assert.deepEqual(column(await rowsAt(cast.mem, asked), 'id'), ['PRIV'])
  assert.deepEqual(column(await rowsAt(cast.col, asked), 'id'), [])
  assert.deepEqual(column(await rowsAt(cast.own, asked), 'id'), ['PRIV', 'PROT', 'PUBL'])
  assert.deepEqual(column(await rowsAt(cast.str, asked), 'id'), [])
})

test('hierarchy 203: permissions=delete and read follow the roles', async () => {
  const asked = (action: string) => `/data/projects?permissions=${action}&dataType=xnat:mrSessionData`
  assert.deepEqual(column(await rowsAt(cast.mem, asked('delete')), 'id'), [])
  assert.deepEqual(column(await rowsAt(cast.own, asked('delete')), 'id'), ['PRIV', 'PROT', 'PUBL'])
  assert.deepEqual(column(await rowsAt(cast.col, asked('read')), 'id'), ['PRIV', 'PUBL'])
  assert.deepEqual(column(await rowsAt(cast.mem, asked('create')), 'id'), ['PRIV'])
})

test('hierarchy 203: creatableTypes=true lists the projects one may create in', async () => {
  const asked = '/data/projects?creatableTypes=true'
  assert.deepEqual(await headerAt(cast.mem, asked), ['id', 'name', 'description', 'secondary_id'])
  assert.deepEqual(column(await rowsAt(cast.mem, asked), 'id'), ['PRIV'])
  assert.deepEqual(column(await rowsAt(cast.col, asked), 'id'), [])
})

test('hierarchy 203: creatableTypes=true on a project lists the types', async () => {
  const rows = await rowsAt(cast.mem, '/data/projects/PRIV?creatableTypes=true')
  assert.ok(column(rows, 'element_name').includes('xnat:subjectData'))
  assert.ok(column(rows, 'element_name').includes('xnat:mrSessionData'))
})

test('hierarchy 81: allDataOverride lists all for administrators', async () => {
  assert.deepEqual(await ids(cast.admin, 'allDataOverride=true'), ['ADMS', 'PRIV', 'PROT', 'PUBL'])
})

test('hierarchy 82: a stranger finds no private project by filtering', async () => {
  assert.deepEqual(await ids(cast.str, 'ID=PRIV'), [])
  assert.deepEqual(await ids(cast.str, 'allDataOverride=true'), ['PROT', 'PUBL'])
})
