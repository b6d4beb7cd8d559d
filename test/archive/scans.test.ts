import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { change, scopeOf } from '../../src/archive/archive.ts'
import { putExperiment } from '../../src/archive/experiments.ts'
import type { AskedColumn } from '../../src/archive/listing.ts'
import { locateSession } from '../../src/archive/locate.ts'
import { putReconstruction } from '../../src/archive/reconstructions.ts'
import { scanItem, scanItems } from '../../src/archive/scan-items.ts'
import { listReconstructions, listScans } from '../../src/archive/scan-list.ts'
import { alikeSql, mappedScanType } from '../../src/archive/scan-types.ts'
import { postScan, putScan, readableScan, writeScan } from '../../src/archive/scans.ts'
import type { Item } from '../../src/model/item.ts'
import type { Patch } from '../../src/model/patch.ts'
import { parseXmlPath, type XmlPath } from '../../src/model/xml-path.ts'
import { admin, makeProject, openTestArchive, type TestArchive, why } from '../support/archive.ts'

let here: TestArchive
let made = 0
before(async () => {
  here = await openTestArchive()
  await makeProject(here.archive, 'P')
})
after(() => here?.close())

const path = (text: string) => parseXmlPath(text) as XmlPath

/** A patch of values by path; `type` names the data type. */
const patchOf = (values: Readonly<Record<string, string>> = {}, type?: string): Patch => ({
  faults: [],
  namedType: type,
  assignments: Object.entries(values).map(([name, value]) => ({ path: path(name), value })),
  removesAbsent: false,
})

const scan = (fields: Item['fields'], type = 'xnat:mrScanData'): Item => ({ type, fields, children: {} })

/** A new MR session; returns its accession id. */
async function session(values: Readonly<Record<string, string>> = {}): Promise<string> {
  made += 1
  const home = { project: 'P', subject: 'S01', segment: `MR${made}` }
  return (await putExperiment(here.archive, admin, why, { home, patch: patchOf(values, 'xnat:mrSessionData') })).id
}

const put = (experiment: string, id: string, values: Readonly<Record<string, string>> = {}, headers?: Item) =>
  putScan(here.archive, admin, why, {
    at: { experiment, scan: id },
    patch: patchOf(values, 'xnat:mrScanData'),
    headers,
  })

async function written(experiment: string, ...items: Item[]) {
  return change(here.archive, admin, why, async (tx) => {
    const located = await locateSession(tx, { experiment }, 'edit')
    const results = []
    for (const item of items) results.push(await writeScan(tx, located, { item }))
    return results
  })
}

const itemOf = async (experiment: string, id: string) => {
  const scope = scopeOf(here.archive, admin)
  return scanItem(scope, await readableScan(scope, { experiment, scan: id }))
}

const column = (name: string): AskedColumn => ({ header: name.toLowerCase(), path: path(name) })

async function cells(experiment: string, ...names: string[]): Promise<unknown[][]> {
  const asked = { columns: names.map(column), filters: [], xsiType: undefined }
  const table = await listScans(scopeOf(here.archive, admin), { experiment }, asked)
  return table.rows.map((row) => row.slice(1, -1))
}

describe('scans written inside a change', () => {
  it('get the smallest free number when they have no ID', async () => {
    const at = await session()
    const results = await written(at, scan({}), scan({ ID: '3' }), scan({}), scan({}))
    assert.deepEqual(
      results.map((one) => [one.scanId, one.outcome]),
      ['1', '3', '2', '4'].map((id) => [id, 'created']),
    )
  })

  it('stay as they are when nothing differs', async () => {
    const at = await session()
    await written(at, scan({ ID: '1', note: 'n' }))
    const before = (await itemOf(at, '1')).item.meta
    assert.deepEqual(
      (await written(at, scan({ ID: '1', note: 'n' }))).map((one) => one.outcome),
      ['unchanged'],
    )
    assert.deepEqual((await itemOf(at, '1')).item.meta, before)
  })

  it('of a session document need not repeat their type, and may get one', async () => {
    const at = await session()
    await written(at, scan({ ID: '1' }), scan({ ID: '2' }, 'xnat:imageScanData'))
    await written(at, scan({ ID: '1', note: 'n' }, 'xnat:imageScanData'), scan({ ID: '2' }, 'xnat:ctScanData'))
    const { id, accession } = (await located(at)).row
    const items = await scanItems(scopeOf(here.archive, admin), [{ id, accession, project: 'P' }])
    assert.deepEqual(
      items.get(id)?.map((item) => [item.fields['ID'], item.type, item.fields['note']]),
      [
        ['1', 'xnat:mrScanData', 'n'],
        ['2', 'xnat:ctScanData', undefined],
      ],
    )
  })

  it('are refused with another type than they have', async () => {
    const at = await session()
    await assert.rejects(
      written(at, scan({ ID: '1' }), scan({ ID: '1' }, 'xnat:ctScanData')),
      /differs from existing xsiType/,
    )
    assert.deepEqual(await cells(at, 'xnat:imageScanData/ID'), [])
  })
})

const located = (experiment: string) => locateSession(scopeOf(here.archive, admin), { experiment }, 'read')

describe('former versions of a scan', () => {
  it('are kept with the events that began and ended them', async () => {
    const at = await session()
    for (const note of ['first', 'second', 'third']) await put(at, '1', { 'xnat:mrScanData/note': note })
    const { item, history } = await itemOf(at, '1')
    const former = await history()
    assert.deepEqual(
      [item, ...former].map((one) => one.fields['note']),
      ['third', 'second', 'first'],
    )
    assert.deepEqual(
      former.map((one) => one.meta?.isHistory),
      [true, true],
    )
    assert.equal(former[0]?.meta?.modifiedEventId, item.meta?.createEventId)
    assert.equal(former[1]?.meta?.modifiedEventId, former[0]?.meta?.createEventId)
  })
})

describe('what headers say', () => {
  const headers = scan({ series_description: 'from headers', note: 'from headers', type: 'T_HEADERS' })

  it('outweighs all that is sent but the type', async () => {
    const at = await session()
    await put(at, '1', { 'xnat:mrScanData/type': 'Mine', 'xnat:mrScanData/series_description': 'sent' }, headers)
    const { fields } = (await itemOf(at, '1')).item
    assert.deepEqual([fields['type'], fields['series_description']], ['Mine', 'from headers'])
  })

  for (const type of ['', 'Unknown', 'unknown']) {
    it(`gives the type where it is ${type || 'absent'}`, async () => {
      const at = await session()
      await put(at, '1', { 'xnat:mrScanData/type': type }, headers)
      assert.equal((await itemOf(at, '1')).item.fields['type'], 'T_HEADERS')
    })
  }
})

describe('the type of a scan that nobody named', () => {
  const mapped = async (description: string | undefined, frames = 1) => {
    const scope = scopeOf(here.archive, admin)
    return mappedScanType(scope, (await located(await session())).owner, { description, frames })
  }

  it('is what scans with the same description are called', async () => {
    const at = await session()
    await put(at, '1', {
      'xnat:mrScanData/series_description': 'T1 mpr-1mm',
      'xnat:mrScanData/type': 'ANATOMY',
      'xnat:mrScanData/frames': '9',
    })
    await put(at, '2', {
      'xnat:mrScanData/series_description': 't1_MPR 1mm',
      'xnat:mrScanData/type': 'SHORT',
      'xnat:mrScanData/frames': '3',
    })
    assert.deepEqual([await mapped('T1_MPR_1MM*'), await mapped('t1mpr1mm', 3)], ['ANATOMY', 'SHORT'])
  })

  it('is found through an index', async () => {
    const scope = scopeOf(here.archive, admin)
    if (here.archive.db.dialect.name !== 'sqlite') return
    const plan = await sql<{ detail: string }>`explain query plan ${alikeSql(scope, 1, 'T1')}`.execute(scope.db)
    assert.match(plan.rows.map((row) => row.detail).join('\n'), /scans_description \(session_id=\? AND <expr>=\?\)/)
  })

  it('is the description when no scan has it, and unknown without one', async () => {
    assert.deepEqual(
      [await mapped('never seen'), await mapped(undefined), await mapped('')],
      ['never seen', 'unknown', 'unknown'],
    )
  })
})

describe('columns of a scan list', () => {
  it('reach the session, its subject and its project', async () => {
    const at = await session({ 'xnat:mrSessionData/operator': 'Kim', 'xnat:mrSessionData/date': '2024-03-05' })
    await put(at, '1')
    const [row] = await cells(
      at,
      'xnat:mrSessionData/operator',
      'xnat:imageSessionData/ID',
      'xnat:experimentData/date',
      'xnat:mrSessionData/subject_ID',
      'xnat:subjectData/label',
      'xnat:subjectData/project',
      'xnat:projectData/ID',
      'xnat:petSessionData/tracer/name',
    )
    const subject = row?.[3]
    assert.match(String(subject), /_S\d{5}$/)
    assert.deepEqual(row, ['Kim', at, '2024-03-05', subject, 'S01', 'P', 'P', null])
  })

  it('choose among repeated records', async () => {
    const at = await session()
    const added = 'xnat:mrScanData/parameters/addParam'
    await put(at, '1', { [`${added}[name=A]/addField`]: '1', [`${added}[name=B]/addField`]: '2' })
    assert.deepEqual(await cells(at, `${added}[name=B]/addField`, `${added}[0]/name`, `${added}[name=C]/addField`), [
      ['2', 'A', null],
    ])
  })
})

describe('reconstructions', () => {
  it('are listed with their number first and their address last', async () => {
    const at = await session()
    const patch = patchOf({ 'xnat:reconstructedImageData/type': 'smoothed' })
    await putReconstruction(here.archive, admin, why, { at: { experiment: at, reconstruction: 'r-1' }, patch })
    const asked = {
      columns: [column('xnat:reconstructedImageData/ID'), column('xnat:reconstructedImageData/type')],
      filters: [],
      xsiType: undefined,
    }
    const { columns, rows } = await listReconstructions(scopeOf(here.archive, admin), { experiment: at }, asked)
    assert.equal(columns[0]?.key, 'xnat_reconstructedimagedata_id')
    assert.deepEqual(
      rows.map((row) => row.slice(1)),
      [['r-1', 'smoothed', `/data/experiments/${at}/reconstructions/r-1`]],
    )
  })
})

describe('a scan posted to a session', () => {
  it('is of the modality of the session where none is named', async () => {
    const at = await session()
    const id = await postScan(here.archive, admin, why, {
      at: { experiment: at },
      patch: patchOf({ 'xnat:imageScanData/note': 'n' }),
    })
    assert.deepEqual([id, (await itemOf(at, id)).item.type], ['1', 'xnat:mrScanData'])
  })
})
