import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { column, headerAt, makeProject, makeSubject, rowsAt, setPreference, want } from './stage.ts'

let site: TestSite
let cast: Cast
let own: Caller

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'USR')
  own = cast.own
  for (const login of ['ann', 'bob', 'sleeper']) await site.addUser(login)
  await makeSubject(own, 'USR', 'S1')
})
after(() => site?.close())

const groupsOf = async (project: string, login: string, tail = '') => {
  const rows = await rowsAt(own, `/data/projects/${project}/users${tail}`)
  return rows.filter((row) => row.login === login).map((row) => row.GROUP_ID)
}

test('hierarchy 72: the columns and metadata of the user list', async () => {
  assert.equal(
    (await headerAt(own, '/data/projects/USR/users')).join(),
    'GROUP_ID,displayname,login,firstname,lastname,email',
  )
  const { ResultSet } = (await want(own('GET', '/data/projects/USR/users'), 200)).json()
  assert.equal(ResultSet.title, 'Projects')
  assert.equal(ResultSet.totalRecords, '3')
})

test('hierarchy 72: the list is ordered by group id, descending', async () => {
  const rows = await rowsAt(own, '/data/projects/USR/users')
  assert.deepEqual(
    rows.map((row) => [row.GROUP_ID, row.displayname, row.login]),
    [
      ['USR_owner', 'Owners', 'own'],
      ['USR_member', 'Members', 'mem'],
      ['USR_collaborator', 'Collaborators', 'col'],
    ],
  )
})

for (const group of ['Owners', 'owner', 'USR98_owner']) {
  test(`hierarchy 98: users/${group}/u makes an owner`, async () => {
    if ((await own('GET', '/data/projects/USR98')).status === 404) await makeProject(own, 'USR98')
    await want(own('PUT', `/data/projects/USR98/users/${group}/ann`), 200)
    assert.deepEqual(await groupsOf('USR98', 'ann'), ['USR98_owner'])
    await want(site.as('ann')('PUT', '/data/projects/USR98?description=mine'), 200)
    await want(own('DELETE', `/data/projects/USR98/users/${group}/ann`), 200)
    assert.deepEqual(await groupsOf('USR98', 'ann'), [])
  })
}

for (const [group, id] of [
  ['Members', 'USR_member'],
  ['collaborator', 'USR_collaborator'],
] as const) {
  test(`hierarchy 98: users/${group}/u means ${id}`, async () => {
    await want(own('PUT', `/data/projects/USR/users/${group}/bob`), 200)
    assert.deepEqual(await groupsOf('USR', 'bob'), [id])
    await want(own('DELETE', `/data/projects/USR/users/${group}/bob`), 200)
  })
}

test('hierarchy 99: PUT answers the user table as JSON', async () => {
  const reply = await want(own('PUT', '/data/projects/USR/users/member/bob'), 200)
  const row = reply.rows().find((one) => one.login === 'bob')
  assert.deepEqual([row?.GROUP_ID, row?.displayname], ['USR_member', 'Members'])
  await want(own('DELETE', '/data/projects/USR/users/member/bob'), 200)
})

test('hierarchy 99: adding somebody again to another group moves them', async () => {
  await want(own('PUT', '/data/projects/USR/users/collaborator/bob'), 200)
  await want(own('PUT', '/data/projects/USR/users/member/bob'), 200)
  assert.deepEqual(await groupsOf('USR', 'bob'), ['USR_member'])
  await want(own('DELETE', '/data/projects/USR/users/member/bob'), 200)
})

test('hierarchy 99: several users at once, with and without spaces round the comma', async () => {
  for (const several of ['ann%20,%20bob', 'ann,bob']) {
    await want(own('PUT', `/data/projects/USR/users/member/${several}`), 200)
    assert.deepEqual(await groupsOf('USR', 'ann'), ['USR_member'], several)
    assert.deepEqual(await groupsOf('USR', 'bob'), ['USR_member'], several)
    for (const login of ['ann', 'bob']) await want(own('DELETE', `/data/projects/USR/users/member/${login}`), 200)
  }
})

test('hierarchy 99: an unknown login is invited: 200, nobody joins', async () => {
  await want(own('PUT', '/data/projects/USR/users/member/somebody@x.example'), 200)
  assert.equal((await rowsAt(own, '/data/projects/USR/users')).length, 3)
})

test('hierarchy 100: the guest cannot join', async () => {
  await want(own('PUT', '/data/projects/USR/users/member/guest'), 412)
  assert.deepEqual(await groupsOf('USR', 'guest'), [])
})

test('hierarchy 101: removal ends access at once', async () => {
  await want(site.as('bob')('GET', '/data/projects/USR/subjects/S1'), 404)
  await want(own('PUT', '/data/projects/USR/users/member/bob'), 200)
  await want(site.as('bob')('GET', '/data/projects/USR/subjects/S1'), 200)
  const reply = await want(own('DELETE', '/data/projects/USR/users/member/bob'), 200)
  assert.ok(reply.rows().every((row) => row.login !== 'bob'))
  await want(site.as('bob')('GET', '/data/projects/USR/subjects/S1'), 404)
  await want(site.as('bob')('GET', '/data/projects/USR'), 404)
})

test('hierarchy 102: member and collaborator may not change users', async () => {
  for (const caller of [cast.mem, cast.col]) {
    await want(caller('PUT', '/data/projects/USR/users/owner/mem'), 403)
    await want(caller('DELETE', '/data/projects/USR/users/owner/own'), 403)
  }
  assert.deepEqual(await groupsOf('USR', 'mem'), ['USR_member'])
  assert.deepEqual(await groupsOf('USR', 'own'), ['USR_owner'])
})

test('hierarchy 102: a stranger may not join', async () => {
  await want(cast.str('PUT', '/data/projects/USR/users/member/str'), 403, 404)
  assert.deepEqual(await groupsOf('USR', 'str'), [])
})

test('hierarchy 102: an unknown group or project is 404', async () => {
  await want(own('PUT', '/data/projects/USR/users/nogroup/bob'), 404)
  await want(own('PUT', '/data/projects/NOSUCH/users/member/bob'), 404)
})

test("hierarchy 102: another project's group is unknown here", async () => {
  await makeProject(own, 'USRB', { accessibility: 'private' })
  await want(own('PUT', '/data/projects/USR/users/USRB_owner/bob'), 404)
  assert.deepEqual(await groupsOf('USRB', 'bob'), [])
})

test('hierarchy 103: users/true includes disabled users', async () => {
  await want(own('PUT', '/data/projects/USR/users/member/sleeper'), 200)
  await want(cast.admin('PUT', '/xapi/users/sleeper/enabled/false'), 200)
  assert.deepEqual(await groupsOf('USR', 'sleeper'), [])
  assert.deepEqual(await groupsOf('USR', 'sleeper', '/false'), [])
  assert.deepEqual(await groupsOf('USR', 'sleeper', '/true'), ['USR_member'])
  await want(own('DELETE', '/data/projects/USR/users/member/sleeper'), 200)
})

test('hierarchy 72: everybody who sees the project may list its users', async () => {
  assert.deepEqual(column(await rowsAt(cast.mem, '/data/projects/USR/users'), 'login'), ['col', 'mem', 'own'])
  await want(cast.str('GET', '/data/projects/USR/users'), 404)
})

test('hierarchy 180: with the restriction on only those who may edit the project list its users', async () => {
  await setPreference(cast.admin, 'restrictUserListAccessToAdmins', 'true')
  try {
    await want(own('GET', '/data/projects/USR/users'), 200)
    await want(cast.admin('GET', '/data/projects/USR/users'), 200)
    for (const caller of [cast.mem, cast.col]) {
      const reply = await want(caller('GET', '/data/projects/USR/users'), 403)
      assert.doesNotMatch(reply.text, /USR_owner|x\.example|@/)
    }
  } finally {
    await setPreference(cast.admin, 'restrictUserListAccessToAdmins', 'false')
  }
})

test('hierarchy 101: an owner who leaves a private project is told who is left', async () => {
  await makeProject(own, 'USRLEFT', { accessibility: 'private' })
  await want(own('PUT', '/data/projects/USRLEFT/users/owner/ann'), 200)
  const reply = await want(site.as('ann')('DELETE', '/data/projects/USRLEFT/users/owner/ann'), 200)
  assert.deepEqual(column(reply.json().ResultSet.Result, 'login'), ['own'])
  await want(site.as('ann')('GET', '/data/projects/USRLEFT'), 404)
})

test('hierarchy 101: the administrator may change users of any project', async () => {
  await want(cast.admin('PUT', '/data/projects/USR/users/member/bob'), 200)
  assert.deepEqual(await groupsOf('USR', 'bob'), ['USR_member'])
  await want(cast.admin('DELETE', '/data/projects/USR/users/member/bob'), 200)
})
