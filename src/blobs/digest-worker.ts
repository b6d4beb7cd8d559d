import { parentPort } from 'node:worker_threads'
import { type RunningSums, type Sum, type Sums, startSums } from './digest.ts'
import { Slots } from './slots.ts'
import { type Place, type SmallFile, writeSmallFile } from './small-file.ts'
import { type Unpacked, unpack } from './unpack.ts'

/** Bytes that both threads see. */
export type Slot = Readonly<{ memory: SharedArrayBuffer; length: number }>

/**
 * What a digest thread is asked, in as few messages as can be: begin a run, add a slot to it, end it; or write a body that
 * lies in one slot, and may have to be unpacked, to a new file.
 */
export type Asked = Readonly<{
  run: number
  begin?: readonly Sum[] | undefined
  slot?: Slot | undefined
  end?: boolean
  file?: Place
  unpacked?: Unpacked | undefined
}>

type ToWrite = Asked & Readonly<{ file: Place }>

/** The answer to each message, in the order of its run; with the sums, or with what the disk said, when that was the last of the run. */
export type Answer = Readonly<{ run: number; sums?: Sums; kept?: boolean; failure?: Failure }>

/** An Error of the system, as far as it can be sent. */
export type Failure = Readonly<{ message: string; code: unknown }>

const runs = new Map<number, RunningSums>()
/** Where packed bytes are unpacked to. */
const rooms = new Slots('small')

/** Adds to a run, or ends it. */
function sum({ run, begin, slot, end }: Asked): Answer {
  if (begin) runs.set(run, startSums(begin))
  const sums = runs.get(run)
  if (slot) sums?.add(bytesOf(slot))
  if (!end) return { run }
  runs.delete(run)
  return { run, sums: sums?.end() }
}

const bytesOf = (slot: Slot | undefined): Uint8Array =>
  slot ? new Uint8Array(slot.memory, 0, slot.length) : new Uint8Array(0)

/** While it waits for the disk, the thread goes on with other messages. */
async function write({ run, file: place, slot, unpacked }: ToWrite): Promise<Answer> {
  try {
    return { run, ...(await (unpacked ? writeUnpacked(place, slot, unpacked) : writeSmallFile(place, bytesOf(slot)))) }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { run, failure: { message: error.message, code: 'code' in error ? error.code : undefined } }
  }
}

async function writeUnpacked(place: Place, slot: Slot | undefined, unpacked: Unpacked): Promise<SmallFile> {
  const room = rooms.take()
  try {
    return await writeSmallFile(place, unpack(bytesOf(slot), unpacked.size, room), unpacked.crc32)
  } finally {
    rooms.give(room)
  }
}

/** Files that are written at a time: more would only hold more of what the system has a bound for. */
const MOST_FILES = 8
const waiting: ToWrite[] = []
let writing = 0

async function writeWaiting(): Promise<void> {
  writing += 1
  for (let next = waiting.shift(); next; next = waiting.shift()) parentPort?.postMessage(await write(next))
  writing -= 1
}

parentPort?.on('message', (asked: Asked) => {
  if (asked.file === undefined) return parentPort?.postMessage(sum(asked))
  waiting.push({ ...asked, file: asked.file })
  if (writing < MOST_FILES) void writeWaiting()
})
