import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mergedScanIds, type ScanIdentity, scanIds } from '../../src/intake/scan-ids.ts'

const series = (uid: string, number: string, ...modalities: string[]) => ({ uid, number, modalities })
const idsOf = (...all: ReturnType<typeof series>[]) => Object.fromEntries(scanIds(all))

describe('scan IDs of a study', () => {
  it('are the numbers of its series', () => {
    assert.deepEqual(idsOf(series('1.1', '4', 'MR'), series('1.2', ' 12 ', 'MR')), { '1.1': '4', '1.2': '12' })
  })

  it('import 99: name the modality where two series have one number', () => {
    assert.deepEqual(
      idsOf(series('1.3', '4', 'MR'), series('1.1', '4', 'MR'), series('1.2', '4', 'CT'), series('1.4', '5', 'CT')),
      { '1.1': '4-MR1', '1.3': '4-MR2', '1.2': '4-CT1', '1.4': '5' },
    )
    assert.deepEqual(idsOf(series('1.1', '4', 'XX'), series('1.2', '4', 'SR', 'PT')), {
      '1.1': '4-OT1',
      '1.2': '4-PT1',
    })
  })

  it('import 101: are the UIDs with plain signs where there is no number', () => {
    assert.deepEqual(idsOf(series('1.2.3', '', 'MR')), { '1.2.3': '1_2_3' })
    assert.deepEqual(idsOf(series('', '', 'MR')), { '': 'NA' })
    assert.deepEqual(idsOf(series('1.2', '+5', 'MR')), { '1.2': '_5' })
  })
})

describe('import 100: scans that join a session', () => {
  const scan = (id: string, uid: string, type = 'xnat:mrScanData'): ScanIdentity => ({ id, uid, type })
  const merged = (existing: ScanIdentity[], ...incoming: ScanIdentity[]) =>
    Object.fromEntries(mergedScanIds(existing, incoming))

  it('keep their IDs where those are free', () => {
    assert.deepEqual(merged([scan('1', 'a')], scan('2', 'b')), { 2: { id: '2', joins: false } })
  })

  it('get another where a different series has it, and join their own series', () => {
    assert.deepEqual(merged([scan('1', 'a')], scan('1', 'b')), { 1: { id: '1-MR1', joins: false } })
    assert.deepEqual(merged([scan('1', 'a'), scan('1-MR1', 'b')], scan('1', 'b')), { 1: { id: '1-MR1', joins: true } })
    assert.deepEqual(merged([scan('1', 'a'), scan('1-MR1', 'b')], scan('1', 'a')), { 1: { id: '1', joins: true } })
    assert.deepEqual(merged([scan('1', 'a'), scan('1-MR1', 'b')], scan('1', 'c')), { 1: { id: '1-MR2', joins: false } })
  })

  it('never get an ID that another incoming scan has', () => {
    const found = merged([scan('1', 'a')], scan('1', 'b'), scan('1-MR1', 'c'))
    assert.equal(new Set(Object.values(found).map(({ id }) => id)).size, 2)
  })

  it('are lettered by their type', () => {
    assert.deepEqual(merged([scan('1', 'a')], scan('1', 'b', 'xnat:petScanData')), { 1: { id: '1-PT1', joins: false } })
    assert.deepEqual(merged([scan('1', 'a')], scan('1', 'b', 'xnat:ctScanData')), { 1: { id: '1-CT1', joins: false } })
  })
})
