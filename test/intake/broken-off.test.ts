import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Archive, change, scopeOf } from '../../src/archive/archive.ts'
import { locateProject } from '../../src/archive/locate.ts'
import { faultOf } from '../../src/errors.ts'
import { archiveOne } from '../../src/intake/archive-request.ts'
import { commitArrival } from '../../src/intake/commit.ts'
import { archiveDirect } from '../../src/intake/direct-arrivals.ts'
import { type ImportRequest, importFiles } from '../../src/intake/import.ts'
import { importPolicy } from '../../src/intake/merge-policy.ts'
import { queueErrand } from '../../src/intake/queued-arrivals.ts'
import type { Delivered } from '../../src/intake/receive.ts'
import { plainReception, type Reception } from '../../src/intake/reception.ts'
import { workQueue, workRound } from '../../src/intake/work.ts'
import { admin, type LateArchive, makeProject, openLateArchive, why } from '../support/archive.ts'
import { deliver, incomingAll, sessionValues } from '../support/arrivals.ts'
import { instance, type Values } from '../support/dicom.ts'
import { dyingAfter } from '../support/dying.ts'

/** Longer than any lease, and than entries stay open. */
const LONG_MS = 10 * 60_000
const OBJECTS = 3
/** No act here makes so many changes. */
const MAX_CHANGES = 40

/** Objects of one series of a session, with UIDs that no other session has. */
function objects(label: string, series: number): Record<string, Buffer> {
  const values: Values = sessionValues(label)
  const root = String(values['StudyInstanceUID'])
  const names = Array.from({ length: OBJECTS }, (_, at) => at + 1)
  return Object.fromEntries(
    names.map((number) => [
      `${series}-${number}.dcm`,
      instance({
        ...values,
        SeriesInstanceUID: `${root}.${series}`,
        SOPInstanceUID: `${root}.${series}.${number}`,
        SeriesNumber: series,
        InstanceNumber: number,
      }),
    ]),
  )
}

const request = (more: Partial<ImportRequest>): ImportRequest => ({
  ...plainReception,
  importer: 'DICOM-zip',
  commit: true,
  skipUnreadable: false,
  project: 'P1',
  ...more,
})

/** An act that takes several changes, what is there before it, and how many objects of a session there then are. */
type Case = Readonly<{
  name: string
  code: 0 | 4
  before?: (label: string) => Promise<unknown>
  act: (archive: Archive, label: string) => Promise<unknown>
  /** Objects that are acknowledged before the act: they are never lost. */
  had: number
  all: number
}>

describe('acts that a killed server breaks off', () => {
  let test: LateArchive
  const delivered = new Map<string, Delivered>()
  before(async () => {
    test = await openLateArchive()
    for (const name of ['P1', 'P2']) await makeProject(test.archive, name)
  })
  after(() => test.close())

  const send = async (label: string, series: number, more: Partial<Reception> = {}): Promise<void> => {
    const project = await locateProject(scopeOf(test.archive, admin), { project: 'P1' }, 'read')
    const [one] = await deliver(test.archive, incomingAll(objects(label, series)), { project, ...more })
    delivered.set(label, one!)
  }
  const importing = (archive: Archive, label: string, more: Partial<ImportRequest>) => {
    const files = incomingAll(objects(label, 2))
    return importFiles(archive, admin, why, { request: request(more), files })
  }
  const archived = {
    destination: { kind: 'archive', project: 'P1' },
    policy: importPolicy({ overwrite: 'delete', overwriteFiles: false }),
  } as const
  const at = (label: string) => delivered.get(label)!.arrival
  const asked = { overwrite: { overwrite: 'delete', overwriteFiles: false }, wishes: {} }
  const first = async (label: string) => {
    await send(label, 1)
    await archiveOne(test.archive, admin, why, { at: at(label), asked })
  }

  const cases: readonly Case[] = [
    { name: 'an import that waits', code: 0, act: (archive, label) => importing(archive, label, {}), had: 0, all: 3 },
    {
      name: 'an import into the archive',
      code: 0,
      act: (archive, label) => importing(archive, label, archived),
      had: 0,
      all: 3,
    },
    {
      name: 'an import by SI',
      code: 4,
      act: (archive, label) => importing(archive, label, { ...archived, importer: 'SI' }),
      had: 0,
      all: 3,
    },
    {
      name: 'an import that joins a session',
      code: 4,
      before: first,
      act: (archive, label) => importing(archive, label, archived),
      had: 3,
      all: 6,
    },
    {
      name: 'a commit',
      code: 4,
      before: (label) => send(label, 1),
      act: (archive, label) =>
        commitArrival(archive, admin, why, { at: at(label), wish: { values: { 'xnat:mrSessionData/note': 'kept' } } }),
      had: 3,
      all: 3,
    },
    {
      name: 'archiving',
      code: 0,
      before: (label) => send(label, 1),
      act: (archive, label) => archiveOne(archive, admin, why, { at: at(label), asked }),
      had: 3,
      all: 3,
    },
    {
      name: 'a merge',
      code: 0,
      before: async (label) => {
        await first(label)
        await send(label, 2)
      },
      act: (archive, label) => archiveOne(archive, admin, why, { at: at(label), asked }),
      had: 6,
      all: 6,
    },
    {
      name: 'archiving in another project',
      code: 0,
      before: (label) => send(label, 1),
      act: (archive, label) => archiveOne(archive, admin, why, { at: at(label), asked: { ...asked, project: 'P2' } }),
      had: 3,
      all: 3,
    },
    {
      name: 'a direct arrival',
      code: 0,
      before: (label) => send(label, 1, { direct: true }),
      act: (archive, label) =>
        archiveDirect(archive, admin, why, { project: 'P1', study: delivered.get(label)!.study.studyUid, label }),
      had: 3,
      all: 3,
    },
    {
      name: 'a queued move',
      code: 0,
      before: (label) => send(label, 1),
      act: async (archive, label) => {
        const to = await locateProject(scopeOf(archive, admin), { project: 'P2' }, 'read')
        await queueErrand(archive, admin, why, { places: [at(label)], errand: { kind: 'move', to } })
        await workQueue(archive)
      },
      had: 3,
      all: 3,
    },
  ]

  for (const { name, code, before: prepare, act, had, all } of cases)
    it(`import weakness 3, 13: ${name} loses nothing, and leaves nothing half done, wherever it breaks off`, async () => {
      await change(test.archive, admin, why, (tx) =>
        tx.db.updateTable('projects').set({ prearchive_code: code }).execute(),
      )
      let ended: unknown = 'died'
      let last = 0
      for (; ended === 'died'; last++) {
        assert.ok(last < MAX_CHANGES, 'it never ends')
        const label = `B${cases.findIndex((one) => one.name === name)}x${last}`
        await prepare?.(label)
        const { archive, died } = dyingAfter(test.archive, last)
        ended = await Promise.race([act(archive, label).then(() => 'ended'), died])
        test.late += LONG_MS
        await workRound(test.archive)
        await assertWhole(label, `after ${last} changes`, { had, all })
        await assertTakenUp()
        // Whoever got no answer asks again.
        await retried(act, label)
        await assertWhole(label, `again, after ${last} changes`, { had: all, all })
      }
      assert.ok(last > 2, `it made only ${last - 1} changes`)
    })

  /** What is not there any more was done: another try has nothing to do. */
  async function retried(act: Case['act'], label: string): Promise<void> {
    try {
      await act(test.archive, label)
    } catch (error) {
      if (faultOf(error)?.kind !== 'not-found') throw error
    }
  }

  /** Each object once, in the archive or before it; none of those that were acknowledged is missing. */
  async function assertWhole(
    label: string,
    when: string,
    { had, all }: Readonly<{ had: number; all: number }>,
  ): Promise<void> {
    const { reads } = test.archive.db
    const waiting = await reads
      .selectFrom('arrived_files as f')
      .innerJoin('arrivals as a', 'a.id', 'f.arrival_id')
      .select('f.sop_uid')
      .where('a.name', '=', label)
      .execute()
    const root = String(sessionValues(label)['StudyInstanceUID'])
    const stored = await reads.selectFrom('files').select('sop_uid').where('sop_uid', 'like', `${root}.%`).execute()
    const uids = [...waiting, ...stored].map((row) => row.sop_uid ?? '')
    assert.equal(new Set(uids).size, uids.length, `${label} ${when}: an object is there twice`)
    assert.ok(
      uids.length === had || uids.length === all,
      `${label} ${when}: ${uids.length} objects, not ${had} or ${all}`,
    )
    const scans = await reads
      .selectFrom('scans as s')
      .innerJoin('experiment_projects as p', 'p.experiment_id', 's.session_id')
      .leftJoin('resources as r', 'r.scan_id', 's.id')
      .select(['s.scan_id', 'r.file_count'])
      .where('p.label', '=', label)
      .execute()
    for (const { scan_id, file_count } of scans) assert.equal(file_count, OBJECTS, `${label} ${when}: scan ${scan_id}`)
    assert.equal(scans.length * OBJECTS, stored.length, `${label} ${when}: files and scans`)
  }

  async function assertTakenUp(): Promise<void> {
    const { reads } = test.archive.db
    const leased = await reads
      .selectFrom('arrivals')
      .select(['name', 'status'])
      .where('lease_owner', 'is not', null)
      .execute()
    const queued = await reads
      .selectFrom('arrivals')
      .select(['name', 'status'])
      .where('status', 'like', 'QUEUED%')
      .execute()
    const loose = await reads.selectFrom('arrived_files').select('id').where('arrival_id', 'is', null).execute()
    const running = await reads.selectFrom('imports').select('id').where('state', '=', 'running').execute()
    assert.deepEqual([leased, queued, loose, running], [[], [], [], []])
  }
})
