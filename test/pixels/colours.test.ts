import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { openPictureProcesses } from '../../src/pixels/picture-processes.ts'
import { BIG_ENDIAN, type Element, imageOf, seen } from '../support/pixels.ts'

const processes = openPictureProcesses()
after(() => processes.close())

const colours = (photometric: string, planar = 0): readonly Element[] => [
  ['00280002', 'US', 3],
  ['00280004', 'CS', photometric],
  ['00280006', 'US', planar],
]
/** Three pixels: red, green and a grey. */
const rgb = [250, 10, 20, 30, 240, 50, 128, 128, 128]

describe('colours', () => {
  it('of one pixel lie beside each other', async () => {
    const bytes = imageOf({ columns: 3, rows: 1, pixels: Uint8Array.from(rgb), elements: colours('RGB') })
    assert.deepEqual(await seen(processes, bytes), { columns: 3, rows: 1, channels: 3, shades: rgb })
  })

  it('or in planes', async () => {
    const planes = Uint8Array.from([250, 30, 128, 10, 240, 128, 20, 50, 128])
    const bytes = imageOf({ columns: 3, rows: 1, pixels: planes, elements: colours('RGB', 1) })
    assert.deepEqual((await seen(processes, bytes)).shades, rgb)
  })

  it('of 16 bits keep the upper eight', async () => {
    const pixels = Uint16Array.from(rgb, (value) => value * 256 + 200)
    const bytes = imageOf({ columns: 3, rows: 1, pixels, elements: colours('RGB') })
    assert.deepEqual((await seen(processes, bytes)).shades, rgb)
  })

  it('of YBR_FULL are turned into red, green and blue', async () => {
    const ybr = rgb.flatMap((_, at) => (at % 3 === 0 ? ybrOf(rgb.slice(at, at + 3)) : []))
    const bytes = imageOf({ columns: 3, rows: 1, pixels: Uint8Array.from(ybr), elements: colours('YBR_FULL') })
    near((await seen(processes, bytes)).shades, rgb)
  })

  it('of YBR_FULL_422 are shared by two pixels', async () => {
    const [y, b, r] = ybrOf([250, 10, 20]) as [number, number, number]
    const pixels = Uint8Array.from([y, y - 40, b, r, y, y - 40, b, r])
    const bytes = imageOf({ columns: 4, rows: 1, pixels, elements: colours('YBR_FULL_422') })
    const { shades } = await seen(processes, bytes)
    near(shades.slice(0, 3), [250, 10, 20])
    near(shades.slice(6, 9), [250, 10, 20])
    assert.deepEqual(shades.slice(3, 6), shades.slice(9, 12))
    assert.ok(shades[3]! < shades[0]!)
  })
})

/** @see DICOM PS3.3 C.7.6.3.1.2 */
function ybrOf([r = 0, g = 0, b = 0]: readonly number[]): number[] {
  return [
    0.299 * r + 0.587 * g + 0.114 * b,
    -0.1687 * r - 0.3313 * g + 0.5 * b + 128,
    0.5 * r - 0.4187 * g - 0.0813 * b + 128,
  ].map(Math.round)
}

function near(found: readonly number[], wanted: readonly number[]): void {
  assert.equal(found.length, wanted.length)
  for (const [at, value] of wanted.entries()) {
    assert.ok(Math.abs(value - found[at]!) <= 2, `${found} is not close to ${wanted}`)
  }
}

describe('a palette', () => {
  const red = [0, 100, 200, 255]
  const green = [255, 0, 10, 20]
  const blue = [5, 6, 7, 8]
  const palette = (bits: 8 | 16, first = 0): readonly Element[] => [
    ['00280004', 'CS', 'PALETTE COLOR'],
    ...[red, green, blue].flatMap((entries, at): Element[] => [
      [`0028110${at + 1}`, 'US', [entries.length, first, bits]],
      [`0028120${at + 1}`, 'OW', tableBytes(entries, bits)],
    ]),
  ]
  const tableBytes = (entries: readonly number[], bits: 8 | 16): Uint8Array =>
    bits === 8 ? Uint8Array.from(entries) : new Uint8Array(Uint16Array.from(entries, (entry) => entry * 257).buffer)
  const wanted = [1, 3, 0].flatMap((index) => [red[index], green[index], blue[index]])

  for (const bits of [8, 16] as const) {
    it(`of ${bits} bits gives the colours`, async () => {
      const pixels = Uint8Array.of(1, 3, 0)
      const bytes = imageOf({ columns: 3, rows: 1, pixels, elements: palette(bits) })
      assert.deepEqual((await seen(processes, bytes)).shades, wanted)
    })
  }

  it('begins with its first value, and holds its last colour', async () => {
    const pixels = Uint16Array.of(11, 99, 3)
    const bytes = imageOf({ columns: 3, rows: 1, pixels, elements: palette(16, 10) })
    assert.deepEqual((await seen(processes, bytes)).shades, wanted)
  })

  it('is read in either byte order', async () => {
    const elements = palette(16).map(
      ([tag, vr, value]): Element =>
        vr === 'OW' ? [tag, vr, Buffer.from(value as Uint8Array).swap16()] : [tag, vr, value],
    )
    const pixels = Uint16Array.of(0x0100, 0x0300, 0)
    const bytes = imageOf({ columns: 3, rows: 1, pixels, elements, syntax: BIG_ENDIAN })
    assert.deepEqual((await seen(processes, bytes)).shades, wanted)
  })

  for (const bits of [8, 16] as const) {
    it(`of ${bits} bits in segments is expanded: runs, lines, repetitions`, async () => {
      const scale = bits === 8 ? 1 : 257
      const numbers = (...values: number[]): Uint8Array =>
        bits === 8 ? Uint8Array.from(values) : new Uint8Array(Uint16Array.from(values).buffer)
      // Three entries, a line over four, then both once more: their offset is that of the beginning.
      const back = bits === 8 ? [2, 2, 0, 0, 0, 0] : [2, 2, 0, 0]
      const [from, to] = [10 * scale, 50 * scale]
      const table = numbers(0, 3, 200 * scale, 0, from, 1, 4, to, ...back)
      const elements: readonly Element[] = [
        ['00280004', 'CS', 'PALETTE COLOR'],
        ...[1, 2, 3].flatMap((colour): Element[] => [
          [`0028110${colour}`, 'US', [16, 0, bits]],
          [`0028122${colour}`, 'OW', table],
        ]),
      ]
      const pixels = Uint8Array.from({ length: 16 }, (_, at) => at)
      const { shades } = await seen(processes, imageOf({ columns: 16, rows: 1, pixels, elements }))
      const part = [200, 0, 10, 20, 30, 40, 50]
      assert.deepEqual(
        shades.filter((_, at) => at % 3 === 0),
        [...part, ...part, 50, 50],
      )
    })
  }

  it('in segments that make no table is missing', async () => {
    const broken = [
      [1, 4, 50, 0],
      [0, 0, 0, 0],
      [0, 1, 7, 9, 1, 1],
      [0, 1, 7, 2, 3, 3, 0, 0, 0],
    ]
    for (const table of broken) {
      const elements: readonly Element[] = [
        ['00280004', 'CS', 'PALETTE COLOR'],
        ...[1, 2, 3].flatMap((colour): Element[] => [
          [`0028110${colour}`, 'US', [16, 0, 8]],
          [`0028122${colour}`, 'OW', Uint8Array.from(table)],
        ]),
      ]
      const bytes = imageOf({ columns: 3, rows: 1, pixels: Uint8Array.of(1, 3, 0), elements })
      await assert.rejects(seen(processes, bytes), /its palette is missing\./)
    }
  })

  it('that is missing is the reason for no picture', async () => {
    const elements = palette(8).filter(([tag]) => tag !== '00281203')
    const bytes = imageOf({ columns: 3, rows: 1, pixels: Uint8Array.of(1, 3, 0), elements })
    await assert.rejects(seen(processes, bytes), /There is no picture of this image: its palette is missing\./)
  })
})
