import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { firstOf, readHeader, wholeHeader } from '../../src/dicom/header.ts'
import { faultOf } from '../../src/errors.ts'
import { instance, MR_STORAGE } from '../support/dicom.ts'
import { BIG_ENDIAN, DEFLATED, type Element, EXPLICIT, encode, file, IMPLICIT } from './encodings.ts'

const rows = (little: boolean) => Uint8Array.from(little ? [0, 2] : [2, 0])

const dataset = (little = true, more: readonly Element[] = []): readonly Element[] => [
  ['00080016', 'UI', MR_STORAGE],
  ['00080018', 'UI', '1.2.3.4'],
  ['00080060', 'CS', 'MR'],
  ['00090010', 'LO', 'private'],
  ['00100010', 'PN', 'Doe^Jo'],
  ['00280010', 'US', rows(little)],
  ...more,
  ['7FE00010', 'OW', new Uint8Array(64)],
]

const seen = (bytes: Uint8Array) => {
  const header = readHeader(bytes)
  return [firstOf(header, 'Modality'), firstOf(header, 'PatientName'), firstOf(header, 'Rows'), header.cut]
}

const SAID = ['MR', 'Doe^Jo', '512', false]

describe('the header of a DICOM object', () => {
  for (const [name, syntax] of Object.entries({ EXPLICIT, IMPLICIT, BIG_ENDIAN, DEFLATED })) {
    it(`is read in ${name}`, () => {
      const bytes = file(dataset(syntax !== BIG_ENDIAN), syntax)
      assert.deepEqual(seen(bytes), SAID)
      assert.equal(readHeader(bytes).transferSyntax, syntax)
    })
  }

  for (const [name, explicit] of [
    ['explicit', true],
    ['implicit', false],
  ] as const) {
    it(`is read without preamble and meta information, ${name}`, () => {
      assert.deepEqual(seen(encode(dataset(), { explicit })), SAID)
    })
  }

  it('is read without preamble but with meta information', () => {
    assert.deepEqual(seen(file(dataset()).subarray(132)), SAID)
  })

  it('stops before the pixels, whose bytes need not be there', () => {
    const bytes = file(dataset())
    assert.deepEqual(seen(bytes.subarray(0, bytes.length - 60)), SAID)
  })

  it('is what there is when the bytes end early, and says so', () => {
    const bytes = file(dataset())
    const short = bytes.subarray(0, bytes.indexOf('Doe^Jo') + 3)
    assert.deepEqual(seen(short), ['MR', undefined, undefined, true])
  })

  for (const open of [true, false]) {
    for (const explicit of [true, false]) {
      it(`has the items of sequences, ${open ? 'delimited' : 'of stated length'}, ${explicit ? 'explicit' : 'implicit'}`, () => {
        const measures: Element = ['00289110', 'SQ', [[['00280030', 'DS', '1.5\\2.5']]]]
        const sequence: Element = ['52009229', 'SQ', [[measures], []]]
        const bytes = file(dataset(true, [sequence]), explicit ? EXPLICIT : IMPLICIT, { open })
        const [item, empty] = readHeader(bytes).items.get('52009229') ?? []
        assert.deepEqual(item?.items.get('00289110')?.[0]?.values.get('00280030'), ['1.5', '2.5'])
        assert.equal(empty?.values.size, 0)
      })

      it(`passes over sequences that nobody reads, ${open}, ${explicit}`, () => {
        const sequence: Element = [
          '00081140',
          'SQ',
          [
            [
              ['00081150', 'UI', '1.2'],
              ['00400275', 'SQ', [[['00400007', 'LO', 'x']]]],
            ],
          ],
        ]
        const bytes = file(
          [...dataset().slice(0, 2), sequence, ...dataset().slice(2)],
          explicit ? EXPLICIT : IMPLICIT,
          { open },
        )
        assert.deepEqual(seen(bytes), SAID)
        assert.equal(readHeader(bytes).items.size, 0)
      })
    }
  }

  it('takes sequences of unknown representation for implicit ones', () => {
    const inside = encode([['00280030', 'DS', '1\\2']], { explicit: false })
    const item = Buffer.concat([Buffer.from([0xfe, 0xff, 0, 0xe0, inside.length, 0, 0, 0]), inside])
    const header = readHeader(file(dataset(true, [['52009229', 'UN', item]])))
    assert.deepEqual(header.items.get('52009229')?.[0]?.values.get('00280030'), ['1', '2'])
  })

  it('is refused when sequences are very deep', () => {
    let nested: Element = ['52009229', 'SQ', []]
    for (let depth = 0; depth < 40; depth += 1) nested = ['52009229', 'SQ', [[nested]]]
    assert.throws(() => readHeader(file(dataset(true, [nested]), EXPLICIT, { open: true })), isUnreadable)
  })

  for (const [charset, bytes, expected] of [
    ['ISO_IR 100', [0x4d, 0xfc, 0x6c], 'Mül'],
    ['ISO_IR 192', [0x4d, 0xc3, 0xbc], 'Mü'],
    ['', [0x4d, 0xc3, 0xbc], 'Mü'],
    ['', [0x4d, 0xfc, 0x6c], 'Mül'],
    ['ISO_IR 144', [0xbb, 0xee], 'Лю'],
    ['\\ISO 2022 IR 87', [0x1b, 0x24, 0x42, 0x3b, 0x33, 0x1b, 0x28, 0x42], '山'],
    ['\\ISO 2022 IR 149', [0x1b, 0x24, 0x29, 0x43, 0xb1, 0xe8], '김'],
    ['ISO 2022 IR 13\\ISO 2022 IR 87', [0xd4, 0xcf, 0x1b, 0x24, 0x42, 0x3b, 0x33, 0x1b, 0x28, 0x4a, 0x61], 'ﾔﾏ山a'],
    ['\\ISO 2022 IR 149', [0x1b, 0x24, 0x29, 0x43, 0xb1, 0xe8, 0x1b, 0x28, 0x42, 0x61], '김a'],
    ['ISO 2022 IR 6\\ISO 2022 IR 58', [0x1b, 0x24, 0x29, 0x41, 0xcd, 0xf5], '王'],
    ['ISO 2022 IR 100\\ISO 2022 IR 144', [0xfc, 0x1b, 0x2d, 0x4c, 0xbb], 'üЛ'],
    ['GB18030', [0xcd, 0xf5], '王'],
  ] as const) {
    it(`has texts in the character set ${charset || 'that nobody names'}: ${expected}`, () => {
      const [first, second, ...others] = dataset()
      const named: Element[] = charset === '' ? [] : [['00080005', 'CS', charset]]
      const name: Element = ['00100020', 'LO', Uint8Array.from([...bytes, ...(bytes.length % 2 ? [0x20] : [])])]
      const header = readHeader(file([...named, first!, second!, ...others.slice(0, 3), name, ...others.slice(3)]))
      assert.equal(firstOf(header, 'PatientID'), expected)
    })
  }

  it('has every value of an attribute, trimmed, and texts of paragraphs undivided', () => {
    const header = readHeader(instance({ ImageType: [' ORIGINAL', 'PRIMARY '], PatientComments: 'a\\b' }))
    assert.deepEqual(header.values.get('00080008'), ['ORIGINAL', 'PRIMARY'])
    assert.deepEqual(header.values.get('00104000'), ['a\\b'])
  })

  it('has further attributes only when they are asked for', () => {
    const more: Element = ['00291010', 'LO', 'wanted']
    const bytes = file(dataset(true, [more]))
    assert.equal(readHeader(bytes).values.has('00291010'), false)
    assert.deepEqual(readHeader(bytes, { also: new Map([['00291010', 'LO']]) }).values.get('00291010'), ['wanted'])
  })

  it('has numbers as texts no longer than a decimal string', () => {
    const value = Buffer.alloc(8)
    value.writeDoubleLE(1000.0009765624999)
    const header = readHeader(file(dataset(true, [['52009229', 'SQ', [[['00189087', 'FD', value]]]]])))
    assert.deepEqual(header.items.get('52009229')?.[0]?.values.get('00189087'), ['1000.00097656249'])
  })

  for (const [name, bytes] of [
    ['nothing', new Uint8Array()],
    ['a text', Buffer.from('This is a text file and no image at all, however long it may be.')],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n0000IHDR0000000000000000', 'latin1')],
    ['a preamble alone', file([]).subarray(0, 132)],
    ['meta information alone', file([])],
    ['an object without identity', file([['00080060', 'CS', 'MR']])],
    ['a damaged deflated data set', Buffer.concat([file([], DEFLATED), Buffer.alloc(64, 0xff)])],
    ['zeros', Buffer.alloc(4096)],
  ] as const) {
    it(`is none in ${name}`, () => {
      assert.throws(() => readHeader(bytes), isUnreadable)
    })
  }

  it('is none that could be imported when an element is damaged', () => {
    const damaged = Buffer.concat([file(dataset().slice(0, 2)), Buffer.alloc(16, 1)])
    assert.throws(() => wholeHeader(readHeader(damaged)), isUnreadable)
  })

  it('never runs away or fails otherwise, whatever the bytes are', () => {
    const whole = file(
      dataset(true, [['52009229', 'SQ', [[['00289110', 'SQ', [[['00280030', 'DS', '1\\2']]]]]]]]),
      EXPLICIT,
      { open: true },
    )
    for (let at = 132; at < whole.length; at += 1) {
      for (const byte of [0, 0x7f, 0xff]) {
        const bytes = Buffer.from(whole)
        bytes[at] = byte
        try {
          readHeader(bytes)
        } catch (error) {
          assert.ok(isUnreadable(error), `byte ${at} as ${byte}: ${error}`)
        }
      }
    }
  })

  it('passes over long elements that nobody reads', () => {
    const long: Element = ['00091001', 'OB', new Uint8Array(5_000_000)]
    const [first, second, ...others] = dataset()
    assert.deepEqual(seen(file([first!, second!, long, ...others])), SAID)
  })
})

const isUnreadable = (error: unknown): boolean => faultOf(error)?.kind === 'unreadable'
