import fs from 'node:fs'
import { dirname } from 'node:path'
import { parentPort } from 'node:worker_threads'
import { blobPath } from './blob-path.ts'
import { digestOf, type RunningSums, type Sum, type Sums, startSums } from './digest.ts'
import { writeWhole } from './write-whole.ts'

/** Bytes that both threads see. */
export type Slot = Readonly<{ memory: SharedArrayBuffer; length: number }>

/**
 * What a digest thread is asked, in as few messages as can be: begin a run, add a slot to it, end it; or, of a body
 * that lies in one slot, write it to a new file as well.
 */
export type Asked = Readonly<{ run: number; begin?: readonly Sum[]; slot?: Slot; end?: boolean; file?: Place }>

/** A file that is to be made, and the folder of the store where it is to be kept as well. */
export type Place = Readonly<{ path: string; home?: string | undefined }>

/** The answer to each message, in their order; with the sums, or with what the disk said, when that was the last of the run. */
export type Answer = Readonly<{ run: number; sums?: Sums; kept?: boolean; failure?: Failure }>

/** An Error of the system, as far as it can be sent. */
export type Failure = Readonly<{ message: string; code: unknown }>

const runs = new Map<number, RunningSums>()

function answer({ run, begin, slot, end, file }: Asked): Answer {
  if (file !== undefined) return { run, ...written(file, bytesOf(slot)) }
  if (begin) runs.set(run, startSums(begin))
  const sums = runs.get(run)
  if (slot) sums?.add(bytesOf(slot))
  if (!end) return { run }
  runs.delete(run)
  return { run, sums: sums?.end() }
}

const bytesOf = (slot: Slot | undefined): Uint8Array =>
  slot ? new Uint8Array(slot.memory, 0, slot.length) : new Uint8Array(0)

function written({ path, home }: Place, bytes: Uint8Array): Omit<Answer, 'run'> {
  try {
    writeWhole(path, bytes)
    const sums = digestOf(bytes)
    return { sums, kept: home !== undefined && isKept(path, blobPath(home, sums.key)) }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { failure: { message: error.message, code: 'code' in error ? error.code : undefined } }
  }
}

/** Gives a written file its final name, durably; false when that takes more thought: such content may be there already. */
function isKept(path: string, final: string): boolean {
  try {
    fs.linkSync(path, final)
    const folder = fs.openSync(dirname(final), 'r')
    try {
      fs.fsyncSync(folder)
    } finally {
      fs.closeSync(folder)
    }
    return true
  } catch {
    return false
  }
}

parentPort?.on('message', (asked: Asked) => parentPort?.postMessage(answer(asked)))
