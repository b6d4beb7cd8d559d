import { parentPort } from 'node:worker_threads'
import { type RunningSums, type Sum, type Sums, startSums } from './digest.ts'

/** Bytes that both threads see. */
export type Slot = Readonly<{ memory: SharedArrayBuffer; length: number }>

/** What a digest thread is asked, in as few messages as can be: begin a run, add a slot to it, end it. */
export type Asked = Readonly<{ run: number; begin?: readonly Sum[]; slot?: Slot; end?: boolean }>

/** The answer to each message, in their order; with the sums when that was the last of the run. */
export type Answer = Readonly<{ run: number; sums?: Sums }>

const runs = new Map<number, RunningSums>()

function answer({ run, begin, slot, end }: Asked): Answer {
  if (begin) runs.set(run, startSums(begin))
  const sums = runs.get(run)
  if (slot) sums?.add(new Uint8Array(slot.memory, 0, slot.length))
  if (!end) return { run }
  runs.delete(run)
  return { run, sums: sums?.end() }
}

parentPort?.on('message', (asked: Asked) => parentPort?.postMessage(answer(asked)))
