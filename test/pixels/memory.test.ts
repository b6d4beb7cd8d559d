import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { shadesOf } from '../../src/dicom/image.ts'
import { framePieces } from '../../src/pixels/frames.ts'
import { openImage } from '../../src/pixels/image-file.ts'
import { openPictureProcesses } from '../../src/pixels/picture-processes.ts'
import { imageOf } from '../support/pixels.ts'

const processes = openPictureProcesses()
after(() => processes.close())

const COLUMNS = 4000
const ROWS = 5000
/** What this process may take beyond what it has, in MiB: a few pieces of what passes through. */
const MORE_MIB = 96

describe('a picture of 20 million pixels', () => {
  it('is drawn without holding the frame or the files here', async () => {
    const head = imageOf({ columns: COLUMNS, rows: ROWS, pixels: new Uint16Array(0) })
    const size = COLUMNS * ROWS * 2
    head.writeUInt32LE(size, head.length - 4)
    const read = async (start: number, end: number): Promise<Uint8Array> => {
      const bytes = new Uint8Array(end - start)
      for (let at = start; at < end; at++) bytes[at - start] = at < head.length ? head[at]! : (at * 31) >> 7
      return bytes
    }
    const image = await openImage({ size: head.length + size, read }, 0)
    const look = { layout: image.layout, shades: shadesOf(image.before.header, image.layout) }
    const cells = (async function* () {
      yield { frame: { ...(await framePieces(image)), look }, x: 0, y: 0 }
    })()
    const before = process.memoryUsage.rss()
    let most = before
    const canvas = { columns: COLUMNS, rows: ROWS, colour: false }
    const sizes = await processes.draw({ canvas, cells }, async (write) => {
      const found: number[] = []
      for (const half of [false, true]) {
        let bytes = 0
        for await (const piece of write({ type: 'image/gif', half })) {
          bytes += piece.byteLength
          most = Math.max(most, process.memoryUsage.rss())
        }
        found.push(bytes)
      }
      return found
    })
    assert.ok(sizes[0]! > sizes[1]! && sizes[1]! > 0, sizes.join())
    assert.ok(most - before < MORE_MIB * 1024 * 1024, `${Math.round((most - before) / 1024 / 1024)} MiB more`)
  })
})
