import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { readXml } from '../../support/xml-tree.ts'
import { itemAt, makeAssessor, makeProject, makeSession, makeSubject, rowsAt, want } from './stage.ts'

let site: TestSite
let own: Caller
let session: string

before(async () => {
  site = await startSite()
  await site.addUser('own')
  own = site.as('own')
  await makeProject(own, 'FMT')
  await makeSubject(own, 'FMT', 'S1')
  session = await makeSession(own, 'FMT/S1/MR1')
  await makeAssessor(own, 'FMT/S1/MR1', 'QC1')
})
after(() => site?.close())

const lists = [
  '/projects',
  '/subjects',
  '/experiments',
  '/projects/FMT/subjects',
  '/projects/FMT/experiments',
  '/projects/FMT/subjects/S1/experiments',
  '/projects/FMT/subjects/S1/experiments/MR1/assessors',
]

test('hierarchy 8: a word that no format has is none, whatever else it means', async () => {
  for (const word of ['constructor', '__proto__', 'toString']) {
    for (const name of ['format', 'media']) await want(own('GET', `/data/projects?${name}=${word}`), 200)
  }
})

test('hierarchy 1: /REST answers as /data does', async () => {
  const [data, rest] = [await want(own('GET', '/data/projects'), 200), await want(own('GET', '/REST/projects'), 200)]
  assert.equal(rest.text, data.text)
  assert.equal(data.rows().length, 1)
})

test('hierarchy 2: /data/archive answers as /data does', async () => {
  for (const list of lists) {
    const data = await want(own('GET', `/data${list}`), 200)
    assert.equal((await want(own('GET', `/data/archive${list}`), 200)).text, data.text)
  }
})

test('hierarchy 2: a subject may be written under /data/archive', async () => {
  const made = await want(own('PUT', '/data/archive/projects/FMT/subjects/S2'), 201)
  assert.equal((await itemAt(own, `/REST/archive/subjects/${made.text}`)).data_fields.label, 'S2')
  await want(own('DELETE', '/REST/archive/projects/FMT/subjects/S2'), 200)
})

test('hierarchy 3: URIs in bodies start with /data/ whatever prefix was asked', async () => {
  for (const prefix of ['/REST', '/REST/archive', '/data/archive']) {
    for (const list of lists) {
      const rows = await rowsAt(own, `${prefix}${list}`)
      assert.ok(rows.length > 0, list)
      for (const row of rows) assert.match(row.URI ?? '', /^\/data\/(projects|subjects|experiments)\/[A-Za-z0-9_]+$/)
    }
  }
})

test('hierarchy 4: a list is JSON when nothing is asked for', async () => {
  const reply = await want(own('GET', '/data/projects', { headers: { accept: '' } }), 200)
  assert.equal(reply.type, 'application/json')
  assert.equal(reply.rows()[0]?.ID, 'FMT')
})

test('hierarchy 5: format=csv is text/csv with a header row', async () => {
  const reply = await want(own('GET', '/data/projects?format=csv'), 200)
  assert.equal(reply.type, 'text/csv')
  assert.match(reply.text, /^ID,[^\n]*,URI\nFMT,/)
})

test('hierarchy 6: format=xml is a ResultSet', async () => {
  const reply = await want(own('GET', '/data/projects?format=xml'), 200)
  assert.equal(reply.type, 'text/xml')
  assert.match(reply.text, /^<ResultSet/)
  assert.equal(readXml(reply.text).attributes.totalRecords, '1')
})

test('hierarchy 7: format=html is a page with the rows', async () => {
  const reply = await want(own('GET', '/data/projects?format=html'), 200)
  assert.equal(reply.type, 'text/html')
  assert.match(reply.text, /^<html xmlns=/)
  assert.match(reply.text, /<tbody id="dataRows">/)
})

test('hierarchy 8: format is not case-sensitive', async () => {
  assert.equal((await want(own('GET', '/data/projects?format=JSON'), 200)).type, 'application/json')
  assert.equal((await want(own('GET', '/data/projects?format=Csv'), 200)).type, 'text/csv')
  assert.equal((await want(own('GET', '/data/projects?format=XML'), 200)).type, 'text/xml')
})

test('hierarchy 8: a literal media type works as format', async () => {
  assert.equal((await want(own('GET', '/data/projects?format=text/csv'), 200)).type, 'text/csv')
  assert.equal((await want(own('GET', '/data/projects?format=application%2Fjson'), 200)).type, 'application/json')
})

test('hierarchy 8: an unknown format is HTML for a table and XML for an item', async () => {
  assert.match((await want(own('GET', '/data/projects?format=banana'), 200)).text, /^<html xmlns=/)
  const item = await want(own('GET', '/data/projects/FMT?format=banana'), 200)
  assert.equal(readXml(item.text).name, 'xnat:Project')
})

test('hierarchy 9: format wins over a contradicting Accept', async () => {
  const csv = await want(own('GET', '/data/projects?format=csv', { headers: { accept: 'application/json' } }), 200)
  assert.equal(csv.type, 'text/csv')
  const json = await want(own('GET', '/data/projects?format=json', { headers: { accept: 'text/html' } }), 200)
  assert.equal(json.type, 'application/json')
})

test('hierarchy 9: without format Accept chooses', async () => {
  const xml = await want(own('GET', '/data/projects', { headers: { accept: 'text/xml' } }), 200)
  assert.match(xml.text, /^<ResultSet/)
  const html = await want(own('GET', '/data/projects', { headers: { accept: 'text/html' } }), 200)
  assert.match(html.text, /<tbody id="dataRows">/)
})

test('hierarchy 46: an unknown path is 404 with a status page', async () => {
  for (const path of ['/data/nosuchthing', '/REST/nosuchthing/x', '/data/archive/nosuchthing']) {
    const reply = await want(own('GET', path), 404)
    assert.equal(reply.type, 'text/html')
    assert.match(reply.text, /^<html>\n<head>\n {3}<title>Status page<\/title>/)
    assert.equal(reply.text.match(/<h3>/g)?.length, 1)
    assert.equal(reply.message(), 'The server has not found anything matching the request URI')
  }
})

test('hierarchy 47: no success body in json, csv or xml starts with <html', async () => {
  const items = ['/projects/FMT', '/projects/FMT/subjects/S1', `/experiments/${session}`]
  for (const path of [...lists, ...items]) {
    for (const format of ['json', 'csv', 'xml']) {
      const reply = await want(own('GET', `/data${path}?format=${format}`), 200)
      assert.doesNotMatch(reply.text, /^\s*<(html|!DOCTYPE)/i, `${path} as ${format}`)
    }
  }
})

test('hierarchy 206: a list answers an Accept that matches nothing with JSON', async () => {
  const reply = await want(own('GET', '/data/projects', { headers: { accept: 'image/png' } }), 200)
  assert.equal(reply.rows()[0]?.ID, 'FMT')
})

test('hierarchy 206: items answer an Accept that matches nothing', async () => {
  for (const path of ['/data/projects/FMT', `/data/experiments/${session}`]) {
    const reply = await want(own('GET', path, { headers: { accept: 'image/png' } }), 200)
    assert.ok(['text/html', 'text/xml'].includes(reply.type), reply.type)
  }
})

test('hierarchy 206: writes and texts ignore an Accept that matches nothing', async () => {
  const accept = { headers: { accept: 'application/pdf' } }
  await want(own('PUT', '/data/projects/FMT/subjects/S3', accept), 201)
  await want(own('DELETE', '/data/projects/FMT/subjects/S3', accept), 200)
  assert.equal((await want(own('GET', '/data/projects/FMT/accessibility', accept), 200)).text, 'protected')
})
