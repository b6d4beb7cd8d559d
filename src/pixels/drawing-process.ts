import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { faultOf } from '../errors.ts'
import { blank, halved, laid } from './canvas.ts'
import { loadCodecs } from './decode.ts'
import { encoded, type PictureType } from './encode.ts'
import { type FrameForm, frameIn } from './frame-bytes.ts'
import { type Look, type Picture, render } from './render.ts'

/** What a picture is laid out on: pixels, and whether any of what comes has colours. */
export type Canvas = Readonly<{ columns: number; rows: number; colour: boolean }>

/** A file to be made of what was drawn, at full or half size. */
export type Output = Readonly<{ type: PictureType; half: boolean }>

/**
 * What a drawing process is asked: to begin; to expect a frame, to take its next bytes, to draw it with its upper left
 * corner at a pixel; to write a file, to hand over the next bytes of it.
 */
export type Asked =
  | Readonly<{ ask: 'begin'; canvas: Canvas }>
  | Readonly<{ ask: 'frame'; form: FrameForm; look: Look }>
  | Readonly<{ ask: 'take'; bytes: Uint8Array }>
  | Readonly<{ ask: 'draw'; x: number; y: number }>
  | Readonly<{ ask: 'write'; output: Output }>
  | Readonly<{ ask: 'give' }>

/** The answer to each message: bytes of a file where they were asked for and there are more, or why there is no picture. */
export type Answer = Readonly<{ bytes?: Uint8Array; because?: string }>

/** Bytes that are handed over at once. */
const PIECE_BYTES = 1024 * 1024

/** Of the heap of the thread that watches the server, in MiB. */
const WATCH_LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 }

const ready = loadCodecs()
let drawn: Picture = blank(0, 0, 1)
let expected: Readonly<{ form: FrameForm; look: Look; bytes: Uint8Array }> | undefined
let taken = 0
let written: Uint8Array = new Uint8Array()

const acts: Readonly<{ [Kind in Asked['ask']]: (asked: Asked & { ask: Kind }) => Answer }> = {
  begin: ({ canvas }) => {
    drawn = blank(canvas.columns, canvas.rows, canvas.colour ? 3 : 1)
    return {}
  },
  frame: ({ form, look }) => {
    expected = { form, look, bytes: new Uint8Array(form.length) }
    taken = 0
    return {}
  },
  take: ({ bytes }) => {
    expected!.bytes.set(bytes, taken)
    taken += bytes.byteLength
    return {}
  },
  draw: (at) => {
    const { form, look, bytes } = expected!
    expected = undefined
    drawn = laid(drawn, render({ ...frameIn(bytes, form), ...look }), at)
    return {}
  },
  write: ({ output }) => {
    written = encoded(output.half ? halved(drawn) : drawn, output.type)
    return {}
  },
  give: () => {
    const bytes = written.subarray(0, PIECE_BYTES)
    written = written.subarray(bytes.byteLength)
    return bytes.byteLength === 0 ? {} : { bytes }
  },
}

async function answer(asked: Asked): Promise<Answer> {
  try {
    await ready
    return acts[asked.ask](asked as never)
  } catch (error) {
    // Whatever a codec makes of damaged bytes: this process ends with it, and the sentence goes to who asked.
    const because = faultOf(error)?.because ?? `There is no picture of this image: ${(error as Error).message}`
    return { because }
  }
}

process.on('message', async (asked: Asked) => process.send?.(await answer(asked)))
// It lives as long as the server that it belongs to, also in the middle of a picture.
process.on('disconnect', () => process.exit())
const watch = new URL(`./server-watch${extname(import.meta.url)}`, import.meta.url)
new Worker(watch, { workerData: process.ppid, resourceLimits: WATCH_LIMITS }).unref()
