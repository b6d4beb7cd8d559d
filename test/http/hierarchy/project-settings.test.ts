import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import {
  column,
  itemAt,
  makeProject,
  makeSession,
  makeSubject,
  rowsAt,
  sessionAt,
  setPreference,
  storeFile,
  want,
} from './stage.ts'

let site: TestSite
let cast: Cast
let own: Caller

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'SET')
  own = cast.own
  await makeProject(own, 'SETPROT', { accessibility: 'protected' })
})
after(() => site?.close())

const levelOf = async (project: string) => (await want(own('GET', `/data/projects/${project}/accessibility`), 200)).text

test('hierarchy 87: accessibility is bare text, whatever the format', async () => {
  for (const parameters of ['', '?format=json', '?format=html']) {
    const reply = await want(own('GET', `/data/projects/SET/accessibility${parameters}`), 200)
    assert.deepEqual([reply.type, reply.text], ['text/plain', 'private'])
  }
})

test('hierarchy 87: a stranger may read it on protected projects', async () => {
  assert.equal((await want(cast.str('GET', '/data/projects/SETPROT/accessibility'), 200)).text, 'protected')
  await want(cast.str('GET', '/data/projects/SET/accessibility'), 404)
})

test('hierarchy 88: member, collaborator and stranger may not change it', async () => {
  for (const caller of [cast.mem, cast.col]) await want(caller('PUT', '/data/projects/SET/accessibility/public'), 403)
  await want(cast.str('PUT', '/data/projects/SETPROT/accessibility/public'), 403)
  assert.deepEqual([await levelOf('SET'), await levelOf('SETPROT')], ['private', 'protected'])
})

test('hierarchy 88: a PUT of the project does not change it for them either', async () => {
  await want(cast.mem('PUT', '/data/projects/SET?accessibility=public'), 403)
  assert.equal(await levelOf('SET'), 'private')
})

test('hierarchy 89: public makes subject lists readable to a stranger', async () => {
  await makeProject(own, 'SETOPEN', { accessibility: 'private' })
  await makeSubject(own, 'SETOPEN', 'S1')
  await want(cast.str('GET', '/data/projects/SETOPEN/subjects'), 404)
  const reply = await want(own('PUT', '/data/projects/SETOPEN/accessibility/public'), 200)
  assert.equal(reply.text, 'public')
  assert.deepEqual(column(await rowsAt(cast.str, '/data/projects/SETOPEN/subjects'), 'label'), ['S1'])
  await want(own('PUT', '/data/projects/SETOPEN/accessibility/private'), 200)
  await want(cast.str('GET', '/data/projects/SETOPEN/subjects'), 404)
})

test('hierarchy 89: an unchanged level is fine, an unknown word acts as private', async () => {
  await makeProject(own, 'SETLVL', { accessibility: 'public' })
  assert.equal((await want(own('PUT', '/data/projects/SETLVL/accessibility/public'), 200)).text, 'public')
  await want(own('PUT', '/data/projects/SETLVL/accessibility/bogus'), 200)
  assert.equal(await levelOf('SETLVL'), 'private')
})

test('hierarchy 88: PUT without a level is 400, of an unknown project 404', async () => {
  await want(own('PUT', '/data/projects/SET/accessibility'), 400)
  await want(own('PUT', '/data/projects/NOSUCH/accessibility/public'), 404)
})

test('hierarchy 90: prearchive_code is kept as given', async () => {
  for (const [sent, kept] of [
    ['4', '4'],
    ['0', '0'],
    ['11', '11'],
    ['true', '1'],
    ['false', '0'],
    ['5', '5'],
    ['2147483647', '2147483647'],
    ['-1', '-1'],
  ] as const) {
    assert.equal((await want(own('PUT', `/data/projects/SET/prearchive_code/${sent}`), 200)).text, '')
    const reply = await want(own('GET', '/data/projects/SET/prearchive_code'), 200)
    assert.deepEqual([reply.type, reply.text], ['text/plain', kept])
  }
})

test('hierarchy 90: the settings of a new project', async () => {
  await makeProject(own, 'SETNEW')
  for (const [name, value] of [
    ['prearchive_code', '4'],
    ['quarantine_code', '0'],
    ['current_arc', 'arc001'],
  ] as const) {
    assert.equal((await want(own('GET', `/data/projects/SETNEW/${name}`), 200)).text, value)
  }
})

test('hierarchy 90: current_arc and scan_type_mapping can be set', async () => {
  await want(own('PUT', '/data/projects/SET/current_arc/arc002'), 200)
  assert.equal((await want(own('GET', '/data/projects/SET/current_arc'), 200)).text, 'arc002')
  await want(own('PUT', '/data/projects/SET/scan_type_mapping/false'), 200)
})

test('hierarchy 90: members may not change these settings', async () => {
  await want(own('PUT', '/data/projects/SET/prearchive_code/4'), 200)
  await want(cast.mem('PUT', '/data/projects/SET/prearchive_code/0'), 403)
  assert.equal((await want(own('GET', '/data/projects/SET/prearchive_code'), 200)).text, '4')
})

test('hierarchy 90: a site without auto-archiving refuses codes other than 0', async () => {
  await setPreference(cast.admin, 'projectAllowAutoArchive', 'false')
  try {
    await want(own('PUT', '/data/projects/SET/prearchive_code/4'), 403)
    await want(own('PUT', '/data/projects/SET/prearchive_code/0'), 200)
  } finally {
    await setPreference(cast.admin, 'projectAllowAutoArchive', 'true')
  }
})

test('hierarchy 91: quarantine_code 1 quarantines experiments saved later', async () => {
  await makeProject(own, 'SETQ', { accessibility: 'private' })
  await makeSubject(own, 'SETQ', 'S1')
  await makeSession(own, 'SETQ/S1/BEFORE')
  await want(own('PUT', '/data/projects/SETQ/quarantine_code/1'), 200)
  assert.equal((await want(own('GET', '/data/projects/SETQ/quarantine_code'), 200)).text, '1')
  await makeSession(own, 'SETQ/S1/AFTER')
  assert.equal((await want(own('GET', `${sessionAt('SETQ/S1/AFTER')}/status`), 200)).text, 'quarantine')
  assert.equal((await want(own('GET', `${sessionAt('SETQ/S1/BEFORE')}/status`), 200)).text, 'active')
})

test('hierarchy 92: a code that is no number is 400', async () => {
  for (const bad of ['abc', '4.5', '2147483648']) {
    await want(own('PUT', `/data/projects/SET/prearchive_code/${bad}`), 400)
  }
  await want(own('PUT', '/data/projects/SET/quarantine_code/abc'), 400)
})

test('hierarchy 92: on an unknown project it is 400', async () => {
  await want(own('PUT', '/data/projects/NOSUCH/prearchive_code/4'), 400)
})

test('hierarchy 211: an unknown child of a project is no project document', async () => {
  await want(own('GET', '/data/projects/SET/nosuchchild'), 400, 404)
})

test('hierarchy 93: a member may not change the project', async () => {
  await want(cast.mem('PUT', '/data/projects/SET?description=mine'), 403)
  assert.equal((await itemAt(own, '/data/projects/SET')).data_fields.description, undefined)
})

test('hierarchy 93: the owner may, and other values stay', async () => {
  await want(own('PUT', '/data/projects/SET?description=first&keywords=k'), 200)
  await want(own('PUT', '/data/projects/SET?description=second'), 200)
  const { description, keywords } = (await itemAt(own, '/data/projects/SET')).data_fields
  assert.deepEqual([description, keywords], ['second', 'k'])
})

test('hierarchy 94: a member may not delete the project, the owner may', async () => {
  await makeProject(own, 'SETDEL', { accessibility: 'private' })
  await want(own('PUT', '/data/projects/SETDEL/users/member/mem'), 200)
  const subject = await makeSubject(own, 'SETDEL', 'S1')
  const session = await makeSession(own, 'SETDEL/S1/MR1')
  await want(cast.mem('DELETE', '/data/projects/SETDEL'), 403)
  await want(own('GET', '/data/projects/SETDEL'), 200)
  assert.equal((await want(own('DELETE', '/data/projects/SETDEL?removeFiles=true'), 200)).text, '')
  await want(own('GET', '/data/projects/SETDEL'), 404)
  await want(own('GET', `/data/subjects/${subject}`), 404)
  await want(own('GET', `/data/experiments/${session}`), 404)
  await want(cast.admin('GET', `/data/experiments/${session}`), 404)
})

test('hierarchy 95: DELETE of an unknown or unreadable project, or with more path, is 400', async () => {
  await want(own('DELETE', '/data/projects/NOSUCH'), 400)
  await want(cast.str('DELETE', '/data/projects/SET'), 400)
  await want(own('DELETE', '/data/projects/SET/prearchive_code'), 400)
  await want(own('GET', '/data/projects/SET'), 200)
})

test("hierarchy 96: another project's files stay", async () => {
  for (const project of ['SETF1', 'SETF2']) {
    await makeProject(own, project, { accessibility: 'private' })
    await makeSubject(own, project, 'S1')
    await makeSession(own, `${project}/S1/MR1`)
    await storeFile(own, sessionAt(`${project}/S1/MR1`), 'F/files/a.txt', 'the same bytes')
    await storeFile(own, `/data/projects/${project}`, 'F/files/p.txt', `of ${project}`)
  }
  await want(own('DELETE', '/data/projects/SETF1?removeFiles=true'), 200)
  await site.sweep()
  const file = await want(own('GET', `${sessionAt('SETF2/S1/MR1')}/resources/F/files/a.txt`), 200)
  assert.equal(file.text, 'the same bytes')
  assert.equal((await want(own('GET', '/data/projects/SETF2/resources/F/files/p.txt'), 200)).text, 'of SETF2')
})

test('hierarchy 96: data shared in stays in its own project, data shared out disappears', async () => {
  for (const project of ['SETS1', 'SETS2']) {
    await makeProject(own, project, { accessibility: 'private' })
    await makeSubject(own, project, `of${project}`)
  }
  await want(own('PUT', '/data/projects/SETS1/subjects/ofSETS1/projects/SETS2'), 200)
  await want(own('PUT', '/data/projects/SETS2/subjects/ofSETS2/projects/SETS1'), 200)
  await want(own('DELETE', '/data/projects/SETS1?removeFiles=true'), 200)
  assert.deepEqual(column(await rowsAt(own, '/data/projects/SETS2/subjects'), 'label'), ['ofSETS2'])
  assert.equal((await rowsAt(own, '/data/projects/SETS2/subjects/ofSETS2/projects')).length, 1)
})

test('hierarchy 97: the ID of a deleted project cannot be used again', async () => {
  await makeProject(own, 'SETBURNT')
  await want(own('DELETE', '/data/projects/SETBURNT'), 200)
  for (const [method, path] of [
    ['PUT', '/data/projects/SETBURNT'],
    ['POST', '/data/projects?ID=SETBURNT'],
  ] as const) {
    const reply = await want(own(method, path), 403)
    assert.match(reply.message() ?? '', /was used in a previously deleted project and cannot be reused/)
  }
  await want(own('GET', '/data/projects/SETBURNT'), 404)
})

test('hierarchy 97: unless the site is switched to allow it', async () => {
  const lenient = await startSite({ reuseProjectIds: true })
  try {
    const admin = lenient.as('admin')
    await makeProject(admin, 'AGAIN', { description: 'first' })
    await makeSubject(admin, 'AGAIN', 'S1')
    await want(admin('DELETE', '/data/projects/AGAIN'), 200)
    await makeProject(admin, 'AGAIN')
    assert.equal((await itemAt(admin, '/data/projects/AGAIN')).data_fields.description, undefined)
    assert.deepEqual(await rowsAt(admin, '/data/projects/AGAIN/subjects'), [])
  } finally {
    await lenient.close()
  }
})
