import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { workRound } from '../../src/intake/work.ts'
import { makeProject } from '../support/archive.ts'
import { missingDcmtk, storescu } from '../support/dcmtk.ts'
import { instance, UID_ROOT } from '../support/dicom.ts'
import { openReceivingArchive, type ReceivingArchive } from './archive-door.ts'

const missing = await missingDcmtk()
const SENDERS = 4
/** Of each sender; bench/receive.ts sends thousands. */
const STUDIES = 40

describe('studies that come by themselves', { skip: missing ?? false }, () => {
  let at: ReceivingArchive
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isocenter-archiving-'))
    at = await openReceivingArchive()
    await makeProject(at.archive, 'P1')
    await at.site.settings.change({ sessionXmlRebuilderInterval: 0 })
  })
  after(async () => {
    await at?.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('import 131: of one object each, back to back from four senders, become as many sessions', async () => {
    const sent = await Promise.all(Array.from({ length: SENDERS }, (_, sender) => sendStudies(sender)))
    assert.deepEqual(
      sent.map(({ code }) => code),
      Array(SENDERS).fill(0),
    )
    assert.equal((await at.waiting()).length, SENDERS * STUDIES)
    await workRound(at.archive)
    const left = await at.archive.db.reads.selectFrom('arrivals').select(['status', 'name']).execute()
    assert.deepEqual(left, [], 'nothing waits or failed')
    const sessions = await at.archive.db.reads
      .selectFrom('experiments as e')
      .innerJoin('experiment_projects as p', 'p.experiment_id', 'e.id')
      .innerJoin('scans as s', 's.session_id', 'e.id')
      .select(['p.label', 'e.xsi_type'])
      .execute()
    assert.equal(new Set(sessions.map(({ label }) => label)).size, SENDERS * STUDIES)
    assert.deepEqual([...new Set(sessions.map((session) => session.xsi_type))], ['xnat:mrSessionData'])
  })

  async function sendStudies(sender: number): ReturnType<typeof storescu> {
    const own = join(folder, String(sender))
    await mkdir(own)
    for (let study = 0; study < STUDIES; study++) {
      const root = `${UID_ROOT}.7.${sender}.${study}`
      const values = {
        StudyInstanceUID: root,
        SeriesInstanceUID: `${root}.1`,
        SOPInstanceUID: `${root}.1.1`,
        PatientName: `Doe^${study % 10}`,
        PatientID: `V${sender}_${study}`,
        PatientComments: 'Project:P1',
      }
      await writeFile(join(own, `${study}.dcm`), instance(values))
    }
    return storescu(at.port, '+sd', own)
  }
})
