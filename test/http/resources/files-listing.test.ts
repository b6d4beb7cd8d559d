import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  contentsOf,
  done,
  FILE_COLUMNS,
  folderRow,
  is,
  labelsOf,
  md5,
  octets,
  pathsOf,
  rowsOf,
  store,
  wire,
} from './checks.ts'
import { addAssessor, addReconstruction, openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session
let assessor: string
/** Resource id by label, over all parents of the session. */
const ids: Record<string, string> = {}

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
  assessor = await addAssessor(scene, mr, 'A1')
  const recon = await addReconstruction(scene, mr, 'R1', 'Mean')
  done(await scene.own('PUT', `${mr.R}/U/files/sub/a.txt?format=F&content=C&tags=t`, octets('file a')))
  await store(scene.own, `${mr.R}/V/files/b with blank.txt`.replaceAll(' ', '%20'), 'file b')
  await store(scene.own, `${mr.path}/scans/1/resources/DICOM/files/1.dcm`, 'file 1')
  await store(scene.own, `${mr.path}/assessors/A1/resources/OUT/files/o.txt`, 'file o')
  await store(scene.own, `${mr.path}/assessors/A1/in/resources/IN/files/i.txt`, 'file i')
  await store(scene.own, `${recon}/resources/ROUT/files/ro.txt`, 'file ro')
  await store(scene.own, `${recon}/in/resources/RIN/files/ri.txt`, 'file ri')
  await store(scene.own, '/data/projects/P/subjects/S1/resources/SUB/files/s.txt', 'file s')
  await store(scene.own, '/data/projects/P/resources/PRO/files/p.txt', 'file p')
  const listings = [mr.R, `${mr.path}/scans/1/resources`, `${mr.path}/assessors/A1/resources`]
  listings.push(`${mr.path}/assessors/A1/in/resources`, `${recon}/resources`, `${recon}/in/resources`)
  listings.push('/data/projects/P/subjects/S1/resources', '/data/projects/P/resources')
  for (const listing of listings)
    for (const row of await rowsOf(scene.own, listing)) ids[row['label'] ?? ''] = row['xnat_abstractresource_id'] ?? ''
})
after(() => scene?.close())

const urisOf = async (path: string) => (await rowsOf(scene.own, path)).map((row) => row['URI'])

describe('the files table', () => {
  it('resources 116: Columns, title, no totalRecords', async () => {
    const { ResultSet } = (await scene.own('GET', `${mr.path}/files?format=json`)).json()
    assert.deepEqual(ResultSet.Columns, [{ key: 'URI', serverRoot: '' }])
    assert.deepEqual(Object.keys(ResultSet).sort(), ['Columns', 'Result', 'title'])
    assert.equal(ResultSet.title, 'Files')
  })

  it('resources 117: exactly the nine keys, all strings', async () => {
    for (const row of await rowsOf(scene.own, `${mr.path}/files`)) {
      assert.deepEqual(Object.keys(row).sort(), FILE_COLUMNS.split(',').sort())
      for (const value of Object.values(row)) assert.equal(typeof value, 'string')
    }
  })

  it('resources 117, 119, 120, 121: a whole row', async () => {
    const [row] = await rowsOf(scene.own, `${mr.R}/U/files`)
    assert.deepEqual(row, {
      Name: 'a.txt',
      Size: '6',
      URI: `${mr.R}/${ids['U']}/files/sub/a.txt`,
      collection: 'U',
      file_tags: 't',
      file_format: 'F',
      file_content: 'C',
      cat_ID: ids['U'],
      digest: md5('file a'),
    })
  })

  it('resources 119: cat_ID and collection are those of the folder', async () => {
    for (const row of await rowsOf(scene.own, `${mr.path}/files?all=true`))
      assert.equal(row['cat_ID'], ids[row['collection'] ?? ''])
  })

  it('resources 120, 121: digest and size of every file', async () => {
    assert.deepEqual(Object.keys(await contentsOf(scene.own, `${mr.path}/files?all=true`)).length, 5)
  })
})

describe('URIs', () => {
  it('resources 118: of /files, in any spelling', async () => {
    const expected = [`${mr.R}/${ids['U']}/files/sub/a.txt`, `${mr.R}/${ids['V']}/files/b with blank.txt`]
    for (const path of [
      mr.path,
      mr.named,
      `/data/projects/P/experiments/${mr.label}`,
      mr.path.replace('/data', '/REST'),
    ])
      assert.deepEqual(await urisOf(`${path}/files`), expected)
  })

  it('resources 122: scans only with all=true', async () => {
    const uri = `${mr.path}/scans/1/resources/${ids['DICOM']}/files/1.dcm`
    assert.ok(!(await urisOf(`${mr.path}/files`)).includes(uri))
    assert.ok((await urisOf(`${mr.path}/files?all=true`)).includes(uri))
    assert.deepEqual(await urisOf(`${mr.path}/scans/1/files`), [uri])
  })

  it('resources (3.3): assessors and reconstructions', async () => {
    const out = `${mr.path}/assessors/${assessor}/out/resources/${ids['OUT']}/files/o.txt`
    const recon = `${mr.path}/reconstructions/R1/out/resources/${ids['ROUT']}/files/ro.txt`
    const all = await urisOf(`${mr.path}/files?all=true`)
    assert.ok(all.includes(out), all.join())
    assert.ok(all.includes(recon), all.join())
    assert.deepEqual(await urisOf(`${mr.path}/assessors/A1/files`), [out])
    assert.deepEqual(await urisOf(`${mr.path}/reconstructions/R1/files`), [recon])
    const inside = `${mr.path}/assessors/${assessor}/in/resources/${ids['IN']}/files/i.txt`
    assert.deepEqual(await urisOf(`${mr.path}/assessors/A1/in/files`), [inside])
    const rin = `${mr.path}/reconstructions/R1/in/resources/${ids['RIN']}/files/ri.txt`
    assert.deepEqual(await urisOf(`${mr.path}/reconstructions/R1/in/files`), [rin])
  })

  it('resources 123: of a subject', async () => {
    const uri = `/data/projects/P/subjects/${scene.subject}/resources/${ids['SUB']}/files/s.txt`
    assert.deepEqual(await urisOf('/data/projects/P/subjects/S1/files'), [uri])
    assert.deepEqual(await urisOf(`/data/subjects/${scene.subject}/files`), [uri])
  })

  it('resources 124: of a project', async () => {
    assert.deepEqual(await urisOf('/data/projects/P/files'), [`/data/projects/P/resources/${ids['PRO']}/files/p.txt`])
  })

  it('resources (3.3): of one folder, as its session was addressed', async () => {
    const tail = `/resources/${ids['U']}/files/sub/a.txt`
    assert.deepEqual(await urisOf(`${mr.R}/U/files`), [mr.path + tail])
    assert.deepEqual(await urisOf(`/data/projects/P/experiments/${mr.label}/resources/U/files`), [mr.path + tail])
    const named = `/data/projects/P/subjects/${scene.subject}/experiments/${mr.id}`
    assert.deepEqual(await urisOf(`${mr.named}/resources/U/files`), [named + tail])
    const scan = `/scans/1/resources/${ids['DICOM']}/files/1.dcm`
    assert.deepEqual(await urisOf(`${mr.path}/scans/1/resources/DICOM/files`), [mr.path + scan])
    assert.deepEqual(await urisOf(`${mr.named}/scans/1/resources/DICOM/files`), [named + scan])
  })

  it('resources (3.3): a list of folders has the URIs of /files', async () => {
    assert.deepEqual(await urisOf(`${mr.named}/resources/U,V/files`), await urisOf(`${mr.path}/files`))
  })

  it('resources (3.3): a listed URI leads back to a listing with the same URI', async () => {
    for (const uri of (await urisOf(`${mr.path}/files?all=true`)).map(String)) {
      const again = await urisOf(uri.replace(/\/files\/.*$/, '/files'))
      assert.ok(again.includes(uri), uri)
    }
  })

  it('resources 125: every listed URI answers with Size bytes', async () => {
    const places = [`${mr.path}/files?all=true`, `${mr.named}/resources/U/files`, '/data/projects/P/files']
    places.push('/data/projects/P/subjects/S1/files', `${mr.path}/assessors/A1/in/files`)
    for (const place of places) {
      for (const row of await rowsOf(scene.own, place)) {
        const reply = await scene.own('GET', wire(row['URI'] ?? ''))
        is(reply, 200)
        assert.equal(String(reply.bytes.length), row['Size'])
      }
    }
  })
})

describe('which files', () => {
  it('resources 126: one folder, a list of folders, blanks around commas', async () => {
    const files = async (labels: string) => pathsOf(scene.own, `${mr.R}/${labels}/files`)
    assert.deepEqual(await files('U'), ['sub/a.txt'])
    for (const list of ['U,V', 'V,U', 'U,%20V', `${ids['U']},V`])
      assert.deepEqual(await files(list), ['b with blank.txt', 'sub/a.txt'])
    assert.deepEqual(await files('U,NOPE'), ['sub/a.txt'])
  })

  it('resources 136: no folders, an empty table', async () => {
    const reply = await scene.own('GET', `${(await scene.session()).path}/files`)
    is(reply, 200)
    assert.equal(reply.text, '{"ResultSet":{"Columns":[{"key":"URI","serverRoot":""}],"Result":[], "title": "Files"}}')
  })

  it('resources 137: an unknown label', async () => {
    const reply = await scene.own('GET', `${mr.R}/NOPE/files`)
    is(reply, 404)
    assert.match(reply.message() ?? '', /Unable to find the specified catalog/)
  })

  it('resources (3.5): scans that are named and are not there', async () => {
    is(await scene.own('GET', `${mr.path}/scans/99/files`), 404)
    const none = await scene.own('PUT', '/data/projects/P/subjects/S1/experiments/NOSCANS?xsiType=xnat:mrSessionData')
    assert.deepEqual(await rowsOf(scene.own, `/data/experiments/${none.text}/scans/ALL/files`), [])
  })

  it('resources (3.5): all scans of an experiment that can have none', async () => {
    const form = await scene.own('PUT', '/data/projects/P/subjects/S1/experiments/FORM?xsiType=scr:screeningAssessment')
    for (const all of ['ALL', '*'])
      for (const below of ['files', 'resources'])
        assert.deepEqual(await rowsOf(scene.own, `/data/experiments/${form.text}/scans/${all}/${below}`), [], below)
    is(await scene.own('GET', `/data/experiments/${form.text}/scans/1/files`), 404)
    is(await scene.own('PUT', `/data/experiments/${form.text}/scans/ALL/resources/X`), 404)
    is(await scene.own('GET', '/data/experiments/NOPE/scans/ALL/files'), 404)
  })

  it('resources (3.5): assessors that the viewer cannot read are left out', async () => {
    assert.deepEqual(
      await rowsOf(scene.col, `${mr.path}/files?all=true`),
      await rowsOf(scene.own, `${mr.path}/files?all=true`),
    )
  })

  it('resources (3.2): HEAD has no body', async () => {
    const reply = await scene.own('HEAD', `${mr.path}/files`)
    is(reply, 200)
    assert.equal(reply.bytes.length, 0)
  })

  it('resources (1.1): folder ids do not depend on the spelling', async () => {
    assert.equal((await folderRow(scene.own, `${mr.named}/resources`, 'U'))['xnat_abstractresource_id'], ids['U'])
    assert.deepEqual((await labelsOf(scene.own, mr.R)).sort(), ['U', 'V'])
  })
})
