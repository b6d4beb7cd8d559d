import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import dcmjsCodecs from 'dcmjs-codecs'
import { openPictureProcesses } from '../../src/pixels/picture-processes.ts'
import { encapsulated, type Fragmented } from '../support/fragments.ts'
import { type Element, imageOf, JPEG_2000, JPEG_LOSSLESS, JPEG_LS, RLE, seen } from '../support/pixels.ts'

const { Context, NativeCodecs } = dcmjsCodecs
const processes = openPictureProcesses()
after(() => processes.close())
before(async () => {
  const wasm = createRequire(import.meta.url).resolve('dcmjs-codecs/build/dcmjs-native-codecs.wasm')
  await NativeCodecs.initializeAsync({ webAssemblyModulePathOrUrl: wasm })
})

const COLUMNS = 24
const ROWS = 10
/** Frames of 12 bits that differ in their slope. */
const frameOf = (index: number): Uint16Array =>
  Uint16Array.from({ length: COLUMNS * ROWS }, (_, at) => (at * (index + 3) * 5) % 4096)
const header: readonly Element[] = [
  ['00280101', 'US', 12],
  ['00280102', 'US', 11],
]
const grey = (pixels: Uint16Array, elements: readonly Element[] = []): Buffer =>
  imageOf({ columns: COLUMNS, rows: ROWS, pixels, elements: [...header, ...elements] })

type Encode = (context: InstanceType<typeof Context>) => InstanceType<typeof Context>
const lossless: readonly (readonly [string, string, Encode])[] = [
  ['RLE', RLE, (context) => NativeCodecs.encodeRle(context)],
  ['JPEG without loss', JPEG_LOSSLESS, (context) => NativeCodecs.encodeJpeg(context, { lossy: false, predictor: 1 })],
  ['JPEG-LS', JPEG_LS, (context) => NativeCodecs.encodeJpegLs(context, { lossy: false })],
  ['JPEG 2000', JPEG_2000, (context) => NativeCodecs.encodeJpeg2000(context, { lossy: false })],
]

function compressed(pixels: Uint16Array, encode: Encode): Buffer {
  const context = new Context({
    width: COLUMNS,
    height: ROWS,
    bitsAllocated: 16,
    bitsStored: 12,
    samplesPerPixel: 1,
    pixelRepresentation: 0,
    planarConfiguration: 0,
    photometricInterpretation: 'MONOCHROME2',
    decodedBuffer: new Uint8Array(pixels.buffer),
  })
  return Buffer.from(encode(context).getEncodedBuffer()!)
}

const wrapped = (syntax: string, fragmented: Fragmented, elements: readonly Element[] = []): Buffer =>
  encapsulated(
    imageOf({ columns: COLUMNS, rows: ROWS, pixels: frameOf(0), syntax, elements: [...header, ...elements] }),
    fragmented,
  )

describe('compressed pixels are the same as without compression', () => {
  for (const [name, syntax, encode] of lossless) {
    it(name, async () => {
      const bytes = wrapped(syntax, { fragments: [compressed(frameOf(0), encode)] })
      assert.deepEqual(await seen(processes, bytes), await seen(processes, grey(frameOf(0))))
    })
  }
})

describe('JPEG of the retired progressive processes', () => {
  // A ramp of eight columns.
  const progressive =
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/' +
    'wgALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAABf/aAAgBAQAAAAEn/8QAFRABAQAAAAAAAAAAAAAAAAAAAAf/2gAIAQEAAQUCmz//xAAVEAEBAAAA' +
    'AAAAAAAAAAAAAAAAA//aAAgBAQAGPwKT/8QAFRABAQAAAAAAAAAAAAAAAAAAAMH/2gAIAQEAAT8hg//aAAgBAQAAABD/AP/EABQQAQAAAAAAAAAAAAAAAAAA' +
    'AAD/2gAIAQEAAT8QD//Z'
  for (const syntax of ['1.2.840.10008.1.2.4.53', '1.2.840.10008.1.2.4.55']) {
    it(`is seen: ${syntax}`, async () => {
      const elements = [['00281050', 'DS', '128'] as const, ['00281051', 'DS', '256'] as const]
      const image = imageOf({ columns: 8, rows: 8, pixels: new Uint8Array(64), syntax, elements })
      const bytes = encapsulated(image, { fragments: [Buffer.from(progressive, 'base64')] })
      const { shades } = await seen(processes, bytes)
      assert.deepEqual(shades.slice(56), [0, 31, 64, 95, 128, 159, 193, 224])
    })
  }
})

describe('one of several frames is found', () => {
  const frames = [0, 1, 2].map(frameOf)
  const encoded = () => frames.map((frame) => compressed(frame, lossless[2]![2]))
  const halves = (all: readonly Buffer[]) => all.flatMap((one) => [one.subarray(0, 30), one.subarray(30)])
  const several: readonly Element[] = [['00280008', 'IS', 3]]
  const plain = () => seen(processes, grey(frames[1]!))

  it('as the fragment of its number', async () => {
    const bytes = wrapped(JPEG_LS, { fragments: encoded() }, several)
    assert.deepEqual(await seen(processes, bytes, 1), await plain())
  })

  it('by the table of offsets, over several fragments', async () => {
    const bytes = wrapped(JPEG_LS, { fragments: halves(encoded()), offsets: 'basic', perFrame: 2 }, several)
    assert.deepEqual(await seen(processes, bytes, 1), await plain())
  })

  it('by the extended table of offsets', async () => {
    const bytes = wrapped(JPEG_LS, { fragments: halves(encoded()), offsets: 'extended', perFrame: 2 }, several)
    assert.deepEqual(await seen(processes, bytes, 1), await plain())
  })

  it('without offsets, by where an image begins', async () => {
    const bytes = wrapped(JPEG_LS, { fragments: halves(encoded()) }, several)
    assert.deepEqual(await seen(processes, bytes, 1), await plain())
  })

  it('or not at all', async () => {
    const bytes = wrapped(RLE, { fragments: halves(encoded()).slice(1) }, several)
    await assert.rejects(seen(processes, bytes, 1), /its fragments do not tell where a frame begins/)
  })
})

describe('damaged or hostile bytes', () => {
  const whole = () => compressed(frameOf(0), lossless[3]![2])
  const wide = () => {
    const bytes = whole()
    // The size that the codestream claims for itself.
    bytes.writeUInt32BE(60_000, 8)
    return bytes
  }
  for (const [name, syntax, bytes] of [
    ['that are no image', JPEG_2000, () => Buffer.from('something else than an image')],
    ['of an image that says it is larger', JPEG_2000, wide],
    ['that end within the header', JPEG_LS, () => compressed(frameOf(0), lossless[2]![2]).subarray(0, 20)],
    ['of another compression than it says', JPEG_LS, whole],
    ['that are no runs', RLE, () => Buffer.alloc(80, 0xff)],
    ['of a transfer syntax that nobody knows', '1.2.840.10008.1.2.4.999', whole],
  ] as const) {
    it(`${name} are no picture, and the next one is drawn`, async () => {
      const damaged = wrapped(syntax, { fragments: [bytes()] })
      await assert.rejects(seen(processes, damaged), /There is no picture of this image: /)
      assert.deepEqual((await seen(processes, grey(frameOf(0)))).columns, COLUMNS)
    })
  }

  it('that take too long end their process and no other', async () => {
    const hasty = openPictureProcesses({ processes: 1, frameMs: 1, idleMs: 1000 })
    await assert.rejects(seen(hasty, grey(frameOf(0))), /it took too long, or its bytes broke the decoder/)
    await assert.rejects(seen(hasty, grey(frameOf(0))), /it took too long, or its bytes broke the decoder/)
    await hasty.close()
    await assert.rejects(seen(hasty, grey(frameOf(0))), /the server is stopping/)
  })

  it('with no process to be had are no fault of the image, and are drawn when there is one', async () => {
    const few = openPictureProcesses({ processes: 1, frameMs: 30_000, idleMs: 1000 })
    const { execPath } = process
    try {
      process.execPath = '/nowhere/node'
      await assert.rejects(seen(few, grey(frameOf(0))), { code: 'ENOENT' })
    } finally {
      process.execPath = execPath
    }
    assert.deepEqual((await seen(few, grey(frameOf(0)))).columns, COLUMNS)
    await few.close()
  })

  it('many pictures at once wait for their turn', async () => {
    const two = openPictureProcesses({ processes: 2, frameMs: 30_000, idleMs: 1 })
    const all = await Promise.all(Array.from({ length: 9 }, (_, at) => seen(two, grey(frameOf(at % 3)))))
    for (const [at, picture] of all.entries()) assert.deepEqual(picture, all[at % 3])
    await two.close()
  })
})

describe('what dcmtk compressed', {
  skip: spawnSync('dcmcjpeg', ['--version']).status !== 0 && 'dcmtk is not installed',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'isocenter-pixels-'))
  after(() => rmSync(folder, { recursive: true }))
  const colour: readonly Element[] = [
    ['00280002', 'US', 3],
    ['00280004', 'CS', 'RGB'],
    ['00280006', 'US', 0],
  ]
  const rgb = Uint8Array.from({ length: 3 * COLUMNS * ROWS }, (_, at) => (at % 3 === 0 ? at / 3 : (at / 6) % 256))
  const coloured = imageOf({ columns: COLUMNS, rows: ROWS, pixels: rgb, elements: colour })

  function by(tool: string, options: readonly string[], bytes: Buffer): Buffer {
    const [from, to] = [join(folder, 'from.dcm'), join(folder, 'to.dcm')]
    writeFileSync(from, bytes)
    const { status, stderr } = spawnSync(tool, [...options, from, to])
    assert.equal(status, 0, String(stderr))
    return readFileSync(to)
  }

  for (const [tool, option] of [
    ['dcmcrle', undefined],
    ['dcmcjpeg', '+e1'],
    ['dcmcjpeg', '+el'],
    ['dcmcjpls', '+el'],
  ] as const) {
    for (const [what, bytes] of [
      ['grey', grey(frameOf(0))],
      ['colours', coloured],
    ] as const) {
      it(`${tool} ${option ?? ''} ${what} looks the same`, async () => {
        const found = await seen(processes, by(tool, option ? [option] : [], bytes))
        assert.deepEqual(found, await seen(processes, bytes))
      })
    }
  }

  it('with loss, looks nearly the same', async () => {
    const smooth = Uint8Array.from({ length: 3 * COLUMNS * ROWS }, (_, at) => 100 + (at % 3) * 40 + at / 20)
    const bytes = imageOf({ columns: COLUMNS, rows: ROWS, pixels: smooth, elements: colour })
    const plain = await seen(processes, bytes)
    for (const options of [
      ['+eb', '+q', '95'],
      ['+eb', '+cr', '+q', '95'],
      // Processes that the standard has retired, in files that are older.
      ['+es', '+q', '95'],
      ['+ep', '+q', '95'],
    ]) {
      const found = await seen(processes, by('dcmcjpeg', options, bytes))
      const most = Math.max(...plain.shades.map((shade, at) => Math.abs(shade - found.shades[at]!)))
      assert.ok(most <= 6, `${options.join(' ')}: ${most}`)
    }
  })
})
