import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { done, FILE_COLUMNS, folderRow, is, md5, octets, rowsOf, store } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session
let uri: (path: string) => string
let id = ''
const odd = '<&">,x.txt'

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
  done(await scene.own('PUT', `${mr.R}/U/files/brain.nii.gz?format=NIFTI&content=T1%20NIFTI`, octets('brain')))
  await store(scene.own, `${mr.R}/U/files/${encodeURIComponent(odd)}`, 'odd')
  id = (await folderRow(scene.own, mr.R, 'U'))['xnat_abstractresource_id'] ?? ''
  uri = (path) => `${mr.R}/${id}/files/${path}`
})
after(() => scene?.close())

const get = (query: string) => scene.own('GET', `${mr.R}/U/files${query}`)

describe('bytes of each format', () => {
  it('resources 116: JSON', async () => {
    const rows =
      `{"Name":"brain.nii.gz","Size":"5","URI":"${uri('brain.nii.gz')}","collection":"U","file_tags":"","file_format":"NIFTI",` +
      `"file_content":"T1 NIFTI","cat_ID":"${id}","digest":"${md5('brain')}"},` +
      `{"Name":"<&\\">,x.txt","Size":"3","URI":"${uri('<&\\">,x.txt')}","collection":"U","file_tags":"","file_format":"",` +
      `"file_content":"","cat_ID":"${id}","digest":"${md5('odd')}"}`
    const { text, type } = await get('?format=json')
    assert.equal(text, `{"ResultSet":{"Columns":[{"key":"URI","serverRoot":""}],"Result":[${rows}], "title": "Files"}}`)
    assert.equal(type, 'application/json')
  })

  it('resources 127: CSV', async () => {
    const reply = await get('?format=csv')
    assert.equal(reply.type, 'text/csv')
    assert.equal(
      reply.text,
      `${FILE_COLUMNS}\nbrain.nii.gz,5,${uri('brain.nii.gz')},U,,NIFTI,T1 NIFTI,${id},${md5('brain')}\n` +
        `"<&"">,x.txt",3,"${uri('<&"">,x.txt')}",U,,,,${id},${md5('odd')}\n`,
    )
  })

  it('resources 127: CSV without rows is the header line', async () => {
    const reply = await scene.own('GET', `${(await scene.session()).path}/files?format=csv`)
    assert.equal(reply.text, `${FILE_COLUMNS}\n`)
  })

  it('resources 128: XML', async () => {
    const reply = await get('?format=xml')
    assert.equal(reply.type, 'text/xml')
    const heads = FILE_COLUMNS.split(',').map((column) =>
      column === 'URI' ? '<column serverRoot="">URI</column>' : `<column>${column}</column>`,
    )
    const cells = ['brain.nii.gz', '5', uri('brain.nii.gz'), 'U', '', 'NIFTI', 'T1 NIFTI', id, md5('brain')]
    const start =
      `<ResultSet title="Files"><results><columns>${heads.join('')}</columns>\n` +
      `<rows><row>${cells.map((cell) => `<cell>${cell}</cell>`).join('')}</row>\n<row><cell>&lt;&amp;`
    assert.equal(reply.text.slice(0, start.length), start)
    assert.ok(reply.text.trimEnd().endsWith('</row>\n</rows></results></ResultSet>'))
  })

  it('resources 129: HTML, the URI a link', async () => {
    const reply = await get('?format=html')
    assert.equal(reply.type, 'text/html')
    const link = `<td><a href='${uri('brain.nii.gz')}'>${uri('brain.nii.gz')}</a></td>`
    assert.ok(reply.text.includes(`<td>brain.nii.gz</td><td>5</td>${link}<td>U</td>`), reply.text)
    assert.match(reply.text, /<tr class="x_rs_tr_data odd">/)
  })

  it('resources (2.6): names are escaped in HTML, in text and in the link', async () => {
    const { text } = await get('?format=html')
    assert.ok(!text.includes('<&"'))
    assert.ok(!/<a href='[^']*</.test(text))
  })

  it('resources (3.1): xList has no cell tags', async () => {
    const reply = await get('?format=xList')
    is(reply, 200)
    assert.doesNotMatch(reply.text, /<t[dh]>/)
    assert.ok(reply.text.includes('brain.nii.gz'))
  })

  it('resources (3.1): an unknown format is the HTML table', async () =>
    assert.equal((await get('?format=banana')).type, 'text/html'))
})

describe('format=xcat', () => {
  it('resources (3.7): a catalog for downloaders', async () => {
    const reply = await get('?format=xcat')
    is(reply, 200)
    assert.equal(reply.type, 'application/xcat')
    assert.equal(reply.headers['content-disposition'], 'inline; filename="files.xcat";')
    const entry = /<cat:entry [^>]*brain[\s\S]*?<\/cat:entry>/.exec(reply.text)?.[0] ?? ''
    assert.match(entry, new RegExp(`URI="https?://[^"]*${uri('brain.nii.gz')}"`))
    const member = `${mr.label}/resources/U/files/brain.nii.gz`
    assert.ok(entry.includes(`<cat:metaField name="RELATIVE_PATH">${member}</cat:metaField>`), entry)
    assert.ok(entry.includes('<cat:metaField name="SIZE">5</cat:metaField>'), entry)
  })
})

describe('locator', () => {
  it('resources 135: absolutePath replaces URI and shows no path of the machine', async () => {
    const rows = await rowsOf(scene.own, `${mr.R}/U/files?locator=absolutePath`)
    for (const row of rows) {
      assert.ok(!('URI' in row))
      assert.ok(!row['absolutePath']?.startsWith(scene.site.folder))
      assert.match(row['absolutePath'] ?? '', /^\/.*\/P\/arc001\/MR1\/RESOURCES\/U\//)
    }
  })

  it('resources (3.4): projectPath, in any case', async () => {
    const [row] = await rowsOf(scene.own, `${mr.R}/U/files?locator=PROJECTPATH`)
    assert.equal(row?.['projectPath'], 'arc001/MR1/RESOURCES/U/brain.nii.gz')
    assert.ok(!('URI' in (row ?? {})))
  })

  it('resources (3.2): Columns stays as it is with a locator', async () => {
    const { ResultSet } = (await get('?locator=projectPath')).json()
    assert.deepEqual(ResultSet.Columns, [{ key: 'URI', serverRoot: '' }])
  })

  it('resources 135: CSV header with a locator', async () => {
    const { text } = await get('?locator=absolutePath&format=csv')
    assert.equal(text.split('\n')[0], FILE_COLUMNS.replace('URI', 'absolutePath'))
  })

  it('resources (10): includeRootPath shows no path of the machine', async () => {
    const { text } = await scene.own('GET', `${mr.R}/U?includeRootPath=true`)
    assert.match(text, /<cat:metaField name="CATALOG_LOCATION">\/[^<]*<\/cat:metaField>/)
    assert.ok(!text.includes(scene.site.folder))
  })
})
