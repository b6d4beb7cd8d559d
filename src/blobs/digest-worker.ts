import fs from 'node:fs'
import { dirname } from 'node:path'
import { parentPort } from 'node:worker_threads'
import { inflateRawSync } from 'node:zlib'
import { blobPath, copyPath } from './blob-path.ts'
import { digestOf, type RunningSums, type Sum, type Sums, startSums } from './digest.ts'
import { free } from './free.ts'
import { Slots } from './slots.ts'
import { failedWith } from './system-errors.ts'
import { writeWhole } from './write-whole.ts'

/** Bytes that both threads see. */
export type Slot = Readonly<{ memory: SharedArrayBuffer; length: number }>

/**
 * What a digest thread is asked, in as few messages as can be: begin a run, add a slot to it, end it; or, of a body
 * that lies in one slot, write it to a new file as well.
 */
export type Asked = Readonly<{
  run: number
  begin?: readonly Sum[] | undefined
  slot?: Slot | undefined
  end?: boolean
  file?: Place
  unpacked?: Unpacked | undefined
}>

/** What deflated bytes were announced to unpack to; `size` in bytes. */
export type Unpacked = Readonly<{ size: number; crc32: number }>
/** The code of the failure when they do not. */
export const DAMAGED = 'DAMAGED'

/** A file that is to be made in a store, under this name beside its blob; and whether it is to be kept as well. */
export type Place = Readonly<{ directory: string; name: string; keep: boolean }>

/** The answer to each message, in their order; with the sums, or with what the disk said, when that was the last of the run. */
export type Answer = Readonly<{ run: number; sums?: Sums; kept?: boolean; failure?: Failure }>

/** An Error of the system, as far as it can be sent. */
export type Failure = Readonly<{ message: string; code: unknown }>

const runs = new Map<number, RunningSums>()

function answer({ run, begin, slot, end, file, unpacked }: Asked): Answer {
  if (file !== undefined) return { run, ...written(file, bytesOf(slot), unpacked) }
  if (begin) runs.set(run, startSums(begin))
  const sums = runs.get(run)
  if (slot) sums?.add(bytesOf(slot))
  if (!end) return { run }
  runs.delete(run)
  return { run, sums: sums?.end() }
}

const bytesOf = (slot: Slot | undefined): Uint8Array =>
  slot ? new Uint8Array(slot.memory, 0, slot.length) : new Uint8Array(0)

function written(place: Place, given: Uint8Array, unpacked: Unpacked | undefined): Omit<Answer, 'run'> {
  const { directory, name, keep } = place
  try {
    const bytes = unpacked ? inflated(given, unpacked.size) : given
    const sums = digestOf(bytes)
    if (unpacked && sums.crc32 !== unpacked.crc32) damaged()
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

const damaged = (cause?: unknown): never => {
  throw Object.assign(new Error('Packed bytes are not what was announced', { cause }), { code: DAMAGED })
}

/** Made with the first use. */
let room: SharedArrayBuffer | undefined

/** What deflated bytes unpack to; the next call overwrites it. */
function inflated(deflated: Uint8Array, size: number): Uint8Array {
  room ??= new Slots().take()
  const bytes = new Uint8Array(room, 0, size)
  const unpacked = inflate(deflated, size)
  bytes.set(unpacked)
  // Of its memory some is left; what is small lies in memory that others use, too.
  if (unpacked.buffer.byteLength === size + SPARE_BYTES) free(new Uint8Array(unpacked.buffer))
  return bytes
}

/** A little more room than it takes: the end is met then without asking for a second piece of memory. */
const SPARE_BYTES = 64

function inflate(deflated: Uint8Array, size: number): Uint8Array {
  const options = { maxOutputLength: Math.max(size, 1), chunkSize: size + SPARE_BYTES, info: true }
  try {
    const { buffer, engine } = inflateRawSync(deflated, options) as unknown as Inflated
    if (buffer.length === size && engine.bytesWritten === deflated.length) return buffer
  } catch (error) {
    return damaged(error)
  }
  return damaged()
}

/** The types of Node do not know what `info` brings. */
type Inflated = Readonly<{ buffer: Buffer; engine: Readonly<{ bytesWritten: number }> }>

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
