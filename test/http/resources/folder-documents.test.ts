import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { multipart } from '../../support/caller.ts'
import { done, folderRow, is, labelsOf, namesBelow, refused, rowsOf, store } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
})
after(() => scene?.close())

const XNAT = 'xmlns:xnat="http://nrg.wustl.edu/xnat"'
const catalogXml = (attributes: string, tags = '') =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<xnat:ResourceCatalog ${XNAT} ${attributes}>${tags}</xnat:ResourceCatalog>`
const xml = (body: string) => ({ headers: { 'content-type': 'text/xml' }, body })

describe('a folder from a document', () => {
  it('resources (6.1): XML gives the descriptors, the address the label', async () => {
    const tags = '<xnat:tags><xnat:tag>one</xnat:tag><xnat:tag name="site">A</xnat:tag></xnat:tags>'
    done(await scene.own('PUT', `${mr.R}/XML`, xml(catalogXml('label="IGNORED" format="NIFTI" content="T1"', tags))))
    const row = await folderRow(scene.own, mr.R, 'XML')
    assert.deepEqual([row['format'], row['content'], row['tags']], ['NIFTI', 'T1', 'one,site=A'])
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('IGNORED'))
  })

  it('resources (6.1): the query overrides the document', async () => {
    const body = catalogXml('format="NIFTI" content="T1"')
    done(await scene.own('PUT', `${mr.R}/OVER?format=DICOM&xnat:resourceCatalog/content=C9`, xml(body)))
    const row = await folderRow(scene.own, mr.R, 'OVER')
    assert.deepEqual([row['format'], row['content']], ['DICOM', 'C9'])
  })

  it('resources (6.1): a multipart part named *.xml', async () => {
    const body = multipart([
      { field: 'doc', filename: 'folder.xml', type: 'text/xml', body: catalogXml('format="PART"') },
    ])
    done(await scene.own('PUT', `${mr.R}/PART`, body))
    assert.equal((await folderRow(scene.own, mr.R, 'PART'))['format'], 'PART')
  })

  it('resources (6.3): POST of the collection takes the label from the document', async () => {
    is(await scene.own('POST', mr.R, xml(catalogXml('label="FROMDOC" format="F"'))), 200)
    assert.equal((await folderRow(scene.own, mr.R, 'FROMDOC'))['format'], 'F')
  })

  for (const [what, body] of [
    ['a document of another type', `<xnat:Subject ${XNAT} label="S9"/>`],
    ['a document that cannot be parsed', '<xnat:ResourceCatalog'],
    [
      'a document with a DOCTYPE',
      `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${catalogXml('format="&e;"').slice(39)}`,
    ],
  ] as const) {
    it(`resources (6.1): ${what} is 422`, async () => {
      is(await scene.own('PUT', `${mr.R}/BAD`, xml(body)), 422)
      assert.ok(!(await labelsOf(scene.own, mr.R)).includes('BAD'))
    })
  }

  it('resources (6.1): the event parameters are accepted on every write', async () => {
    const why = 'event_reason=r&event_type=PROCESS&event_action=a&event_comment=c'
    done(await scene.own('PUT', `${mr.R}/EVENT?${why}`))
    done(await scene.own('PUT', `${mr.R}/EVENT/files/a.txt?inbody=true&${why}`, { body: 'x' }))
    done(await scene.own('DELETE', `${mr.R}/EVENT/files/a.txt?${why}`))
    done(await scene.own('DELETE', `${mr.R}/EVENT?${why}`))
  })
})

describe('labels that are refused', () => {
  it('resources 61: digits alone', async () => {
    refused(await scene.own('PUT', `${mr.R}/123456`))
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('123456'))
  })

  const bad: Record<string, string> = {
    'a slash': 'a%2Fb',
    'two dots': '..',
    'two encoded dots': '%2e%2e',
    'one dot': '.',
    'an encoded dot': '%2e',
    'a backslash': 'a%5Cb',
    'a single quote': 'a%27b',
    'a double quote': 'a%22b',
    'an angle bracket': 'a%3Cb',
    'another angle bracket': 'a%3Eb',
    'a colon': 'a%3Ab',
    'a star': 'a*b',
    'a question mark': 'a%3Fb',
    'a bar': 'a%7Cb',
    'a line break': 'a%0Ab',
    'a NUL': 'a%00b',
    'a delete character': 'a%7Fb',
    'a C1 control character': 'a%C2%85b',
    'what is no character': 'a%EF%BF%BFb',
    'the word NULL': 'NULL',
    'the word null': 'null',
    'more than 255 bytes': 'x'.repeat(256),
    'more than 255 bytes in fewer letters': '%C3%BC'.repeat(128),
    'a broken escape': 'a%zz',
    'bytes that are no UTF-8': 'a%FF',
  }
  for (const [what, label] of Object.entries(bad)) {
    it(`resources 62: ${what}`, async () => {
      const [rows, names] = [await rowsOf(scene.own, mr.R), await namesBelow(scene.site.folder)]
      refused(await scene.own('PUT', `${mr.R}/${label}`))
      refused(await scene.own('PUT', `${mr.R}/${label}/files/evil.txt?inbody=true`, { body: 'evil' }))
      assert.deepEqual(await rowsOf(scene.own, mr.R), rows)
      assert.deepEqual(
        (await namesBelow(scene.site.folder)).filter((name) => /evil/.test(name)),
        names.filter((name) => /evil/.test(name)),
      )
    })
  }

  it('resources (6.2): the refusal is a clear 400', async () => {
    for (const label of ['123456', 'NULL', 'a%2Fb', 'a%3Ab', 'x'.repeat(256)])
      is(await scene.own('PUT', `${mr.R}/${label}`), 400)
  })

  it('resources (6.2): the collection refuses them as well', async () => {
    for (const label of ['123456', 'a%2Fb', '..', 'a%0Ab']) {
      is(await scene.own('POST', `${mr.R}?xnat:resourceCatalog/label=${label}`), 400)
    }
  })
})

describe('labels that are taken', () => {
  const good = ['a b', 'a_b-c.d', '(a)', 'a+b', 'a@b', 'a#b', '2D', 'x'.repeat(255), 'Größe']
  for (const label of good) {
    it(`resources (6.2): ${label.slice(0, 12)}, found again under it`, async () => {
      const path = `${mr.R}/${encodeURIComponent(label)}`
      done(await scene.own('PUT', path))
      assert.ok((await labelsOf(scene.own, mr.R)).includes(label))
      await store(scene.own, `${path}/files/f.txt`, label)
      assert.equal((await scene.own('GET', `${path}/files/f.txt`)).text, label)
      is(await scene.own('PUT', path), 409)
    })
  }

  it('resources (1.5): a plus sign is no blank', async () => {
    done(await scene.own('PUT', `${mr.R}/p+q`))
    assert.ok((await labelsOf(scene.own, mr.R)).includes('p+q'))
    is(await scene.own('GET', `${mr.R}/p%20q`), 404)
    is(await scene.own('GET', `${mr.R}/p%2Bq`), 200)
  })

  it('resources (6.2): letter case counts', async () => {
    done(await scene.own('PUT', `${mr.R}/Case`))
    is(await scene.own('GET', `${mr.R}/CASE`), 404)
    done(await scene.own('PUT', `${mr.R}/CASE`))
  })

  it('resources (1.5): trailing slashes of the folder address are ignored', async () => {
    done(await scene.own('PUT', `${mr.R}/SLASH/`))
    assert.ok((await labelsOf(scene.own, mr.R)).includes('SLASH'))
    is(await scene.own('GET', `${mr.R}/SLASH/`), 200)
    is(await scene.own('PUT', `${mr.R}/SLASH/`), 409)
  })
})
