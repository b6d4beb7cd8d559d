import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { zipOf } from '../../support/archives.ts'
import { contentsOf, done, duplicates, folderRow, is, labelsOf, octets, rowsOf, store } from './checks.ts'
import { addAssessor, addReconstruction, addScan, openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session
let assessor: string
/** Parent address by the checklist line that names it. */
let parents: Record<string, string>

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
  assessor = await addAssessor(scene, mr, 'A1')
  await addReconstruction(scene, mr, 'R1', 'Mean')
  parents = {
    project: '/data/projects/P',
    subject: '/data/projects/P/subjects/S1',
    'subject by id': `/data/subjects/${scene.subject}`,
    session: mr.path,
    'session by labels': mr.named,
    scan: `${mr.path}/scans/1`,
    'scan by labels': `${mr.named}/scans/1`,
    assessor: `${mr.path}/assessors/A1`,
    'assessor out': `${mr.path}/assessors/A1/out`,
    'assessor in': `${mr.path}/assessors/A1/in`,
    'assessor by labels': `${mr.named}/assessors/A1`,
    reconstruction: `${mr.path}/reconstructions/R1`,
    'reconstruction out': `${mr.path}/reconstructions/R1/out`,
    'reconstruction in': `${mr.path}/reconstructions/R1/in`,
    'reconstruction by labels': `${mr.named}/reconstructions/R1`,
  }
})
after(() => scene?.close())

const kinds: readonly (readonly [kind: string, line: number])[] = [
  ['project', 101],
  ['subject', 101],
  ['subject by id', 101],
  ['session', 101],
  ['session by labels', 101],
  ['scan', 101],
  ['scan by labels', 101],
  ['assessor', 99],
  ['assessor out', 99],
  ['assessor in', 99],
  ['assessor by labels', 99],
  ['reconstruction', 100],
  ['reconstruction out', 100],
  ['reconstruction in', 100],
  ['reconstruction by labels', 100],
]

describe('every parent', () => {
  for (const [kind, line] of kinds) {
    // Titles: resources 99, 100, 101.
    it(`resources ${line}: ${kind}: upload, download, list, count, delete`, async () => {
      const parent = parents[kind] ?? ''
      const label = `D_${kind.replaceAll(' ', '_')}`
      const [folder, bytes] = [`${parent}/resources/${label}`, `bytes of ${kind}`]
      await store(scene.own, `${folder}/files/${label}.dcm`, bytes)
      assert.equal((await scene.own('GET', `${folder}/files/${label}.dcm`)).text, bytes)
      assert.equal((await scene.own('GET', `${parent}/files/${label}.dcm`)).text, bytes)
      assert.deepEqual(await contentsOf(scene.own, `${folder}/files`), { [`${label}.dcm`]: bytes })
      const row = await folderRow(scene.own, `${parent}/resources`, label)
      assert.deepEqual([row['file_count'], row['file_size']], ['1', String(bytes.length)])
      duplicates(await scene.own('PUT', `${folder}/files/${label}.dcm`, octets('other')), [`${label}.dcm`])
      done(await scene.own('DELETE', `${folder}/files/${label}.dcm`))
      done(await scene.own('DELETE', folder))
      assert.ok(!(await labelsOf(scene.own, `${parent}/resources`)).includes(label))
    })

    it(`resources 102: ${kind}: a zip is extracted`, async () => {
      const folder = `${parents[kind]}/resources/Z`
      const zip = zipOf([{ name: 'mr_1/1.dcm', body: kind }])
      done(await scene.own('PUT', `${folder}/files/x.zip?extract=true`, octets(zip)))
      assert.deepEqual(await contentsOf(scene.own, `${folder}/files`), { 'mr_1/1.dcm': kind })
      done(await scene.own('DELETE', folder))
    })
  }

  it('resources 99: an assessor is also an experiment', async () => {
    await store(scene.own, `${mr.path}/assessors/A1/out/resources/DATA/files/a.txt`, 'a')
    is(await scene.own('GET', `/data/experiments/${assessor}/resources`), 200)
    is(await scene.own('GET', `/data/experiments/${assessor}/files`), 200)
  })

  it('resources 101: in and out of one assessor are different places', async () => {
    await store(scene.own, `${mr.path}/assessors/A1/in/resources/SAME/files/a.txt`, 'in')
    await store(scene.own, `${mr.path}/assessors/A1/out/resources/SAME/files/a.txt`, 'out')
    assert.equal((await scene.own('GET', `${mr.path}/assessors/A1/in/resources/SAME/files/a.txt`)).text, 'in')
    assert.equal((await scene.own('GET', `${mr.path}/assessors/A1/resources/SAME/files/a.txt`)).text, 'out')
  })
})

describe('which folder', () => {
  it('resources (7.3): without a label, the first existing folder', async () => {
    const own = await scene.session()
    done(await scene.own('PUT', `${own.R}/FIRST`))
    done(await scene.own('PUT', `${own.R}/SECOND`))
    await store(scene.own, `${own.path}/files/a.txt`, 'a')
    assert.deepEqual(await contentsOf(scene.own, `${own.R}/FIRST/files`), { 'a.txt': 'a' })
  })

  it('resources (7.3): without any folder, one without a label is made', async () => {
    const own = await scene.session()
    await store(scene.own, `${own.path}/files/a.txt`, 'a')
    assert.deepEqual(await labelsOf(scene.own, own.R), [''])
    assert.deepEqual(await contentsOf(scene.own, `${own.path}/files`), { 'a.txt': 'a' })
  })

  it('resources (1.4): a folder of another session is not reached by its id', async () => {
    const [one, two] = [await scene.session(), await scene.session()]
    await store(scene.own, `${one.R}/U/files/a.txt`, 'a')
    const id = (await folderRow(scene.own, one.R, 'U'))['xnat_abstractresource_id']
    is(await scene.own('GET', `${two.R}/${id}/files/a.txt`), 404)
    is(await scene.own('PUT', `${two.R}/${id}/files/b.txt`, octets('b')), 404)
    is(await scene.own('DELETE', `${two.R}/${id}/files/a.txt`), 404)
    is(await scene.own('DELETE', `${two.R}/${id}`), 404)
    assert.deepEqual(await contentsOf(scene.own, `${one.R}/U/files`), { 'a.txt': 'a' })
  })

  it('resources (1.4): the id of a scan folder is reached through its session', async () => {
    const own = await scene.session()
    await store(scene.own, `${own.path}/scans/1/resources/DICOM/files/1.dcm`, 'd')
    const id = (await folderRow(scene.own, `${own.path}/scans/1/resources`, 'DICOM'))['xnat_abstractresource_id']
    assert.equal((await scene.own('GET', `${own.R}/${id}/files/1.dcm`)).text, 'd')
  })

  it('resources (1.4): an upload wants exactly one scan', async () => {
    const own = await scene.session()
    await addScan(scene, own.path, '2', 'T1')
    for (const scans of ['ALL', '1,2', 'T1', 'NOPE']) {
      is(await scene.own('PUT', `${own.path}/scans/${scans}/resources/X/files/a.txt`, octets('x')), 404)
    }
    assert.deepEqual(await rowsOf(scene.own, `${own.path}/scans/ALL/files`), [])
  })
})
