import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import {
  childrenOf,
  formBody,
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
let count = 0

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'VAR')
  own = cast.own
  await makeSubject(own, 'VAR', 'S1')
})
after(() => site?.close())

const variable = (name: string, type = 'xnat:mrSessionData') => `${type}/fields/field[name=${name}]/field`

async function freshSession(values: Record<string, string> = {}): Promise<string> {
  const place = `VAR/S1/E${++count}`
  await makeSession(own, place, values)
  return sessionAt(place)
}

const variablesAt = async (path: string) =>
  childrenOf(await itemAt(own, path), 'fields/field')
    .map((field) => [field.data_fields.name, field.data_fields.field])
    .sort()

test('hierarchy 160: a value set twice leaves exactly the last one', async () => {
  const path = await freshSession()
  await want(own('PUT', `${path}${query({ [variable('test01')]: '12' })}`), 200)
  assert.deepEqual(await variablesAt(path), [['test01', '12']])
  await want(own('PUT', `${path}${query({ [variable('test01')]: '14' })}`), 200)
  assert.deepEqual(await variablesAt(path), [['test01', '14']])
})

test('hierarchy 160: XML has one field element', async () => {
  const path = await freshSession({ [variable('test01')]: '12' })
  await want(own('PUT', `${path}${query({ [variable('test01')]: '14' })}`), 200)
  const xml = (await want(own('GET', `${path}?format=xml&concealHiddenFields=true`), 200)).text
  assert.deepEqual(
    xml.match(/<xnat:field name="test01">[^<]*<\/xnat:field>/g)?.map((one) => one.replaceAll(/\s/g, '')),
    ['<xnat:fieldname="test01">14</xnat:field>'],
  )
})

test('hierarchy 161: the same by form body', async () => {
  const path = await freshSession()
  for (const value of ['12', '14']) await want(own('PUT', path, formBody({ [variable('test01')]: value })), 200)
  assert.deepEqual(await variablesAt(path), [['test01', '14']])
})

test('hierarchy 161: req_format=form reads a body of any type as form', async () => {
  const path = await freshSession()
  const { body } = formBody({ [variable('test01')]: '12' })
  await want(own('PUT', `${path}?req_format=form`, { headers: { 'content-type': 'text/plain' }, body }), 200)
  assert.deepEqual(await variablesAt(path), [['test01', '12']])
})

test('hierarchy 162: an unrelated variable survives', async () => {
  const path = await freshSession({ [variable('first')]: '1', [variable('second')]: '2' })
  await want(own('PUT', `${path}${query({ [variable('first')]: '3' })}`), 200)
  await want(own('PUT', `${path}?note=x`), 200)
  assert.deepEqual(await variablesAt(path), [
    ['first', '3'],
    ['second', '2'],
  ])
})

test('hierarchy 162: marks and blanks in a value are kept', async () => {
  const value = `a, "b" <c> & d\u00e9`
  const path = await freshSession({ [variable('text')]: value })
  assert.deepEqual(await variablesAt(path), [['text', value]])
})

test('hierarchy 160: variables of a subject', async () => {
  const path = '/data/projects/VAR/subjects/S1'
  await want(own('PUT', `${path}${query({ [variable('age_group', 'xnat:subjectData')]: 'old' })}`), 200)
  assert.deepEqual(await variablesAt(path), [['age_group', 'old']])
})

test('hierarchy 160: variables of a project, note among them', async () => {
  const path = '/data/projects/VAR'
  await want(own('PUT', `${path}${query({ [variable('colour', 'xnat:projectData')]: 'red', note: 'n' })}`), 200)
  assert.deepEqual(await variablesAt(path), [
    ['colour', 'red'],
    ['note', 'n'],
  ])
  assert.equal((await rowsAt(own, '/data/projects?ID=VAR&columns=note'))[0]?.note, 'n')
})

test('hierarchy 160: they are read as columns, one row a variable', async () => {
  const path = await freshSession({ [variable('a')]: '1', [variable('b')]: '2' })
  const label = path.split('/').at(-1)!
  const columns = 'label,xnat:mrSessionData/fields/field/field,xnat:mrSessionData/fields/field/name'
  const rows = await rowsAt(own, `/data/projects/VAR/experiments${query({ label, columns })}`)
  assert.deepEqual(
    rows
      .map((row) => [row['xnat:mrsessiondata/fields/field/name'], row['xnat:mrsessiondata/fields/field/field']])
      .sort(),
    [
      ['a', '1'],
      ['b', '2'],
    ],
  )
})

test('hierarchy 160: one variable is a column and a filter of its own', async () => {
  const path = await freshSession({ [variable('site')]: 'north', [variable('other')]: 'x' })
  const [label, column] = [path.split('/').at(-1)!, variable('site')]
  const rows = await rowsAt(own, `/data/projects/VAR/experiments${query({ label, columns: `label,${column}` })}`)
  assert.equal(rows.length, 1)
  assert.ok(Object.values(rows[0]!).includes('north'))
  const found = await rowsAt(own, `/data/projects/VAR/experiments${query({ [column]: 'north' })}`)
  assert.deepEqual(
    found.map((row) => row.label),
    [label],
  )
})

test('hierarchy 160: setting needs the edit right and no more', async () => {
  const path = await freshSession()
  await want(cast.mem('PUT', `${path}${query({ [variable('m')]: '1' })}`), 200)
  await want(cast.col('PUT', `${path}${query({ [variable('c')]: '1' })}`), 403)
  assert.deepEqual(await variablesAt(path), [['m', '1']])
})

test('hierarchy 160: parallel settings of two variables keep both', async () => {
  const path = await freshSession()
  const names = ['p1', 'p2', 'p3', 'p4']
  await Promise.all(names.map((name) => want(own('PUT', `${path}${query({ [variable(name)]: name })}`), 200)))
  assert.deepEqual(
    await variablesAt(path),
    names.map((name) => [name, name]),
  )
})

test('hierarchy 117: an indexed child is set by number, in both spellings', async () => {
  await makeSubject(own, 'VAR', 'IDX', { 'xnat:subjectData/addID[0]/addID': 'alpha' })
  const first = childrenOf(await itemAt(own, '/data/projects/VAR/subjects/IDX'), 'addID')
  assert.deepEqual(
    first.map((one) => one.data_fields.addID),
    ['alpha'],
  )
  await want(
    own('PUT', '/data/projects/VAR/subjects/IDX2', formBody({ 'xnat:subjectData/addID__0/addID': 'beta' })),
    201,
  )
  const second = childrenOf(await itemAt(own, '/data/projects/VAR/subjects/IDX2'), 'addID')
  assert.deepEqual(
    second.map((one) => one.data_fields.addID),
    ['beta'],
  )
})

test('hierarchy 109: definitions of variables keep the type that they name, whatever the word', async () => {
  const field = (name: string, type: string) =>
    `<xnat:field name="${name}" datatype="${type}" type="custom" required="0" xmlPath="xnat:subjectData/fields/field[name=${name}]/field"/>`
  const document = `<xnat:Project xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="DEFS">
    <xnat:studyProtocol xsi:type="xnat:datatypeProtocol" ID="DEFS_subject" name="Subjects" data-type="xnat:subjectData">
      <xnat:definitions><xnat:definition ID="group" data-type="xnat:subjectData" description="" project-specific="1">
        <xnat:fields>${field('foo', 'string')}${field('bar', 'int')}</xnat:fields>
      </xnat:definition></xnat:definitions></xnat:studyProtocol></xnat:Project>`
  await makeProject(own, 'DEFS')
  await want(own('PUT', '/data/projects/DEFS', xmlBody(document)), 200)
  const [protocol] = childrenOf(await itemAt(own, '/data/projects/DEFS'), 'studyProtocol')
  const [definition] = childrenOf(protocol!, 'definitions/definition')
  assert.deepEqual(
    childrenOf(definition!, 'fields/field').map(({ data_fields }) => [data_fields.name, data_fields.datatype]),
    [
      ['foo', 'string'],
      ['bar', 'int'],
    ],
  )
})
