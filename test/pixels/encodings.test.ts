import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { openPictureProcesses } from '../../src/pixels/picture-processes.ts'
import {
  BIG_ENDIAN,
  bytesOf,
  DEFLATED,
  drawn,
  type Element,
  EXPLICIT,
  IMPLICIT,
  imageOf,
  seen,
} from '../support/pixels.ts'

const processes = openPictureProcesses()
after(() => processes.close())

const pixels = Uint16Array.from([0, 51, 102, 153, 204, 255].map((value) => value * 100))
const shades = [0, 51, 102, 153, 204, 255]
const plain = { columns: 3, rows: 2, pixels }
/** Where the data set begins: after the preamble and the meta information, whose length stands in its first element. */
const startOf = (bytes: Buffer): number => 144 + bytes.readUInt32LE(140)

describe('an image without compression', () => {
  for (const syntax of [IMPLICIT, EXPLICIT]) {
    it(`is read in ${syntax}`, async () => {
      assert.deepEqual((await seen(processes, imageOf({ ...plain, syntax }))).shades, shades)
    })
  }

  it('is read without preamble and meta information', async () => {
    const bytes = imageOf(plain)
    assert.deepEqual((await seen(processes, bytes.subarray(startOf(bytes)))).shades, shades)
  })

  it('is read when it is deflated', async () => {
    const bytes = imageOf({ ...plain, syntax: DEFLATED })
    const packed = deflateRawSync(bytes.subarray(startOf(bytes)))
    const deflated = Buffer.concat([bytes.subarray(0, startOf(bytes)), packed])
    assert.deepEqual((await seen(processes, deflated)).shades, shades)
    await assert.rejects(seen(processes, deflated.subarray(0, -4)), /deflated data set is damaged/)
  })

  it('is read with the upper byte of each word first, whatever its words are', async () => {
    const words = Buffer.from(bytesOf(pixels)).swap16()
    const big = { ...plain, syntax: BIG_ENDIAN }
    const elements: readonly Element[] = [['7FE00010', 'OW', words]]
    assert.deepEqual((await seen(processes, imageOf({ ...big, elements }))).shades, shades)
    const long = Uint32Array.from(shades)
    const longs: readonly Element[] = [['7FE00010', 'OW', Buffer.from(bytesOf(long)).swap32()]]
    assert.deepEqual((await seen(processes, imageOf({ ...big, pixels: long, elements: longs }))).shades, shades)
    const small = Uint8Array.from(shades)
    const pairs: readonly Element[] = [['7FE00010', 'OW', Buffer.from(small).swap16()]]
    assert.deepEqual((await seen(processes, imageOf({ ...big, pixels: small, elements: pairs }))).shades, shades)
  })

  it('gives the frame that is asked for, and no other', async () => {
    const frames = Uint8Array.from([0, 255, 10, 255, 20, 0, 9, 7, 8])
    const bytes = imageOf({ columns: 3, rows: 1, pixels: frames, elements: [['00280008', 'IS', 3]] })
    assert.deepEqual((await seen(processes, bytes, 1)).shades, [255, 20, 0])
    assert.deepEqual((await seen(processes, bytes, 2)).shades, [255, 0, 127])
    await assert.rejects(seen(processes, bytes, 3), /it has no frame 4/)
  })

  it('of single bits gives frames that begin within a byte', async () => {
    // Three frames of five pixels, the first pixel in the lowest bit.
    const bits = Uint8Array.of(0b101_01101, 0b0_01100_11)
    const elements: readonly Element[] = [
      ['00280008', 'IS', 3],
      ['00280100', 'US', 1],
      ['00280101', 'US', 1],
      ['00280102', 'US', 0],
    ]
    const bytes = imageOf({ columns: 5, rows: 1, pixels: bits, elements })
    const lit = async (frame: number) => (await seen(processes, bytes, frame)).shades.map((shade) => shade / 255)
    assert.deepEqual(await lit(0), [1, 0, 1, 1, 0])
    assert.deepEqual(await lit(1), [1, 0, 1, 1, 1])
    assert.deepEqual(await lit(2), [0, 0, 1, 1, 0])
  })

  it('shows what is left of a broken one, if any of the frame is', async () => {
    const bytes = imageOf(plain)
    assert.deepEqual((await seen(processes, bytes.subarray(0, -4))).shades, [0, 85, 170, 255, 0, 0])
    await assert.rejects(seen(processes, bytes.subarray(0, -12)), /its pixels are missing/)
  })
})

describe('what cannot be shown says why', () => {
  for (const [because, elements] of [
    ['the object has no pixels', [['00280010', 'US', '']]],
    ['the object has no pixels', [['7FE00010', 'OW', '']]],
    ['samples of 12 bits', [['00280100', 'US', 12]]],
    ['4 samples per pixel', [['00280002', 'US', 4]]],
    [
      'its pixels are fewer than they should',
      [
        ['00280100', 'US', 8],
        ['00280002', 'US', 3],
        ['00280004', 'CS', 'YBR_FULL_422'],
        ['00280100', 'US', 16],
      ],
    ],
    [
      'more than 33554432 pixels in a frame',
      [
        ['00280010', 'US', 65535],
        ['00280011', 'US', 65535],
      ],
    ],
  ] as readonly (readonly [string, readonly Element[]])[]) {
    it(because, async () => {
      await assert.rejects(seen(processes, imageOf({ ...plain, elements })), {
        message: `There is no picture of this image: ${because}.`,
      })
    })
  }

  it('something else than DICOM is not called an image', async () => {
    await assert.rejects(
      seen(processes, Buffer.from('no DICOM at all, whoever reads it')),
      /This is no readable DICOM object/,
    )
  })
})

describe('a picture is written', () => {
  it('as GIF with all shades of grey', async () => {
    const gif = await drawn(processes, imageOf(plain), { type: 'image/gif' })
    assert.equal(Buffer.from(gif.subarray(0, 6)).toString(), 'GIF89a')
    assert.deepEqual([gif[6], gif[8]], [3, 2])
    // The global table: 256 entries from black to white.
    assert.deepEqual([...gif.subarray(13, 19), ...gif.subarray(13 + 765, 13 + 768)], [0, 0, 0, 1, 1, 1, 255, 255, 255])
  })

  it('as JPEG', async () => {
    const jpeg = await drawn(processes, imageOf(plain), { type: 'image/jpeg' })
    assert.deepEqual([...jpeg.subarray(0, 3), ...jpeg.subarray(-2)], [0xff, 0xd8, 0xff, 0xff, 0xd9])
  })
})
