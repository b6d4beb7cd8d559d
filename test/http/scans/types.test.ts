import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readXml } from '../../support/xml-tree.ts'
import { openSetting, query, type Session, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

/** Root elements of all scan types, by the name of the type without prefix and `ScanData`. */
const ROOTS: Readonly<Record<string, string>> = {
  ...{ mr: 'MRScan', pet: 'PETScan', ct: 'CTScan', xa: 'XAScan', opt: 'OPTScan', eeg: 'EEGScan', cr: 'CRScan' },
  ...{ dx: 'DXScan', mg: 'MGScan', io: 'IOScan', us: 'USScan', ecg: 'ECGScan', hd: 'HDScan', eps: 'EPSScan' },
  ...{ rf: 'RFScan', xa3D: 'XA3DScan', dx3DCraniofacial: 'DX3DCraniofacialScan', nm: 'NMScan', sr: 'SRScan' },
  ...{ rg: 'RGScan', es: 'ESScan', esv: 'ESVScan', gm: 'GMScan', gmv: 'GMVScan', sm: 'SMScan', xc: 'XCScan' },
  ...{ xcv: 'XCVScan', op: 'OPScan', rtImage: 'RTImageScan', sc: 'SCScan', seg: 'SegScan', mrs: 'MRSScan' },
  ...{ meg: 'MEGScan', voiceAudio: 'VoiceAudioScan', otherDicom: 'OtherDicomScan', dms: 'DMSScan', cfm: 'CFMScan' },
  ...{ pa: 'PAScan', ann: 'ANNScan', emg: 'EMGScan', eog: 'EOGScan', resp: 'RESPScan', pos: 'POSScan' },
  ...{ mtl: 'MTLScan', obj: 'OBJScan' },
}

const names = async (at: Session, ...path: string[]): Promise<string[]> => {
  let element = readXml((await here.own('GET', `${at.scans}/1?format=xml`)).text)
  for (const local of path) element = element.children.find((child) => child.local === local) ?? element
  return element.children.map((child) => child.local)
}

test('scans section 4.6: every scan type is created by its name and written under its root', async () => {
  const at = await here.session()
  const found: Record<string, string> = {}
  for (const stem of Object.keys(ROOTS)) {
    const type = `xnat:${stem}ScanData`
    const reply = await here.own('PUT', `${at.scans}/${stem}?xsiType=${type}&type=x`)
    if (reply.status !== 200) continue
    if ((await here.item(at, stem)).meta['xsi:type'] !== type) continue
    found[stem] = readXml((await here.own('GET', `${at.scans}/${stem}?format=xml`)).text).name.replace('xnat:', '')
  }
  assert.deepEqual(found, ROOTS)
})

test('scans section 4.6: every scan type is created by its root and reported by its name', async () => {
  const at = await here.session()
  for (const [stem, root] of Object.entries(ROOTS)) await here.own('PUT', `${at.scans}/${stem}?xsiType=xnat:${root}`)
  const found = Object.fromEntries((await here.rows(at)).map((row) => [row['ID'], row['xsiType']]))
  assert.deepEqual(found, Object.fromEntries(Object.keys(ROOTS).map((stem) => [stem, `xnat:${stem}ScanData`])))
})

test('scans section 4.4: the fields of all scans are written in the order of the schema', async () => {
  const at = await here.session()
  const texts = ['note', 'quality', 'condition', 'series_description', 'series_class', 'documentation', 'scanner']
  const more = ['requestedProcedureDescription', 'protocolName', 'bodyPartExamined']
  const values = [...texts, 'modality', 'operator', ...more]
    .toReversed()
    .map((name) => [`xnat:scScanData/${name}`, 'x'])
  await here.put(
    at,
    '1',
    query({
      xsiType: 'xnat:scScanData',
      'xnat:scScanData/contrasts/contrastBolusV2[0]/agent': 'Gd',
      'xnat:scScanData/start_date': '2024-03-05',
      scanTime: '10:00:00',
      validation_method: 'm',
      frames: '1',
      ...Object.fromEntries(values),
    }),
  )
  await here.own('PUT', `${at.scans}/1/resources/R`)
  assert.deepEqual(await names(at), [
    'image_session_ID',
    ...texts,
    'modality',
    'frames',
    'operator',
    'file',
    'validation',
    'startTime',
    'start_date',
    ...more,
    'contrasts',
  ])
})

test('scans section 4.5: the fields of MR scans are written in the order of the schema', async () => {
  const at = await here.session()
  const own = ['coil', 'fieldStrength', 'marker', 'stabilization', 'fileNameUUID']
  const values = own.toReversed().map((name) => [`xnat:mrScanData/${name}`, 'x'])
  await here.put(
    at,
    '1',
    query({
      'xnat:mrScanData/dcmValidation/status': '1',
      'xnat:mrScanData/parameters/tr': '1',
      ...Object.fromEntries(values),
    }),
  )
  assert.deepEqual(await names(at), ['image_session_ID', ...own, 'parameters', 'dcmValidation'])
})

const MR_PARAMETERS = [
  ...['voxelRes/x', 'orientation', 'subjectPosition', 'fov/x', 'matrix/x', 'partitions', 'tr', 'te', 'deltaTE', 'ti'],
  ...['flip', 'sequence', 'origin', 'imageType', 'scanSequence', 'seqVariant', 'scanOptions', 'acqType'],
  ...['readoutSampleSpacing', 'coil', 'coilElements', 'dtiAcqCount', 'pixelBandwidth', 'echoSpacing'],
  ...['phaseEncodingDirection', 'acqTime', 'diffusion/bValues', 'addParam[name=P]/addField'],
  ...['inPlanePhaseEncoding/direction', 'pmc'],
]

const CT_PARAMETERS = [
  ...['voxelRes/x', 'orientation', 'subjectPosition', 'fov/x', 'rescale/intercept', 'kvp', 'acquisitionNumber'],
  ...['imageType', 'options', 'collectionDiameter', 'distanceSourceToDetector', 'distanceSourceToPatient'],
  ...['gantryTilt', 'tableHeight', 'rotationDirection', 'exposureTime', 'xrayTubeCurrent', 'exposure', 'filter'],
  ...['generatorPower', 'convolutionKernel', 'collimationWidth/single', 'tableSpeed', 'tableFeedPerRotation'],
  ...[
    'pitchFactor',
    'estimatedDoseSaving',
    'ctDIvol',
    'derivation',
    'contrastBolus/agent',
    'addParam[name=P]/addField',
  ],
]

const PET_PARAMETERS = [
  ...['orientation', 'addParam[name=P]/addField', 'originalFileName', 'systemType', 'fileType', 'transaxialFOV'],
  ...['acqType', 'facility', 'numPlanes', 'frames/numFrames', 'numGates', 'planeSeparation', 'binSize', 'dataType'],
  ...['dimensions/x', 'offset/x', 'reconZoom', 'pixelSize/x', 'filterCode', 'resolution/x', 'numRElements'],
  ...['numAngles', 'ZRotationAngle', 'processingCode', 'gateDuration', 'rWaveOffset', 'numAcceptedBeats'],
  ...['filter/cutoff', 'annotation', 'MT_1_1', 'MT_1_4', 'MT_2_1', 'MT_2_4', 'MT_3_1', 'MT_3_4', 'RFilter/cutoff'],
  ...['ZFilter/order', 'scatterType', 'reconType', 'reconViews', 'bedPosition', 'ecatCalibrationFactor'],
]

for (const [type, paths, special] of [
  ['mr', MR_PARAMETERS, { orientation: 'Sag' }],
  ['ct', CT_PARAMETERS, { rotationDirection: 'CW' }],
  ['pet', PET_PARAMETERS, {}],
] as const) {
  test(`scans section 4.5: the parameters of ${type.toUpperCase()} scans are written in the order of the schema`, async () => {
    const at = await here.session()
    const values: Record<string, string> = { xsiType: `xnat:${type}ScanData` }
    for (const path of paths.toReversed()) values[`xnat:${type}ScanData/parameters/${path}`] = '1'
    for (const [path, value] of Object.entries(special)) values[`xnat:${type}ScanData/parameters/${path}`] = value
    await here.put(at, '1', query(values))
    assert.deepEqual(
      await names(at, 'parameters'),
      paths.map((path) => path.split(/[/[]/)[0]),
    )
  })
}

test('scans section 4.6: the fields of the rarer types are kept', async () => {
  const at = await here.session()
  const fields = {
    'xa:parameters/pixelRes/x': 1,
    'xa:parameters/options': 'o',
    'opt:parameters/laterality': 'L',
    'opt:parameters/illumination_wavelength': '880',
    'opt:parameters/voxelRes/x': 0.5,
    'eeg:parameters/numberOfDataRecords': 3,
    'eeg:parameters/dataRecord/duration': 1.5,
    'eeg:softwareFiltersImpedances/mean': 2.5,
  }
  for (const [key, value] of Object.entries(fields)) {
    const [stem, path] = key.split(':') as [string, string]
    await here.put(at, stem, `xsiType=xnat:${stem}ScanData&xnat:${stem}ScanData/${path}=${value}`)
  }
  const found: Record<string, string | number | undefined> = {}
  for (const key of Object.keys(fields)) {
    const [stem, path] = key.split(':') as [string, string]
    found[key] = (await here.fields(at, stem))[path]
  }
  assert.deepEqual(found, fields)
})
