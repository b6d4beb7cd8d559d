import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDraft } from '../../src/intake/draft.ts'
import type { Values } from '../support/dicom.ts'
import { CT, drafted, headerOf, mr, pet, RAW, RTSTRUCT, SC, STORAGE, types, typesOf } from './drafts.ts'

describe('the draft of a session', () => {
  it('import 118: has its scans with numbers, types, frames and quality', () => {
    const { session, scans, log, studies } = drafted([
      mr('1.2', { SeriesNumber: 10, SeriesDescription: 'b' }),
      mr('1.1', { SeriesNumber: 9, SeriesDescription: 'a' }),
      mr('1.1', { SeriesNumber: 9, SeriesDescription: 'a', NumberOfFrames: 4 }),
    ])
    assert.equal(session.fields['label'], 'E1')
    assert.equal(session.fields['UID'], studies[0])
    assert.deepEqual(
      session.children['scans/scan']?.map(({ fields }) =>
        ['ID', 'UID', 'series_description', 'frames', 'quality', 'type'].map((name) => fields[name]),
      ),
      [
        ['9', '1.1', 'a', 5, 'usable', undefined],
        ['10', '1.2', 'b', 1, 'usable', undefined],
      ],
    )
    assert.deepEqual(
      scans.map(({ id, series, instances, frames, description }) => [id, series, instances, frames, description]),
      [
        ['9', '1.1', 2, 5, 'a'],
        ['10', '1.2', 1, 1, 'b'],
      ],
    )
    assert.deepEqual(log, [])
    assert.equal(drafted([mr('1.1')], { quality: 'good' }).scans[0]?.item.fields['quality'], 'good')
  })

  for (const [line, all, expected] of [
    ['import 93', [mr('1', { SOPClassUID: CT, Modality: 'CT' })], ['ctSessionData', 'ctScanData']],
    ['import 93', [mr('1')], ['mrSessionData', 'mrScanData']],
    ['import 93', [pet('1')], ['petSessionData', 'petScanData']],
    ['import 93', [mr('1', { SOPClassUID: `${STORAGE}.1`, Modality: 'CR' })], ['crSessionData', 'crScanData']],
    ['import 93', [mr('1', { SOPClassUID: `${STORAGE}.12.1`, Modality: 'XA' })], ['xaSessionData', 'xaScanData']],
    ['import 93', [mr('1', { SOPClassUID: SC, Modality: 'CT' })], ['ctSessionData', 'scScanData']],
    ['import 93', [mr('1', { SOPClassUID: SC, Modality: 'SC' })], ['otherDicomSessionData', 'scScanData']],
    [
      'import 93',
      [mr('1', { SOPClassUID: `${STORAGE}.481.2`, Modality: 'RTDOSE' })],
      ['otherDicomSessionData', 'rtImageScanData'],
    ],
    [
      'import 93',
      [mr('1', { SOPClassUID: '1.2.3', Modality: 'DOC' })],
      ['otherDicomSessionData', 'otherDicomScanData'],
    ],
    [
      'import 93',
      [
        mr('1', { SOPClassUID: `${STORAGE}.77.1.6`, Modality: 'SM' }),
        mr('2', { SOPClassUID: `${STORAGE}.88.22`, Modality: 'SR' }),
      ],
      ['srSessionData', 'smScanData', 'srScanData'],
    ],
    ['import 94', [mr('1', { Modality: null })], ['mrSessionData', 'mrScanData']],
    ['import 95', [mr('1'), mr('1', { SOPClassUID: RAW })], ['mrSessionData', 'mrScanData']],
    [
      'import 96',
      [pet('1'), mr('2', { SOPClassUID: CT, Modality: 'CT' })],
      ['petSessionData', 'petScanData', 'ctScanData'],
    ],
    [
      'import 97',
      [mr('1'), mr('2', { SOPClassUID: RTSTRUCT, Modality: 'RTSTRUCT' })],
      ['mrSessionData', 'mrScanData', 'rtImageScanData'],
    ],
  ] as const) {
    it(`${line}: is of types ${expected.join(', ')}`, () => {
      const numbered = all.map((values, index) => ({
        ...values,
        SeriesNumber: Number((values as Values).SeriesInstanceUID) || index,
      }))
      assert.deepEqual(typesOf(drafted(numbered)), expected)
    })
  }

  it('import 113: leaves out what differs, and says so', () => {
    const { session, scans, log, disagreements } = drafted([
      mr('1.1', { SeriesDescription: 'a', StudyDescription: 'x', FlipAngle: '8', RepetitionTime: 'slow' }),
      mr('1.1', { SeriesDescription: 'b', StudyDescription: 'y', FlipAngle: '8.0' }),
    ])
    assert.equal(session.fields['session_type'], undefined)
    assert.equal(scans[0]?.item.fields['series_description'], undefined)
    assert.equal(scans[0]?.item.fields['parameters/flip'], 8)
    assert.deepEqual(log, [
      'scan 1: series_description has different values: a, b',
      'scan 1: parameters/tr has a value that it cannot hold: slow',
      'session: session_type has different values: x, y',
    ])
    assert.deepEqual(disagreements[0], { scan: '1', field: 'series_description', values: ['a', 'b'] })
  })

  it('import 114: names every station, and no modality where there are two', () => {
    const { session } = drafted([
      pet('1', { StationName: 'A' }),
      mr('2', { SOPClassUID: CT, Modality: 'CT', StationName: 'B' }),
    ])
    assert.deepEqual([session.fields['scanner'], session.fields['modality']], ['A,B', undefined])
  })

  it('import 115: has the times of several echoes as parameters', () => {
    const echo = (number: number, time: string) => mr('1', { EchoNumbers: number, EchoTime: time })
    const { item } = drafted([echo(1, '5'), echo(2, '10'), echo(1, '5')]).scans[0]!
    assert.equal(item.fields['parameters/te'], undefined)
    assert.deepEqual(
      item.children['parameters/addParam']?.map(({ fields }) => [fields['name'], fields['addField']]),
      [
        ['MultiEcho_TE1', '5'],
        ['MultiEcho_TE2', '10'],
      ],
    )
    const many = Array.from({ length: 40 }, (_, index) => echo(index + 1, String(index + 2)))
    assert.equal(drafted(many).scans[0]?.item.children['parameters/addParam']?.length, 40)
  })

  it('import 116: has an orientation only where the vectors are sound and agree', () => {
    const turned = (...all: string[]) =>
      drafted(all.map((text) => mr('1', { ImageOrientationPatient: text.split(' ') }))).scans[0]?.item.fields[
        'parameters/orientation'
      ]
    assert.equal(turned('0 1 0 0 0 -1', '0 1 0 0 0 -1'), 'Sag')
    assert.equal(turned('1 0 0 0 0 -1'), 'Cor')
    assert.equal(turned('1 0 0 0 1 0', '0 1 0 0 0 -1'), undefined)
    assert.equal(turned('1 1 0 0 1 0'), undefined)
  })

  it('import 117: counts frames of images, not of what comes with them', () => {
    const { scans } = drafted([
      mr('1', { NumberOfFrames: 13 }),
      mr('1'),
      mr('1', { SOPClassUID: RAW }),
      mr('2', { SOPClassUID: SC, SeriesNumber: 2 }),
    ])
    assert.deepEqual(
      scans.map(({ frames, item }) => [frames, item.fields['frames']]),
      [
        [14, 14],
        [0, 0],
      ],
    )
  })

  it('import 120: never fails for a bad day or time', () => {
    const { session } = drafted([mr('1', { StudyDate: '20241399', StudyTime: '99', PatientBirthDate: 'unknown' })])
    assert.deepEqual(
      ['date', 'time', 'dcmPatientBirthDate'].map((name) => session.fields[name]),
      [undefined, undefined, undefined],
    )
    const dotted = drafted([mr('1', { StudyDate: '2006.12.14', StudyTime: '091206.25' })]).session
    assert.deepEqual(
      ['date', 'time'].map((name) => dotted.fields[name]),
      ['2006-12-14', '09:12:06'],
    )
  })

  it('takes what the request gives, and says what cannot be', () => {
    const given = [
      { path: 'xnat:mrSessionData/note', value: 'n' },
      { path: 'xnat:experimentData/date', value: '2001-02-03' },
      { path: 'xnat:petSessionData/tracer/name', value: 'FDG' },
      { path: 'xnat:mrSessionData/scans/scan[0][@xsi:type=xnat:mrScanData]/type', value: 'T1' },
      { path: 'xnat:mrSessionData/acquisition_site', value: 's'.repeat(300) },
      { path: 'nonsense', value: 'x' },
    ]
    const { session, scans, faults } = drafted([mr('1')], { given })
    assert.deepEqual(
      ['note', 'date', 'acquisition_site'].map((name) => session.fields[name]),
      ['n', '2001-02-03', undefined],
    )
    assert.deepEqual([scans[0]?.item.fields['type'], session.children['scans/scan']?.[0]?.fields['type']], ['T1', 'T1'])
    assert.equal(faults.length, 2)
  })

  it('import 99: tells series of one number apart', () => {
    assert.deepEqual(
      drafted([mr('1.2'), mr('1.1')]).scans.map(({ id, series }) => [id, series]),
      [
        ['1-MR1', '1.1'],
        ['1-MR2', '1.2'],
      ],
    )
  })

  it('holds no more of thousands of objects than of a few', () => {
    const open = openDraft(types, { label: 'E' })
    const one = headerOf(mr('1'))
    const before = process.memoryUsage().heapUsed
    for (let index = 0; index < 20_000; index += 1) {
      const values = new Map(one.values)
      values.set('00080018', [`1.2.${index}`])
      values.set('00200013', [String(index)])
      values.set('00180081', [String(index % 3)])
      values.set('00181151', [String(index)])
      open.add({ ...one, values })
    }
    const { scans, log } = open.finish()
    assert.deepEqual([scans[0]?.instances, scans[0]?.frames], [20_000, 20_000])
    assert.match(log.join('\n'), /parameters\/te has different values: 0, 1, 2/)
    assert.ok(process.memoryUsage().heapUsed - before < 100_000_000)
  })
})
