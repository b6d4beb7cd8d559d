import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readHeader } from '../../src/dicom/header.ts'
import { type Element, file } from '../dicom/encodings.ts'
import { MR_STORAGE } from '../support/dicom.ts'
import { drafted, draftOf, mr, nextUid, PET, STORAGE } from './drafts.ts'

describe('what the headers of other kinds say', () => {
  const object = (sopClass: string, ...more: readonly Element[]) =>
    readHeader(
      file(
        [['00080016', 'UI', sopClass], ['00080018', 'UI', nextUid()], ['0020000D', 'UI', '1.2'], ...more].sort(
          ([a], [b]) => (String(a) < String(b) ? -1 : 1),
        ) as Element[],
      ),
    )
  const double = (value: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleLE(value)
    return bytes
  }

  it('import 109: is what the functional groups of an enhanced MR image say', () => {
    const shared: Element[] = [
      [
        '00189112',
        'SQ',
        [
          [
            ['00180080', 'DS', '7500'],
            ['00181314', 'DS', '90'],
          ],
        ],
      ],
      ['00189042', 'SQ', [[['00181250', 'SH', 'HEAD']]]],
      [
        '00289110',
        'SQ',
        [
          [
            ['00180050', 'DS', '5'],
            ['00280030', 'DS', '1.71875\\1.71875'],
          ],
        ],
      ],
      ['00209116', 'SQ', [[['00200037', 'DS', '1\\0\\0\\0\\1\\0']]]],
    ]
    const perFrame: Element[][] = Array.from({ length: 13 }, () => [
      [
        '00189117',
        'SQ',
        [
          [
            ['00189075', 'CS', 'ISOTROPIC'],
            ['00189087', 'FD', double(1000.0009765624999)],
            ['00189147', 'CS', 'FRACTIONAL'],
          ],
        ],
      ],
    ])
    const { scans } = draftOf([
      object(
        `${STORAGE}.4.1`,
        ['00080060', 'CS', 'MR'],
        ['00280008', 'IS', '13'],
        ['52009229', 'SQ', [shared]],
        ['52009230', 'SQ', perFrame],
      ),
    ])
    const names = [
      'frames',
      'parameters/tr',
      'coil',
      'parameters/voxelRes/x',
      'parameters/voxelRes/z',
      'parameters/orientation',
      'parameters/diffusion/bValues',
      'parameters/diffusion/directionality',
      'parameters/diffusion/anisotropyType',
    ]
    assert.deepEqual(
      names.map((name) => scans[0]?.item.fields[name]),
      [13, 7500, 'HEAD', 1.71875, 5, 'Tra', '1000.00097656249', 'ISOTROPIC', 'FRACTIONAL'],
    )
  })

  it('import 111: is the type that a tomograph of the eye states, and its light', () => {
    const code: Element = [
      '00400260',
      'SQ',
      [
        [
          ['00080102', 'SH', '99CZM'],
          ['00080103', 'SH', '1.0'],
          ['00080104', 'LO', 'Macular Cube Scan'],
        ],
      ],
    ]
    const light = Buffer.alloc(4)
    light.writeFloatLE(880)
    const { session, scans } = draftOf([
      object(
        `${STORAGE}.77.1.5.4`,
        ['00080060', 'CS', 'OPT'],
        ['0008103E', 'LO', 'Volume IR'],
        ['00220055', 'FL', light],
        ['00280008', 'IS', '7'],
        code,
      ),
    ])
    assert.equal(session.type, 'xnat:optSessionData')
    const names = ['type', 'series_description', 'frames', 'parameters/illumination_wavelength']
    assert.deepEqual(
      names.map((name) => scans[0]?.item.fields[name]),
      ['Macular Cube Scan', 'Volume IR', 7, '880'],
    )
  })

  it('is the tracer of a PET session', () => {
    const tracer: Element = [
      '00540016',
      'SQ',
      [
        [
          ['00180031', 'LO', 'FDG'],
          ['00181074', 'DS', '370000000'],
          ['00181075', 'DS', '6588'],
          ['00181078', 'DT', '20240305101200.5'],
        ],
      ],
    ]
    const { session } = draftOf([object(PET, ['00080060', 'CS', 'PT'], tracer)])
    const names = ['tracer/name', 'tracer/startTime', 'tracer/dose', 'tracer/dose/units', 'tracer/isotope/half-life']
    assert.deepEqual(
      names.map((name) => session.fields[name]),
      ['FDG', '2024-03-05 10:12:00.0', 370000000, 'Bq', 6588],
    )
  })

  it('import 108: is every field of a session and a series of MR images', () => {
    const { session, scans } = drafted([
      mr('1', {
        SOPClassUID: MR_STORAGE,
        SeriesNumber: 4,
        StudyDate: '20061214',
        StudyTime: '091206.1',
        StationName: 'MEDPC',
        Manufacturer: 'SIEMENS',
        ManufacturerModelName: 'TrioTim',
        MagneticFieldStrength: '3',
        OperatorsName: ['FIRST^OPERATOR', 'SECOND^OPERATOR'],
        InstitutionName: 'Hospital',
        StudyDescription: 'head^DHead',
        AccessionNumber: '.',
        PatientID: 'Sample ID',
        PatientName: 'Sample Patient',
        PatientBirthDate: '19751231',
        SeriesDescription: 't1_mpr_1mm_p2_pos50',
        RepetitionTime: '2400',
        EchoTime: '3.08',
        InversionTime: '1000',
        FlipAngle: '8',
        SequenceName: '*tfl3d1_ns',
        ScanningSequence: ['GR', 'IR'],
        SequenceVariant: ['SP', 'MP', 'OSP'],
        ScanOptions: 'IR',
        MRAcquisitionType: '3D',
        ImageType: ['ORIGINAL', 'PRIMARY', 'M', 'ND', 'NORM'],
        PixelSpacing: ['1', '1'],
        SliceThickness: '1',
        Rows: 256,
        Columns: 256,
        PixelBandwidth: '220',
        ImageOrientationPatient: ['0', '1', '0', '0', '0', '-1'],
        SeriesTime: '093711.32',
      }),
    ])
    const said = (fields: Readonly<Record<string, unknown>>, ...names: string[]) => names.map((name) => fields[name])
    assert.deepEqual(
      said(
        session.fields,
        'date',
        'time',
        'modality',
        'scanner',
        'scanner/manufacturer',
        'scanner/model',
        'fieldStrength',
        'operator',
        'acquisition_site',
        'session_type',
        'dcmAccessionNumber',
        'dcmPatientId',
        'dcmPatientName',
        'dcmPatientBirthDate',
      ),
      [
        '2006-12-14',
        '09:12:06',
        'MR',
        'MEDPC',
        'SIEMENS',
        'TrioTim',
        '3.0',
        'FIRST^OPERATOR\\SECOND^OPERATOR',
        'Hospital',
        'head^DHead',
        '.',
        'Sample ID',
        'Sample Patient',
        '1975-12-31',
      ],
    )
    const parameters = [
      'tr',
      'te',
      'ti',
      'flip',
      'sequence',
      'scanSequence',
      'seqVariant',
      'scanOptions',
      'acqType',
      'imageType',
      'voxelRes/x',
      'voxelRes/y',
      'voxelRes/z',
      'fov/x',
      'fov/y',
      'pixelBandwidth',
      'orientation',
    ]
    assert.deepEqual(
      said(
        scans[0]!.item.fields,
        'ID',
        'fieldStrength',
        'startTime',
        'frames',
        ...parameters.map((name) => `parameters/${name}`),
      ),
      [
        '4',
        '3.0',
        '09:37:11',
        1,
        2400,
        3.08,
        1000,
        8,
        '*tfl3d1_ns',
        'GR\\IR',
        'SP\\MP\\OSP',
        'IR',
        '3D',
        'ORIGINAL\\PRIMARY\\M\\ND\\NORM',
        1,
        1,
        1,
        256,
        256,
        220,
        'Sag',
      ],
    )
  })
})
