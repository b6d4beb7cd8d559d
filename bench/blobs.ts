/**
 * Rates of the blob store on this disk: many small bodies, typical images, one large body in and out.
 * Run: node bench/blobs.ts [directory]   (a directory on the disk to measure; default: the temporary one)
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BlobStore } from '../src/blobs/blob-store.ts'
import { openFsBlobs } from '../src/blobs/fs-blobs.ts'

const KIB = 1024
const MIB = 1024 * KIB

type Measured = Readonly<{ seconds: number; cpu: number }>

async function measure(work: () => Promise<unknown>): Promise<Measured> {
  const before = process.cpuUsage()
  const began = performance.now()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { seconds: (performance.now() - began) / 1000, cpu: (user + system) / 1e6 }
}

async function storeMany(blobs: BlobStore, size: number, count: number, atOnce: number): Promise<void> {
  const bytes = randomBytes(size)
  let left = count
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const staged = await blobs.stage(pieces(different(bytes, left), 64 * KIB), size)
      await staged.keep()
      await staged.release()
    }
  }
  const { seconds, cpu } = await measure(() => Promise.all(Array.from({ length: atOnce }, one)))
  const rate = (count / seconds).toFixed(0)
  console.log(
    `store ${count} x ${size / KIB} KiB, ${atOnce} at once: ${rate}/s, ${((cpu / count) * 1e6).toFixed(0)} us CPU each`,
  )
}

/** A copy that no other number gives. */
function different(bytes: Uint8Array, number: number): Uint8Array {
  const copy = Buffer.from(bytes)
  copy.writeUInt32LE(number, 0)
  return copy
}

async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

async function* repeated(piece: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += piece.length) yield piece
}

async function largeBody(blobs: BlobStore, size: number): Promise<void> {
  const staging = await measure(async () => {
    const staged = await blobs.stage(repeated(randomBytes(64 * KIB), size), size)
    await staged.keep()
    await staged.release()
    key = staged.digest.key
  })
  tell('stage', size, staging)
  tell('read', size, await measure(() => drain(blobs)))
}

let key = ''

async function drain(blobs: BlobStore): Promise<void> {
  for await (const piece of await blobs.read(key)) void piece.length
}

function tell(what: string, size: number, { seconds, cpu }: Measured): void {
  const rate = (size / 1e6 / seconds).toFixed(0)
  const memory = (process.memoryUsage.rss() / MIB).toFixed(0)
  console.log(`${what} ${size / MIB} MiB: ${rate} MB/s, ${cpu.toFixed(2)} s CPU, ${memory} MiB resident`)
}

const directory = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'blobs-bench-'))
try {
  const opening = performance.now()
  const blobs = await openFsBlobs(join(directory, 'blobs'))
  console.log(`first open: ${(performance.now() - opening).toFixed(0)} ms`)
  await storeMany(blobs, KIB, 2000, 8)
  for (const atOnce of [1, 8, 32]) await storeMany(blobs, 132 * KIB, 512, atOnce)
  for (const atOnce of [1, 8]) await storeMany(blobs, 512 * KIB, 128, atOnce)
  for (let round = 0; round < 3; round++) await largeBody(blobs, 512 * MIB)
  await blobs.close()
} finally {
  await rm(directory, { recursive: true })
}
