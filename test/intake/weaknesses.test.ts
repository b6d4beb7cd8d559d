import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { type Archive, change, scopeOf } from '../../src/archive/archive.ts'
import { locateProject } from '../../src/archive/locate.ts'
import { sweep } from '../../src/archive/sweep.ts'
import { archiveArrival } from '../../src/intake/archive-arrival.ts'
import { arrivalState } from '../../src/intake/arrival-state.ts'
import { type LocatedArrival, locateArrival } from '../../src/intake/arrivals.ts'
import { buildArrival } from '../../src/intake/build.ts'
import { claimed, claimedRow, settle } from '../../src/intake/claims.ts'
import { archivePolicy, automaticPolicy, importPolicy } from '../../src/intake/merge-policy.ts'
import { deleteArrival } from '../../src/intake/move-arrival.ts'
import { type Delivered, receiveInstance } from '../../src/intake/receive.ts'
import { plainReception, type Reception } from '../../src/intake/reception.ts'
import { workRound } from '../../src/intake/work.ts'
import { admin, type LateArchive, makeProject, openLateArchive, why } from '../support/archive.ts'
import { deliver, image, incoming, incomingAll, series, sessionValues } from '../support/arrivals.ts'

const MINUTE_MS = 60_000
const merging = { policy: { merge: true, override: false, replaceFiles: false }, names: {} }

describe('weaknesses that the import does not have', () => {
  let test: LateArchive
  let archive: Archive
  before(async () => {
    test = await openLateArchive()
    archive = test.archive
    await makeProject(archive, 'P1')
    await change(archive, admin, why, (tx) => tx.db.updateTable('projects').set({ prearchive_code: 0 }).execute())
  })
  after(() => test.close())

  const project = () => locateProject(scopeOf(archive, admin), { project: 'P1' }, 'read')
  const send = async (label: string, number = 1, more: Partial<Reception> = {}): Promise<Delivered> => {
    const [one] = await deliver(archive, incomingAll(series(number, 3, sessionValues(label))), {
      project: await project(),
      ...more,
    })
    return one!
  }
  const rowOf = (id: number) =>
    archive.db.reads.selectFrom('arrivals').selectAll().where('id', '=', id).executeTakeFirst()
  const statusOf = async (id: number) => (await rowOf(id))?.status
  const logOf = async (id: number) =>
    (await archive.db.reads.selectFrom('arrival_logs').select('entry').where('arrival_id', '=', id).execute())
      .map((row) => row.entry)
      .join('\n')
  const filesOf = (id: number) =>
    archive.db.reads.selectFrom('arrived_files').selectAll().where('arrival_id', '=', id).execute()
  const located = (one: Delivered): Promise<LocatedArrival> =>
    locateArrival(scopeOf(archive, admin), one.arrival, 'read')

  it('import weakness 2: an entry whose sender went away is built after a day, and says why', async () => {
    const one = await send('W2', 1, { source: 'uploader' })
    const state = await arrivalState(scopeOf(archive, admin), await located(one))
    assert.match(state.heldBecause ?? '', /say itself/)
    test.late += 25 * 60 * MINUTE_MS
    await workRound(archive)
    assert.equal(await statusOf(one.id), 'READY')
    assert.match(await logOf(one.id), /sent nothing for a day/)
  })

  it('import weakness 3: work that broke off is taken up again when its lease is over', async () => {
    const states = { BUILDING: 'READY', ARCHIVING: undefined, DELETING: undefined } as const
    for (const [state, end] of Object.entries(states)) {
      const one = await send(`W3${state}`)
      const task = JSON.stringify({ user: admin.id, ...merging, rebuild: true })
      await change(archive, admin, why, (tx) =>
        tx.db
          .updateTable('arrivals')
          .set({ status: state, task, lease_owner: 'a process that died', lease_until: '2999-01-01 00:00:00.000' })
          .where('id', '=', one.id)
          .execute(),
      )
      await workRound(archive)
      assert.equal(await statusOf(one.id), state, 'its lease still counts')
      await change(archive, admin, why, (tx) =>
        tx.db
          .updateTable('arrivals')
          .set({ lease_until: '2000-01-01 00:00:00.000' })
          .where('id', '=', one.id)
          .execute(),
      )
      await workRound(archive)
      assert.equal(await statusOf(one.id), end)
    }
    assert.equal(
      await archive.db.reads
        .selectFrom('experiment_projects')
        .select('label')
        .where('label', '=', 'W3ARCHIVING')
        .executeTakeFirst()
        .then((row) => row?.label),
      'W3ARCHIVING',
    )
  })

  it('import weakness 4: only the catalog says what waits: a sweep keeps its bytes, and takes those of what was deleted', async () => {
    const one = await send('W4')
    const [file] = await filesOf(one.id)
    test.late += 3 * 60 * MINUTE_MS
    await sweep(archive, 0)
    assert.equal(await archive.blobs.size(file!.blob), file!.size)
    await deleteArrival(archive, admin, why, { id: one.id })
    await sweep(archive, 0)
    assert.equal(await archive.blobs.size(file!.blob), undefined)
  })

  it('import weakness 5: an entry says in how many seconds it closes', async () => {
    const { closesInSeconds, archivesByItself } = await arrivalState(
      scopeOf(archive, admin),
      await located(await send('W5')),
    )
    assert.ok(closesInSeconds !== null && closesInSeconds > 290 && closesInSeconds <= 300, String(closesInSeconds))
    assert.equal(archivesByItself, false)
  })

  it('import weakness 6, import 66: what comes in while its entry is archived is archived with it', async () => {
    const one = await send('W6')
    await buildArrival(archive, admin, one.id)
    const extra = receiveInstance(
      archive,
      admin,
      { ...plainReception, project: await project() },
      incoming('x', image(2, 1, sessionValues('W6'))),
    )
    const archiving = archiveArrival(archive, admin, why, { id: one.id, wish: merging })
    const [received] = await Promise.all([extra, archiving])
    assert.equal(received.outcome, 'stored')
    // Either it came in time, or it waits in an entry of its own: it is not lost.
    await workRound(archive)
    const waiting = received.outcome === 'stored' ? await filesOf(received.id) : []
    const stored = await archive.db.reads
      .selectFrom('files')
      .select('id')
      .where('sop_uid', '=', '1.2.826.0.1.3680043.9.1.1.2.1')
      .execute()
    assert.ok(waiting.length + stored.length >= 1)
  })

  it('import weakness 6: an entry that is being archived holds what comes, and looks again before it goes', async () => {
    const one = await send('W6b')
    await claimed(archive, admin, { id: one.id, work: 'ARCHIVING' }, async (claim) => {
      const received = await receiveInstance(
        archive,
        admin,
        { ...plainReception, project: await project() },
        incoming('x', image(2, 1, sessionValues('W6b'))),
      )
      assert.equal(received.outcome === 'stored' && received.id, one.id)
      const row = await change(archive, admin, why, (tx) => claimedRow(tx, claim))
      assert.deepEqual([row.status, row.stale], ['ARCHIVING', 1])
      await change(archive, admin, why, (tx) => settle(tx, claim, 'READY'))
    })
    await archiveArrival(archive, admin, why, { id: one.id, wish: merging })
    const scans = await archive.db.reads
      .selectFrom('scans as s')
      .innerJoin('experiment_projects as p', 'p.experiment_id', 's.session_id')
      .select('s.scan_id')
      .where('p.label', '=', 'W6b')
      .execute()
    assert.equal(scans.length, 2)
  })

  it('import 64: what comes in during a build lets it finish, and the entry receives again', async () => {
    const one = await send('W64')
    await claimed(archive, admin, { id: one.id, work: 'BUILDING' }, async (claim) => {
      await send('W64', 2)
      assert.equal(await statusOf(one.id), 'RECEIVING_INTERRUPT')
      await assert.rejects(buildArrival(archive, admin, one.id), /locked/)
      await change(archive, admin, why, (tx) => settle(tx, claim, 'RECEIVING'))
    })
    assert.equal((await buildArrival(archive, admin, one.id)).state, 'READY')
  })

  it('import weakness 9: names that do not tell objects apart lose none of them', async () => {
    const one = { 'same.dcm': image(1, 1, sessionValues('W9')) }
    const other = { 'same.dcm': image(1, 2, sessionValues('W9')) }
    const reception = { project: await project(), rename: false, onTaken: 'number' as const }
    const [first] = await deliver(archive, incomingAll(one), reception)
    await deliver(archive, incomingAll(other), reception)
    const files = await filesOf(first!.id)
    assert.deepEqual(files.map(({ name }) => name).sort(), ['same-1.dcm', 'same.dcm'])
    assert.equal(new Set(files.map(({ sop_uid: uid }) => uid)).size, 2)
  })

  it('import weakness 10: values on which headers differ are kept beside the session', async () => {
    const images = {
      a: image(1, 1, { ...sessionValues('W10'), RepetitionTime: 10 }),
      b: image(1, 2, { ...sessionValues('W10'), RepetitionTime: 20 }),
    }
    const [one] = await deliver(archive, incomingAll(images), { project: await project() })
    await buildArrival(archive, admin, one!.id)
    const { disagreements } = await arrivalState(scopeOf(archive, admin), await located(one!))
    assert.deepEqual(
      disagreements.map(({ scan, field, values }) => [scan, field, values]),
      [['1', 'parameters/tr', ['10', '20']]],
    )
  })

  it('import weakness 11, 12: two sessions of a new subject, archived at once, make one subject', async () => {
    const [one, other] = [await send('W11a'), await send('W11b')]
    const names = { subject: 'Newcomer' }
    await Promise.all([
      archiveArrival(archive, admin, why, { id: one.id, wish: { ...merging, names } }),
      archiveArrival(archive, admin, why, { id: other.id, wish: { ...merging, names: { subject: 'NEWCOMER' } } }),
    ])
    const subjects = await archive.db.reads.selectFrom('subject_projects').select('label').execute()
    assert.equal(subjects.filter(({ label }) => label.toLowerCase() === 'newcomer').length, 1)
  })

  it('import weakness 13: what goes past the prearchive is there whole or not at all', async () => {
    const one = await send('W13', 1, { direct: true })
    assert.equal(one.direct, true)
    test.late += 10 * MINUTE_MS
    await workRound(archive)
    assert.equal(await statusOf(one.id), undefined)
    const again = await send('W13', 2, { direct: true })
    assert.equal(again.direct, false, 'the session is there already')
  })

  it('import weakness 15: every way in has its words for one policy', () => {
    const policy = (text: string) => text.split('').map((sign) => sign === 'y')
    const told = ({ merge, override, replaceFiles }: ReturnType<typeof importPolicy>) => [merge, override, replaceFiles]
    const words = (overwrite: string | undefined, overwriteFiles = false) => ({
      ...(overwrite === undefined ? {} : { overwrite }),
      overwriteFiles,
    })
    assert.deepEqual(told(importPolicy(words(undefined))), policy('nnn'))
    assert.deepEqual(told(importPolicy(words('append'))), policy('ynn'))
    assert.deepEqual(told(importPolicy(words('anything else'))), policy('ynn'))
    assert.deepEqual(told(importPolicy(words('append', true))), policy('yny'))
    assert.deepEqual(told(importPolicy(words('delete'))), policy('yyy'))
    assert.deepEqual(told(importPolicy(words('override'))), policy('yyy'))
    assert.deepEqual(told(automaticPolicy(4)), policy('ynn'))
    assert.deepEqual(told(automaticPolicy(5)), policy('yny'))
    assert.deepEqual(told(archivePolicy(words(undefined), false, 4)), policy('ynn'))
    assert.deepEqual(told(archivePolicy(words(undefined), false, 5)), policy('yny'))
    assert.deepEqual(told(archivePolicy(words('append'), false, 4)), policy('yyy'))
    assert.deepEqual(told(archivePolicy(words(undefined), true, 4)), policy('nnn'))
    assert.deepEqual(told(archivePolicy(words('delete'), true, 4)), policy('yyn'))
  })

  it('import weakness 18: nobody deletes an entry from under a build', async () => {
    const one = await send('W18')
    await claimed(archive, admin, { id: one.id, work: 'BUILDING' }, async (claim) => {
      await assert.rejects(deleteArrival(archive, admin, why, { id: one.id }), /locked: BUILDING/)
      await change(archive, admin, why, (tx) => settle(tx, claim, 'READY'))
    })
    await deleteArrival(archive, admin, why, { id: one.id })
  })

  it('import weakness 19: what comes in lies once on the disk, from its first byte to the archive', async () => {
    const one = await send('W19')
    assert.deepEqual(await readdir(archive.scratch), [])
    const blobs = async () => (await Array.fromAsync(archive.blobs.list(), ({ key }) => key)).sort()
    const before = await blobs()
    await archiveArrival(archive, admin, why, { id: one.id, wish: merging })
    assert.deepEqual(await blobs(), before)
  })
})
