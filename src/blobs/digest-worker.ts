import fs from 'node:fs'
import { dirname } from 'node:path'
import { parentPort } from 'node:worker_threads'
import { blobPath, copyPath } from './blob-path.ts'
import { digestOf, type RunningSums, type Sum, type Sums, startSums } from './digest.ts'
import { failedWith } from './system-errors.ts'
import { writeWhole } from './write-whole.ts'

/** Bytes that both threads see. */
export type Slot = Readonly<{ memory: SharedArrayBuffer; length: number }>

/**
 * What a digest thread is asked, in as few messages as can be: begin a run, add a slot to it, end it; or, of a body
 * that lies in one slot, write it to a new file as well.
 */
export type Asked = Readonly<{ run: number; begin?: readonly Sum[]; slot?: Slot; end?: boolean; file?: Place }>

/** A file that is to be made in a store, under this name beside its blob; and whether it is to be kept as well. */
export type Place = Readonly<{ directory: string; name: string; keep: boolean }>

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

function written({ directory, name, keep }: Place, bytes: Uint8Array): Omit<Answer, 'run'> {
  try {
    const sums = digestOf(bytes)
    const [copy, final] = [copyPath(directory, sums.key, name), blobPath(directory, sums.key)]
    try {
      writeWhole(copy, bytes)
    } catch (error) {
      if (!failedWith(error, 'ENOENT')) throw error
      makeFolder(dirname(copy))
      writeWhole(copy, bytes)
    }
    return { sums, kept: keep && isKept(copy, final) }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { failure: { message: error.message, code: 'code' in error ? error.code : undefined } }
  }
}

/** Makes a folder of the store, durably. */
function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder)
  } catch (error) {
    // Another thread made it in this moment.
    if (!failedWith(error, 'EEXIST')) throw error
  }
  syncFolder(dirname(folder))
}

function syncFolder(folder: string): void {
  const file = fs.openSync(folder, 'r')
  try {
    fs.fsyncSync(file)
  } finally {
    fs.closeSync(file)
  }
}

/** Gives a written file its final name, durably; false when that takes more thought: such content may be there already. */
function isKept(copy: string, final: string): boolean {
  try {
    fs.linkSync(copy, final)
    syncFolder(dirname(final))
    return true
  } catch {
    return false
  }
}

parentPort?.on('message', (asked: Asked) => parentPort?.postMessage(answer(asked)))
