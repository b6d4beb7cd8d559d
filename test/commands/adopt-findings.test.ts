import assert from 'node:assert/strict'
import { mkdir, rm, symlink } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { catalogXml, folderOf, openOldArchive, scanOf } from '../adoption/old-archive.ts'
import { mrSessionXml } from '../http/hierarchy/documents.ts'
import { type Adopting, kindsOf, openAdopting } from './adopting.ts'

describe('what the adopt command finds', () => {
  let at: Adopting

  before(async () => {
    at = await openAdopting()
  })
  after(async () => {
    await at?.close()
  })

  it('keeps what catalogs say of files, and finds them under every spelling', async () => {
    const folder = 'CAT/arc001/S1/RESOURCES/R'
    const content = 'x'
    const absolute = `/data/xnat/archive/${folder}`
    const inside = '<cat:tags><cat:tag>one</cat:tag><cat:tag>two</cat:tag></cat:tags>'
    const entries = {
      'a.txt': { content, attributes: 'format="TEXT" content="NOTE" description="said"', inside },
      [`${absolute}/sub/b.txt`]: { content, attributes: 'format="ABSOLUTE"' },
      'c%20d.txt': { content, attributes: 'format="ENCODED"' },
      './e.txt': { content, attributes: 'format="DOT"' },
      'gone.txt': { content, attributes: '' },
      'https://elsewhere.example/f.txt': { content, attributes: '' },
      '../../up.txt': { content, attributes: '' },
    }
    const named = ['a.txt', 'sub/b.txt', 'c d.txt', 'e.txt', 'g.txt']
    const nested = { 'h.txt': { content, attributes: 'format="NESTED"' } }
    const set = `<cat:sets><cat:entrySet><cat:entries><cat:entry URI="g.txt" format="SET"/></cat:entries></cat:entrySet></cat:sets>`
    const other = await openOldArchive({
      ...Object.fromEntries([...named, 'inner/h.txt', 'unlisted.txt'].map((name) => [`${folder}/${name}`, content])),
      [`${folder}/R_catalog.xml`]: catalogXml(entries).replace('<cat:entries>', `${set}<cat:entries>`),
      [`${folder}/inner/inner_catalog.xml`]: catalogXml(nested),
      [`${folder}/a_catalog.xml`]: '<other/>',
      'CAT/arc001/S2/RESOURCES/BROKEN/x_catalog.xml': '<cat:Catalog',
      'CAT/arc001/S2/RESOURCES/BROKEN/x.txt': content,
    })
    const { code, findings } = await at.adopt(other.folder)
    assert.equal(code, 1)
    assert.deepEqual(kindsOf(findings), [
      'catalog CAT/arc001/S2/RESOURCES/BROKEN/x_catalog.xml',
      'guessed CAT/arc001/S1',
      'guessed CAT/arc001/S1',
      'guessed CAT/arc001/S2',
      'guessed CAT/arc001/S2',
      `missing ${folder}/gone.txt`,
      `remote ${folder}/R_catalog.xml`,
      `remote ${folder}/R_catalog.xml`,
      `uncatalogued ${folder}`,
      'uncatalogued CAT/arc001/S2/RESOURCES/BROKEN',
    ])
    const rows = (await at.admin('GET', '/data/projects/CAT/experiments/S1/resources/R/files?format=json')).rows()
    const formats = Object.fromEntries(rows.map((row) => [row['URI']?.split('/files/')[1], row['file_format']]))
    assert.deepEqual(formats, {
      'a.txt': 'TEXT',
      'a_catalog.xml': '',
      'c d.txt': 'ENCODED',
      'e.txt': 'DOT',
      'g.txt': 'SET',
      'inner/h.txt': 'NESTED',
      'sub/b.txt': 'ABSOLUTE',
      'unlisted.txt': '',
    })
    const first = rows.find((row) => row['Name'] === 'a.txt')
    assert.deepEqual([first?.['file_content'], first?.['file_tags']], ['NOTE', 'one,two'])
    await other.remove()
  })

  it('tells of everything it does not know what to do with', async () => {
    const other = await openOldArchive({
      'stray.txt': 'x',
      'bad project/resources/R/x': 'x',
      'ODD/.nfs0000000000000001': 'x',
      'ODD/arc001/A B/RESOURCES/12/x.txt': 'x',
      'ODD/arc001/A_B/RESOURCES/R/x.txt': 'other session',
      'ODD/arc001/A_B/UNKNOWN/x.txt': 'x',
      'ODD/arc001/A_B/RESOURCES/loose.txt': 'x',
      'ODD/arc001/A_B/SCANS/1/direct.dat': 'right in the scan',
      'ODD/arc001/A_B/SCANS/2/QC:1/x.txt': 'x',
      'ODD/arc001/A_B/RESOURCES/R/back\\slash.txt': 'x',
      'ODD/elsewhere/x.txt': 'x',
    })
    await symlink('/etc/hostname', other.path('ODD/arc001/A_B/RESOURCES/R/link.txt'))
    await mkdir(other.path('NOTHING/arc001'), { recursive: true })
    await mkdir(other.path('ODD/arc001/EMPTY'))
    await mkdir(other.path('ODD/arc001/A_B/SCANS/3'), { recursive: true })
    const { code, findings } = await at.adopt(other.folder)
    assert.equal(code, 1)
    assert.deepEqual(kindsOf(findings.filter(([kind]) => kind !== 'guessed' && kind !== 'uncatalogued')), [
      'conflict ODD/arc001/A_B',
      'empty NOTHING',
      'empty ODD/arc001/EMPTY',
      'passed ODD/.nfs0000000000000001',
      'refused bad project',
      'renamed ODD/arc001/A B',
      'renamed ODD/arc001/A B/RESOURCES/12',
      'unplaced ODD/elsewhere',
      'unplaced stray.txt',
    ])
    await rm(other.path('ODD/arc001/A B'), { recursive: true })
    const second = await at.adopt(other.folder, '--project', 'ODD')
    assert.deepEqual(kindsOf(second.findings.filter(([kind]) => kind !== 'guessed' && kind !== 'uncatalogued')), [
      'empty ODD/arc001/A_B/SCANS/3',
      'empty ODD/arc001/EMPTY',
      'link ODD/arc001/A_B/RESOURCES/R/link.txt',
      'passed ODD/.nfs0000000000000001',
      'refused ODD/arc001/A_B/RESOURCES/R/back\\slash.txt',
      'renamed ODD/arc001/A_B/SCANS/2/QC:1',
      'unplaced ODD/arc001/A_B/RESOURCES/loose.txt',
      'unplaced ODD/arc001/A_B/UNKNOWN',
      'unplaced ODD/elsewhere',
    ])
    assert.equal(
      (await at.admin('GET', '/data/projects/ODD/experiments/A_B/scans/1/resources/MISC/files/direct.dat')).text,
      'right in the scan',
    )
    assert.deepEqual(await at.files('/data/projects/ODD/experiments/A_B/scans/2/resources/QC_1/files'), ['x.txt'])
    assert.equal((await at.admin('GET', '/data/projects/ODD/experiments/EMPTY')).status, 404)
    await other.remove()
  })

  it('puts folders of one session in two archive sub-folders together', async () => {
    const other = await openOldArchive({
      ...scanOf('ARC/arc001/MR1', 1),
      ...folderOf('ARC/arc002/MR1/RESOURCES/R', { 'x.txt': 'x' }),
      ...folderOf('ARC/phase2/MR2/RESOURCES/R', { 'y.txt': 'y' }),
    })
    const { findings } = await at.adopt(other.folder)
    assert.deepEqual(kindsOf(findings), ['guessed ARC/phase2', 'guessed ARC/phase2/MR2', 'guessed ARC/phase2/MR2'])
    const session = '/data/projects/ARC/experiments/MR1'
    assert.deepEqual(await at.files(`${session}/resources/R/files`), ['x.txt'])
    assert.equal((await at.files(`${session}/scans/1/files`)).length, 3)
    assert.equal((await at.admin('GET', '/data/projects/ARC/experiments/MR2')).status, 200)
    await other.remove()
  })

  it('leaves what is there under the same names as it is', async () => {
    const other = await openOldArchive({
      ...folderOf('HERE/resources/R', { 'same.txt': 'same', 'other.txt': 'old' }),
      ...scanOf('HERE/arc001/MR1', 1),
    })
    await at.admin('PUT', '/data/projects/HERE?accessibility=public')
    for (const [name, body] of Object.entries({ 'same.txt': 'same', 'other.txt': 'new' }))
      await at.admin('PUT', `/data/projects/HERE/resources/R/files/${name}?inbody=true`, { body })
    const uid = 'xnat:mrSessionData/UID=1.2.3'
    await at.admin('PUT', `/data/projects/HERE/subjects/X/experiments/MR1?xsiType=xnat:mrSessionData&${uid}`)
    const { code, out, findings } = await at.adopt(other.folder)
    assert.equal(code, 1)
    assert.deepEqual(kindsOf(findings), ['conflict HERE/arc001/MR1', 'taken HERE/resources/R/other.txt'])
    assert.match(out, /^Files that were there already: 1$/m)
    assert.equal((await at.admin('GET', '/data/projects/HERE/resources/R/files/other.txt')).text, 'new')
    assert.equal((await at.admin('GET', '/data/projects/HERE/accessibility')).text, 'public')
    await other.remove()
  })

  it('keeps the ids and the words of documents and of a table of the old site', async () => {
    const other = await openOldArchive({
      ...scanOf('DOCS/arc001/S1', 1),
      ...scanOf('DOCS/arc001/S1', 5),
      'DOCS/arc001/S1.xml': mrSessionXml(
        'ID="OLD_E00042" project="ELSEWHERE" label="S1"',
        '<xnat:note>hand-written</xnat:note><xnat:subject_ID>OLD_S00007</xnat:subject_ID>',
      ),
      ...scanOf('DOCS/arc001/S2', 1),
      'DOCS/arc001/S2/S2.xml': '<xnat:Nonsense xmlns:xnat="http://nrg.wustl.edu/xnat"/>',
      'DOCS/arc001/S3/RESOURCES/R/x.txt': 'x',
      'table.csv':
        'ID,project,label,subject_label,subject_ID,xsiType\r\nOLD_E3,DOCS,S3,"Listed One",OLD_S9,xnat:petSessionData\r\n',
    })
    const { findings } = await at.adopt(other.folder, '--project', 'DOCS', '--subjects', other.path('table.csv'))
    assert.deepEqual(kindsOf(findings), ['document DOCS/arc001/S2/S2.xml', 'uncatalogued DOCS/arc001/S3/RESOURCES/R'])
    const item = async (address: string) => (await at.admin('GET', `${address}?format=json`)).json().items[0]
    const first = await item('/data/experiments/OLD_E00042')
    assert.deepEqual(
      [first.data_fields.label, first.data_fields.note, first.data_fields.subject_ID],
      ['S1', 'hand-written', 'OLD_S00007'],
    )
    assert.equal((await item('/data/subjects/OLD_S00007')).data_fields.label, 'SUBJ')
    const scans = (await at.admin('GET', '/data/experiments/OLD_E00042/scans?format=json')).rows()
    // Those of the document have its words, the other one those of its headers.
    assert.deepEqual(scans.map((row) => [row['ID'], row['type']]).sort(), [
      ['1', 'MPRAGE'],
      ['2', 'BOLD'],
      ['5', 'series 5'],
    ])
    const third = await item('/data/experiments/OLD_E3')
    assert.equal(third.meta['xsi:type'], 'xnat:petSessionData')
    assert.equal((await item('/data/projects/DOCS/subjects/Listed_One')).data_fields.ID, 'OLD_S9')
    assert.equal((await at.admin('GET', '/data/projects/DOCS/subjects/SUBJ/experiments/S2')).status, 200)
    await other.remove()
  })
})
