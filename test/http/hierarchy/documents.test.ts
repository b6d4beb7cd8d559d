import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { readXml } from '../../support/xml-tree.ts'
import { mrSessionXml, subjectXml } from './documents.ts'
import {
  childrenOf,
  column,
  elementAt,
  itemAt,
  makeProject,
  makeSession,
  makeSubject,
  query,
  rowsAt,
  sessionAt,
  want,
  xmlBody,
} from './stage.ts'

let site: TestSite
let cast: Cast
let own: Caller
const at = (label: string) => `/data/projects/DOC/subjects/${label}`

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'DOC')
  own = cast.own
  await makeProject(own, 'DOC2', { accessibility: 'private' })
})
after(() => site?.close())

test('hierarchy 107: a document may bind the namespace to any prefix, or to none', async () => {
  const body = (tag: string, binding: string) =>
    `<${tag}Subject ${binding} label="L"><${tag}investigator><${tag}lastname>Byron</${tag}lastname></${tag}investigator></${tag}Subject>`
  for (const [label, tag, binding] of [
    ['PRE1', 'x:', 'xmlns:x="http://nrg.wustl.edu/xnat"'],
    ['PRE2', '', 'xmlns="http://nrg.wustl.edu/xnat"'],
  ] as const) {
    await want(own('PUT', at(label), xmlBody(body(tag, binding).replace('"L"', `"${label}"`))), 201)
    const [investigator] = childrenOf(await itemAt(own, at(label)), 'investigator')
    assert.equal(investigator?.data_fields.lastname, 'Byron')
  }
})

test('hierarchy 120: a document of another namespace is 422', async () => {
  await want(own('PUT', at('NS'), xmlBody('<x:Subject xmlns:x="http://x.example/other" label="NS"/>')), 422)
  await want(own('GET', at('NS')), 404)
})

test('hierarchy 143: characters beyond ASCII and marks come back in every format', async () => {
  const group = 'Müller & "Søn" <日本> 😀'
  await makeSubject(own, 'DOC', 'UTF', { group })
  assert.equal((await itemAt(own, at('UTF'))).data_fields.group, group)
  const root = readXml((await want(own('GET', `${at('UTF')}?format=xml`), 200)).text)
  assert.equal(root.attributes.group, group)
  const list = '/data/projects/DOC/subjects?label=UTF&columns=group'
  assert.equal((await rowsAt(own, list))[0]?.group, group)
  const csv = await want(own('GET', `${list}&format=csv`), 200)
  assert.match(csv.text, /,"Müller & ""Søn"" <日本> 😀",/)
})

test('hierarchy 143: a document with comments and white space round its values is read without them', async () => {
  const note = '\n  <!--before-->\n  the note\n  <!--after-->\n'
  const document = mrSessionXml('label="SPACE" project="DOC"', `<xnat:note>${note}</xnat:note>`)
  await want(own('PUT', sessionAt('DOC/SPACED/SPACE'), xmlBody(document)), 201)
  assert.equal((await itemAt(own, sessionAt('DOC/SPACED/SPACE'))).data_fields.note, 'the note')
})

test('hierarchy 107: POST of a document of another project makes it there and shares it here', async () => {
  const document = subjectXml('label="FOREIGN" project="DOC2"', '<xnat:gender>male</xnat:gender>')
  const reply = await want(own('POST', '/data/projects/DOC/subjects', xmlBody(document)), 200)
  const id = reply.text.split('/').at(-1)!
  assert.equal((await itemAt(own, `/data/subjects/${id}`)).data_fields.project, 'DOC2')
  assert.deepEqual(column(await rowsAt(own, `/data/subjects/${id}/projects`), 'ID'), ['DOC', 'DOC2'])
})

test('hierarchy 129: a document cannot write into a project that its sender may not write to', async () => {
  await makeProject(cast.admin, 'DOCX', { accessibility: 'private' })
  const document = subjectXml('label="SNEAK" project="DOCX"', '<xnat:gender>male</xnat:gender>')
  for (const [method, path] of [
    ['PUT', at('SNEAK')],
    ['POST', '/data/projects/DOC/subjects'],
  ] as const) {
    const reply = await own(method, path, xmlBody(document))
    assert.ok(reply.status >= 400 && reply.status < 500, `${method}: ${reply.status}`)
  }
  assert.deepEqual(await rowsAt(cast.admin, '/data/projects/DOCX/subjects'), [])
})

test('hierarchy 129: parameters cannot do it either', async () => {
  await makeProject(cast.admin, 'DOCY', { accessibility: 'private' })
  await makeSubject(own, 'DOC', 'BASE')
  for (const path of [
    `${at('SNEAK2')}?project=DOCY`,
    `${sessionAt('DOC/BASE/SNEAK3')}?xsiType=xnat:mrSessionData&project=DOCY`,
    '/data/subjects/SNEAK4?project=DOCY',
    '/data/experiments/SNEAK5?xsiType=xnat:mrSessionData&project=DOCY&subject_ID=S1',
  ]) {
    await want(own('PUT', path), 400, 403, 404, 409, 422)
  }
  assert.deepEqual(await rowsAt(cast.admin, '/data/projects/DOCY/subjects'), [])
  assert.deepEqual(await rowsAt(cast.admin, '/data/projects/DOCY/experiments'), [])
})

test('hierarchy 129: a session is made in the project of its address or not at all', async () => {
  const made = (label: string, project: string) =>
    own('PUT', `${sessionAt(`DOC/BASE/${label}`)}?xsiType=xnat:mrSessionData&project=${project}`)
  const refused = await want(made('ASTRAY', 'DOC2'), 400, 409)
  assert.equal(refused.message(), 'Project must be modified through separate URI.')
  const document = mrSessionXml('label="ASTRAY" project="DOC2"', '')
  await want(own('PUT', sessionAt('DOC/BASE/ASTRAY'), xmlBody(document)), 400, 409)
  await want(own('POST', '/data/projects/DOC/subjects/BASE/experiments', xmlBody(document)), 400, 409)
  assert.equal(column(await rowsAt(own, '/data/experiments'), 'label').includes('ASTRAY'), false)
  await want(made('ASTRAY', 'DOC'), 201)
})

test("hierarchy 129: a session cannot be moved to another project's subject", async () => {
  const foreign = await makeSubject(cast.admin, 'DOCX', 'THEIRS')
  const id = await makeSession(own, 'DOC/BASE/MOVER')
  await own('PUT', `/data/experiments/${id}?subject_ID=${foreign}`)
  assert.deepEqual(await rowsAt(cast.admin, `/data/subjects/${foreign}/experiments`), [])
})

test('hierarchy 124: internal fields in a document or the query are not taken', async () => {
  await makeSubject(own, 'DOC', 'META')
  const [before] = await rowsAt(own, '/data/projects/DOC/subjects?label=META')
  const values = { insert_date: '2001-01-01', insert_user: 'admin', 'xnat:subjectData/meta/insert_date': '2001-01-01' }
  await want(own('PUT', `${at('META')}${query(values)}`), 200)
  assert.deepEqual((await rowsAt(own, '/data/projects/DOC/subjects?label=META'))[0], before)
})

test('hierarchy 25: path segments are decoded', async () => {
  await makeSubject(own, 'DOC', 'SEG1')
  assert.equal((await itemAt(own, '/data/projects/D%4FC/subjects/SEG%31')).data_fields.label, 'SEG1')
})

test('hierarchy 146: what is shared into several projects is listed once on the site', async () => {
  await makeSubject(own, 'DOC', 'MANY')
  const id = await makeSession(own, 'DOC/MANY/MANYMR')
  for (const project of ['DOC3', 'DOC4']) {
    await makeProject(own, project, { accessibility: 'private' })
    await want(own('PUT', `${at('MANY')}/projects/${project}`), 200)
    await want(own('PUT', `/data/experiments/${id}/projects/${project}`), 200)
  }
  assert.equal((await rowsAt(own, `/data/experiments?ID=${id}`)).length, 1)
  assert.equal((await rowsAt(own, '/data/subjects?label=MANY')).length, 1)
  const { ResultSet } = (await want(own('GET', '/data/projects/DOC/subjects?label=MANY'), 200)).json()
  assert.equal(ResultSet.totalRecords, '1')
})

test('hierarchy 122: of eight parallel renames to one label one succeeds', async () => {
  const labels = Array.from({ length: 8 }, (_, index) => `PAR${index}`)
  for (const label of labels) await makeSubject(own, 'DOC', label)
  const replies = await Promise.all(labels.map((label) => own('PUT', `${at(label)}?label=PARNEW`)))
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [200, 409, 409, 409, 409, 409, 409, 409])
  assert.equal((await rowsAt(own, '/data/projects/DOC/subjects?label=PARNEW')).length, 1)
})

test('hierarchy 142: parallel sessions of one unknown subject make one subject', async () => {
  const labels = Array.from({ length: 6 }, (_, index) => `PS${index}`)
  const path = (label: string) => `${sessionAt(`DOC/PSUBJ/${label}`)}?xsiType=xnat:mrSessionData`
  await Promise.all(labels.map((label) => want(own('PUT', path(label)), 201)))
  assert.equal((await rowsAt(own, '/data/projects/DOC/subjects?label=PSUBJ')).length, 1)
  assert.deepEqual(column(await rowsAt(own, `${at('PSUBJ')}/experiments`), 'label'), labels)
})

test('hierarchy 127: of parallel shares into one project one succeeds', async () => {
  await makeSubject(own, 'DOC', 'PSHARE')
  const replies = await Promise.all(Array.from({ length: 4 }, () => own('PUT', `${at('PSHARE')}/projects/DOC2`)))
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [200, 409, 409, 409])
  assert.equal((await rowsAt(own, `${at('PSHARE')}/projects`)).length, 2)
})

test('hierarchy 147: recent lists what was active lately', async () => {
  const id = await makeSession(own, 'DOC/BASE/RECENT')
  const { ResultSet } = (await want(own('GET', '/data/experiments?recent=30&limit=10'), 200)).json()
  assert.equal(ResultSet.title, 'Recent Experiments')
  assert.match(JSON.stringify(ResultSet.Result), new RegExp(`"${id}"`))
})

test('hierarchy 22: an element of a child list keeps its order and text', async () => {
  const root = readXml((await want(own('GET', `${sessionAt('DOC/SPACED/SPACE')}?format=xml`), 200)).text)
  const scans = elementAt(root, 'xnat:scans')?.children.map((scan) => scan.attributes.ID)
  assert.deepEqual(scans, ['1', '2'])
})
