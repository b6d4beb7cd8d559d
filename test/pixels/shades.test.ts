import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { openPictureProcesses } from '../../src/pixels/picture-processes.ts'
import { type Element, imageOf, seen, type TestImage } from '../support/pixels.ts'

const processes = openPictureProcesses()
after(() => processes.close())

const COLUMNS = 13
const ROWS = 7
type Numbers = TestImage['pixels']

/** A ramp over all pixels of an image of odd size. */
function ramp<T extends Numbers>(Kind: new (length: number) => T, from: number, to: number): T {
  const values = new Kind(COLUMNS * ROWS)
  for (let at = 0; at < values.length; at++) values[at] = from + ((to - from) * at) / (values.length - 1)
  return values
}

type Formula = (value: number) => number
const clamped: Formula = (part) => Math.max(0, Math.min(1, part)) * 255

/** The formulas of PS3.3 C.11.2.1, from output units to shades. */
const linear =
  (center: number, width: number): Formula =>
  (x) =>
    clamped((x - (center - 0.5)) / (width - 1) + 0.5)
const exact =
  (center: number, width: number): Formula =>
  (x) =>
    clamped((x - center) / width + 0.5)
const sigmoid =
  (center: number, width: number): Formula =>
  (x) =>
    255 / (1 + Math.exp((-4 * (x - center)) / width))
const whole =
  (from: number, to: number): Formula =>
  (x) =>
    clamped((x - from) / (to - from))

/** Every pixel has the shade of its value, give or take one. */
async function shows(pixels: Numbers, elements: readonly Element[], formula: Formula): Promise<void> {
  const picture = await seen(processes, imageOf({ columns: COLUMNS, rows: ROWS, pixels, elements }))
  assert.deepEqual([picture.columns, picture.rows, picture.channels], [COLUMNS, ROWS, 1])
  for (const [at, value] of [...pixels].entries()) {
    const wanted = formula(value)
    const found = picture.shades[at]!
    assert.ok(Math.abs(found - wanted) <= 1.01, `pixel ${at} of value ${value}: ${found}, not ${wanted}`)
  }
}

const window = (center: string, width: string, curve?: string): readonly Element[] => [
  ['00281050', 'DS', center],
  ['00281051', 'DS', width],
  ...(curve ? ([['00281056', 'CS', curve]] as const) : []),
]
const rescale = (slope: string, intercept: string): readonly Element[] => [
  ['00281052', 'DS', intercept],
  ['00281053', 'DS', slope],
]

describe('a window', () => {
  it('is linear from half below its centre', () =>
    shows(ramp(Uint16Array, 0, 4095), window('1000', '1500'), linear(1000, 1500)))
  it('is exact where the header says so', () =>
    shows(ramp(Uint16Array, 0, 4095), window('1000', '1500', 'LINEAR_EXACT'), exact(1000, 1500)))
  it('is a sigmoid where the header says so', () =>
    shows(ramp(Uint16Array, 0, 4095), window('1000', '1500', 'SIGMOID'), sigmoid(1000, 1500)))
  it('is the first of several', () =>
    shows(ramp(Uint16Array, 0, 4095), window('1000\\40', '1500\\80'), linear(1000, 1500)))
  it('of one unit parts black from white', () =>
    shows(ramp(Uint16Array, 0, 4095), window('1000', '1'), (x) => (x < 999.5 ? 0 : 255)))
  it('is meant in output units', () =>
    shows(ramp(Int16Array, 0, 4095), [...window('40', '400'), ...rescale('2', '-1024')], (x) =>
      linear(40, 400)(2 * x - 1024),
    ))
  for (const curve of ['LINEAR', 'LINEAR_EXACT', 'SIGMOID'] as const) {
    const formula = { LINEAR: linear, LINEAR_EXACT: exact, SIGMOID: sigmoid }[curve]
    it(`shows fractions as well as integers: ${curve}`, () =>
      shows(ramp(Int16Array, 0, 32767), [...window('0.5', '1.3', curve), ...rescale('0.0000457', '0')], (x) =>
        formula(0.5, 1.3)(x * 0.0000457),
      ))
    it(`turns around with a falling slope: ${curve}`, () =>
      shows(ramp(Uint16Array, 0, 4095), [...window('-1000', '1500', curve), ...rescale('-2', '1024')], (x) =>
        formula(-1000, 1500)(1024 - 2 * x),
      ))
    it(`reaches integers of 32 bits: ${curve}`, () =>
      shows(ramp(Uint32Array, 0, 4_000_000_000), window('1000000000', '1500000000', curve), formula(1e9, 1.5e9)))
  }
  it('belongs to each frame, or to all', async () => {
    const view = (center: string): readonly Element[] => [['00289132', 'SQ', [window(center, '101')]]]
    const pixels = Uint16Array.from([0, 50, 100, 0, 50, 100])
    const elements: readonly Element[] = [
      ['00280008', 'IS', 2],
      ['52009229', 'SQ', [[['00289145', 'SQ', [rescale('1', '100')]]]]],
      ['52009230', 'SQ', [view('150.5'), view('200.5')]],
    ]
    const bytes = imageOf({ columns: 3, rows: 1, pixels, elements })
    assert.deepEqual((await seen(processes, bytes, 0)).shades, [0, 127, 255])
    assert.deepEqual((await seen(processes, bytes, 1)).shades, [0, 0, 127])
  })
  it('is found among those of tens of thousands of frames', async () => {
    const view = (at: number): readonly Element[] => [
      ['00189117', 'SQ', [[['00189087', 'FD', new Uint8Array(new Float64Array([at]).buffer)]]]],
      ['00289132', 'SQ', [window(`${50.5 + 50 * (at % 2)}`, '101'.padEnd(100))]],
    ]
    const count = 30_000
    const frames = Array.from({ length: count }, (_, at) => view(at))
    const pixels = new Uint16Array(3 * count).map((_, at) => 50 * (at % 3))
    const elements: readonly Element[] = [
      ['00280008', 'IS', count],
      ['52009230', 'SQ', frames],
    ]
    const bytes = imageOf({ columns: 3, rows: 1, pixels, elements })
    assert.deepEqual((await seen(processes, bytes, count - 2)).shades, [0, 127, 255])
    assert.deepEqual((await seen(processes, bytes, count - 1)).shades, [0, 0, 127])
  })
  it('belongs to its frame also behind frames that say the same', async () => {
    const view = (center: string): readonly Element[] => [['00289132', 'SQ', [window(center, '101')]]]
    const pixels = Uint16Array.from([0, 50, 100, 0, 50, 100, 0, 50, 100, 0, 50, 100])
    const elements: readonly Element[] = [
      ['00280008', 'IS', 4],
      ['52009230', 'SQ', [view('50.5'), view('50.5'), view('100.5'), view('50.5')]],
    ]
    const bytes = imageOf({ columns: 3, rows: 1, pixels, elements })
    const frames = await Promise.all([1, 2, 3].map(async (frame) => (await seen(processes, bytes, frame)).shades))
    assert.deepEqual(frames, [
      [0, 127, 255],
      [0, 0, 127],
      [0, 127, 255],
    ])
  })
})

describe('without a window', () => {
  it('the values of the image are spread over all shades', () =>
    shows(ramp(Uint16Array, 100, 1100), [], whole(100, 1100)))
  it('signed ones, too', () => shows(ramp(Int16Array, -32768, 32767), [], whole(-32768, 32767)))
  it('of eight bits', () => shows(ramp(Uint8Array, 0, 255), [], whole(0, 255)))
  it('of eight bits with a sign', () => shows(ramp(Int8Array, -128, 127), [], whole(-128, 127)))
  it('of 32 bits with a sign', () => shows(ramp(Int32Array, -2e9, 2e9), [], whole(-2e9, 2e9)))
  it('as floating point numbers', () => shows(ramp(Float32Array, -1.5, 2.5), [], whole(-1.5, 2.5)))
  it('as long floating point numbers', () => shows(ramp(Float64Array, -1e-5, 2e-5), [], whole(-1e-5, 2e-5)))
  it('a falling slope makes high values dark', () =>
    shows(ramp(Uint16Array, 0, 4095), rescale('-2', '1024'), (x) => whole(0, 4095)(4095 - x)))
  it('one value everywhere is black', () => shows(ramp(Uint16Array, 5, 5), [], () => 0))
  it('padding does not count', () => {
    const pixels = ramp(Int16Array, 0, 4000)
    pixels.fill(-2000, 0, 5)
    return shows(pixels, [['00280120', 'SS', 65536 - 2000]], whole(pixels[5]!, 4000))
  })
  it('nor does a range of padding', () => {
    const pixels = ramp(Int16Array, 0, 4000)
    pixels.fill(-2000, 0, 3).fill(-1990, 3, 5)
    const elements = [
      ['00280120', 'SS', 65536 - 1990],
      ['00280121', 'SS', 65536 - 2000],
    ] as const
    return shows(pixels, elements, whole(pixels[5]!, 4000))
  })
})

describe('the bits of a value', () => {
  const bits = (stored: number, high: number): readonly Element[] => [
    ['00280101', 'US', stored],
    ['00280102', 'US', high],
  ]
  it('are those that are stored, whatever lies above them', () => {
    const pixels = ramp(Uint16Array, 0, 4095).map((value, at) => value | ((at % 16) << 12))
    return shows(pixels, bits(12, 11), (x) => whole(0, 4095)(x & 4095))
  })
  it('or below them', () => {
    const pixels = ramp(Uint16Array, 0, 4095).map((value, at) => (value << 4) | (at % 16))
    return shows(pixels, bits(12, 15), (x) => whole(0, 4095)(x >> 4))
  })
  it('have their sign where they end', () => {
    const pixels = ramp(Int16Array, -2048, 2047).map((value) => value & 4095)
    const meant = (x: number): number => (x > 2047 ? x - 4096 : x)
    return shows(pixels, [...bits(12, 11), ...window('40', '400')], (x) => linear(40, 400)(meant(x)))
  })
  it('may be fewer than eight', () => shows(ramp(Uint8Array, 0, 15), bits(4, 3), (x) => whole(0, 15)(x)))
})

describe('MONOCHROME1', () => {
  const inverted: readonly Element[] = [['00280004', 'CS', 'MONOCHROME1']]
  it('shows low values bright', () => shows(ramp(Uint16Array, 0, 4095), inverted, (x) => 255 - whole(0, 4095)(x)))
  it('through its window, too', () =>
    shows(ramp(Uint16Array, 0, 4095), [...inverted, ...window('1000', '1500')], (x) => 255 - linear(1000, 1500)(x)))
})

describe('a look-up table', () => {
  const table = (sequence: string, first: number, entries: Uint16Array, bits: number): Element => [
    sequence,
    'SQ',
    [
      [
        ['00283002', 'US', [entries.length, first, bits]],
        ['00283006', 'OW', new Uint8Array(entries.buffer)],
      ],
    ],
  ]
  const squares = Uint16Array.from({ length: 3000 }, (_, at) => (at / 2999) ** 2 * 4095)
  const at = (x: number): number => squares[Math.max(0, Math.min(2999, x - 100))]!

  it('of interest gives the shades', () =>
    shows(ramp(Uint16Array, 0, 4095), [table('00283010', 100, squares, 12)], (x) => whole(0, 4095)(at(x))))
  it('of interest is not used where there is a window', () =>
    shows(
      ramp(Uint16Array, 0, 4095),
      [table('00283010', 100, squares, 12), ...window('1000', '1500')],
      linear(1000, 1500),
    ))
  it('of the modality gives the output units', () =>
    shows(ramp(Uint16Array, 0, 4095), [table('00283000', 100, squares, 16), ...window('1000', '1500')], (x) =>
      linear(1000, 1500)(at(x)),
    ))
})
