import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isPrimary, leadModality, scanTypeOf, sessionTypeOf } from '../../src/dicom/modality.ts'
import { orientationOf } from '../../src/dicom/orientation.ts'
import { standardDictionary } from '../../src/model/types/all.ts'

const uid = (...suffixes: string[]) => suffixes.map((suffix) => `1.2.840.10008.5.1.4.1.1.${suffix}`)

describe('data types of DICOM objects', () => {
  for (const [classes, scan] of [
    [['4'], 'mr'],
    [['4', '66'], 'mr'],
    [['2', '128'], 'pet'],
    [['7', '2'], 'ct'],
    [['7'], 'sc'],
    [['481.3'], 'rtImage'],
    [['88.67'], 'sr'],
    [['104.1'], 'otherDicom'],
  ] as const) {
    it(`is ${scan} for a series of ${classes.join(' and ')}`, () => {
      assert.equal(scanTypeOf(uid(...classes)), `xnat:${scan}ScanData`)
    })
  }

  for (const [classes, modalities, session] of [
    [['4'], [''], 'mr'],
    [['4'], ['CT'], 'mr'],
    [['7'], ['CT'], 'ct'],
    [['7'], ['SC'], 'otherDicom'],
    [['4', '481.3'], ['MR', 'RTSTRUCT'], 'mr'],
    [['128', '2', '481.3'], ['PT', 'CT', 'RTSTRUCT'], 'pet'],
    [['128', '4'], ['PT', 'MR'], 'petmr'],
    [['481.2'], ['RTDOSE'], 'otherDicom'],
    [['88.11', '1'], ['SR', 'CR'], 'cr'],
  ] as const) {
    it(`is ${session} for a study of ${classes.join(' and ')} with modality ${modalities.join(', ') || 'unknown'}`, () => {
      assert.equal(sessionTypeOf(uid(...classes), modalities), `xnat:${session}SessionData`)
    })
  }

  it('is PET for PET with MR where the site wants it so', () => {
    assert.equal(sessionTypeOf(uid('128', '4'), ['PT', 'MR'], 'pet'), 'xnat:petSessionData')
  })

  it('is none for a study of unknown objects without a known modality', () => {
    assert.equal(sessionTypeOf(['1.2.3'], ['XYZ']), undefined)
  })

  it('are all declared', () => {
    const types = standardDictionary()
    for (let major = 1; major < 500; major += 1) {
      for (const suffix of [
        `${major}`,
        `${major}.1`,
        `${major}.2`,
        `${major}.1.1`,
        `${major}.1.2`,
        `${major}.6.1`,
        `${major}.7.1`,
        `${major}.8.1`,
      ]) {
        assert.ok(types.find(scanTypeOf(uid(suffix))), suffix)
        const session = sessionTypeOf(uid(suffix), [])
        assert.ok(session === undefined || types.find(session), `${suffix}: ${session}`)
      }
    }
  })

  it('tells images from what comes with them', () => {
    assert.deepEqual(uid('4', '2.1', '13.1.3', '7', '4.3', '481.3', '66', '88.33').map(isPrimary), [
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ])
  })

  it('finds the modality that leads', () => {
    assert.deepEqual([leadModality(['SR', 'CT', 'MR']), leadModality(['XYZ']), leadModality([])], ['MR', 'OT', 'OT'])
  })
})

describe('the orientation of an image', () => {
  for (const [texts, plane] of [
    ['1\\0\\0\\0\\1\\0', 'Tra'],
    ['0\\1\\0\\0\\0\\-1', 'Sag'],
    ['1\\0\\0\\0\\0\\-1', 'Cor'],
    ['0.9\\0\\0\\0\\1\\0', undefined],
    ['1\\0\\0\\0.1\\0.995\\0', undefined],
    ['1\\0\\0\\0\\1', undefined],
    ['1\\0\\0\\0\\1\\x', undefined],
  ] as const) {
    it(`is ${plane} for ${texts}`, () => {
      assert.equal(orientationOf(texts.split('\\')), plane)
    })
  }
})
