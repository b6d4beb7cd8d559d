import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { faultOf, refuse } from '../errors.ts'
import type { Answer, Asked, Canvas, Output } from './drawing-process.ts'
import type { FramePieces } from './frames.ts'
import { notRenderable } from './not-renderable.ts'
import type { Look } from './render.ts'

/** A frame and where it is drawn. */
export type Cell = Readonly<{ frame: FramePieces & Readonly<{ look: Look }>; x: number; y: number }>

/** What is to be drawn. Cells are asked for one after the other, when a process is free for them. */
export type Drawing = Readonly<{ canvas: Canvas; cells: AsyncIterable<Cell> }>

/** Writes what was drawn as a file; the bytes of one are read before the next is written. */
export type Write = (output: Output) => AsyncIterable<Uint8Array>

/**
 * A few processes that draw pictures: what decoders take stays outside of the server, and goes with them. They start with
 * the first use and end when there is nothing more to do.
 */
export type PictureProcesses = Readonly<{
  /**
   * Draws, and hands over what writes the files of it.
   * @throws ArchiveError 'unsupported' when an image cannot be shown, whatever its bytes did to the process; Error of
   * the system when there is no process to be had
   */
  draw: <T>(drawing: Drawing, use: (write: Write) => Promise<T>) => Promise<T>
  close: () => Promise<void>
}>

/** Limits of the processes; tests hand in their own. */
export type ProcessLimits = Readonly<{
  /** Pictures that are drawn at the same time: each may hold the pixels of a whole frame several times. */
  processes: number
  /** How long one frame may take, in milliseconds. */
  frameMs: number
  /** How long a process stays when nothing is to be drawn, in milliseconds. */
  idleMs: number
}>

const standardLimits: ProcessLimits = { processes: 2, frameMs: 60_000, idleMs: 10_000 }
/** Of a process's own heap, in MiB; pixels lie outside of it. */
const HEAP_LIMITS = ['--max-old-space-size=256', '--max-semi-space-size=4']

export function openPictureProcesses(limits: ProcessLimits = standardLimits): PictureProcesses {
  const idle = new Map<PictureProcess, NodeJS.Timeout>()
  const all = new Set<PictureProcess>()
  const inTurn = openTurns(limits.processes)
  let closed = false

  const take = (): PictureProcess => {
    if (closed) notRenderable('the server is stopping')
    const [free] = idle.keys()
    if (free) {
      clearTimeout(idle.get(free))
      idle.delete(free)
      return free
    }
    const made = new PictureProcess(limits.frameMs, () => {
      all.delete(made)
      clearTimeout(idle.get(made))
      idle.delete(made)
    })
    all.add(made)
    return made
  }
  const rest = (process: PictureProcess): void => {
    if (all.has(process)) idle.set(process, setTimeout(() => process.end(), limits.idleMs).unref())
  }
  const draw: PictureProcesses['draw'] = (drawing, use) =>
    inTurn(async () => {
      const process = take()
      try {
        await drawOn(process, drawing)
        const result = await use((output) => fileFrom(process, output))
        rest(process)
        return result
      } catch (error) {
        // One that failed is not used again: nobody knows what the bytes did to it.
        await process.end()
        throw error
      }
    })
  const close = async (): Promise<void> => {
    closed = true
    await Promise.all([...all].map((process) => process.end()))
  }
  return { draw, close }
}

/** Runs so many acts at a time; the others wait in the order in which they came. */
function openTurns(most: number): <T>(act: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (act) => {
    if (running < most) running++
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await act()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}

async function drawOn(process: PictureProcess, { canvas, cells }: Drawing): Promise<void> {
  await process.ask({ ask: 'begin', canvas })
  for await (const { frame, x, y } of cells) {
    await process.ask({ ask: 'frame', form: frame.form, look: frame.look })
    for await (const bytes of frame.pieces) await process.ask({ ask: 'take', bytes })
    await process.ask({ ask: 'draw', x, y })
  }
}

async function* fileFrom(process: PictureProcess, output: Output): AsyncGenerator<Uint8Array> {
  await process.ask({ ask: 'write', output })
  for (;;) {
    const { bytes } = await process.ask({ ask: 'give' })
    if (!bytes) return
    yield bytes
  }
}

type Waiting = Readonly<{ resolve: (answer: Answer) => void; reject: (error: unknown) => void }>

class PictureProcess {
  readonly #child: ChildProcess
  readonly #gone: Promise<void>
  readonly #frameMs: number
  #owed: Waiting | undefined

  constructor(frameMs: number, gone: () => void) {
    this.#frameMs = frameMs
    // The same file under its other extension, when the house has been compiled.
    const file = new URL(`./drawing-process${extname(import.meta.url)}`, import.meta.url)
    // It needs to know nothing of the server's surroundings. Libraries print what they think of an image; nobody reads it.
    this.#child = fork(fileURLToPath(file), [], {
      execArgv: HEAP_LIMITS,
      env: {},
      stdio: 'ignore',
      serialization: 'advanced',
    })
    this.#child.on('message', (answer: Answer) => this.#owed?.resolve(answer))
    this.#gone = new Promise((resolve) => {
      const leave = (error: Error): void => {
        this.#owed?.reject(error)
        gone()
        resolve()
      }
      this.#child.once('exit', () => leave(new Error('The process ended')))
      // One that could not be started never ends.
      this.#child.on('error', (error) => (this.#started ? this.#owed?.reject(error) : leave(error)))
    })
    this.#rest()
  }

  get #started(): boolean {
    return this.#child.pid !== undefined
  }

  /**
   * One question at a time.
   * @throws ArchiveError 'unsupported' with the reason that the process gives, or why it gave none; Error of the system
   * when it could not be started
   */
  async ask(asked: Asked): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const timer = setTimeout(() => reject(new Error('It took too long')), this.#frameMs)
    this.#owed = { resolve, reject }
    this.#child.ref()
    this.#child.channel?.ref()
    try {
      // Where there was nothing left to start it with there is no channel either; the error is on its way.
      this.#child.send?.(asked, (error) => error && reject(error))
      const { because, bytes } = await promise
      return because === undefined ? { bytes } : refuse({ kind: 'unsupported', what: 'image', because })
    } catch (error) {
      if (faultOf(error) || !this.#started) throw error
      return notRenderable('it took too long, or its bytes broke the decoder', error)
    } finally {
      clearTimeout(timer)
      this.#owed = undefined
      this.#rest()
    }
  }

  /** Nobody waits for it to end when the server stops. */
  #rest(): void {
    this.#child.unref()
    this.#child.channel?.unref()
  }

  async end(): Promise<void> {
    this.#child.ref()
    this.#child.kill('SIGKILL')
    await this.#gone
  }
}
