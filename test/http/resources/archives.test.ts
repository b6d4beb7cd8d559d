import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { namesOf, readTar, readZip, zipOf } from '../../support/archives.ts'
import { done, is, store } from './checks.ts'
import { addAssessor, addReconstruction, addScan, openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session
let assessor: string
let files: string
const big = Buffer.alloc(300_000, 'repeated ')
const storedZip = zipOf([{ name: 'm.txt', body: 'member' }])

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
  files = `${mr.R}/U/files`
  assessor = await addAssessor(scene, mr, 'QC1')
  await addScan(scene, mr.path, '2', 'T1 MPRAGE/b:x')
  await addScan(scene, mr.path, '3')
  await addReconstruction(scene, mr, 'R1', 'Mean')
  await store(scene.own, `${files}/a.txt`, 'file a')
  await store(scene.own, `${files}/sub/2.dcm`, big)
  await store(scene.own, `${files}/sub/folder/3.dcm`, '')
  await store(scene.own, `${mr.R}/ZIPS/files/x.zip`, storedZip)
  for (const scan of ['1', '2', '3'])
    await store(scene.own, `${mr.path}/scans/${scan}/resources/DICOM/files/x.dcm`, scan)
  await store(scene.own, `${mr.path}/reconstructions/R1/resources/REC/files/r.txt`, 'r')
  await store(scene.own, `${mr.path}/assessors/QC1/resources/DATA/files/q.txt`, 'q')
  await store(scene.own, '/data/projects/P/subjects/S1/resources/SUB/files/s.txt', 's')
  await store(scene.own, '/data/projects/P/resources/PRO/files/p.txt', 'p')
})
after(() => scene?.close())

const zipAt = async (path: string) => {
  const reply = await scene.own('GET', path)
  is(reply, 200)
  assert.equal(reply.type, 'application/zip')
  return readZip(reply.bytes)
}
const zipNames = async (path: string) => namesOf(await zipAt(path))

describe('a zip', () => {
  it('resources 141: type and name', async () => {
    const reply = await scene.own('GET', `${files}?format=zip`)
    is(reply, 200)
    assert.equal(reply.type, 'application/zip')
    assert.equal(reply.headers['content-disposition'], 'attachment; filename="MR1.zip";')
  })

  it('resources 142: member names and contents', async () => {
    const members = await zipAt(`${files}?format=zip`)
    const stem = 'MR1/resources/U/files'
    assert.deepEqual(namesOf(members), [`${stem}/a.txt`, `${stem}/sub/2.dcm`, `${stem}/sub/folder/3.dcm`])
    assert.equal(members.find((member) => member.name === `${stem}/a.txt`)?.text, 'file a')
    assert.deepEqual(members.find((member) => member.name === `${stem}/sub/2.dcm`)?.bytes, big)
    assert.equal(members.find((member) => member.name === `${stem}/sub/folder/3.dcm`)?.bytes.length, 0)
  })

  it('resources (3.6): member times are file times', async () => {
    const [member] = await zipAt(`${files}/a.txt?format=zip`)
    assert.ok(Math.abs(Date.now() - (member?.time.getTime() ?? 0)) < 26 * 3600_000, String(member?.time))
  })

  it('resources 143: compression 0 stores, 8 deflates', async () => {
    for (const method of [0, 8]) {
      const reply = await scene.own('GET', `${files}?format=zip&compression=${method}`)
      const members = await readZip(reply.bytes)
      for (const member of members.filter(({ bytes }) => bytes.length > 0)) assert.equal(member.method, method)
      assert.ok(method === 0 ? reply.bytes.length > big.length : reply.bytes.length < big.length / 10)
    }
  })

  it('resources (3.1): stored without compression', async () => {
    for (const member of await zipAt(`${files}?format=zip`)) assert.equal(member.method, 0)
  })

  it('resources 150: of an empty folder', async () => {
    done(await scene.own('PUT', `${mr.R}/EMPTY`))
    is(await scene.own('GET', `${mr.R}/EMPTY/files?format=zip`), 404)
    is(await scene.own('GET', `${mr.R}/EMPTY/files?format=tar`), 404)
    is(await scene.own('GET', `${mr.R}/EMPTY/files?format=zip&accept-not-found=true`), 204)
  })

  it('resources 150: of a session without folders', async () => {
    const { path } = await scene.session()
    is(await scene.own('GET', `${path}/files?format=zip`), 404)
    is(await scene.own('GET', `${path}/scans/ALL/files?format=zip`), 404)
  })

  it('resources 151: of one file', async () => {
    const reply = await scene.own('GET', `${files}/a.txt?format=zip`)
    assert.equal(reply.headers['content-disposition'], 'attachment; filename="MR1.zip";')
    const members = await readZip(reply.bytes)
    assert.deepEqual(
      members.map((member) => [member.name, member.text]),
      [['a.txt', 'file a']],
    )
  })

  it('resources 152: of a file that is a zip: the stored bytes', async () => {
    const reply = await scene.own('GET', `${mr.R}/ZIPS/files/x.zip?format=zip`)
    is(reply, 200)
    assert.deepEqual(reply.bytes, storedZip)
  })

  it('resources 149: of a directory: paths relative to the folder', async () => {
    assert.deepEqual(await zipNames(`${files}/sub/?format=zip`), ['sub/2.dcm', 'sub/folder/3.dcm'])
  })

  it('resources (4.4): of a name prefix', async () => {
    assert.deepEqual(await zipNames(`${files}/sub/2*?format=zip`), ['sub/2.dcm'])
    assert.deepEqual(await zipNames(`${files}/a*?format=zip`), ['a.txt'])
    is(await scene.own('GET', `${files}/zzz*?format=zip`), 404)
  })

  it('resources 162: a viewer may, a stranger not', async () => {
    is(await scene.col('GET', `${files}?format=zip`), 200)
    is(await scene.str('GET', `${files}?format=zip`), 404)
  })

  it('resources (3.6): HEAD says type and name', async () => {
    const reply = await scene.own('HEAD', `${files}?format=zip`)
    is(reply, 200)
    assert.equal(reply.type, 'application/zip')
    assert.equal(reply.bytes.length, 0)
  })
})

describe('a tar', () => {
  it('resources 148: tar.gz', async () => {
    const reply = await scene.own('GET', `${files}?format=tar.gz`)
    is(reply, 200)
    assert.equal(reply.type, 'application/x-gtar')
    assert.equal(reply.headers['content-disposition'], 'attachment; filename="MR1.tar.gz";')
    const members = await readTar(gunzipSync(reply.bytes))
    assert.deepEqual(namesOf(members), await zipNames(`${files}?format=zip`))
    assert.deepEqual(members.find((member) => member.name.endsWith('2.dcm'))?.bytes, big)
    for (const member of members) assert.equal(member.type, 'file')
  })

  it('resources 148: tar', async () => {
    const reply = await scene.own('GET', `${files}?format=tar`)
    is(reply, 200)
    assert.equal(reply.type, 'application/x-tar')
    assert.equal(reply.headers['content-disposition'], 'attachment; filename="MR1.tar";')
    assert.deepEqual(namesOf(await readTar(reply.bytes)), await zipNames(`${files}?format=zip`))
  })

  it('resources 151: of one file', async () => {
    const [member] = await readTar((await scene.own('GET', `${files}/a.txt?format=tar`)).bytes)
    assert.deepEqual([member?.name, member?.text], ['a.txt', 'file a'])
  })
})

describe('layout', () => {
  const own = ['U/a.txt', 'U/sub/2.dcm', 'U/sub/folder/3.dcm', 'ZIPS/x.zip']

  it('resources (3.6): default: subject, project, assessor, reconstruction', async () => {
    assert.deepEqual(await zipNames('/data/projects/P/subjects/S1/files?format=zip'), ['S1/resources/SUB/files/s.txt'])
    assert.deepEqual(await zipNames('/data/projects/P/files?format=zip'), ['P/resources/PRO/files/p.txt'])
    const recon = await zipNames(`${mr.path}/reconstructions/R1/files?format=zip`)
    assert.deepEqual(recon, ['MR1/reconstructions/R1-Mean/out/resources/REC/files/r.txt'])
    const names = await zipNames(`${mr.path}/assessors/QC1/files?format=zip`)
    const ways = [`MR1/assessors/${assessor}/out/resources/DATA/files/q.txt`, 'QC1/out/resources/DATA/files/q.txt']
    assert.equal(names.length, 1)
    assert.ok(ways.includes(names[0] ?? ''), names.join())
  })

  it('resources 141: the name is that of the subject, the project', async () => {
    const name = async (path: string) => (await scene.own('GET', path)).headers['content-disposition']
    assert.equal(await name('/data/projects/P/subjects/S1/files?format=zip'), 'attachment; filename="S1.zip";')
    assert.equal(await name('/data/projects/P/files?format=zip'), 'attachment; filename="P.zip";')
  })

  it('resources 144: scans by id and type', async () => {
    assert.deepEqual(await zipNames(`${mr.path}/scans/1/files?format=zip`), [
      'MR1/scans/1-T1/resources/DICOM/files/x.dcm',
    ])
    assert.deepEqual(await zipNames(`${mr.path}/scans/ALL/files?format=zip`), [
      'MR1/scans/1-T1/resources/DICOM/files/x.dcm',
      'MR1/scans/2-T1_MPRAGE_b_x/resources/DICOM/files/x.dcm',
      'MR1/scans/3/resources/DICOM/files/x.dcm',
    ])
  })

  it('resources 145: simplified', async () => {
    const names = await zipNames(`${mr.path}/scans/ALL/files?format=zip&structure=simplified`)
    assert.deepEqual(
      names,
      ['1', '2', '3'].map((scan) => `MR1/scans/${scan}/DICOM/x.dcm`),
    )
    assert.deepEqual(
      await zipNames(`${mr.path}/files?format=zip&structure=simplified`),
      own.map((path) => `MR1/${path}`),
    )
  })

  it('resources (3.6): simplified removes the structural words only', async () => {
    const other = await scene.session()
    await store(scene.own, `${other.R}/W/files/resources/files/f.txt`)
    const names = await zipNames(`${other.path}/files?format=zip&structure=simplified`)
    assert.deepEqual(names, [`${other.label}/W/resources/files/f.txt`])
  })

  it('resources 146: legacy', async () => {
    const names = await zipNames(`${mr.path}/scans/1,2/files?format=zip&structure=legacy`)
    assert.deepEqual(names, ['MR1/SCANS/1/DICOM/x.dcm', 'MR1/SCANS/2/DICOM/x.dcm'])
    assert.deepEqual(
      await zipNames(`${mr.path}/files?format=zip&structure=legacy`),
      own.map((path) => `MR1/RESOURCES/${path}`),
    )
  })

  it('resources 147: improved', async () => {
    assert.deepEqual(await zipNames(`${mr.path}/scans/ALL/files?format=zip&structure=improved`), [
      'scans/1_T1/DICOM/x.dcm',
      'scans/2_T1 MPRAGE_b_x/DICOM/x.dcm',
      'scans/3/DICOM/x.dcm',
    ])
    assert.deepEqual(
      await zipNames(`${mr.path}/files?format=zip&structure=improved`),
      own.map((path) => `resources/${path}`),
    )
  })

  it('resources (3.6): improved tars omit the type', async () => {
    const { bytes } = await scene.own('GET', `${mr.path}/scans/ALL/files?format=tar&structure=improved`)
    assert.deepEqual(
      namesOf(await readTar(bytes)),
      ['1', '2', '3'].map((scan) => `scans/${scan}/DICOM/x.dcm`),
    )
  })

  it('resources (3.6): the whole session', async () => {
    const names = await zipNames(`${mr.path}/files?all=true&format=zip`)
    assert.equal(names.length, 9)
    for (const name of names) assert.match(name, /\/resources\/\w+\/files\//)
    assert.equal(new Set(names).size, 9)
  })

  it('resources (3.1): project and subject prefixes on scan downloads', async () => {
    const names = await zipNames(
      `${mr.path}/scans/1/files?format=zip&projectIncludedInPath=true&subjectIncludedInPath=true`,
    )
    assert.deepEqual(names, ['P/S1/MR1/scans/1-T1/resources/DICOM/files/x.dcm'])
  })
})
