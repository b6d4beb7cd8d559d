import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Element, file } from '../../dicom/encodings.ts'
import { CT_STORAGE, UID_ROOT } from '../../support/dicom.ts'
import { startSite, type TestSite } from '../../support/site.ts'

let site: TestSite

before(async () => {
  site = await startSite()
})
after(() => site?.close())

const identity: readonly Element[] = [
  ['00080008', 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'],
  ['00080016', 'UI', CT_STORAGE],
  ['00080018', 'UI', `${UID_ROOT}.110.1.1`],
  ['00080060', 'CS', 'CT'],
  ['00082111', 'ST', 'none'],
  ['00100010', 'PN', 'S110'],
  ['00100020', 'LO', 'E110'],
  ['00180010', 'LO', 'agent'],
]
const place: readonly Element[] = [
  ['0020000D', 'UI', `${UID_ROOT}.110`],
  ['0020000E', 'UI', `${UID_ROOT}.110.1`],
  ['00200011', 'IS', '2'],
  ['00200012', 'IS', '1'],
  ['00200037', 'DS', '1\\0\\0\\0\\1\\0'],
  ['00280010', 'US', new Uint8Array([0, 2])],
  ['00280011', 'US', new Uint8Array([0, 2])],
]

/** Values of an image of one frame, in order of tags. */
const plain: readonly Element[] = [
  ...identity,
  ['00180022', 'CS', 'HELICAL MODE'],
  ['00180050', 'DS', '1.25'],
  ['00180060', 'DS', '120'],
  ['00180090', 'DS', '500'],
  ['00181110', 'DS', '949.075'],
  ['00181111', 'DS', '541'],
  ['00181120', 'DS', '0.5'],
  ['00181130', 'DS', '157'],
  ['00181140', 'CS', 'CW'],
  ['00181150', 'IS', '690'],
  ['00181151', 'IS', '440'],
  ['00181152', 'IS', '14'],
  ['00181160', 'SH', 'BODY FILTER'],
  ['00181170', 'IS', '52'],
  ['00181190', 'DS', '1.2'],
  ['00181210', 'SH', 'STANDARD'],
  ...place,
  ['00280030', 'DS', '0.822266\\0.822266'],
  ['00281052', 'DS', '-1024'],
  ['00281053', 'DS', '1'],
]

const double = (value: number): Uint8Array => new Uint8Array(new Float64Array([value]).buffer)
const within = (sequence: string, ...elements: readonly Element[]): Element => [sequence, 'SQ', [elements]]

/** The same of an image of several frames, in its functional groups. */
const enhanced: readonly Element[] = [
  ...identity,
  ...place,
  [
    '52009229',
    'SQ',
    [
      [
        within(
          '00189304',
          ['00180090', 'DS', '500'],
          ['00181120', 'DS', '0.5'],
          ['00181130', 'DS', '157'],
          ['00181140', 'CS', 'CCW'],
          ['00189306', 'FD', double(0.625)],
          ['00189307', 'FD', double(40)],
        ),
        within(
          '00189308',
          ['00189309', 'FD', double(55)],
          ['00189310', 'FD', double(27.5)],
          ['00189311', 'FD', double(1.375)],
        ),
        within('00189312', ['00181110', 'DS', '949.075']),
        within('00189314', ['00181210', 'SH', 'STANDARD']),
        within(
          '00189321',
          ['00189323', 'CS', 'XYZ_EC'],
          ['00189324', 'FD', double(12.5)],
          ['00189328', 'FD', double(690)],
          ['00189330', 'FD', double(440)],
          ['00189332', 'FD', double(14)],
          ['00189345', 'FD', double(9.5)],
        ),
        within('00189325', ['00180060', 'DS', '120'], ['00181160', 'SH', 'BODY FILTER'], ['00181190', 'DS', '1.2']),
        within('00289110', ['00180050', 'DS', '1.25'], ['00280030', 'DS', '0.822266\\0.822266']),
        within('00289145', ['00281052', 'DS', '-1024'], ['00281053', 'DS', '1']),
      ],
    ],
  ],
]

const both = {
  'voxelRes/x': 0.822266,
  'voxelRes/z': 1.25,
  'fov/x': 512,
  'fov/y': 512,
  orientation: 'Tra',
  'rescale/intercept': '-1024',
  'rescale/slope': '1',
  kvp: 120,
  acquisitionNumber: 1,
  imageType: 'ORIGINAL\\PRIMARY\\AXIAL',
  collectionDiameter: 500,
  distanceSourceToDetector: 949.075,
  gantryTilt: 0.5,
  tableHeight: 157,
  exposureTime: 690,
  xrayTubeCurrent: 440,
  exposure: 14,
  filter: 'BODY FILTER',
  convolutionKernel: 'STANDARD',
  derivation: 'none',
}
const ofPlain = { options: 'HELICAL MODE', distanceSourceToPatient: 541, rotationDirection: 'CW', generatorPower: 52 }
const ofEnhanced = {
  rotationDirection: 'CC',
  'collimationWidth/single': 0.625,
  'collimationWidth/total': 40,
  tableSpeed: 55,
  tableFeedPerRotation: 27.5,
  pitchFactor: 1.375,
  estimatedDoseSaving: 12.5,
  'estimatedDoseSaving/modulation': 'XYZ_EC',
  ctDIvol: 9.5,
}

for (const [form, elements, own] of [
  ['one frame', plain, ofPlain],
  ['several frames', enhanced, ofEnhanced],
] as const) {
  test(`import 110: a CT series of ${form} without a description is of type unknown and has the values of its headers`, async () => {
    const admin = site.as('admin')
    const project = form.replace(' ', '_')
    assert.equal((await admin('PUT', `/data/projects/${project}`)).status, 200)
    const query = `inbody=true&dest=/archive/projects/${project}`
    const headers = { 'content-type': 'application/dicom' }
    const sent = await admin('POST', `/data/services/import?${query}`, { headers, body: file(elements) })
    assert.equal(sent.status, 200, sent.text)
    const scan = (await admin('GET', `${sent.text.trim()}/scans/2?format=json`)).json().items[0]
    assert.deepEqual([scan.meta['xsi:type'], scan.data_fields.type], ['xnat:ctScanData', 'unknown'])
    const expected = Object.entries({ ...both, ...own }).map(([path, value]) => [`parameters/${path}`, value])
    const found = expected.map(([path]) => [path, scan.data_fields[String(path)]])
    assert.deepEqual(found, expected)
    const below = JSON.stringify(scan.children)
    assert.match(below, /"focalSpot":1\.2/)
    assert.match(below, /"agent":"agent"/)
  })
}
