import type { ByteRange, Take } from './blob-store.ts'
import { readFully } from './disk.ts'

/** Bytes on their way at a time: one part is taken while the next is read. */
const PART_BYTES = 512 * 1024

/**
 * Hands the bytes of an open file on, part by part, through two buffers that are used again and again: a long
 * download leaves nothing behind for the collector.
 * @throws Error when the file ends before the range does
 */
export async function pump(file: number, range: ByteRange, take: Take): Promise<void> {
  const buffers = [Buffer.allocUnsafeSlow(PART_BYTES), Buffer.allocUnsafeSlow(PART_BYTES)] as const
  const read = (position: number, turn: 0 | 1): Promise<number> => {
    const part = buffers[turn].subarray(0, Math.min(PART_BYTES, range.end + 1 - position))
    return readFully(file, part, position)
  }
  let turn: 0 | 1 = 0
  let taken: Promise<void> = Promise.resolve()
  let reading = read(range.start, turn)
  for (let position = range.start; position <= range.end; ) {
    const count = await reading
    if (count === 0) throw new Error(`The file ended at ${position} of ${range.end + 1} bytes.`)
    const part = buffers[turn].subarray(0, count)
    position += count
    await taken
    turn = turn === 0 ? 1 : 0
    if (position <= range.end) reading = read(position, turn)
    taken = take(part)
    // Awaited in the next round; a failure meanwhile is nobody's unhandled rejection.
    taken.catch(() => undefined)
  }
  await taken
}
