import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import {
  type DicomHeader,
  firstOf,
  MEDIA_DIRECTORY,
  openHeader,
  readHeader,
  type Wanted,
} from '../../src/dicom/header.ts'
import { keptHeader, keptText } from '../../src/dicom/kept-header.ts'
import { faultOf } from '../../src/errors.ts'
import { MR_STORAGE } from '../support/dicom.ts'
import { BIG_ENDIAN, DEFLATED, type Element, EXPLICIT, encode, file, IMPLICIT } from './encodings.ts'

const number = (value: number, little = true): Uint8Array => {
  const bytes = Buffer.alloc(2)
  if (little) bytes.writeUInt16LE(value)
  else bytes.writeUInt16BE(value)
  return bytes
}

const frame = (spacing: string): Element[] => [['00289110', 'SQ', [[['00280030', 'DS', spacing]]]]]

const object = (little = true): Element[] => [
  ['00080005', 'CS', 'ISO_IR 100'],
  ['00080008', 'CS', 'ORIGINAL\\PRIMARY'],
  ['00080016', 'UI', MR_STORAGE],
  ['00080018', 'UI', '1.2.3.4'],
  ['00081140', 'SQ', [[['00081150', 'UI', '1.2']]]],
  ['00090010', 'LO', 'private'],
  ['00091001', 'OB', new Uint8Array(3000)],
  ['00100010', 'PN', Uint8Array.from([0x4d, 0xfc, 0x6c, 0x20])],
  ['00280010', 'US', number(512, little)],
  ['52009229', 'SQ', [frame('1\\2'), []]],
  ['7FE00010', 'OW', new Uint8Array(64)],
  ['F2151050', 'LO', 'beyond the pixels'],
]

const files: Readonly<Record<string, Buffer>> = {
  explicit: file(object()),
  'explicit with delimiters': file(object(), EXPLICIT, { open: true }),
  implicit: file(object(), IMPLICIT),
  'implicit with delimiters': file(object(), IMPLICIT, { open: true }),
  'big endian': file(object(false), BIG_ENDIAN, { open: true }),
  deflated: file(object(), DEFLATED),
  'without preamble': file(object()).subarray(132),
  'without anything before it': encode(object()),
  'implicit without anything before it': encode(object(), { explicit: false }),
}

const far: Wanted = { also: new Map([['F2151050', 'LO']]) }

function inPieces(bytes: Buffer, sizes: readonly number[], wanted: Wanted = {}): DicomHeader {
  const reader = openHeader(wanted)
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length]!
    // A copy, overwritten at once: nobody may hold on to the piece.
    const piece = Buffer.from(bytes.subarray(at, at + size))
    const more = reader.push(piece)
    if (!more) break
    at += size
  }
  return reader.end()
}

const isUnreadable = (error: unknown): boolean => faultOf(error)?.kind === 'unreadable'

function readOrRefused(bytes: Buffer): void {
  try {
    readHeader(bytes, far)
  } catch (error) {
    assert.ok(isUnreadable(error), `${error}`)
  }
}

describe('a header that passes by', () => {
  for (const [name, bytes] of Object.entries(files)) {
    it(`is the same in pieces of any size: ${name}`, () => {
      const whole = readHeader(bytes, far)
      assert.equal(whole.values.get('F2151050')?.[0], 'beyond the pixels')
      assert.equal(firstOf(whole, 'PatientName'), 'Mül')
      assert.equal(firstOf(whole, 'Rows'), '512')
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 6 }), (sizes) => {
          assert.deepEqual(inPieces(bytes, sizes, far), whole)
        }),
        { numRuns: 40 },
      )
    })

    it(`is read or refused, whatever becomes of the bytes: ${name}`, () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: bytes.length }),
          fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 }),
          (length, changes) => {
            const damaged = Buffer.from(bytes)
            for (const [at, byte] of changes) damaged[at] = byte
            readOrRefused(damaged.subarray(0, length))
            readOrRefused(damaged)
          },
        ),
        { numRuns: 300 },
      )
    })

    it(`comes back from what is kept of it: ${name}`, () => {
      const whole = readHeader(bytes, far)
      assert.deepEqual(keptHeader(keptText(whole)), whole)
    })
  }

  it('is read or refused from random bytes after a preamble', () => {
    const start = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')])
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        readOrRefused(Buffer.from(bytes))
        readOrRefused(Buffer.concat([start, bytes]))
        readOrRefused(Buffer.concat([file([]), bytes]))
      }),
      { numRuns: 500 },
    )
  })

  it('ends as soon as the pixels begin', () => {
    const bytes = file(object())
    const reader = openHeader()
    const pixels = bytes.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]))
    assert.equal(reader.push(bytes.subarray(0, pixels + 1)), true)
    assert.equal(reader.push(bytes.subarray(pixels + 1, pixels + 8)), false)
    assert.equal(reader.end().cut, false)
  })

  it('holds none of the long elements that nobody wants', () => {
    const [before, after] = [object().slice(0, 6), object().slice(7)]
    const start = file([...before])
    const head = Buffer.from([0x09, 0x00, 0x01, 0x10, 0x4f, 0x42, 0, 0, 0, 0, 0, 0])
    head.writeUInt32LE(400_000_000, 8)
    const reader = openHeader()
    reader.push(Buffer.concat([start, head]))
    const piece = Buffer.alloc(1_000_000)
    const heap = process.memoryUsage().arrayBuffers
    for (let sent = 0; sent < 400; sent += 1) reader.push(piece)
    assert.ok(process.memoryUsage().arrayBuffers - heap < 20_000_000)
    reader.push(encode(after))
    assert.equal(firstOf(reader.end(), 'Rows'), '512')
  })

  it('says how it is written where nothing states it', () => {
    const syntaxes = (['explicit', 'implicit'] as const).map((form) =>
      readHeader(encode(object(), { explicit: form === 'explicit' })),
    )
    assert.deepEqual(
      syntaxes.map(({ transferSyntax, hasMeta }) => [transferSyntax, hasMeta]),
      [
        [EXPLICIT, false],
        [IMPLICIT, false],
      ],
    )
    assert.equal(readHeader(encode(object(false), { little: false })).transferSyntax, BIG_ENDIAN)
    assert.equal(readHeader(file(object())).hasMeta, true)
  })

  it('is taken as the sender says where the bytes do not', () => {
    const jpeg = '1.2.840.10008.1.2.4.70'
    assert.equal(readHeader(encode(object()), { transferSyntax: jpeg }).transferSyntax, jpeg)
    const packed = deflateRawSync(encode(object()))
    assert.equal(firstOf(readHeader(packed, { transferSyntax: DEFLATED }), 'Rows'), '512')
    assert.equal(readHeader(file(object(), IMPLICIT), { transferSyntax: jpeg }).transferSyntax, IMPLICIT)
  })

  it('is read although the file states another syntax than it has', () => {
    const implicit = file(object(), EXPLICIT, { explicit: false })
    const explicit = file(object(), IMPLICIT, { explicit: true })
    assert.deepEqual(
      [implicit, explicit].map((bytes) => firstOf(readHeader(bytes), 'Rows')),
      ['512', '512'],
    )
  })

  it('keeps frames that say the same once', () => {
    const frames = Array.from({ length: 5000 }, (_, index) => frame(index === 4999 ? '3\\4' : '1\\2'))
    const header = readHeader(file([...object().slice(0, 9), ['52009230', 'SQ', frames]], EXPLICIT, { open: true }))
    assert.equal(header.items.get('52009230')?.length, 2)
    assert.ok(keptText(header).length < 2000)
  })

  it('does not tell frames apart by their windows, of which only pictures are made', () => {
    const windowed = (at: number): Element[] => [
      ...frame('1\\2'),
      ['00289132', 'SQ', [[['00281050', 'DS', String(at).padEnd(200)]]]],
    ]
    const frames = Array.from({ length: 30_000 }, (_, at) => windowed(at))
    const header = readHeader(file([...object().slice(0, 9), ['52009230', 'SQ', frames]], EXPLICIT, { open: true }))
    assert.equal(header.items.get('52009230')?.length, 1)
  })

  it('is refused when it says more than anybody could need', () => {
    const frames = Array.from({ length: 90 }, (_, index) => frame(`${index}.`.padEnd(65_000, '1')))
    assert.throws(() => readHeader(file([...object().slice(0, 9), ['52009230', 'SQ', frames]])), isUnreadable)
  })

  it('has wanted attributes even where they are empty, or sequences', () => {
    const also = new Map(['00081140', '00091001', '00101010', '00324000'].map((tag) => [tag, 'LO'] as const))
    const header = readHeader(
      file([...object(), ['00101010', 'AS', '']].sort(([a], [b]) => (a < b ? -1 : 1)) as Element[]),
      { also },
    )
    assert.deepEqual(
      [...also.keys()].map((tag) => header.values.get(tag)),
      [[], [], [], undefined],
    )
  })

  it('says when the bytes are a directory of a medium', () => {
    const meta: Element[] = [
      ['00020002', 'UI', '1.2.840.10008.1.3.10'],
      ['00020010', 'UI', EXPLICIT],
    ]
    const bytes = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), encode([...meta, ['00041130', 'CS', 'X']])])
    assert.throws(
      () => readHeader(bytes),
      (error) => {
        const fault = faultOf(error)
        return fault?.kind === 'unreadable' && fault.what === MEDIA_DIRECTORY
      },
    )
  })

  it('that is deflated is read however long it is, and no bomb goes off', () => {
    const noise = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7919 * ((index >> 3) + 1)) & 0xff)
    const long = file([...object().slice(0, 6), ['00091001', 'OB', noise], ...object().slice(7)], DEFLATED)
    assert.equal(firstOf(readHeader(long), 'Rows'), '512')
    const bomb = file(
      [...object().slice(0, 6), ['00091001', 'OB', new Uint8Array(100_000_000)], ...object().slice(7)],
      DEFLATED,
    )
    readOrRefused(bomb)
  })
})
