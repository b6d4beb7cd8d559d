import { parentPort } from 'node:worker_threads'
import { faultOf } from '../errors.ts'
import { blank, halved, laid } from './canvas.ts'
import { loadCodecs } from './decode.ts'
import { encoded, type PictureType } from './encode.ts'
import { type Frame, type Picture, render } from './render.ts'

/** What a picture is laid out on: pixels, and whether any of what comes has colours. */
export type Canvas = Readonly<{ columns: number; rows: number; colour: boolean }>

/** A file to be made of what was drawn, at full or half size. */
export type Output = Readonly<{ type: PictureType; half: boolean }>

/** What a picture thread is asked: to begin, to draw a frame with its upper left corner at a pixel, to hand over. */
export type Asked =
  | Readonly<{ ask: 'begin'; canvas: Canvas }>
  | Readonly<{ ask: 'draw'; frame: Frame; x: number; y: number }>
  | Readonly<{ ask: 'finish'; outputs: readonly Output[] }>

/** The answer to each message: files in the order of the outputs, or why there is no picture. */
export type Answer = Readonly<{ files?: readonly Uint8Array[]; because?: string }>

const ready = loadCodecs()
let drawn: Picture = blank(0, 0, 1)

async function carryOut(asked: Asked): Promise<Answer> {
  await ready
  if (asked.ask === 'begin') {
    drawn = blank(asked.canvas.columns, asked.canvas.rows, asked.canvas.colour ? 3 : 1)
    return {}
  }
  if (asked.ask === 'draw') {
    drawn = laid(drawn, render(asked.frame), asked)
    return {}
  }
  const half = asked.outputs.some((output) => output.half) ? halved(drawn) : drawn
  const files = asked.outputs.map((output) => encoded(output.half ? half : drawn, output.type))
  drawn = blank(0, 0, 1)
  return { files }
}

async function answer(asked: Asked): Promise<Answer> {
  try {
    return await carryOut(asked)
  } catch (error) {
    // Whatever a codec makes of damaged bytes: this thread ends with it, and the sentence goes to who asked.
    const because = faultOf(error)?.because ?? `There is no picture of this image: ${(error as Error).message}`
    return { because }
  }
}

parentPort?.on('message', async (asked: Asked) => parentPort?.postMessage(await answer(asked)))
