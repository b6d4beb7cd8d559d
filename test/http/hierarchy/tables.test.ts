import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { readXml } from '../../support/xml-tree.ts'
import { headerAt, makeProject, makeSession, makeSubject, query, want } from './stage.ts'

let site: TestSite
let own: Caller

before(async () => {
  site = await startSite()
  for (const login of ['own', 'nobody']) await site.addUser(login)
  own = site.as('own')
  await makeProject(own, 'TAB', { description: 'a, "b"', accessibility: 'private' })
  await makeProject(own, 'LINES', { description: 'one\ntwo', accessibility: 'private' })
  await makeProject(own, 'MARKS', { description: `<b>&"it's`, accessibility: 'private' })
  await makeSubject(own, 'TAB', 'S1', { dob: '1990-01-01', education: '12', weight: '70.5' })
  await makeSubject(own, 'TAB', 'S2')
  await makeSession(own, 'TAB/S1/MR1', { date: '2000-01-01', time: '09:37:11' })
})
after(() => site?.close())

const header = 'ID,secondary_ID,name,description,pi_firstname,pi_lastname,URI'

test('hierarchy 10: every value of a JSON table is a string', async () => {
  const lists = [
    '/data/projects',
    '/data/projects/TAB/subjects?columns=ID,label,education,weight,dob,insert_date',
    '/data/projects/TAB/experiments',
    '/data/experiments?columns=ID,date,time,insert_date,xsiType',
    '/data/projects/TAB/users',
    '/data/users',
  ]
  for (const list of lists) {
    const rows = (await want(own('GET', list), 200)).rows()
    assert.ok(rows.length > 0, list)
    for (const row of rows) for (const value of Object.values(row)) assert.equal(typeof value, 'string', list)
  }
})

test('hierarchy 10: numbers, dates and times have their text form', async () => {
  const list = '/data/projects/TAB/subjects?label=S1&columns=education,weight,dob'
  const [row] = (await want(own('GET', list), 200)).rows()
  assert.deepEqual([row?.education, row?.weight, row?.dob], ['12', '70.5', '1990-01-01'])
})

test('hierarchy 10: times carry milliseconds in JSON only', async () => {
  const [row] = (await want(own('GET', '/data/projects/TAB/experiments?columns=time'), 200)).rows()
  assert.equal(row?.time, '09:37:11.000')
  const csv = await want(own('GET', '/data/projects/TAB/experiments?columns=time&format=csv'), 200)
  assert.match(csv.text, /,09:37:11,/)
})

test('hierarchy 10: insert_date is yyyy-MM-dd HH:mm:ss with a fraction', async () => {
  const [row] = (await want(own('GET', '/data/projects/TAB/subjects'), 200)).rows()
  assert.match(row?.insert_date ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+$/)
  assert.equal(row?.insert_user, 'own')
})

test('hierarchy 11: totalRecords is a string equal to the number of rows', async () => {
  for (const [list, count] of [
    ['/data/projects', '3'],
    ['/data/projects/TAB/subjects', '2'],
    ['/data/projects/TAB/experiments', '1'],
  ]) {
    const { ResultSet } = (await want(own('GET', list!), 200)).json()
    assert.equal(ResultSet.totalRecords, count)
    assert.equal(String(ResultSet.Result.length), count)
  }
})

test('hierarchy 11: JSON is one line, spaced as shown', async () => {
  const reply = await want(own('GET', '/data/projects?ID=TAB'), 200)
  assert.match(reply.text, /^\{"ResultSet":\{"Result":\[\{"[^\n]*"\}\], "totalRecords": "1"\}\}$/)
})

test('hierarchy 12: an empty list, byte for byte', async () => {
  const nobody = site.as('nobody')
  for (const list of ['/data/projects', '/data/subjects']) {
    const reply = await want(nobody('GET', list), 200)
    assert.equal(reply.text, '{"ResultSet":{"Result":[], "totalRecords": "0"}}')
  }
  const none = await want(own('GET', '/data/projects/TAB/subjects?label=nosuch'), 200)
  assert.equal(none.text, '{"ResultSet":{"Result":[], "totalRecords": "0"}}')
})

test('hierarchy 12: an empty list has the usual CSV header', async () => {
  for (const list of ['/data/projects/TAB/subjects', '/data/projects/TAB/experiments', '/data/experiments']) {
    assert.deepEqual(await headerAt(own, `${list}?label=nosuch`), await headerAt(own, list))
  }
})

test('hierarchy 13: null is the empty string in JSON', async () => {
  const [row] = (await want(own('GET', '/data/projects?ID=LINES'), 200)).rows()
  assert.equal(row?.pi_firstname, '')
  assert.equal(row?.pi_lastname, '')
})

test('hierarchy 13: null is an empty field in CSV', async () => {
  const reply = await want(own('GET', '/data/projects/TAB/subjects?label=S2&columns=dob,weight&format=csv'), 200)
  assert.match(reply.text, /^ID,dob,weight,URI\nXNAT_S00002,,,\/data\/subjects\/XNAT_S00002\n$/)
})

test('hierarchy 14: CSV quotes commas and quotes, byte for byte', async () => {
  const reply = await want(own('GET', '/data/projects?ID=TAB&format=csv'), 200)
  assert.equal(reply.text, `${header}\nTAB,TAB,TAB,"a, ""b""",,,/data/projects/TAB\n`)
})

test('hierarchy 14: CSV leaves other marks bare', async () => {
  const reply = await want(own('GET', '/data/projects?ID=MARKS&columns=name&format=csv'), 200)
  assert.equal(reply.text, 'ID,name,URI\nMARKS,MARKS,/data/projects/MARKS\n')
})

test('hierarchy 15: a line break in a value is a space in CSV', async () => {
  const reply = await want(own('GET', '/data/projects?ID=LINES&format=csv'), 200)
  assert.equal(reply.text, `${header}\nLINES,LINES,LINES,one two,,,/data/projects/LINES\n`)
})

test('hierarchy 15: a line break in a value is a space in XML', async () => {
  const reply = await want(own('GET', '/data/projects?ID=LINES&format=xml'), 200)
  assert.match(reply.text, /<cell>one two<\/cell>/)
})

test('hierarchy 16: an XML table, byte for byte but for quotes', async () => {
  const reply = await want(own('GET', '/data/projects?ID=MARKS&columns=description&format=xml'), 200)
  const text = reply.text.replaceAll('&quot;', '"').replaceAll(/&apos;|&#39;/g, "'")
  const columns = '<column>ID</column><column>description</column><column>URI</column>'
  const cells = `<cell>MARKS</cell><cell>&lt;b&gt;&amp;"it's</cell><cell>/data/projects/MARKS</cell>`
  assert.equal(
    text,
    `<ResultSet totalRecords="1"><results><columns>${columns}</columns>\n` +
      `<rows><row>${cells}</row>\n</rows></results></ResultSet>`,
  )
})

test('hierarchy 16: the XML table reads back', async () => {
  const reply = await want(own('GET', '/data/projects?columns=description&format=xml'), 200)
  const rows = readXml(reply.text).children[0]!.children[1]!
  assert.deepEqual(
    rows.children.map((row) => row.children[1]?.text),
    (await want(own('GET', '/data/projects?columns=description'), 200))
      .rows()
      .map((row) => row.description?.replace('\n', ' ')),
  )
})

test('hierarchy 17: HTML values are escaped', async () => {
  const reply = await want(own('GET', '/data/projects?ID=MARKS&format=html'), 200)
  assert.match(reply.text, /<td>&lt;b&gt;&amp;(&quot;|")it('|&#39;|&apos;)s<\/td>/)
  assert.doesNotMatch(reply.text, /<b>/)
})

test('hierarchy 7, 17: an HTML table has the documented head and rows', async () => {
  const reply = await want(own('GET', '/data/projects/TAB/subjects?columns=label&sortBy=label&format=html'), 200)
  const row = (id: string, label: string, parity: string) =>
    `<tr class="x_rs_tr_data ${parity}">\n<td>${id}</td><td>${label}</td><td>/data/subjects/${id}</td></tr>`
  assert.equal(
    reply.text.replaceAll(/<a [^>]*>|<\/a>/g, ''),
    '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en"><body>' +
      '<table class="x_rs_t" cellpadding="0" cellspacing="0">\n<thead class="x_rs_thead">\n' +
      '<tr class="x_rs_tr_head"><th>ID</th><th>label</th><th>URI</th></tr>\n</thead>\n<tbody id="dataRows">\n' +
      `${row('XNAT_S00001', 'S1', 'odd')}${row('XNAT_S00002', 'S2', 'even')}</tbody>\n</table></body></html>`,
  )
})

test('hierarchy 17: a script in a filter value does not come back as a script', async () => {
  const path = `/data/projects${query({ name: '<script>alert(1)</script>', format: 'html' })}`
  assert.doesNotMatch((await want(own('GET', path), 200)).text, /<script>/)
})
