import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { done, folderRow, is, RESOURCE_COLUMNS, store } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session
/** Ids of the two folders. */
let first = ''
let second = ''

const columns = RESOURCE_COLUMNS.split(',')

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
  done(await scene.own('PUT', `${mr.R}/NIFTI?format=NIFTI&content=T1%20NIFTI&tags=one,site%3DA`))
  await store(scene.own, `${mr.R}/NIFTI/files/brain.nii.gz`, Buffer.alloc(20480))
  done(await scene.own('PUT', `${mr.R}/QC?content=${encodeURIComponent('<b>&"\'</b>')}`))
  first = (await folderRow(scene.own, mr.R, 'NIFTI'))['xnat_abstractresource_id'] ?? ''
  second = (await folderRow(scene.own, mr.R, 'QC'))['xnat_abstractresource_id'] ?? ''
})
after(() => scene?.close())

const get = (query: string, accept?: string) =>
  scene.own('GET', mr.R + query, accept === undefined ? {} : { headers: { accept } })

describe('bytes of each format', () => {
  it('resources 28: JSON', async () => {
    const reply = await get('?format=json')
    assert.match(String(reply.headers['content-type']), /^application\/json/)
    const rows =
      `{"xnat_abstractresource_id":"${first}","label":"NIFTI","element_name":"xnat:resourceCatalog","category":"resources",` +
      '"cat_id":"","cat_desc":" ","file_count":"1","file_size":"20480","tags":"one,site=A","content":"T1 NIFTI","format":"NIFTI"},' +
      `{"xnat_abstractresource_id":"${second}","label":"QC","element_name":"xnat:resourceCatalog","category":"resources",` +
      '"cat_id":"","cat_desc":" ","file_count":"0","file_size":"0","tags":"","content":"<b>&\\"\'<\\/b>","format":""}'
    assert.equal(reply.text, `{"ResultSet":{"Result":[${rows}], "totalRecords": "2","title": "Resources"}}`)
  })

  it('resources 21: JSON without rows', async () => {
    const reply = await scene.own('GET', `${(await scene.session()).R}?format=json`)
    assert.equal(reply.text, '{"ResultSet":{"Result":[], "totalRecords": "0","title": "Resources"}}')
  })

  it('resources 32: XML', async () => {
    const reply = await get('?format=xml')
    assert.equal(reply.type, 'text/xml')
    const heads = columns.map((column) => `<column>${column}</column>`).join('')
    const cells = (values: string[]) => values.map((value) => `<cell>${value}</cell>`).join('')
    const one = [
      first,
      'NIFTI',
      'xnat:resourceCatalog',
      'resources',
      '',
      ' ',
      '1',
      '20480',
      'one,site=A',
      'T1 NIFTI',
      'NIFTI',
    ]
    const before = `<ResultSet totalRecords="2" title="Resources"><results><columns>${heads}</columns>\n<rows><row>${cells(one)}</row>\n`
    assert.equal(reply.text.slice(0, before.length), before)
    const two = [second, 'QC', 'xnat:resourceCatalog', 'resources', '', ' ', '0', '0', '', '<b>&"\'</b>', '']
    const rest = reply.text
      .slice(before.length)
      .replaceAll('&quot;', '"')
      .replaceAll(/&apos;|&#39;/g, "'")
    const escaped = two.map((value) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'))
    assert.equal(rest.trimEnd(), `<row>${cells(escaped)}</row>\n</rows></results></ResultSet>`)
  })

  it('resources 33, 35: CSV', async () => {
    const reply = await get('?format=csv')
    assert.equal(reply.type, 'text/csv')
    assert.equal(
      reply.text,
      `${RESOURCE_COLUMNS}\n${first},NIFTI,xnat:resourceCatalog,resources,, ,1,20480,"one,site=A",T1 NIFTI,NIFTI\n` +
        `${second},QC,xnat:resourceCatalog,resources,, ,0,0,,"<b>&""'</b>",\n`,
    )
  })

  it('resources 34: CSV without rows is the header line alone', async () => {
    const reply = await scene.own('GET', `${(await scene.session()).R}?format=csv`)
    assert.equal(reply.text, `${RESOURCE_COLUMNS}\n`)
  })

  it('resources 36: HTML', async () => {
    const reply = await get('?format=html')
    assert.equal(reply.type, 'text/html')
    const heads = columns.map((column) => `<th>${column}</th>`).join('')
    const head =
      '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en"><body><table class="x_rs_t" cellpadding="0" cellspacing="0">\n' +
      `<thead class="x_rs_thead">\n<tr class="x_rs_tr_head">${heads}</tr>\n</thead>\n<tbody id="dataRows">\n<tr class="x_rs_tr_data odd">\n`
    assert.equal(reply.text.slice(0, head.length), head)
    const one = `<td>${first}</td><td>NIFTI</td><td>xnat:resourceCatalog</td><td>resources</td><td></td><td> </td><td>1</td>`
    const two = `<td>${second}</td><td>QC</td>`
    assert.ok(reply.text.includes(`${one}<td>20480</td><td>one,site=A</td><td>T1 NIFTI</td><td>NIFTI</td></tr>`))
    assert.ok(reply.text.includes(`<tr class="x_rs_tr_data even">\n${two}`))
    assert.ok(reply.text.trimEnd().endsWith('</tr></tbody>\n</table></body></html>'))
  })

  it('resources (2.6): HTML cells are escaped', async () => {
    const { text } = await get('?format=html')
    assert.ok(!text.includes('<b>'))
    assert.match(text, /&lt;b&gt;&amp;(?:&quot;|&#34;)/)
  })

  it('resources (2.6): xList has no cell tags', async () => {
    const reply = await get('?format=xList')
    is(reply, 200)
    assert.equal(reply.type, 'text/html')
    assert.doesNotMatch(reply.text, /<t[dh]>/)
    assert.match(reply.text, /<table class="x_rs_t"/)
    assert.ok(reply.text.includes('NIFTI'))
  })

  it('resources (2.1): a spreadsheet type gives CSV under that type', async () => {
    const reply = await get('?format=application/vnd.ms-excel')
    assert.equal(reply.type, 'application/vnd.ms-excel')
    assert.equal(reply.text, (await get('?format=csv')).text)
  })

  it('resources (2.4): line breaks in values become blanks', async () => {
    const other = await scene.session()
    done(await scene.own('PUT', `${other.R}/NL?content=${encodeURIComponent('a\nb')}`))
    for (const format of ['csv', 'xml', 'html']) {
      assert.ok((await scene.own('GET', `${other.R}?format=${format}`)).text.includes('a b'), format)
    }
  })
})

describe('which format', () => {
  it('resources 29: anything goes, so JSON', async () => assert.equal((await get('', '*/*')).type, 'application/json'))
  it('resources 30: a browser gets HTML', async () => {
    const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
    for (const accept of ['text/html', browser]) {
      const reply = await get('', accept)
      assert.equal(reply.type, 'text/html')
      assert.match(reply.text, /class="x_rs_t"/)
    }
  })
  it('resources 31: the parameter wins over Accept', async () => {
    const reply = await get('?format=json', 'text/html')
    assert.equal(reply.type, 'application/json')
    assert.equal(reply.rows().length, 2)
  })
  it('resources (2.1): Accept text/xml gives XML', async () =>
    assert.equal((await get('', 'text/xml')).type, 'text/xml'))
  it('resources (2.1): an Accept that matches nothing gives JSON', async () => {
    const reply = await get('', 'image/png')
    is(reply, 200)
    assert.equal(reply.type, 'application/json')
  })
  for (const format of ['banana', 'txt', 'zip']) {
    it(`resources 37: format=${format} gives the HTML table`, async () => {
      const reply = await get(`?format=${format}`)
      is(reply, 200)
      assert.equal(reply.type, 'text/html')
      assert.match(reply.text, /class="x_rs_t"/)
    })
  }
  it('resources (2.1): full media types and capitals are understood', async () => {
    assert.equal((await get('?format=application/json')).type, 'application/json')
    assert.equal((await get('?format=text/csv')).type, 'text/csv')
    assert.equal((await get('?format=CSV')).type, 'text/csv')
  })
})
