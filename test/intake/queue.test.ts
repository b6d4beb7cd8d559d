import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { change, scopeOf } from '../../src/archive/archive.ts'
import { putConfiguration } from '../../src/archive/configurations.ts'
import { locateProject } from '../../src/archive/locate.ts'
import { changeMembers } from '../../src/archive/members.ts'
import { archiveArrival } from '../../src/intake/archive-arrival.ts'
import { queueArchiving } from '../../src/intake/archive-request.ts'
import { deleteWaitingFiles, deleteWaitingScan, putWaitingFiles } from '../../src/intake/arrival-changes.ts'
import { buildArrival } from '../../src/intake/build.ts'
import { claimed } from '../../src/intake/claims.ts'
import { dropDirect } from '../../src/intake/direct-arrivals.ts'
import { deleteArrival } from '../../src/intake/move-arrival.ts'
import { type Errand, queueErrand } from '../../src/intake/queued-arrivals.ts'
import type { Delivered } from '../../src/intake/receive.ts'
import type { Reception } from '../../src/intake/reception.ts'
import { resetState, setState } from '../../src/intake/reset-state.ts'
import { workQueue, workRound } from '../../src/intake/work.ts'
import type { Viewer } from '../../src/model/access.ts'
import { admin, makeProject, openTestArchive, type TestArchive, why } from '../support/archive.ts'
import { deliver, incomingAll, series, sessionValues } from '../support/arrivals.ts'
import { dyingAfter } from '../support/dying.ts'

const merging = { policy: { merge: true, override: true, replaceFiles: true }, names: {} }
const asked = { overwrite: { overwriteFiles: false }, wishes: {} }
const PET = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.128', Modality: 'PT' }

describe('what waits in the queue', () => {
  let test: TestArchive
  before(async () => {
    test = await openTestArchive()
    for (const name of ['P1', 'P2']) await makeProject(test.archive, name)
    await change(test.archive, admin, why, (tx) => tx.db.updateTable('projects').set({ prearchive_code: 0 }).execute())
  })
  after(() => test.close())

  const project = (name = 'P1') => locateProject(scopeOf(test.archive, admin), { project: name }, 'read')
  const send = async (label: string, number = 1, more: Partial<Reception> = {}): Promise<Delivered> => {
    const files = incomingAll(series(number, 2, sessionValues(label)))
    const [one] = await deliver(test.archive, files, { project: await project(), ...more })
    return one!
  }
  const rowOf = (id: number) =>
    test.archive.db.reads.selectFrom('arrivals').selectAll().where('id', '=', id).executeTakeFirst()
  const put = (id: number, columns: Readonly<Record<string, unknown>>) =>
    change(test.archive, admin, why, (tx) => tx.db.updateTable('arrivals').set(columns).where('id', '=', id).execute())
  const filesOf = async (id: number) =>
    (await test.archive.db.reads.selectFrom('arrived_files').select('id').where('arrival_id', '=', id).execute()).length
  const errands = async (): Promise<readonly Errand[]> => [
    { kind: 'move', to: await project('P2') },
    { kind: 'delete' },
  ]

  it('import 66: what comes in at the moment when a build fails is looked at again', async () => {
    const { id } = await send('Q0')
    let arriving: Promise<unknown> = Promise.resolve()
    const work = async (): Promise<never> => {
      const { promise: written, resolve } = Promise.withResolvers<void>()
      arriving = change(test.archive, admin, why, async ({ db }) => {
        const columns = { status: 'RECEIVING_INTERRUPT', stale: 1 }
        await db.updateTable('arrivals').set(columns).where('id', '=', id).execute()
        resolve()
        await setTimeout(200)
      })
      await written
      throw new Error('The build fails')
    }
    await assert.rejects(claimed(test.archive, admin, { id, work: 'BUILDING' }, work), /The build fails/)
    await arriving
    assert.deepEqual((({ status, stale }) => [status, stale])((await rowOf(id))!), ['RECEIVING', 1])
    await deleteArrival(test.archive, admin, why, { id })
  })

  it('import 66: what comes in while an entry waits to be moved or deleted makes an entry of its own', async () => {
    for (const [at, errand] of (await errands()).entries()) {
      const one = await send(`Q1${at}`)
      await queueErrand(test.archive, admin, why, { places: [one.arrival], errand })
      const other = await send(`Q1${at}`, 2)
      assert.notEqual(other.id, one.id)
      assert.match((await rowOf(one.id))?.status ?? '', /^QUEUED_/)
      await workQueue(test.archive)
      const row = await rowOf(one.id)
      assert.equal(row?.place, errand.kind === 'move' ? `p${(await project('P2')).row.id}` : undefined)
      assert.deepEqual([(await rowOf(other.id))?.status, await filesOf(other.id)], ['RECEIVING', 2])
    }
  })

  it('does nothing of what was taken out of the queue meanwhile', async () => {
    const one = await send('Q2')
    await queueErrand(test.archive, admin, why, { places: [one.arrival], errand: { kind: 'delete' } })
    await setState(test.archive, admin, why, { at: one.arrival, state: 'READY' })
    // As a worker would go on that had read the queue before.
    await assert.rejects(deleteArrival(test.archive, admin, why, { id: one.id, queued: true }), /locked|READY/)
    assert.equal((await rowOf(one.id))?.status, 'READY')
    assert.equal((await send('Q2', 2)).id, one.id)
  })

  it('takes an entry that is named twice once', async () => {
    const { id, arrival: at } = await send('Q3')
    const { rows } = await queueErrand(test.archive, admin, why, { places: [at, at], errand: { kind: 'delete' } })
    assert.equal(rows.length, 1)
    await workQueue(test.archive)
    assert.equal(await rowOf(id), undefined)
  })

  it('import 60: people give an entry only states in which it rests', async () => {
    const { id, arrival: at } = await send('Q4')
    for (const state of ['ARCHIVING', 'QUEUED_DELETING', 'QUEUED_SEPARATING', 'GONE', ''])
      await assert.rejects(setState(test.archive, admin, why, { at, state }), /write one of RECEIVING, READY/)
    for (const state of ['CONFLICT', 'ERROR', 'READY', 'RECEIVING']) {
      await setState(test.archive, admin, why, { at, state })
      assert.equal((await rowOf(id))?.status, state)
    }
  })

  it('changes nothing of an entry that somebody has just taken', async () => {
    const refused = async (label: string, act: (one: Delivered) => Promise<unknown>, direct = false): Promise<void> => {
      const one = await send(label, 1, { direct })
      await buildArrival(test.archive, admin, one.id)
      const files = incomingAll({ 'a.txt': Buffer.from('a') })
      await putWaitingFiles(test.archive, admin, why, { at: one.arrival, label: 'NOTES', files })
      let acting: Promise<unknown> | undefined
      const lease = { lease_owner: 'somebody', lease_until: '2999-01-01 00:00:00.000' }
      await change(test.archive, admin, why, async (tx) => {
        await tx.db
          .updateTable('arrivals')
          .set({ status: 'ARCHIVING', ...lease })
          .where('id', '=', one.id)
          .execute()
        acting = assert.rejects(act(one), /locked: ARCHIVING/, label)
        await setTimeout(100)
      })
      await acting
      const row = await rowOf(one.id)
      assert.deepEqual([row?.status, row?.lease_owner, await filesOf(one.id)], ['ARCHIVING', 'somebody', 3], label)
      await put(one.id, { status: 'READY', lease_owner: null, lease_until: null })
    }
    const { archive } = test
    for (const [number, errand] of [...(await errands()), { kind: 'rebuild', overrideLock: true } as const].entries())
      await refused(`Q5${number}`, ({ arrival }) => queueErrand(archive, admin, why, { places: [arrival], errand }))
    await refused('Q5a', ({ arrival }) => queueArchiving(archive, admin, why, { places: [arrival], asked }))
    await refused('Q5b', ({ arrival: at }) => deleteWaitingScan(archive, admin, why, { at, scan: '1' }))
    await refused('Q5c', ({ arrival: at }) => deleteWaitingFiles(archive, admin, why, { at, label: 'NOTES' }))
    await refused('Q5d', ({ arrival: at }) => {
      const files = incomingAll({ 'b.txt': Buffer.from('b') })
      return putWaitingFiles(archive, admin, why, { at, label: 'NOTES', files })
    })
    await refused('Q5e', ({ arrival: at }) => resetState(archive, admin, why, at))
    await refused('Q5f', ({ id }) => dropDirect(archive, admin, why, id), true)
  })

  it('looks again, when it is done, whether it is still theirs who asked', async () => {
    const login = 'mem'
    const id = await change(test.archive, admin, why, async (tx) => {
      const row = await tx.db.selectFrom('users').selectAll().where('id', '=', admin.id).executeTakeFirstOrThrow()
      const { id: _, ...columns } = row
      const values = { ...columns, login, admin: 0, email: 'mem@x.example' }
      return (await tx.db.insertInto('users').values(values).returning('id').executeTakeFirstOrThrow()).id
    })
    const member: Viewer = { ...admin, id, login, admin: false }
    const people = { project: 'P1', logins: [login], action: 'add' } as const
    await changeMembers(test.archive, admin, why, { ...people, group: 'member' })
    const places = [(await send('Q6')).arrival]
    await queueErrand(test.archive, member, why, { places, errand: { kind: 'delete' } })
    await changeMembers(test.archive, admin, why, { ...people, group: 'collaborator' })
    await workQueue(test.archive)
    const row = await test.archive.db.reads
      .selectFrom('arrivals')
      .select(['id', 'status'])
      .where('name', '=', 'Q6')
      .executeTakeFirst()
    assert.equal(row?.status, 'ERROR')
    assert.equal((await send('Q6', 2)).id, row.id)
  })

  it('import 63: a rebuild that broke off and is taken up again archives nothing', async () => {
    await change(test.archive, admin, why, (tx) => tx.db.updateTable('projects').set({ prearchive_code: 4 }).execute())
    const [rebuilt, committed] = [await send('Q7a'), await send('Q7b')]
    for (const [{ id }, how] of [[rebuilt, 'rebuild'] as const, [committed, undefined] as const]) {
      const { archive, died } = dyingAfter(test.archive, 1)
      await Promise.race([buildArrival(archive, admin, id, how), died])
      assert.equal((await rowOf(id))?.status, 'BUILDING')
      await put(id, { lease_until: '2000-01-01 00:00:00.000' })
    }
    await workRound(test.archive)
    assert.equal((await rowOf(rebuilt.id))?.status, 'READY')
    assert.equal(await rowOf(committed.id), undefined)
    await change(test.archive, admin, why, (tx) => tx.db.updateTable('projects').set({ prearchive_code: 0 }).execute())
  })
  it('archives no objects that no scan of the session has, however often it is asked', async () => {
    const at = { project: 'P1', tool: 'separatePETMR', path: 'config' }
    await putConfiguration(test.archive, admin, why, { at, contents: 'separate' })
    const one = await send('Q8')
    await buildArrival(test.archive, admin, one.id)
    const files = incomingAll(series(3, 2, { ...sessionValues('Q8'), ...PET }))
    await deliver(test.archive, files, { project: await project() })
    for (let time = 1; time <= 2; time++)
      await assert.rejects(archiveArrival(test.archive, admin, why, { id: one.id, wish: merging }), /separates PET/)
    assert.equal(await filesOf(one.id), 4)
    await putConfiguration(test.archive, admin, why, { at, enabled: false })
    const admitted = await archiveArrival(test.archive, admin, why, { id: one.id, wish: merging })
    const folders = await test.archive.db.reads
      .selectFrom('resources as r')
      .innerJoin('scans as s', 's.id', 'r.scan_id')
      .innerJoin('experiments as e', 'e.id', 's.session_id')
      .select(['s.scan_id', 'r.file_count'])
      .where('e.accession', '=', admitted.id)
      .orderBy('s.scan_id')
      .execute()
    assert.deepEqual(
      folders.map(({ scan_id, file_count }) => [scan_id, file_count]),
      [
        ['1', 2],
        ['3', 2],
      ],
    )
  })

  it('import 14: an exact entry is made where it is meant, whatever else of the study comes at this moment', async () => {
    for (let round = 1; round <= 5; round++) {
      const entry = { timestamp: `20000101_05050500${round}`, folder: 'EXACT' }
      const [open, exact] = await Promise.all([send(`Q9${round}`), send(`Q9${round}`, 2, { entry })])
      assert.deepEqual(exact.arrival, { project: 'P1', ...entry })
      assert.equal(await filesOf(exact.id), exact.id === open.id ? 4 : 2)
    }
  })
})
