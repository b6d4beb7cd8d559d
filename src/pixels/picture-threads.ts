import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { faultOf, refuse } from '../errors.ts'
import { notRenderable } from './not-renderable.ts'
import type { Answer, Asked, Canvas, Output } from './picture-worker.ts'
import type { Frame } from './render.ts'

/** A frame and where it is drawn. */
export type Cell = Readonly<{ frame: Frame; x: number; y: number }>

/** What is to be drawn. Cells are asked for one after the other, when a thread is free for them. */
export type Drawing = Readonly<{ canvas: Canvas; cells: AsyncIterable<Cell>; outputs: readonly Output[] }>

/** A few threads that draw pictures. They start with the first use and end when there is nothing more to do. */
export type PictureThreads = Readonly<{
  /**
   * Draws, and gives the files in the order of the outputs.
   * @throws ArchiveError 'unsupported' when an image cannot be shown, whatever its bytes did to the thread
   */
  draw: (drawing: Drawing) => Promise<readonly Uint8Array[]>
  close: () => Promise<void>
}>

/** Limits of the threads; tests hand in their own. */
export type ThreadLimits = Readonly<{
  /** Pictures that are drawn at the same time: each may hold the pixels of a whole frame several times. */
  threads: number
  /** How long one frame may take, in milliseconds. */
  frameMs: number
  /** How long a thread stays when nothing is to be drawn, in milliseconds. */
  idleMs: number
}>

const standardLimits: ThreadLimits = { threads: 2, frameMs: 60_000, idleMs: 10_000 }
/** Of a thread's own heap; pixels lie outside of it. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 4 }

export function openPictureThreads(limits: ThreadLimits = standardLimits): PictureThreads {
  const idle = new Map<PictureThread, NodeJS.Timeout>()
  const all = new Set<PictureThread>()
  const inTurn = openTurns(limits.threads)
  let closed = false

  const take = (): PictureThread => {
    if (closed) notRenderable('the server is stopping')
    const [free] = idle.keys()
    if (free) {
      clearTimeout(idle.get(free))
      idle.delete(free)
      return free
    }
    const made = new PictureThread(limits.frameMs, () => all.delete(made))
    all.add(made)
    return made
  }
  const rest = (thread: PictureThread): void => {
    const end = (): void => {
      idle.delete(thread)
      void thread.end()
    }
    idle.set(thread, setTimeout(end, limits.idleMs).unref())
  }
  const draw = (drawing: Drawing): Promise<readonly Uint8Array[]> =>
    inTurn(async () => {
      const thread = take()
      const files = await drawnBy(thread, drawing)
      rest(thread)
      return files
    })
  const close = async (): Promise<void> => {
    closed = true
    for (const timer of idle.values()) clearTimeout(timer)
    await Promise.all([...all].map((thread) => thread.end()))
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

/** A thread that failed is not used again: nobody knows what the bytes did to it. */
async function drawnBy(thread: PictureThread, { canvas, cells, outputs }: Drawing): Promise<readonly Uint8Array[]> {
  try {
    await thread.ask({ ask: 'begin', canvas })
    for await (const { frame, x, y } of cells) await thread.ask({ ask: 'draw', frame, x, y })
    const { files } = await thread.ask({ ask: 'finish', outputs })
    return files ?? notRenderable('nothing was drawn')
  } catch (error) {
    await thread.end()
    throw error
  }
}

type Waiting = Readonly<{ resolve: (answer: Answer) => void; reject: (error: unknown) => void }>

class PictureThread {
  readonly #worker: Worker
  readonly #frameMs: number
  #owed: Waiting | undefined

  constructor(frameMs: number, gone: () => void) {
    this.#frameMs = frameMs
    // The same file under its other extension, when the house has been compiled.
    const file = new URL(`./picture-worker${extname(import.meta.url)}`, import.meta.url)
    // Libraries print what they think of an image; nobody reads it.
    this.#worker = new Worker(file, { resourceLimits: HEAP_LIMITS, stdout: true, stderr: true })
    this.#worker.on('message', (answer: Answer) => this.#owed?.resolve(answer))
    this.#worker.on('error', (error) => this.#owed?.reject(error))
    this.#worker.on('exit', () => {
      this.#owed?.reject(new Error('The thread ended'))
      gone()
    })
    this.#worker.unref()
  }

  /** One question at a time. @throws ArchiveError 'unsupported' with the reason that the thread gives, or why it gave none */
  async ask(asked: Asked): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const timer = setTimeout(() => reject(new Error('It took too long')), this.#frameMs)
    this.#owed = { resolve, reject }
    this.#worker.ref()
    try {
      this.#worker.postMessage(asked, asked.ask === 'draw' ? transferable(asked.frame) : [])
      const { because, files } = await promise
      return because === undefined ? { files } : refuse({ kind: 'unsupported', what: 'image', because })
    } catch (error) {
      if (faultOf(error)) throw error
      return notRenderable('it took too long, or its bytes broke the decoder', error)
    } finally {
      clearTimeout(timer)
      this.#owed = undefined
      this.#worker.unref()
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** Memory that only the frame uses is handed over, not copied. */
function transferable({ bytes }: Frame): ArrayBuffer[] {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength ? [bytes.buffer] : []
}
