/** Attributes that an instance can carry: tag and value representation, by keyword, in order of tag. */
const attributes = {
  SpecificCharacterSet: ['00080005', 'CS'],
  ImageType: ['00080008', 'CS'],
  SOPClassUID: ['00080016', 'UI'],
  SOPInstanceUID: ['00080018', 'UI'],
  StudyDate: ['00080020', 'DA'],
  SeriesDate: ['00080021', 'DA'],
  StudyTime: ['00080030', 'TM'],
  SeriesTime: ['00080031', 'TM'],
  AccessionNumber: ['00080050', 'SH'],
  Modality: ['00080060', 'CS'],
  Manufacturer: ['00080070', 'LO'],
  InstitutionName: ['00080080', 'LO'],
  StationName: ['00081010', 'SH'],
  StudyDescription: ['00081030', 'LO'],
  SeriesDescription: ['0008103E', 'LO'],
  OperatorsName: ['00081070', 'PN'],
  ManufacturerModelName: ['00081090', 'LO'],
  PatientName: ['00100010', 'PN'],
  PatientID: ['00100020', 'LO'],
  PatientBirthDate: ['00100030', 'DA'],
  PatientSex: ['00100040', 'CS'],
  PatientWeight: ['00101030', 'DS'],
  AdditionalPatientHistory: ['001021B0', 'LT'],
  PatientComments: ['00104000', 'LT'],
  BodyPartExamined: ['00180015', 'CS'],
  ScanningSequence: ['00180020', 'CS'],
  SequenceVariant: ['00180021', 'CS'],
  ScanOptions: ['00180022', 'CS'],
  MRAcquisitionType: ['00180023', 'CS'],
  SequenceName: ['00180024', 'SH'],
  SliceThickness: ['00180050', 'DS'],
  KVP: ['00180060', 'DS'],
  RepetitionTime: ['00180080', 'DS'],
  EchoTime: ['00180081', 'DS'],
  InversionTime: ['00180082', 'DS'],
  EchoNumbers: ['00180086', 'IS'],
  MagneticFieldStrength: ['00180087', 'DS'],
  PixelBandwidth: ['00180095', 'DS'],
  ProtocolName: ['00181030', 'LO'],
  ReceiveCoilName: ['00181250', 'SH'],
  FlipAngle: ['00181314', 'DS'],
  StudyInstanceUID: ['0020000D', 'UI'],
  SeriesInstanceUID: ['0020000E', 'UI'],
  StudyID: ['00200010', 'SH'],
  SeriesNumber: ['00200011', 'IS'],
  InstanceNumber: ['00200013', 'IS'],
  ImagePositionPatient: ['00200032', 'DS'],
  ImageOrientationPatient: ['00200037', 'DS'],
  SamplesPerPixel: ['00280002', 'US'],
  PhotometricInterpretation: ['00280004', 'CS'],
  NumberOfFrames: ['00280008', 'IS'],
  Rows: ['00280010', 'US'],
  Columns: ['00280011', 'US'],
  PixelSpacing: ['00280030', 'DS'],
  BitsAllocated: ['00280100', 'US'],
  BitsStored: ['00280101', 'US'],
  HighBit: ['00280102', 'US'],
  PixelRepresentation: ['00280103', 'US'],
  RequestedProcedureDescription: ['00321060', 'LO'],
  StudyComments: ['00324000', 'LT'],
  PixelData: ['7FE00010', 'OW'],
} as const

type Value = string | number | readonly (string | number)[] | Uint8Array

/** Values by keyword; an attribute set to null is left out although it has a default. */
export type Values = Partial<Record<keyof typeof attributes, Value | null>>

export const MR_STORAGE = '1.2.840.10008.5.1.4.1.1.4'
export const CT_STORAGE = '1.2.840.10008.5.1.4.1.1.2'
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1'
/** Root of the invented UIDs of the defaults. */
export const UID_ROOT = '1.2.826.0.1.3680043.9.1'

const defaults: Values = {
  SOPClassUID: MR_STORAGE,
  SOPInstanceUID: `${UID_ROOT}.1.1.1`,
  StudyInstanceUID: `${UID_ROOT}.1`,
  SeriesInstanceUID: `${UID_ROOT}.1.1`,
  Modality: 'MR',
  StudyDate: '20240305',
  StudyTime: '101200',
  PatientName: 'Doe^Jo',
  PatientID: 'S01',
  SeriesNumber: 1,
  InstanceNumber: 1,
  SamplesPerPixel: 1,
  PhotometricInterpretation: 'MONOCHROME2',
  Rows: 2,
  Columns: 2,
  BitsAllocated: 16,
  BitsStored: 12,
  HighBit: 11,
  PixelRepresentation: 0,
  PixelData: new Uint8Array([0, 0, 1, 0, 2, 0, 3, 0]),
}

/** A DICOM file of one small MR image with these values in it: explicit VR, little endian, with preamble and group 2. */
export function instance(values: Values = {}): Buffer {
  const all: Values = { ...defaults, ...values }
  const keywords = Object.keys(attributes) as (keyof typeof attributes)[]
  const elements = keywords.flatMap((keyword) => {
    const value = all[keyword]
    const [tag, vr] = attributes[keyword]
    return value === undefined || value === null ? [] : [element(tag, vr, value)]
  })
  const meta = Buffer.concat([
    element('00020001', 'OB', new Uint8Array([0, 1])),
    element('00020002', 'UI', all.SOPClassUID ?? MR_STORAGE),
    element('00020003', 'UI', all.SOPInstanceUID ?? UID_ROOT),
    element('00020010', 'UI', EXPLICIT_LITTLE_ENDIAN),
    element('00020012', 'UI', `${UID_ROOT}.0`),
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(meta.length)
  const start = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element('00020000', 'UL', length), meta])
  return Buffer.concat([start, ...elements])
}

const LONG_FORM = new Set(['OB', 'OW', 'UN', 'UT', 'SQ'])

function element(tag: string, vr: string, value: Value): Buffer {
  const bytes = valueBytes(vr, value)
  const head = Buffer.alloc(LONG_FORM.has(vr) ? 12 : 8)
  head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0)
  head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2)
  head.write(vr, 4, 'latin1')
  if (LONG_FORM.has(vr)) head.writeUInt32LE(bytes.length, 8)
  else head.writeUInt16LE(bytes.length, 6)
  return Buffer.concat([head, bytes])
}

function valueBytes(vr: string, value: Value): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value)
  const parts = Array.isArray(value) ? value : [value]
  if (vr === 'US') return Buffer.from(new Uint16Array(parts.map(Number)).buffer)
  const text = Buffer.from(parts.join('\\'))
  const padding = vr === 'UI' ? '\0' : ' '
  return text.length % 2 === 0 ? text : Buffer.concat([text, Buffer.from(padding)])
}
