import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { catalogToXml, catalogXmlChunks, xcatToXml } from '../../src/formats/catalog-xml.ts'
import { readXml } from '../../src/formats/xml-read.ts'
import type { Catalog, CatalogEntry } from '../../src/model/catalog.ts'

const entry: CatalogEntry = {
  path: 'sub/brain.nii.gz',
  name: 'brain.nii.gz',
  size: 10240,
  digest: '9e107d9d372bb6826bd81d3542a419d6',
  format: 'NIFTI',
  content: 'T1 NIFTI',
  tags: ['one'],
  createdBy: 'admin',
  createdAt: '2019-01-09T18:05:57.343Z',
  createdEventId: 14,
}

const catalog: Catalog = {
  id: 123,
  label: 'NIFTI',
  project: 'PROJ',
  audit: [{ eventId: 14, at: '2019-01-09T18:05:57.343Z', added: 1 }],
  entries: [entry],
}

describe('catalogToXml', () => {
  it('resources 170: writes the catalog of the original, times in UTC', () => {
    assert.equal(
      catalogToXml(catalog),
      `<?xml version="1.0" encoding="UTF-8"?>
<cat:Catalog ID="NIFTI" xmlns:cat="http://nrg.wustl.edu/catalog" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<cat:metaFields>
	<cat:metaField name="PROJECT">PROJ</cat:metaField>
	<cat:metaField name="AUDIT">14:Wed Jan 09 18:05:57 UTC 2019=Added:1</cat:metaField>
</cat:metaFields>
<cat:entries>
	<cat:entry ID="sub/brain.nii.gz" URI="sub/brain.nii.gz" cachePath="sub/brain.nii.gz" content="T1 NIFTI" createdBy="admin" createdEventId="14" createdTime="2019-01-09T18:05:57.343" digest="9e107d9d372bb6826bd81d3542a419d6" format="NIFTI" name="brain.nii.gz">
		<cat:metaFields>
			<cat:metaField name="SIZE">10240</cat:metaField>
		</cat:metaFields>
		<cat:tags>
			<cat:tag>one</cat:tag>
		</cat:tags>
	</cat:entry>
</cat:entries>
</cat:Catalog>
`,
    )
  })

  it('resources 168: begins with the two lines clients know a catalog by, also when empty and without label', () => {
    const xml = catalogToXml({ id: 7, entries: [] })
    assert.ok(xml.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n<cat:Catalog ID="7" '))
    assert.equal(readXml(xml).children[0]?.local, 'entries')
  })

  it('resources (9.2): says of DICOM objects what their headers say, and is then a catalog of DICOM', () => {
    const object = { ...entry, path: '1.dcm', uid: '1.2.3', instanceNumber: 7 }
    const root = readXml(catalogToXml({ ...catalog, entries: [entry, object] }))
    assert.equal(root.local, 'DCMCatalog')
    const said = (at: number) =>
      ['type', 'UID', 'instanceNumber'].map(
        (name) => root.children[1]?.children[at]?.attributes.find(({ local }) => local === name)?.value,
      )
    assert.deepEqual(said(0), [undefined, undefined, undefined])
    assert.deepEqual(said(1), ['cat:dcmEntry', '1.2.3', '7'])
  })

  it('joins several changes, and tells the root path only where it is given', () => {
    const audit = [
      { eventId: 1, at: '2019-01-09T18:05:57Z', added: 2, modified: 1 },
      { eventId: 2, at: '2019-01-10T00:00:00Z', modified: 3 },
    ]
    const xml = catalogToXml({ ...catalog, audit, rootPath: '/archive/P/NIFTI' })
    assert.ok(
      xml.includes(
        '>1:Wed Jan 09 18:05:57 UTC 2019=Added:2;Modified:1|2:Thu Jan 10 00:00:00 UTC 2019=Modified:3</cat:metaField>',
      ),
    )
    assert.ok(xml.includes('<cat:metaField name="CATALOG_LOCATION">/archive/P/NIFTI</cat:metaField>'))
    assert.equal(catalogToXml(catalog).includes('CATALOG_LOCATION'), false)
  })

  it('escapes names, tags and descriptions', () => {
    const odd = { ...entry, path: 'a&"<b>\u0001.txt', description: '"x"', tags: ['<t>'], size: 0 }
    const read = readXml(catalogToXml({ ...catalog, entries: [odd] })).children[1]?.children[0]
    assert.equal(read?.attributes.find(({ local }) => local === 'URI')?.value, 'a&"<b>\ufffd.txt')
    assert.equal(read?.children[1]?.children[0]?.text, '<t>')
    assert.equal(read?.children[0]?.children[0]?.text, '0')
  })

  it('comes in pieces that make the same text', () => {
    const entries = Array.from({ length: 1200 }, (_, at) => ({ ...entry, path: `${at}.dcm`, name: `${at}.dcm` }))
    const chunks = [...catalogXmlChunks({ ...catalog, entries })]
    assert.equal(chunks.length, 7)
    assert.equal(chunks.join(''), catalogToXml({ ...catalog, entries }))
    assert.equal(readXml(chunks.join('')).children[1]?.children.length, 1200)
  })
})

describe('xcatToXml', () => {
  it('gives each file its whole address and its place in the download', () => {
    const xml = xcatToXml(
      [
        {
          uri: '/data/experiments/E/resources/7/files/a.txt',
          member: 'MR1/resources/U/files/a.txt',
          name: 'a.txt',
          size: 5,
          digest: 'd41d8cd98f00b204e9800998ecf8427e',
        },
      ],
      'https://x.example',
    )
    assert.ok(
      xml.includes(`	<cat:entry URI="https://x.example/data/experiments/E/resources/7/files/a.txt" cachePath="MR1/resources/U/files/a.txt" digest="d41d8cd98f00b204e9800998ecf8427e" name="a.txt">
		<cat:metaFields>
			<cat:metaField name="RELATIVE_PATH">MR1/resources/U/files/a.txt</cat:metaField>
			<cat:metaField name="SIZE">5</cat:metaField>
		</cat:metaFields>
	</cat:entry>
`),
    )
  })
})
