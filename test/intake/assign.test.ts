import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readHeader } from '../../src/dicom/header.ts'
import { faultOf } from '../../src/errors.ts'
import { assign, type Given } from '../../src/intake/assign.ts'
import { parseRules, type RoutingRules, readableRules, routingRules, tagsOf } from '../../src/intake/routing-rules.ts'
import { type Element, file } from '../dicom/encodings.ts'
import { instance, UID_ROOT, type Values } from '../support/dicom.ts'

const assigned = (values: Values, given: Given = {}, rules: RoutingRules = routingRules()) =>
  assign(readHeader(instance(values), { also: tagsOf(rules) }), rules, given)

const places = ['PatientComments', 'StudyComments', 'AdditionalPatientHistory'] as const

describe('import 84: where an object belongs', () => {
  for (const keyword of places) {
    it(`is said in ${keyword}`, () => {
      const { projects, subject, session, autoArchive } = assigned({
        [keyword]: 'Project:P1 Subject:S1; Session:E1,AA:true',
        PatientName: 'X',
        PatientID: 'Y',
      })
      assert.deepEqual([projects[0], subject, session, autoArchive], ['P1', 'S1', 'E1', true])
    })
  }

  it('is said by study description, accession number, name and ID of the patient', () => {
    const named = { PatientName: 'Sample Patient', PatientID: 'Sample ID' }
    assert.deepEqual(assigned({ StudyDescription: 'P 2', ...named }).projects, ['P 2'])
    assert.deepEqual(assigned({ AccessionNumber: 'P3', ...named }).projects, ['P3'])
  })

  it('import 85: is tried in order, so that what names no project does no harm', () => {
    const { projects } = assigned({
      PatientComments: 'Project: A',
      StudyComments: 'rubbish',
      AdditionalPatientHistory: 'Project:C',
      StudyDescription: 'D',
      AccessionNumber: 'A',
    })
    assert.deepEqual(projects, ['A', 'C', 'D'])
  })

  it('import 87: is named with plain signs alone', () => {
    const { subject, session } = assigned({ PatientName: 'Sample Patient', PatientID: 'Sample ID' })
    assert.deepEqual([subject, session], ['Sample_Patient', 'Sample_ID'])
    assert.equal(assigned({ PatientName: 'DOE^JOHN' }).subject, 'DOE_JOHN')
    const given = assigned({}, { project: ' P ', subject: 'a b', session: 'c/d' })
    assert.deepEqual([given.projects, given.subject, given.session], [['P'], 'a_b', 'c_d'])
    assert.equal(assigned({ PatientID: 'x'.repeat(300) }).session.length, 255)
  })

  it('is nowhere in particular where nothing says it', () => {
    const { projects, subject, session, autoArchive } = assigned({ PatientName: ' ', PatientID: null })
    assert.deepEqual([projects, subject, session, autoArchive], [[], undefined, 'dicom_upload', undefined])
  })

  it('has the UIDs and the folder of its series', () => {
    const { study, series, scanFolder, instance: uid } = assigned({ SeriesNumber: 7 })
    assert.deepEqual([study, series, uid, scanFolder], [`${UID_ROOT}.1`, `${UID_ROOT}.1.1`, `${UID_ROOT}.1.1.1`, '7'])
    assert.equal(assigned({ SeriesNumber: null }).scanFolder, `${UID_ROOT}.1.1`.replaceAll('.', '_'))
    assert.equal(assigned({ SeriesNumber: null, SeriesInstanceUID: null }).scanFolder, 'NA')
  })

  it('is refused without a study', () => {
    assert.throws(
      () => assigned({ StudyInstanceUID: null }),
      (error) => faultOf(error)?.kind === 'unreadable',
    )
  })
})

describe('import 86: an assignment in a text', () => {
  for (const [text, expected] of [
    ['Project:P', 'P'],
    ['project : P', 'P'],
    ['PROJECT:P Subject:S', 'P'],
    ['a note, Project:P; more', 'P'],
    ['a;Project:P,b', 'P'],
    ['x\nProject:P\ny', 'P'],
    ['Project:A Project:B', 'B'],
    ['MyProject:P', undefined],
    ['Project:P/Q', undefined],
    ['Project:', undefined],
    ['(Project:P)', undefined],
    ['Project:P-1_a', 'P-1_a'],
  ] as const) {
    it(`${JSON.stringify(text)} says ${expected}`, () => {
      assert.deepEqual(assigned({ PatientComments: text }).projects, expected === undefined ? [] : [expected])
    })
  }

  for (const [text, expected] of [
    ['AA:true', true],
    ['aa : T', true],
    ['AA:false', false],
    ['AA:maybe', undefined],
  ] as const) {
    it(`${text} wishes ${expected}`, () => {
      assert.equal(assigned({ StudyComments: text }).autoArchive, expected)
      assert.equal(assigned({ StudyComments: text }, { autoArchive: false }).autoArchive, false)
    })
  }

  it('takes no time to speak of in a long paragraph', () => {
    const long = `${'Project : '.repeat(1000)}${'Project:'.repeat(200)}`
    assert.deepEqual(assigned({ PatientComments: long.slice(0, 10_000) }).projects, [])
  })
})

describe('rules of an administrator', () => {
  const subject = (rules: string, values: Values) =>
    assigned(values, {}, routingRules({ subject: parseRules(rules) })).subject

  it('import 88: beat the standard ones, and fall through to them', () => {
    assert.equal(subject('(0010,0020):(.*)_.*', { PatientID: 'A1_B2', PatientName: 'N' }), 'A1')
    assert.equal(subject('(0010,0020):(.*)_.*', { PatientID: 'A1', PatientName: 'N' }), 'N')
    const two = '(0010,0020):(.*)_.*\n\n(0008,0050):^[0-9]{4}(.*):1\n'
    assert.equal(subject(two, { PatientID: 'A1', AccessionNumber: '2024X7', PatientName: 'N' }), 'X7')
    assert.equal(subject('(0020,4000):(.*)', { PatientName: 'N' }), 'N')
  })

  it('take a group of their own, and match the entire text', () => {
    assert.equal(subject('(0010,0010):.*_([\\w]+)', { PatientName: 'a_b' }), 'b')
    assert.equal(subject('(0010,0020):(a)(b):2', { PatientID: 'ab' }), 'b')
    assert.equal(subject('(0010,0020):(a)', { PatientID: 'ab', PatientName: 'N' }), 'N')
    assert.equal(subject('(0010,0020):(.*):0', { PatientID: 'ab' }), 'ab')
  })

  it('import 89: replace every match in what they found', () => {
    const values = { AccessionNumber: '20241656', PatientName: 'N' }
    assert.equal(subject('(0008,0050):^[0-9]{4}(.*):1 t:6 r:X', values), '1X5X')
    assert.equal(subject('(0020,000E):(.*):1 t:.+ r:MYPROJ', values), 'MYPROJ')
    assert.equal(subject('(0008,0050):(.*):1 t:([0-9])([0-9]) r:$2$1', values), '02426165')
  })

  it('look at the first 64 characters', () => {
    assert.equal(subject('(0010,4000):(x{64})', { PatientComments: 'x'.repeat(100) }), 'x'.repeat(64))
  })

  it('import weakness 16: read private attributes, those with high numbers, and numbers in bytes', () => {
    const more: Element[] = [
      ['00080016', 'UI', '1.2'],
      ['00080018', 'UI', '1.2.3'],
      ['00091001', 'LO', 'secret'],
      ['0020000D', 'UI', '1.2.3.4'],
      ['00280010', 'US', Uint8Array.from([0, 2])],
      ['7FE00010', 'OW', new Uint8Array(8)],
      ['F2151050', 'LO', 'far'],
    ]
    const rules = routingRules({
      project: parseRules('(0009,1001):(.*)'),
      subject: parseRules('(F215,1050):(.*)'),
      session: parseRules('(0028,0010):(.*)'),
    })
    const { projects, subject: s, session } = assign(readHeader(file(more), { also: tagsOf(rules) }), rules)
    assert.deepEqual([projects[0], s, session], ['secret', 'far', '512'])
  })

  it('come in the order receiver, site, standard, file', () => {
    const rules = routingRules({
      project: [...parseRules('(0010,0020):(.*)'), ...parseRules('(0010,0010):(.*)')],
      projectLast: parseRules('(0008,0060):(.*)'),
    })
    const values = { PatientID: 'R', PatientName: 'S', StudyDescription: 'D', Modality: 'MR' }
    assert.deepEqual(assigned(values, {}, rules).projects, ['R', 'S', 'D', 'MR'])
  })

  for (const line of [
    '0010,0020:(.*)',
    '(0010,002G):(.*)',
    '(0010,0020):(',
    '(0010,0020):.*',
    '(0010,0020):(.*):2',
    'x',
  ]) {
    it(`are refused or passed over when they cannot be read: ${line}`, () => {
      assert.throws(
        () => parseRules(line),
        (error) => faultOf(error)?.kind === 'invalid',
      )
      const { rules, faults } = readableRules(`${line}\n(0010,0020):(.*)`)
      assert.deepEqual([rules.length, faults.length], [1, 1])
    })
  }

  it('that would run away find nothing', () => {
    assert.equal(subject('(0010,4000):((a+)+)b', { PatientComments: 'a'.repeat(64), PatientName: 'N' }), 'N')
  })
})
