import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readXml } from '../../support/xml-tree.ts'
import { is, MR, openSetting, plain, type Session, type Setting } from './setting.ts'

let here: Setting
let at: Session
before(async () => {
  here = await openSetting()
  at = await here.session()
  const note = encodeURIComponent('a, "b"')
  await here.put(at, '1', `${MR}&type=LOCALIZER&quality=usable&series_description=localizer`)
  await here.put(at, '2', `${MR}&type=T1&quality=questionable&note=${note}`)
  await here.put(at, '3-OT', 'xsiType=xnat:otherDicomScanData&type=SCANNED%20DOCUMENT')
})
after(() => here?.site.close())

const COLUMNS = ['xnat_imagescandata_id', 'ID', 'type', 'quality', 'xsiType', 'note', 'series_description', 'URI']

const get = (query: string, accept = '*/*') => here.own('GET', `${at.scans}?${query}`, { headers: { accept } })

/** The cells of the listing in table order. */
async function cells(): Promise<string[][]> {
  return (await here.rows(at)).map((row) => COLUMNS.map((column) => row[column] ?? ''))
}

for (const [line, query, accept, type] of [
  ['14', 'format=json', '*/*', 'application/json'],
  ['15', 'format=JSON', '*/*', 'application/json'],
  ['16', 'format=xml', '*/*', 'text/xml'],
  ['16', 'format=XML', '*/*', 'text/xml'],
  ['18', 'format=csv', '*/*', 'text/csv'],
  ['22', 'format=html', '*/*', 'text/html'],
  ['25', '', 'text/html', 'text/html'],
  ['25', '', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
  ['26', 'format=bogus', '*/*', 'text/html'],
  ['26', 'format=zip', '*/*', 'text/html'],
  ['26', 'format=txt', '*/*', 'text/html'],
  ['27', 'format=json', 'text/csv', 'application/json'],
  ['27', 'format=csv', 'application/json', 'text/csv'],
  ['27', '', 'text/csv', 'application/json'],
  ['27', '', 'image/png', 'application/json'],
  ['section 2.1', '', '*/*', 'application/json'],
  ['section 2.1', '', 'application/json', 'application/json'],
  ['section 2.1', '', 'text/xml', 'text/xml'],
  ['section 2.1', '', 'text/xml;q=0.3, application/json;q=0.9', 'application/json'],
  ['section 2.1', 'format=application/json', '*/*', 'application/json'],
  ['section 2.1', 'format=text%2Fcsv', '*/*', 'text/csv'],
  ['section 2.1', 'format=text/xml', '*/*', 'text/xml'],
  ['section 2.1', 'format=application/vnd.ms-excel', '*/*', 'application/vnd.ms-excel'],
  ['section 2.1', 'format=xList', '*/*', 'text/html'],
  ['section 2.1', 'format=xlist', '*/*', 'text/html'],
] as const) {
  // Titles: scans 14, 15, 25, 26, 27.
  test(`scans ${line}: ${query || 'no format'} with Accept ${accept} answers ${type}`, async () => {
    const reply = await get(query, accept)
    is(reply, 200)
    assert.equal(reply.type, type)
  })
}

test('scans 16: the XML table has totalRecords, eight columns and a row of cells for each scan', async () => {
  const root = readXml((await get('format=xml')).text)
  assert.equal(root.name, 'ResultSet')
  assert.deepEqual(root.attributes, { totalRecords: '3' })
  const [columns, rows] = root.children[0]?.children ?? []
  assert.deepEqual([root.children[0]?.name, columns?.name, rows?.name], ['results', 'columns', 'rows'])
  assert.equal(columns?.children.filter((each) => each.name === 'column').length, 8)
  const found = rows?.children.map((row) => row.children.map((cell) => cell.text))
  assert.deepEqual(found, await cells())
})

test('scans 17: the XML columns stand in table order', async () => {
  const root = readXml((await get('format=xml')).text)
  const columns = root.children[0]?.children[0]?.children.map((column) => column.text)
  assert.deepEqual(columns, COLUMNS)
})

test('scans section 2.6: the XML table is the protocol byte for byte, without declaration', async () => {
  const plainNotes = await here.session()
  await here.put(plainNotes, '1', `${MR}&type=LOCALIZER&note=${encodeURIComponent('A&B <c>')}`)
  await here.put(plainNotes, '2', `${MR}&quality=usable`)
  const rows = (await here.rows(plainNotes)).map((row) =>
    COLUMNS.map((column) => `<cell>${escaped(row[column] ?? '')}</cell>`).join(''),
  )
  const { text } = await here.own('GET', `${plainNotes.scans}?format=xml`)
  const head = COLUMNS.map((column) => `<column>${column}</column>`).join('')
  const body = rows.map((row) => `<row>${row}</row>\n`).join('')
  assert.equal(
    text.trimEnd(),
    `<ResultSet totalRecords="2"><results><columns>${head}</columns>\n<rows>${body}</rows></results></ResultSet>`,
  )
})

test('scans 18: CSV begins with the column names', async () => {
  assert.equal((await get('format=csv')).text.split('\n')[0], COLUMNS.join(','))
})

test('scans 18: CSV of a session without scans still has its header', async () => {
  const empty = await here.session()
  const reply = await here.own('GET', `${empty.scans}?format=csv`)
  assert.equal(reply.text, `${COLUMNS.join(',')}\n`)
})

test('scans 19: CSV quotes a field with a comma and doubles its quotes', async () => {
  const line = (await get('format=csv')).text.split('\n')[2]
  assert.ok(line?.includes(',"a, ""b""",'), String(line))
})

test('scans section 2.8: CSV is the protocol byte for byte', async () => {
  const lines = (await cells()).map((row) => row.map((cell) => (cell === 'a, "b"' ? '"a, ""b"""' : cell)).join(','))
  const reply = await get('format=csv')
  assert.equal(reply.text, `${[COLUMNS.join(','), ...lines].join('\n')}\n`)
  assert.equal(reply.headers['content-disposition'], undefined)
})

test('scans section 2.8: CSV quotes nothing else and guards no formula', async () => {
  const odd = await here.session()
  await here.put(odd, '1', `${MR}&note=${encodeURIComponent("=1+2; 'x'")}`)
  const [, line] = (await here.own('GET', `${odd.scans}?format=csv&columns=ID,note`)).text.split('\n')
  assert.ok(line?.includes(",1,=1+2; 'x',/data/"), String(line))
})

test('scans 20: a line break is one space in CSV, XML and HTML tables', async () => {
  const broken = await here.session()
  await here.put(broken, '1', `${MR}&note=one%0Atwo`)
  await here.put(broken, '2', `${MR}&note=one%0D%0Atwo`)
  for (const format of ['csv', 'xml', 'html']) {
    const { text } = await here.own('GET', `${broken.scans}?format=${format}`)
    assert.equal(text.match(/one two/g)?.length, 2, `${format}: ${text}`)
  }
})

test('scans 21: CSV ends with a newline and has one line more than rows', async () => {
  const { text } = await get('format=csv')
  assert.ok(text.endsWith('\n') && !text.endsWith('\n\n'))
  assert.ok(!text.includes('\r'))
  assert.equal(text.split('\n').length - 1, 4)
})

test('scans 22: the HTML table has its class and the id of its body', async () => {
  const { text } = await get('format=html')
  assert.ok(text.includes('<table class="x_rs_t"'))
  assert.ok(text.includes('<tbody id="dataRows">'))
})

test('scans 23: HTML begins with the html element and its namespace', async () => {
  assert.ok((await get('format=html')).text.startsWith('<html xmlns='))
})

test('scans 24: HTML rows are odd and even in turn', async () => {
  const { text } = await get('format=html')
  const classes = [...text.matchAll(/<tr class="(x_rs_tr_data [^"]*)">/g)].map((match) => match[1])
  assert.deepEqual(classes, ['x_rs_tr_data odd', 'x_rs_tr_data even', 'x_rs_tr_data odd'])
})

test('scans section 2.7: the HTML table is the protocol byte for byte', async () => {
  const simple = await here.sessionWith('1', '2')
  const rows = (await here.rows(simple)).map((row, at) => {
    const line = COLUMNS.map((column) => `<td>${row[column]}</td>`).join('')
    return `<tr class="x_rs_tr_data ${at % 2 ? 'even' : 'odd'}">\n${line}</tr>`
  })
  const heads = COLUMNS.map((column) => `<th>${column}</th>`).join('')
  const expected = [
    '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en"><body>' +
      '<table class="x_rs_t" cellpadding="0" cellspacing="0">',
    '<thead class="x_rs_thead">',
    `<tr class="x_rs_tr_head">${heads}</tr>`,
    '</thead>',
    '<tbody id="dataRows">',
    `${rows.join('')}</tbody>`,
    '</table></body></html>',
  ].join('\n')
  const { text } = await here.own('GET', `${simple.scans}?format=html`)
  assert.equal(text.trimEnd(), expected)
})

test('scans section 2.1: excel gets the bytes of the CSV', async () => {
  assert.equal((await get('format=application/vnd.ms-excel')).text, (await get('format=csv')).text)
})

test('scans section 2.1: xList is the HTML table without cell tags', async () => {
  const html = (await get('format=html')).text
  assert.equal((await get('format=xList')).text, html.replace(/<\/?t[hd]>/g, ''))
})

test('scans section 2.1: xList is never reversed', async () => {
  const ascending = await get('format=xList&sortBy=ID')
  const descending = await get('format=xList&sortBy=ID&sortOrder=DESC')
  assert.equal(descending.text, ascending.text)
})

test('scans 132: markup in a note is escaped in XML and HTML and bare in JSON and CSV', async () => {
  const marked = await here.session()
  await here.put(marked, '1', `${MR}&note=${encodeURIComponent('A&B <c>')}`)
  assert.equal((await here.row(marked, '1'))['note'], 'A&B <c>')
  for (const [format, expected] of [
    ['xml', '<cell>A&amp;B &lt;c&gt;</cell>'],
    ['html', '<td>A&amp;B &lt;c&gt;</td>'],
    ['csv', ',A&B <c>,'],
  ] as const) {
    const { text } = await here.own('GET', `${marked.scans}?format=${format}`)
    assert.ok(text.includes(expected), `${format}: ${text}`)
  }
})

test('scans 132: what was sent as an entity is not taken for one', async () => {
  const marked = await here.session()
  await here.put(marked, '1', `${MR}&note=${encodeURIComponent('&amp; &lt;')}`)
  assert.equal((await here.row(marked, '1'))['note'], '&amp; &lt;')
  const root = readXml((await here.own('GET', `${marked.scans}?format=xml`)).text)
  assert.equal(root.children[0]?.children[1]?.children[0]?.children[5]?.text, '&amp; &lt;')
})

test('scans 132: a quote in a note cannot end an HTML attribute', async () => {
  const marked = await here.session()
  await here.put(marked, '1', `${MR}&note=${encodeURIComponent('"onload=x')}`)
  const { text } = await here.own('GET', `${marked.scans}?format=html`)
  assert.ok(!text.includes('"onload') && plain(text).includes('"onload=x'), text)
})

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
