import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { is, MR, openSetting, type Session, type Setting } from './setting.ts'

let here: Setting
let at: Session
before(async () => {
  here = await openSetting()
  at = await here.session()
  await here.put(at, '1', `${MR}&type=T1&quality=usable&frames=10&validation_date=2024-01-15&coil=HEAD`)
  await here.put(at, '2', `${MR}&type=T1_GADO&quality=questionable&frames=20&validation_date=2024-02-15`)
  await here.put(at, '3', `${MR}&type=T2&quality=usable&frames=9&validation_date=2024-03-15`)
  await here.put(at, '4', `${MR}&xnat:mrScanData/parameters/tr=2.5`)
})
after(() => here?.site.close())

for (const [line, query, expected] of [
  ['44', 'type=T1', ['1']],
  ['44', 'type=t1', []],
  ['44', 'type=T', []],
  ['44', 'type=T1,T2', ['1', '3']],
  ['45', 'type=T*', ['1', '2', '3']],
  ['45', 'type=T1*', ['1', '2']],
  ['45', 'type=T1%25', ['1', '2']],
  ['45', 'type=*GADO', ['2']],
  ['45', 'type=*1*', ['1', '2']],
  ['45', 'type=T1*,T2', ['1', '2', '3']],
  ['section 2.3', 'type=T_', []],
  ['section 2.3', 'type=T__GADO', []],
  ['section 2.3', 'type=T1&quality=questionable', []],
  ['section 2.3', 'type=T*&quality=usable', ['1', '3']],
  ['section 2.3', 'frames=20', ['2']],
  ['section 2.3', 'frames=9,20', ['2', '3']],
  ['section 2.3', 'frames=9-10', ['1', '3']],
  ['section 2.3', 'frames=9,15-25', ['2', '3']],
  ['section 2.3', 'ID=1,3', ['1', '3']],
  ['section 2.3', 'xnat:imageScanData/type=T1', ['1']],
  ['section 2.3', 'xnat:mrScanData/type=T2', ['3']],
  ['section 2.3', 'xnat:mrScanData/parameters/tr=2-3', ['4']],
  ['section 2.3', 'xnat:mrScanData/parameters/tr=2.5', ['4']],
  ['section 2.3', 'validation_date=02/01/2024-03/31/2024', ['2', '3']],
  ['section 2.3', 'validation_date=01/15/2024', ['1']],
  ['section 2.3', 'insert_user=own', ['1', '2', '3', '4']],
  ['section 2.3', 'insert_user=mem', []],
  ['section 2.3', 'coil=HEAD', ['1']],
  ['section 2.3', 'columns=ID&type=T2', ['3']],
  ['section 2.3', 'foo=bar', ['1', '2', '3', '4']],
  ['section 2.3', `type=${encodeURIComponent("T1' OR '1'='1")}`, []],
  ['section 2.3', `type=${encodeURIComponent("' OR 1=1 --")}`, []],
] as const) {
  // Titles: scans 44, 45.
  test(`scans ${line}: ${query} lists ${expected.join(', ') || 'nothing'}`, async () => {
    const reply = await here.own('GET', `${at.scans}?${query}`)
    is(reply, 200)
    assert.deepEqual(
      reply.rows().map((row) => row['ID']),
      expected,
    )
    assert.equal(reply.json().ResultSet.totalRecords, String(expected.length))
  })
}

test('scans section 2.3: the filters work through the accession id too', async () => {
  const reply = await here.own('GET', `${at.byId}?type=T2`)
  assert.deepEqual(
    reply.rows().map((row) => row['ID']),
    ['3'],
  )
})

test('scans 39: sortBy=ID compares as strings', async () => {
  const session = await here.sessionWith('10', '2', '1')
  assert.deepEqual(await here.ids(session, 'sortBy=ID'), ['1', '10', '2'])
})

test('scans 39: strings are compared by code unit', async () => {
  const session = await here.sessionWith('b', 'A', 'a', 'B', '_', '1')
  assert.deepEqual(await here.ids(session, 'sortBy=ID'), ['1', 'A', 'B', '_', 'a', 'b'])
})

test('scans 40: sortOrder=DESC reverses the rows, in any letter case', async () => {
  const session = await here.sessionWith('10', '2', '1')
  for (const order of ['DESC', 'desc']) {
    assert.deepEqual(await here.ids(session, `sortBy=ID&sortOrder=${order}`), ['2', '10', '1'])
  }
})

test('scans 40: any other sortOrder is ascending, and without sortBy it does nothing', async () => {
  const session = await here.sessionWith('10', '2', '1')
  assert.deepEqual(await here.ids(session, 'sortBy=ID&sortOrder=down'), ['1', '10', '2'])
  assert.deepEqual(await here.ids(session, 'sortOrder=DESC'), ['10', '2', '1'])
})

test('scans 41: an unknown sortBy keeps the default order', async () => {
  const session = await here.sessionWith('10', '2', '1')
  for (const query of ['sortBy=nonsense', 'sortBy=nonsense&sortOrder=DESC', 'sortBy=frames']) {
    assert.deepEqual(await here.ids(session, query), ['10', '2', '1'], query)
  }
})

test('scans section 2.2: unknown names beside a known one are ignored', async () => {
  const session = await here.sessionWith('10', '2', '1')
  assert.deepEqual(await here.ids(session, 'sortBy=nonsense,ID'), ['1', '10', '2'])
})

test('scans section 2.2: sortBy takes several columns in any letter case', async () => {
  const session = await here.session()
  for (const [id, type] of Object.entries({ a: 'T2', b: 'T1', c: 'T2', d: 'T1' })) {
    await here.put(session, id, `${MR}&type=${type}&quality=${id === 'd' || id === 'c' ? 'q1' : 'q2'}`)
  }
  assert.deepEqual(await here.ids(session, 'sortBy=TYPE,Quality'), ['d', 'b', 'c', 'a'])
})

test('scans section 2.5: numbers are sorted as numbers', async () => {
  assert.deepEqual(await here.ids(at, 'columns=ID,frames&sortBy=frames'), ['3', '1', '2', '4'])
})

test('scans section 2.5: the key is sorted as a number', async () => {
  const names = Array.from({ length: 11 }, (_, n) => `s${n}`)
  const session = await here.sessionWith(...names)
  assert.deepEqual(await here.ids(session, 'sortBy=xnat_imagescandata_id'), names)
  assert.deepEqual(await here.ids(session, 'sortBy=xnat_imagescandata_id&sortOrder=DESC'), names.toReversed())
})

test('scans section 2.5: empty cells are last ascending and first descending', async () => {
  assert.deepEqual(await here.ids(at, 'sortBy=type'), ['1', '2', '3', '4'])
  assert.deepEqual(await here.ids(at, 'sortBy=type&sortOrder=DESC'), ['4', '3', '2', '1'])
})

test('scans section 2.5: equal cells keep the order of creation', async () => {
  const session = await here.sessionWith('c', 'a', 'b')
  assert.deepEqual(await here.ids(session, 'sortBy=xsiType'), ['c', 'a', 'b'])
})

test('scans section 2.2: sorting reaches every format', async () => {
  const session = await here.sessionWith('10', '2', '1')
  const csv = (await here.own('GET', `${session.scans}?columns=ID&sortBy=ID&format=csv`)).text
  assert.match(csv, /^.*\n\d+,1,.*\n\d+,10,.*\n\d+,2,.*\n$/)
})

test('scans section 2.2: with req_format=form filters and columns come from a form body too', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const reply = await here.own('GET', `${at.scans}?req_format=form`, { headers, body: 'type=T1,T2&columns=ID' })
  is(reply, 200)
  assert.deepEqual(
    reply.rows().map((row) => Object.keys(row).sort().join()),
    ['ID,URI,xnat_imagescandata_id', 'ID,URI,xnat_imagescandata_id'],
  )
  assert.equal(
    reply
      .rows()
      .map((row) => row['ID'])
      .join(),
    '1,3',
  )
})

test('scans section 2.3: what is no number or date is refused, and the field and what it takes named', async () => {
  const refused = async (query: string) => {
    const reply = await here.own('GET', `${at.scans}?${query}`)
    is(reply, 400)
    return reply.message()
  }
  assert.equal(await refused('frames=many'), 'A filter on frames takes numbers and ranges such as 10-20, not many.')
  const dates = 'dates and ranges such as 2024-01-31 or 01/01/2024-12/31/2024'
  assert.equal(await refused('validation_date=soon'), `A filter on validation/date takes ${dates}, not soon.`)
})

test('scans section 2.3: a text with blanks at its ends, and times as they are shown', async () => {
  const session = await here.session()
  await here.put(session, '1', `${MR}&note=%20moved%20&scanTime=10:12:33`)
  await here.put(session, '2', `${MR}&note=still&scanTime=11:00:00`)
  assert.deepEqual(await here.ids(session, 'note=%20moved%20'), ['1'])
  assert.deepEqual(await here.ids(session, 'note=still,%20moved%20'), ['1', '2'])
  for (const time of ['10:12:33', '10:12:33.000', '101233', '10:*'])
    assert.deepEqual(await here.ids(session, `scanTime=${time}`), ['1'], time)
})
