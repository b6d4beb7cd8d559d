import type { ByteReader } from './byte-reader.ts'
import { addCheck, fieldOf, type Seen } from './zip-local.ts'

const CENTRAL = 0x02014b50
const LONG_END = 0x06064b50
const LONG_LOCATOR = 0x07064b50
const END = 0x06054b50
const MOST_16 = 0xffff
const MOST_32 = 0xffffffff

/**
 * Reads the directory of a zip and its end, and compares them with what was met: members that the directory does not
 * name, or names otherwise, were not meant. @throws RangeError when the bytes end before, Error when they differ
 */
export async function readEnd(reader: ByteReader, seen: Seen): Promise<void> {
  let members = 0
  let checks = 0
  for (;;) {
    const signature = (await reader.take(4)).readUInt32LE(0)
    if (signature === CENTRAL) {
      members++
      checks = addCheck(checks, await centralSums(reader))
    } else if (signature === LONG_END) {
      const length = Number(Buffer.from(await reader.take(8)).readBigUInt64LE(0))
      for (let rest = length; rest > 0; ) rest -= (await reader.piece(rest))?.length ?? over()
    } else if (signature === LONG_LOCATOR) await reader.take(16)
    else if (signature === END) break
    else throw new Error(`An unknown record ${signature.toString(16)} at ${reader.taken}`)
  }
  const end = Buffer.from(await reader.take(18))
  await reader.take(end.readUInt16LE(16))
  const count = end.readUInt16LE(6)
  const announced = count === MOST_16 ? members : count
  if (announced !== members || members !== seen.members || checks !== seen.checks)
    throw new Error('The directory of the zip names other members than it has')
}

const over = (): never => {
  throw new RangeError('The directory ends too early')
}

async function centralSums(reader: ByteReader): Promise<Readonly<{ crc32: number; size: number }>> {
  const fixed = Buffer.from(await reader.take(42))
  await reader.take(fixed.readUInt16LE(24))
  const extra = Buffer.from(await reader.take(fixed.readUInt16LE(26)))
  await reader.take(fixed.readUInt16LE(28))
  const size = fixed.readUInt32LE(20)
  const long = size === MOST_32 ? Number(fieldOf(extra, 1).readBigUInt64LE(0)) : size
  return { crc32: fixed.readUInt32LE(12), size: long }
}
