import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { scopeOf } from '../../src/archive/archive.ts'
import { locateProject } from '../../src/archive/locate.ts'
import { archiveArrival } from '../../src/intake/archive-arrival.ts'
import { buildArrival } from '../../src/intake/build.ts'
import { receiveInstance } from '../../src/intake/receive.ts'
import { plainReception } from '../../src/intake/reception.ts'
import { admin, makeProject, openTestArchive, type TestArchive, why } from '../support/archive.ts'
import { deliver, image, incoming, incomingAll, series, sessionValues } from '../support/arrivals.ts'
import { actingBefore } from '../support/late-reads.ts'

const merging = { policy: { merge: true, override: false, replaceFiles: false }, names: {} }

describe('objects on their way from a sender into the archive', () => {
  let test: TestArchive
  before(async () => {
    test = await openTestArchive()
    await makeProject(test.archive, 'P1')
  })
  after(() => test.close())

  it('import weakness 1: many first objects of one study at once come into one entry', async () => {
    const { archive } = test
    const project = await locateProject(scopeOf(archive, admin), { project: 'P1' }, 'read')
    const reception = { ...plainReception, project }
    const numbers = Array.from({ length: 20 }, (_, at) => at + 1)
    const received = await Promise.all(
      numbers.map((number) => receiveInstance(archive, admin, reception, incoming('x', image(1, number)))),
    )
    assert.equal(new Set(received.map((one) => JSON.stringify(one))).size, 1)
    const [first] = received
    assert.equal(first?.outcome, 'stored')
    const id = first.outcome === 'stored' ? first.id : 0
    const files = await archive.db.reads.selectFrom('arrived_files').selectAll().where('arrival_id', '=', id).execute()
    assert.equal(files.length, 20)
    assert.equal((await buildArrival(archive, admin, id)).state, 'READY')
    const admitted = await archiveArrival(archive, admin, why, { id, wish: merging })
    assert.deepEqual(admitted, {
      project: 'P1',
      subject: 'Doe_Jo',
      experiment: 'S01',
      id: 'XNAT_E00001',
      merged: false,
    })
  })

  it('merges what comes later, and refuses what is there already', async () => {
    const { archive } = test
    const project = await locateProject(scopeOf(archive, admin), { project: 'P1' }, 'read')
    const [second] = await deliver(archive, incomingAll(series(2, 3)), { project })
    const admitted = await archiveArrival(archive, admin, why, { id: second!.id, wish: merging })
    assert.equal(admitted.merged, true)
    const [again] = await deliver(archive, incomingAll(series(2, 3)), { project })
    await assert.rejects(
      archiveArrival(archive, admin, why, { id: again!.id, wish: merging }),
      /already contains 3 of the files/,
    )
    const row = await archive.db.reads.selectFrom('arrivals').selectAll().executeTakeFirstOrThrow()
    assert.equal(row.status, 'CONFLICT')
    await archiveArrival(archive, admin, why, {
      id: again!.id,
      wish: { ...merging, policy: { merge: true, override: true, replaceFiles: true } },
    })
    const counts = await archive.db.reads
      .selectFrom('resources')
      .select(['label', 'file_count'])
      .orderBy('id')
      .execute()
    assert.deepEqual(
      counts.map((row) => ({ ...row })),
      [
        { label: 'DICOM', file_count: 20 },
        { label: 'DICOM', file_count: 3 },
      ],
    )
    assert.equal((await archive.db.reads.selectFrom('arrived_files').selectAll().execute()).length, 0)
  })

  it('import 21: are a session although all of them are replaced while it is built', async () => {
    const { archive } = test
    const project = await locateProject(scopeOf(archive, admin), { project: 'P1' }, 'read')
    const files = () => incomingAll(series(9, 2, sessionValues('AGAIN')))
    const [one] = await deliver(archive, files(), { project })
    const replaced = actingBefore(archive, 'header', () => deliver(archive, files(), { project }))
    assert.equal((await buildArrival(replaced, admin, one!.id)).state, 'RECEIVING')
    const admitted = await archiveArrival(archive, admin, why, { id: one!.id, wish: merging })
    assert.equal(admitted.experiment, 'AGAIN')
  })
})
