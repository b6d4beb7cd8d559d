import type { Dictionary } from '../../src/model/dictionary.ts'
import type { Item } from '../../src/model/item.ts'
import { standardDictionary } from '../../src/model/types/all.ts'

export const types: Dictionary = standardDictionary()

const meta = { createEventId: 118, startDate: '2024-03-05T14:02:31.000Z', isHistory: false }

const file: Item = {
  type: 'xnat:resourceCatalog',
  id: 77,
  meta,
  fields: {
    label: 'DICOM',
    file_count: 176,
    file_size: 23200112,
    URI: '/data/xnat/archive/PRJ1/arc001/MR01/SCANS/2/DICOM/DICOM_catalog.xml',
    format: 'DICOM',
    content: 'RAW',
  },
  children: {},
}

const addParam: Item = {
  type: 'xnat:addField',
  id: 9,
  meta,
  fields: { name: 'PhaseEncoding', addField: 'A>>P' },
  children: {},
}

/** The MR scan of scans 3.3. */
export const mrScan: Item = {
  type: 'xnat:mrScanData',
  id: 42,
  meta: { createEventId: 117, startDate: '2024-03-05T14:02:29.512Z', isHistory: false },
  fields: {
    ID: '2',
    type: 'T1',
    UID: '1.2.826.0.1.3680043.9.1.2',
    project: 'PRJ1',
    image_session_ID: 'XNAT_E00012',
    quality: 'usable',
    series_description: 't1_mprage',
    scanner: 'SCANNER3',
    'scanner/manufacturer': 'ACME',
    'scanner/model': 'MODEL-T',
    frames: 176,
    startTime: '10:12:33',
    coil: 'HEAD_32',
    fieldStrength: '3.0',
    'parameters/voxelRes/x': 0.9375,
    'parameters/voxelRes/y': 0.9375,
    'parameters/voxelRes/z': 1,
    'parameters/orientation': 'Sag',
    'parameters/fov/x': 240,
    'parameters/fov/y': 256,
    'parameters/tr': 2300,
    'parameters/imageType': 'ORIGINAL\\PRIMARY\\M\\ND',
    'parameters/acqType': '3D',
    'parameters/pixelBandwidth': 219.5,
  },
  children: { file: [file], 'parameters/addParam': [addParam] },
}

/** The shorter MR scan of scans 3.4. */
export const notedScan: Item = {
  ...mrScan,
  fields: Object.fromEntries(
    Object.entries({ ...mrScan.fields, note: 'moved' }).filter(([path]) => !/imageType|acqType|Bandwidth/.test(path)),
  ),
}

/** A subject with demographics, a shared MR session and a custom value. */
export const subject: Item = {
  type: 'xnat:subjectData',
  meta: { createEventId: 41, startDate: '2024-03-01T10:20:30.000Z', isHistory: false },
  fields: { ID: 'XNAT_S00001', project: 'P1', label: 'sub1', group: 'control' },
  children: {
    demographics: [
      {
        type: 'xnat:demographicData',
        id: 7,
        fields: { gender: 'male', dob: '1990-01-01', handedness: 'right' },
        children: {},
      },
    ],
    'experiments/experiment': [
      {
        type: 'xnat:mrSessionData',
        fields: { ID: 'XNAT_E00001', project: 'P1', label: 'mr1', subject_ID: 'XNAT_S00001', date: '2000-01-01' },
        children: {
          'fields/field': [
            { type: 'xnat:experimentData_field', fields: { name: 'test01', field: '12' }, children: {} },
          ],
          'scans/scan': [{ type: 'xnat:mrScanData', id: 1, fields: { ID: '1', type: 'T1' }, children: {} }],
        },
      },
    ],
  },
}
