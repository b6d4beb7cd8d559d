import { dataType, type FieldDecl, type TypeDecl } from '../dictionary.ts'

const imageSession = dataType({
  name: 'xnat:imageSessionData',
  abstract: true,
  singular: 'Image Session',
  plural: 'Image Sessions',
  extends: 'xnat:subjectAssessorData',
  fields: {
    session_type: { kind: 'string', attribute: true, label: 'Type', dicom: '00081030' },
    modality: { kind: 'string', attribute: true, label: 'Modality', dicom: '00080060' },
    UID: { kind: 'string', attribute: true, dicom: '0020000D' },
    study_id: { kind: 'string', attribute: true, dicom: '00200010' },
    'regions/region': { child: 'xnat:regionResource', many: true, key: ['name', 'hemisphere'] },
    scanner: { kind: 'string', label: 'Scanner', dicom: '00081010' },
    'scanner/manufacturer': { kind: 'string', attribute: true, dicom: '00080070' },
    'scanner/model': { kind: 'string', attribute: true, dicom: '00081090' },
    operator: { kind: 'string', label: 'Operator', dicom: '00081070' },
    prearchivePath: { kind: 'string', readonly: true },
    'scans/scan': { child: 'xnat:imageScanData', many: true, key: ['ID'], rows: 'scans' },
    'reconstructions/reconstructedImage': {
      child: 'xnat:reconstructedImageData',
      many: true,
      key: ['ID'],
      rows: 'reconstructions',
    },
    'assessors/assessor': { child: 'xnat:imageAssessorData', many: true, key: ['ID'], rows: 'assessors' },
    dcmAccessionNumber: { kind: 'string', dicom: '00080050' },
    dcmPatientId: { kind: 'string', dicom: '00100020' },
    dcmPatientName: { kind: 'string', dicom: '00100010' },
    dcmPatientBirthDate: { kind: 'date', dicom: '00100030' },
    dcmPatientWeight: { kind: 'float', unit: 'kg', dicom: '00101030' },
  },
})

const mrFields = {
  coil: { kind: 'string', label: 'Coil' },
  fieldStrength: { kind: 'string', label: 'Field strength', unit: 'T' },
  marker: { kind: 'string', label: 'Marker' },
  stabilization: { kind: 'string', label: 'Stabilization' },
} as const satisfies Record<string, FieldDecl>

// Older releases hold times of day here, newer ones a date as well; both can be read.
const petFields = {
  studyType: { kind: 'string' },
  patientID: { kind: 'string' },
  patientName: { kind: 'string' },
  'tracer/name': { kind: 'string', attribute: true, label: 'Tracer' },
  'tracer/startTime': { kind: 'datetime', timeAlone: true, attribute: true },
  'tracer/dose': { kind: 'float', label: 'Dose' },
  'tracer/dose/units': { kind: 'string', attribute: true },
  'tracer/specificActivity': { kind: 'float' },
  'tracer/totalMass': { kind: 'float' },
  'tracer/totalMass/units': { kind: 'string', attribute: true },
  'tracer/intermediate': { kind: 'string' },
  'tracer/intermediate/units': { kind: 'string', attribute: true },
  'tracer/isotope': { kind: 'string' },
  'tracer/isotope/half-life': { kind: 'float', attribute: true, unit: 's' },
  'tracer/transmissions': { kind: 'integer' },
  'tracer/transmissions_starttime': { kind: 'datetime', timeAlone: true },
  start_time: { kind: 'datetime', timeAlone: true },
  start_time_scan: { kind: 'datetime', timeAlone: true },
  start_time_injection: { kind: 'datetime', timeAlone: true },
  blood_glucose: { kind: 'float' },
  blood_glucose_units: { kind: 'string' },
  blood_glucose_time: { kind: 'datetime', timeAlone: true },
} as const satisfies Record<string, FieldDecl>

const mrSession = dataType({
  name: 'xnat:mrSessionData',
  root: 'MRSession',
  singular: 'MR Session',
  plural: 'MR Sessions',
  extends: 'xnat:imageSessionData',
  fields: mrFields,
})

const petSession = dataType({
  name: 'xnat:petSessionData',
  root: 'PETSession',
  singular: 'PET Session',
  plural: 'PET Sessions',
  extends: 'xnat:imageSessionData',
  fields: { stabilization: { kind: 'string', label: 'Stabilization' }, ...petFields },
})

const petmrSession = dataType({
  name: 'xnat:petmrSessionData',
  root: 'PETMRSession',
  singular: 'PET MR Session',
  plural: 'PET MR Sessions',
  extends: 'xnat:imageSessionData',
  fields: { ...mrFields, ...petFields },
})

const eegSession = dataType({
  name: 'xnat:eegSessionData',
  root: 'EEGSession',
  singular: 'EEG Session',
  plural: 'EEG Sessions',
  extends: 'xnat:imageSessionData',
  fields: {
    dataFormatVersion: { kind: 'string' },
    numberOfChannels: { kind: 'integer' },
    samplingRate: { kind: 'float' },
    'samplingRate/units': { kind: 'string', attribute: true },
    samplingInterval: { kind: 'float' },
    'samplingInterval/units': { kind: 'string', attribute: true },
  },
})

/** Sessions without fields of their own: stem of the type name and of the root element. */
const plainSessions: readonly (readonly [stem: string, root: string])[] = [
  ['ct', 'CT'],
  ['cr', 'CR'],
  ['dx', 'DX'],
  ['dx3DCraniofacial', 'DX3DCraniofacial'],
  ['rf', 'RF'],
  ['mg', 'MG'],
  ['us', 'US'],
  ['nm', 'NM'],
  ['xa', 'XA'],
  ['xa3D', 'XA3D'],
  ['xc', 'XC'],
  ['xcv', 'XCV'],
  ['es', 'ES'],
  ['esv', 'ESV'],
  ['ecg', 'ECG'],
  ['eps', 'EPS'],
  ['hd', 'HD'],
  ['gm', 'GM'],
  ['gmv', 'GMV'],
  ['io', 'IO'],
  ['op', 'OP'],
  ['opt', 'OPT'],
  ['sm', 'SM'],
  ['sr', 'SR'],
  ['rg', 'RG'],
  ['rt', 'RT'],
  ['meg', 'MEG'],
  ['otherDicom', 'OtherDicom'],
  ['dms', 'DMS'],
  ['cfm', 'CFM'],
  ['pa', 'PA'],
  ['emg', 'EMG'],
  ['eog', 'EOG'],
  ['resp', 'RESP'],
  ['pos', 'POS'],
  ['obj', 'OBJ'],
]

function plainSession([stem, root]: readonly [string, string]): TypeDecl {
  return dataType({
    name: `xnat:${stem}SessionData`,
    root: `${root}Session`,
    singular: `${root} Session`,
    plural: `${root} Sessions`,
    extends: 'xnat:imageSessionData',
    fields: {},
  })
}

const region = dataType({
  name: 'xnat:regionResource',
  root: 'ImageRegionResource',
  key: 'xnat_regionResource_id',
  fields: {
    name: { kind: 'string', attribute: true, required: true },
    hemisphere: { kind: 'string', attribute: true, required: true, values: ['left', 'right', 'both'] },
    session_id: { kind: 'string', attribute: true, readonly: true },
    file: { child: 'xnat:abstractResource', many: false },
    baseimage: { child: 'xnat:abstractResource', many: false },
    'creator/firstname': { kind: 'string' },
    'creator/lastname': { kind: 'string' },
    'subregionlabels/label': { child: 'xnat:regionResource_label', many: true, key: ['id'] },
  },
})

const regionLabel = dataType({
  name: 'xnat:regionResource_label',
  key: 'xnat_regionResource_label_id',
  text: 'label',
  fields: {
    id: { kind: 'integer', attribute: true, required: true },
    hemisphere: { kind: 'string', attribute: true, required: true, values: ['left', 'right', 'both'] },
    label: { kind: 'string' },
  },
})

export const imageSessionTypes: readonly TypeDecl[] = [
  imageSession,
  mrSession,
  petSession,
  petmrSession,
  ...plainSessions.map(plainSession),
  eegSession,
  region,
  regionLabel,
]
