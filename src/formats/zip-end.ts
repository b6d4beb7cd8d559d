import type { ByteReader } from './byte-reader.ts'
import { addCheck, ENCRYPTED, longOnes, type Said, type Seen } from './zip-local.ts'

const CENTRAL = 0x02014b50
const LONG_END = 0x06064b50
const LONG_LOCATOR = 0x07064b50
const END = 0x06054b50
const MOST_16 = 0xffff
const MOST_32 = 0xffffffff

/**
 * Reads the directory of a zip and its end, and compares them with what was met: members that the directory does not
 * name, or describes otherwise, were not meant. @throws RangeError when the bytes end before, Error when they differ
 */
export async function readEnd(reader: ByteReader, seen: Seen): Promise<void> {
  const offset = reader.taken
  let [members, checks, size] = [0, 0, 0]
  for (;;) {
    const signature = (await reader.take(4)).readUInt32LE(0)
    if (signature === CENTRAL) {
      members++
      checks = addCheck(checks, await centralRecord(reader))
      size = reader.taken - offset
    } else if (signature === LONG_END) await checkLongEnd(reader, [members, members, size, offset])
    else if (signature === LONG_LOCATOR) await reader.take(16)
    else if (signature === END) break
    else throw new Error(`An unknown record ${signature.toString(16)} at ${reader.taken}`)
  }
  const end = Buffer.from(await reader.take(18))
  await reader.take(end.readUInt16LE(16))
  const counts = [4, 6].map((at) => end.readUInt16LE(at))
  const [bytes, begin] = [end.readUInt32LE(8), end.readUInt32LE(12)]
  const whole =
    counts.every((count) => count === members || count === MOST_16) &&
    (bytes === size || bytes === MOST_32) &&
    (begin === offset || begin === MOST_32)
  if (!whole || members !== seen.members || checks !== seen.checks)
    throw new Error('The directory of the zip names other members than it has')
}

const LONG_END_BYTES = 44

/** @param wanted members on this disk and on all, bytes of the directory, and where it begins */
async function checkLongEnd(reader: ByteReader, wanted: readonly number[]): Promise<void> {
  const length = Number(Buffer.from(await reader.take(8)).readBigUInt64LE(0))
  const fixed = Buffer.from(await reader.take(LONG_END_BYTES))
  const found = [12, 20, 28, 36].map((at) => Number(fixed.readBigUInt64LE(at)))
  if (length < LONG_END_BYTES || found.join() !== wanted.join())
    throw new Error('The long end of the zip describes another directory')
  for (let rest = length - LONG_END_BYTES; rest > 0; ) rest -= (await reader.piece(rest))?.length ?? over()
}

const over = (): never => {
  throw new RangeError('The directory ends too early')
}

async function centralRecord(reader: ByteReader): Promise<Said> {
  const fixed = Buffer.from(await reader.take(42))
  const nameBytes = Buffer.from(await reader.take(fixed.readUInt16LE(24)))
  const extra = Buffer.from(await reader.take(fixed.readUInt16LE(26)))
  await reader.take(fixed.readUInt16LE(28))
  const method = fixed.readUInt16LE(6)
  if ((method !== 0 && method !== 8) || fixed.readUInt16LE(4) & ENCRYPTED)
    throw new Error('The directory of the zip names another packing')
  const numbers = [20, 16, 38].map((at) => fixed.readUInt32LE(at))
  const [size = 0, packedSize = 0, offset = 0] = longOnes(numbers, extra)
  return { nameBytes, method, crc32: fixed.readUInt32LE(12), size, packedSize, offset }
}
