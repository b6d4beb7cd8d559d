import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { distinctForSession, scanRecord, sessionRecord } from '../../src/dicom/fields.ts'
import { type DicomHeader, readHeader } from '../../src/dicom/header.ts'
import { standardDictionary } from '../../src/model/types/all.ts'
import { CT_STORAGE, instance, MR_STORAGE, UID_ROOT, type Values } from '../support/dicom.ts'
import { type Element, file } from './encodings.ts'

const types = standardDictionary()
const headersOf = (...all: Values[]): DicomHeader[] => all.map((values) => readHeader(instance(values)))
const mr = (...all: Values[]) => scanRecord(types, 'xnat:mrScanData', headersOf(...all))
const ct = (...elements: readonly Element[]) => {
  const identity: Element[] = [
    ['00080016', 'UI', CT_STORAGE],
    ['00080018', 'UI', '1.2'],
  ]
  return scanRecord(types, 'xnat:ctScanData', [readHeader(file([...identity, ...elements]))])
}

describe('what headers say of a scan', () => {
  it('is every field with an attribute of its own', () => {
    const { fields } = mr({
      SeriesDescription: 't1',
      RepetitionTime: '2400',
      SeriesTime: '093711.25',
      SeriesDate: '20061214',
      Rows: 256,
    })
    const found = [
      'UID',
      'series_description',
      'modality',
      'startTime',
      'start_date',
      'parameters/tr',
      'parameters/fov/y',
    ].map((path) => fields[path])
    assert.deepEqual(found, [`${UID_ROOT}.1.1`, 't1', 'MR', '09:37:11', '2006-12-14', 2400, 256])
  })

  it('leaves out what differs between instances, and what none has', () => {
    const { fields } = mr({ SeriesDescription: 'a', ProtocolName: 'p' }, { SeriesDescription: 'b' })
    assert.deepEqual(
      [fields['series_description'], fields['protocolName'], fields['bodyPartExamined']],
      [undefined, 'p', undefined],
    )
  })

  it('compares values, not spellings', () => {
    assert.equal(mr({ FlipAngle: '8' }, { FlipAngle: '8' }).fields['parameters/flip'], 8)
    assert.equal(
      mr({ MagneticFieldStrength: '1.494' }, { MagneticFieldStrength: '1.5' }).fields['fieldStrength'],
      '1.5',
    )
  })

  for (const [sent, expected] of [
    ['1.494', '1.5'],
    ['3', '3.0'],
    ['15000', '1.5'],
    ['499', '499.0'],
    ['30000', '3.0'],
    ['2.9936', '3.0'],
    ['x', undefined],
  ] as const) {
    it(`import 112: has a field strength of ${expected} for ${sent}`, () => {
      assert.equal(mr({ MagneticFieldStrength: sent }).fields['fieldStrength'], expected)
    })
  }

  it('leaves out what its field cannot hold', () => {
    const { fields } = mr({ RepetitionTime: 'slow', SeriesTime: '0937', SeriesDescription: 'x'.repeat(300) })
    assert.deepEqual(
      [fields['parameters/tr'], fields['startTime'], fields['series_description']],
      [undefined, undefined, undefined],
    )
  })

  it('has the edges of a voxel, all three or none', () => {
    const edges = (values: Values) => ['x', 'y', 'z'].map((axis) => mr(values).fields[`parameters/voxelRes/${axis}`])
    assert.deepEqual(edges({ PixelSpacing: ['0.5', '0.75'], SliceThickness: '2' }), [0.5, 0.75, 2])
    assert.deepEqual(edges({ PixelSpacing: ['0.5', '0.75'] }), [undefined, undefined, undefined])
    assert.deepEqual(edges({ PixelSpacing: '0.5', SliceThickness: '2' }), [undefined, undefined, undefined])
  })

  it('takes the edges of a voxel of several frames from their functional groups', () => {
    const measures: Element = [
      '00289110',
      'SQ',
      [
        [
          ['00180050', 'DS', '5'],
          ['00280030', 'DS', '1.5\\1.5'],
        ],
      ],
    ]
    const { fields } = ct(['52009229', 'SQ', [[measures]]])
    assert.deepEqual([fields['parameters/voxelRes/x'], fields['parameters/voxelRes/z']], [1.5, 5])
  })

  it('counts the frames of images only', () => {
    const raw = '1.2.840.10008.5.1.4.1.1.66'
    assert.equal(mr({}, { SOPInstanceUID: '1.2' }, { SOPClassUID: raw }).fields['frames'], 2)
    const several = file([
      ['00080016', 'UI', MR_STORAGE],
      ['00080018', 'UI', '1.2'],
      ['00280008', 'IS', '13'],
    ])
    assert.equal(scanRecord(types, 'xnat:mrScanData', [readHeader(several)]).fields['frames'], 13)
    assert.equal(mr({ SOPClassUID: raw }).fields['frames'], 0)
  })

  it('has one echo time, or one added parameter for each echo', () => {
    const one = mr({ EchoTime: '3.08', EchoNumbers: 1 }, { EchoTime: '3.08', EchoNumbers: 1 })
    assert.deepEqual([one.fields['parameters/te'], one.children['parameters/addParam']], [3.08, undefined])
    const two = mr({ EchoTime: '5', EchoNumbers: 1 }, { EchoTime: '10', EchoNumbers: 2 })
    assert.equal(two.fields['parameters/te'], undefined)
    assert.deepEqual(
      two.children['parameters/addParam']?.map((item) => [item.fields['name'], item.fields['addField']]),
      [
        ['MultiEcho_TE1', '5'],
        ['MultiEcho_TE2', '10'],
      ],
    )
    const odd = mr({ EchoTime: '5' }, { EchoTime: '10' })
    assert.deepEqual([odd.fields['parameters/te'], odd.children['parameters/addParam']], [undefined, undefined])
  })

  it('has the exposure of a CT scan from whichever attribute says it', () => {
    const plain = ct(
      ['00181140', 'CS', 'CCW'],
      ['00181150', 'IS', '690'],
      ['00181151', 'IS', '440'],
      ['00181152', 'IS', '14'],
      ['00181190', 'DS', '0.7\\1.2'],
    )
    const names = ['rotationDirection', 'exposureTime', 'xrayTubeCurrent', 'exposure']
    assert.deepEqual(
      names.map((name) => plain.fields[`parameters/${name}`]),
      ['CC', 690, 440, 14],
    )
    assert.deepEqual(
      plain.children['parameters/focalSpots/focalSpot']?.map((item) => item.fields['focalSpot']),
      [0.7, 1.2],
    )
    const micro = ct(['00181153', 'IS', '14000'], ['00188150', 'DS', '690000'], ['00188151', 'DS', '440000'])
    assert.deepEqual(
      names.slice(1).map((name) => micro.fields[`parameters/${name}`]),
      [690, 440, 14],
    )
  })

  it('has only fields that the type of the scan knows', () => {
    const record = scanRecord(
      types,
      'xnat:srScanData',
      headersOf({ RepetitionTime: '2400', SeriesDescription: 'report' }),
    )
    assert.deepEqual([record.fields['series_description'], record.fields['parameters/tr']], ['report', undefined])
  })
})

describe('what headers say of an imaging session', () => {
  const session = (...all: Values[]) => sessionRecord(types, 'xnat:mrSessionData', headersOf(...all))

  it('is every field with an attribute of its own', () => {
    const { fields, children } = session({
      StudyDate: '20061214',
      StudyTime: '091206.5',
      OperatorsName: ['FIRST^OPERATOR', 'SECOND^OPERATOR'],
      StudyDescription: 'head^DHead',
      PatientBirthDate: '19751231',
      StudyComments: 'a comment',
      MagneticFieldStrength: '3',
    })
    const names = [
      'date',
      'time',
      'operator',
      'session_type',
      'dcmPatientId',
      'dcmPatientName',
      'dcmPatientBirthDate',
      'UID',
      'fieldStrength',
    ]
    assert.deepEqual(
      names.map((name) => fields[name]),
      [
        '2006-12-14',
        '09:12:06',
        'FIRST^OPERATOR\\SECOND^OPERATOR',
        'head^DHead',
        'S01',
        'Doe^Jo',
        '1975-12-31',
        `${UID_ROOT}.1`,
        '3.0',
      ],
    )
    assert.deepEqual(
      children['fields/field']?.map((item) => item.fields),
      [{ name: 'studyComments', field: 'a comment' }],
    )
  })

  it('names every scanner, and no modality where there are two', () => {
    const { fields } = session({ StationName: 'A' }, { StationName: 'B', Modality: 'PT' })
    assert.deepEqual([fields['scanner'], fields['modality']], ['A,B', undefined])
  })

  it('comes out the same from the headers that differ', () => {
    const headers = headersOf(
      { StationName: 'A' },
      { StationName: 'A', SOPInstanceUID: '1.2' },
      { StationName: 'B', SOPInstanceUID: '1.3' },
    )
    const distinct = distinctForSession(types, { type: 'xnat:mrSessionData' }, headers)
    assert.equal(distinct.length, 2)
    assert.deepEqual(
      sessionRecord(types, 'xnat:mrSessionData', distinct),
      sessionRecord(types, 'xnat:mrSessionData', headers),
    )
  })
})
