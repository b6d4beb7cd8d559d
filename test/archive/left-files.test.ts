import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Archive, change } from '../../src/archive/archive.ts'
import { deleteExperiment } from '../../src/archive/experiments.ts'
import { locateSubject } from '../../src/archive/locate.ts'
import { deleteProject } from '../../src/archive/projects.ts'
import { listLeft, purgeLeft, restoreLeft } from '../../src/archive/recovery.ts'
import { deleteScan } from '../../src/archive/scans.ts'
import { share } from '../../src/archive/sharing.ts'
import { deleteSubject } from '../../src/archive/subjects.ts'
import { sweep } from '../../src/archive/sweep.ts'
import type { ParentAddress } from '../../src/model/address.ts'
import {
  admin,
  makeProject,
  makeSession,
  openTestArchive,
  storeFiles,
  type TestArchive,
  textsOf,
  why,
} from '../support/archive.ts'

let test: TestArchive
let archive: Archive

before(async () => {
  test = await openTestArchive()
  archive = test.archive
  await makeProject(archive, 'P')
})
after(() => test?.close())

const places = async (project: string) =>
  (await Array.fromAsync(listLeft(archive, project))).flat().map(({ place }) => place)
const ids = async (project: string) => (await Array.fromAsync(listLeft(archive, project))).flat().map(({ id }) => id)

const session = (experiment: string): ParentAddress => ({ kind: 'experiment', at: { experiment } })
const scan = (experiment: string): ParentAddress => ({ kind: 'scan', at: { experiment }, scans: '1' })
const project = (name: string): ParentAddress => ({ kind: 'project', at: { project: name } })

describe('files left behind', () => {
  it('are those of a scan deleted without them, and can come back elsewhere', async () => {
    const id = await makeSession(archive, 'P', 'MR1')
    await storeFiles(archive, { parent: scan(id), folder: 'DICOM' }, { 'a.dcm': 'bytes a', 'sub/b.dcm': 'bytes b' })
    await deleteScan(archive, admin, why, { at: { experiment: id, scan: '1' }, removeFiles: false })
    assert.deepEqual(await places('P'), ['arc001/MR1/SCANS/1/DICOM/a.dcm', 'arc001/MR1/SCANS/1/DICOM/sub/b.dcm'])
    await sweep(archive, 0)
    const to = { parent: session(id), folder: 'BACK' }
    assert.equal(await restoreLeft(archive, admin, why, { ids: await ids('P'), ...to }), 2)
    assert.deepEqual(await textsOf(archive, to), { 'a.dcm': 'bytes a', 'sub/b.dcm': 'bytes b' })
    assert.deepEqual(await places('P'), [])
  })

  it('stay left where the path is taken', async () => {
    const id = await makeSession(archive, 'P', 'MR2')
    const to = { parent: session(id), folder: 'F' }
    await storeFiles(archive, { parent: scan(id), folder: 'DICOM' }, { 'a.dcm': 'old', 'b.dcm': 'only here' })
    await deleteScan(archive, admin, why, { at: { experiment: id, scan: '1' }, removeFiles: false })
    await storeFiles(archive, to, { 'a.dcm': 'new' })
    assert.equal(await restoreLeft(archive, admin, why, { ids: await ids('P'), ...to }), 1)
    assert.deepEqual(await textsOf(archive, to), { 'a.dcm': 'new', 'b.dcm': 'only here' })
    assert.deepEqual(await places('P'), ['arc001/MR2/SCANS/1/DICOM/a.dcm'])
    await purgeLeft(archive, { ids: await ids('P') })
  })

  it('are those of everything below a session', async () => {
    const id = await makeSession(archive, 'P', 'MR3')
    await storeFiles(archive, { parent: session(id), folder: 'QC' }, { 'q.txt': 'q' })
    await storeFiles(archive, { parent: scan(id), folder: 'DICOM' }, { 'a.dcm': 'a' })
    await deleteExperiment(archive, admin, why, { at: { experiment: id }, removeFiles: false })
    assert.deepEqual((await places('P')).sort(), ['arc001/MR3/RESOURCES/QC/q.txt', 'arc001/MR3/SCANS/1/DICOM/a.dcm'])
    await purgeLeft(archive, { before: new Date(Date.now() + 1000) })
    assert.deepEqual(await places('P'), [])
  })

  it('are none when the files are removed as well', async () => {
    const id = await makeSession(archive, 'P', 'MR4')
    await storeFiles(archive, { parent: scan(id), folder: 'DICOM' }, { 'a.dcm': 'gone' })
    await deleteExperiment(archive, admin, why, { at: { experiment: id }, removeFiles: true })
    assert.deepEqual(await places('P'), [])
  })

  it('are those of a whole project, and go with a sweep once they are given up', async () => {
    await makeProject(archive, 'Q')
    const id = await makeSession(archive, 'Q', 'MR1')
    const subject: ParentAddress = { kind: 'subject', at: { project: 'Q', subject: 'S1' } }
    await storeFiles(archive, { parent: project('Q'), folder: 'DOC' }, { 'p.txt': 'of the project' })
    await storeFiles(archive, { parent: subject, folder: 'NOTE' }, { 's.txt': 'of the subject' })
    await storeFiles(archive, { parent: scan(id), folder: 'DICOM' }, { 'a.dcm': 'of the scan' })
    await deleteProject(archive, admin, why, { name: 'Q', removeFiles: false })
    const left = ['arc001/MR1/SCANS/1/DICOM/a.dcm', 'resources/DOC/p.txt', 'subjects/S1/NOTE/s.txt']
    assert.deepEqual((await places('Q')).sort(), left)
    await sweep(archive, 0)
    const to = { parent: project('P'), folder: 'SAVED' }
    assert.equal(await restoreLeft(archive, admin, why, { ids: await ids('Q'), ...to }), 3)
    assert.deepEqual(Object.values(await textsOf(archive, to)).sort(), [
      'of the project',
      'of the scan',
      'of the subject',
    ])
  })

  it('are those of an experiment that goes with a subject of another project', async () => {
    await makeProject(archive, 'OWNER')
    await makeProject(archive, 'GUEST')
    await makeSession(archive, 'OWNER', 'MR')
    await change(archive, admin, why, async (tx) => {
      const subject = await locateSubject(tx, { project: 'OWNER', subject: 'S1' }, 'read')
      await share(tx, subject, { noun: 'subject', type: 'xnat:subjectData', target: 'GUEST' })
    })
    const id = await makeSession(archive, 'GUEST', 'THEIRS')
    await storeFiles(archive, { parent: session(id), folder: 'F' }, { 'a.txt': 'theirs' })
    await deleteSubject(archive, admin, why, { at: { project: 'OWNER', subject: 'S1' }, removeFiles: false })
    assert.deepEqual(await places('GUEST'), ['arc001/THEIRS/RESOURCES/F/a.txt'])
  })
})
