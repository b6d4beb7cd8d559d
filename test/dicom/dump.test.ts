import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dumpOf } from '../../src/dicom/dump.ts'
import { BIG_ENDIAN, DEFLATED, type Element, EXPLICIT, encode, file, IMPLICIT } from './encodings.ts'

const object: Element[] = [
  ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.4'],
  ['00080018', 'UI', '1.2.3.4'],
  ['00081140', 'SQ', [[['00081155', 'UI', '1.2.5']]]],
  ['00090010', 'LO', 'ACME'],
  ['00091001', 'LO', 'private'],
  ['00101010', 'AS', '045Y'],
]
const representations: Readonly<Record<string, string>> = {
  '00080016': 'UI',
  '00080018': 'UI',
  '00081140': 'SQ',
  '00081155': 'UI',
  '00090010': 'LO',
  '00091001': 'LO',
  '00101010': 'AS',
}
const lines = (bytes: Buffer): readonly string[] =>
  dumpOf(bytes, (tag) => representations[tag] ?? 'UN').map(({ parent, tag, vr, value }) =>
    [parent ?? '', tag, vr, value].join(' ').trim(),
  )

const dataset = [
  '00080016 UI 1.2.840.10008.5.1.4.1.1.4',
  '00080018 UI 1.2.3.4',
  '00081140 SQ',
  '00081140 00081155 UI 1.2.5',
  '00090010 LO ACME',
  '00091001 LO private',
  '00101010 AS 045Y',
]

describe('the dump of an object', () => {
  for (const syntax of [EXPLICIT, IMPLICIT, BIG_ENDIAN, DEFLATED]) {
    it(`has the file meta information, then every element: ${syntax}`, () => {
      const found = lines(file(object, syntax))
      const meta = found.filter((line) => line.startsWith('0002'))
      assert.ok(meta.includes(`00020010 UI ${syntax}`), meta.join())
      assert.deepEqual(found, [...meta, ...dataset])
    })
  }

  it('has the data set alone where there is nothing else', () => {
    assert.deepEqual(lines(encode(object)), dataset)
  })
})
