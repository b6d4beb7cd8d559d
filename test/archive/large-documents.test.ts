import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Archive } from '../../src/archive/archive.ts'
import { experimentItem, subjectItem } from '../../src/archive/experiment-items.ts'
import { putExperiment, putSubjectDocument } from '../../src/archive/experiments.ts'
import { putProject } from '../../src/archive/projects.ts'
import { findFile } from '../../src/archive/stored-files.ts'
import type { Viewer } from '../../src/model/access.ts'
import type { Item } from '../../src/model/item.ts'
import type { Patch } from '../../src/model/patch.ts'
import { admin, openTestArchive, type TestArchive, why } from '../support/archive.ts'

const SESSIONS = 200
const SCANS = 1000
/** Queries that a document takes however much is in it, and rows after which one more is due. */
const MOST_QUERIES = 25
const ROWS_PER_QUERY = 500

/** Somebody whose rights are looked up: administrators own everything anyway. */
const reader: Viewer = { id: 999, login: 'reader', admin: false, guest: false }

describe('documents of much', () => {
  let here: TestArchive
  before(async () => {
    here = await openTestArchive()
    await putProject(here.archive, admin, why, { name: 'P', patch: nothing, accessibility: 'public' })
    await putSubjectDocument(here.archive, admin, why, {
      at: { project: 'P', subject: 'S' },
      patch: patchOf(subjectWith(SESSIONS)),
    })
    await putExperiment(here.archive, admin, why, {
      home: { project: 'P', subject: 'Other', segment: 'LONG' },
      patch: patchOf(sessionWith('LONG', SCANS)),
    })
  })
  after(() => here.close())

  it('show every session of a subject with its scans, in few queries', async () => {
    const { archive, queries } = counting(here.archive)
    const { item } = await subjectItem(archive, reader, { project: 'P', subject: 'S' })
    const sessions = item.children['experiments/experiment'] ?? []
    assert.deepEqual(
      sessions.map((session) => [session.fields['label'], session.children['scans/scan']?.length]),
      Array.from({ length: SESSIONS }, (_, at) => [`MR${at}`, 1]),
    )
    assert.ok(queries() <= MOST_QUERIES + SESSIONS / ROWS_PER_QUERY, `${queries()} queries`)
  })

  it('show every scan of a session, in few queries', async () => {
    const { archive, queries } = counting(here.archive)
    const { item } = await experimentItem(archive, reader, { project: 'P', experiment: 'LONG' })
    assert.deepEqual(
      item.children['scans/scan']?.map((scan) => scan.fields['ID']),
      Array.from({ length: SCANS }, (_, at) => String(at + 1)),
    )
    assert.ok(queries() <= MOST_QUERIES + SCANS / ROWS_PER_QUERY, `${queries()} queries`)
  })

  it('are looked through for a folder of every scan, in few queries', async () => {
    const { archive, queries } = counting(here.archive)
    const parent = { kind: 'scan', at: { project: 'P', experiment: 'LONG' }, scans: 'ALL' } as const
    const place = { parent, folder: 'DICOM' }
    await assert.rejects(findFile(archive, reader, place, ['a.dcm']), {
      fault: { kind: 'not-found', noun: 'resource', name: 'DICOM' },
    })
    assert.ok(queries() <= MOST_QUERIES + (2 * SCANS) / ROWS_PER_QUERY, `${queries()} queries`)
  })
})

const record = (type: string, fields: Item['fields'], children: Item['children'] = {}): Item => ({
  type,
  fields,
  children,
})

function sessionWith(label: string, scans: number): Item {
  const numbers = Array.from({ length: scans }, (_, at) => String(at + 1))
  return record(
    'xnat:mrSessionData',
    { label },
    { 'scans/scan': numbers.map((ID) => record('xnat:mrScanData', { ID, type: 'T1' })) },
  )
}

const subjectWith = (sessions: number): Item =>
  record(
    'xnat:subjectData',
    { label: 'S' },
    { 'experiments/experiment': Array.from({ length: sessions }, (_, at) => sessionWith(`MR${at}`, 1)) },
  )

const nothing: Patch = { faults: [], assignments: [], removesAbsent: false }

const patchOf = (document: Item): Patch => ({
  ...nothing,
  document,
  namedType: document.type,
})

/** The same archive, with the number of queries that were asked outside of changes. */
function counting(archive: Archive): Readonly<{ archive: Archive; queries: () => number }> {
  let count = 0
  const reads = archive.db.reads.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      count++
      return result
    },
  })
  return { archive: { ...archive, db: { ...archive.db, reads } }, queries: () => count }
}
