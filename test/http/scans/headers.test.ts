import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CT_STORAGE, instance, UID_ROOT, type Values } from '../../support/dicom.ts'
import { done, MR, openSetting, refused, type Session, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

const PULL = 'pullDataFromHeaders=true'

const SERIES: Values = {
  SeriesInstanceUID: `${UID_ROOT}.7.4`,
  SeriesDescription: 't1_mpr_1mm',
  SeriesTime: '093711.25',
  SeriesDate: '20061214',
  Manufacturer: 'ACME',
  ManufacturerModelName: 'MODEL-T',
  StationName: 'SCANNER3',
  RepetitionTime: '2400',
  EchoTime: '3.08',
  FlipAngle: '8',
  MagneticFieldStrength: '2.9936',
  PixelSpacing: ['0.9375', '0.875'],
  SliceThickness: '1',
  ImageOrientationPatient: [0, 1, 0, 0, 0, -1],
  ImageType: ['ORIGINAL', 'PRIMARY', 'M', 'ND'],
}

const dicom = (number: number, values: Values = {}): Buffer =>
  instance({ ...SERIES, InstanceNumber: number, SOPInstanceUID: `${UID_ROOT}.7.4.${number}`, ...values })

/** A session with MR scan 1 of type Unknown that holds these DICOM files, and scan 2 of type Unknown beside it. */
async function unknown(...files: Buffer[]): Promise<Session> {
  const at = await here.session()
  for (const scan of ['1', '2']) await here.put(at, scan, `${MR}&type=Unknown`)
  if (files.length > 0) await here.own('PUT', `${at.scans}/1/resources/DICOM?format=DICOM&content=RAW`)
  for (const [n, file] of files.entries()) await here.store(at, '1', `DICOM/files/${n}.dcm`, file)
  return at
}

for (const query of [PULL, 'action=pullDataFromHeaders', `${PULL}&${MR}`]) {
  test(`scans 144: ${query} reads the type of an unknown scan from its headers`, async () => {
    const at = await unknown(dicom(1))
    const other = await here.item(at, '2')
    done(await here.own('PUT', `${at.scans}/1?${query}`))
    assert.equal((await here.row(at, '1'))['type'], 't1_mpr_1mm')
    assert.deepEqual(await here.item(at, '2'), other)
  })
}

test('scans 144: the other fields come from the headers as well', async () => {
  const at = await unknown(dicom(1), dicom(2))
  done(await here.own('PUT', `${at.byId}/1?${PULL}`))
  const fields = await here.fields(at, '1')
  const expected = {
    UID: `${UID_ROOT}.7.4`,
    series_description: 't1_mpr_1mm',
    modality: 'MR',
    scanner: 'SCANNER3',
    'scanner/manufacturer': 'ACME',
    'scanner/model': 'MODEL-T',
    startTime: '09:37:11',
    start_date: '2006-12-14',
    frames: 2,
    fieldStrength: '3.0',
    'parameters/tr': 2400,
    'parameters/te': 3.08,
    'parameters/flip': 8,
    'parameters/voxelRes/x': 0.9375,
    'parameters/voxelRes/y': 0.875,
    'parameters/voxelRes/z': 1,
    'parameters/orientation': 'Sag',
    'parameters/imageType': 'ORIGINAL\\PRIMARY\\M\\ND',
    'parameters/fov/x': 2,
    'parameters/fov/y': 2,
  }
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((path) => [path, fields[path]])), expected)
})

test('scans 144: the scan keeps its ID, key and resources', async () => {
  const at = await unknown(dicom(1))
  const before = await here.row(at, '1')
  done(await here.own('PUT', `${at.scans}/1?${PULL}`))
  const later = await here.row(at, '1')
  assert.deepEqual(
    [later['ID'], later['xnat_imagescandata_id'], later['URI']],
    [before['ID'], before['xnat_imagescandata_id'], before['URI']],
  )
  assert.deepEqual((await here.own('GET', `${at.scans}/1/resources/DICOM/files/0.dcm`)).bytes, dicom(1))
})

test('scans section 6.5: type, quality and note sent in the same request are kept', async () => {
  const at = await unknown(dicom(1, { SeriesDescription: 'of its own' }))
  done(await here.own('PUT', `${at.scans}/1?${PULL}&type=Mine&quality=questionable&note=kept&series_description=lost`))
  const row = await here.row(at, '1')
  assert.deepEqual(
    [row['type'], row['quality'], row['note'], row['series_description']],
    ['Mine', 'questionable', 'kept', 'of its own'],
  )
})

test('scans section 6.5: a flag that is off reads no headers', async () => {
  const at = await unknown(dicom(1))
  for (const query of ['pullDataFromHeaders=false', 'pullDataFromHeaders=0', 'pullDataFromHeaders', 'action=other']) {
    done(await here.own('PUT', `${at.scans}/1?${query}`))
  }
  const row = await here.row(at, '1')
  assert.deepEqual([row['type'], row['series_description']], ['Unknown', ''])
})

for (const [what, files, message] of [
  ['two series', [dicom(1), dicom(2, { SeriesInstanceUID: `${UID_ROOT}.7.5` })], /series/i],
  ['no DICOM', [], /DICOM/],
  ['another modality', [dicom(1, { Modality: 'CT', SOPClassUID: CT_STORAGE })], /./],
] as const) {
  test(`scans section 6.5: ${what} is a conflict and changes nothing`, async () => {
    const at = await unknown(...files)
    const before = await here.fields(at, '1')
    refused(await here.own('PUT', `${at.scans}/1?${PULL}&note=lost`), 409, message)
    assert.deepEqual(await here.fields(at, '1'), before)
  })
}

test('scans section 6.5: only who may edit can have the headers read', async () => {
  const at = await unknown(dicom(1))
  refused(await here.col('PUT', `${at.scans}/1?${PULL}`), 403)
  refused(await here.str('PUT', `${at.scans}/1?${PULL}`), 404)
  assert.equal((await here.row(at, '1'))['type'], 'Unknown')
})
