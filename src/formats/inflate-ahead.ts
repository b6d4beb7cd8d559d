import { createInflateRaw } from 'node:zlib'
import type { ByteReader } from './byte-reader.ts'

const PIECE_BYTES = 64 * 1024

/** Deflated bytes that end by themselves: the count of packed ones is known afterwards. */
export type Inflation = Readonly<{ pieces: AsyncGenerator<Uint8Array, void>; packed: () => number }>

/** Unpacks what lies ahead, up to the end that the deflated data has in itself; what follows it stays unread. */
export function inflateAhead(reader: ByteReader): Inflation {
  const count = { packed: 0 }
  return { pieces: inflated(reader, count), packed: () => count.packed }
}

async function* inflated(reader: ByteReader, count: { packed: number }): AsyncGenerator<Uint8Array, void> {
  const inflate = createInflateRaw({ chunkSize: PIECE_BYTES })
  const over = new Promise<void>((resolve) => inflate.once('end', resolve).once('close', resolve))
  const fed: { bytes: number; last: Buffer } = { bytes: 0, last: Buffer.alloc(0) }
  const feed = async (): Promise<void> => {
    // What was fed and not taken lies behind the end of the data.
    while (inflate.bytesWritten === fed.bytes && !inflate.destroyed) {
      const piece = await reader.piece()
      if (!piece) return void inflate.end()
      fed.last = piece
      fed.bytes += piece.length
      await Promise.race([new Promise<void>((resolve) => void inflate.write(piece, () => resolve())), over])
    }
  }
  const feeding = feed().catch((error: Error) => void inflate.destroy(error))
  for await (const piece of inflate as AsyncIterable<Uint8Array>) yield piece
  await feeding
  const extra = fed.bytes - inflate.bytesWritten
  reader.giveBack(fed.last.subarray(fed.last.length - extra))
  count.packed = inflate.bytesWritten
}
