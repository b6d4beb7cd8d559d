import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { itemToHtml } from '../../src/formats/item-html.ts'
import { mrScan, subject, types } from './items.ts'

const path = '/data/experiments/XNAT_E00012/scans/2'
const page = itemToHtml(types, mrScan, { path })

describe('itemToHtml', () => {
  it('is a page named after the root element', () => {
    assert.ok(page.startsWith('<!DOCTYPE html>\n'))
    assert.ok(page.includes('<title>MRScan Details</title>'))
  })

  it('shows every field of the type with its value, empty ones too', () => {
    assert.ok(page.includes('<tr><th scope="row">ID</th><td>2</td></tr>'))
    assert.ok(page.includes('<tr><th scope="row">series_description</th><td>t1_mprage</td></tr>'))
    assert.ok(page.includes('<tr><th scope="row">parameters/tr</th><td>2300.0</td></tr>'))
    assert.ok(page.includes('<tr><th scope="row">parameters/te</th><td></td></tr>'))
    assert.ok(page.includes('<tr><th scope="row">xnat_imagescandata_id</th><td>42</td></tr>'))
  })

  it('shows one row for each folder, with a link to its files', () => {
    assert.ok(page.includes('<h2>file</h2>'))
    assert.ok(page.includes(`<tr><td><a href="${path}/resources/77/files?format=html">open</a></td>`))
    assert.ok(page.includes('<td>A&gt;&gt;P</td>'))
  })

  it('links to the collections below', () => {
    assert.ok(page.includes(`<a href="${path}/resources?format=html">resources</a>`))
    const subjectPage = itemToHtml(types, subject, { path: '/data/subjects/XNAT_S00001', serverRoot: '/xnat' })
    assert.ok(subjectPage.includes('<a href="/xnat/data/subjects/XNAT_S00001/experiments?format=html">experiments</a>'))
    assert.ok(subjectPage.includes('<a href="/xnat/data/experiments/XNAT_E00001">open</a>'))
    const project = { type: 'xnat:projectData', fields: { ID: 'P1' }, children: {} }
    const projectPage = itemToHtml(types, project, { path: '/data/projects/P1', lists: ['subjects', 'resources'] })
    assert.ok(projectPage.includes('<a href="/data/projects/P1/subjects?format=html">subjects</a>'))
  })

  it('escapes every value', () => {
    const evil = '"><script>alert(1)</script>&'
    const item = {
      type: 'xnat:mrScanData',
      fields: { ID: evil, note: evil },
      children: {
        file: [{ type: 'xnat:resourceCatalog', fields: { label: evil }, children: {} }],
        'parameters/addParam': [{ type: 'xnat:addField', fields: { name: evil, addField: evil }, children: {} }],
      },
    }
    const html = itemToHtml(types, item, { path: `/data/${evil}`, lists: [evil] })
    assert.equal(html.includes('<script'), false)
    assert.ok(html.includes('<a href="/data/&quot;&gt;&lt;script&gt;'))
    assert.ok(html.includes('<td>&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;</td>'))
  })
})
