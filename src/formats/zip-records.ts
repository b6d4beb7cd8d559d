/** A file to be written into a zip: `size` in bytes, both of the content as it is; times are kept to the second. */
export type ZipEntry = Readonly<{ name: string; size: number; crc32: number; modified: Date }>

/** What the records of one member say. */
export type ZipRecord = Readonly<{
  entry: ZipEntry
  method: 'stored' | 'deflated'
  /** Bytes in the zip; for 'deflated' known only when they are written. */
  packedSize: number
  /** Where the local header lies. */
  offset: number
}>

const MOST_16 = 0xffff
const MOST_32 = 0xffffffff
/** Deflate may add some bytes; members this large get the long fields before it is known whether they need them. */
const MAYBE_LARGE = MOST_32 - 64 * 1024 * 1024
/** UTF-8 names, and for streamed members: sizes follow the content. */
const UTF8 = 0x0800
const STREAMED = 0x0008
const UNIX = 3 << 8
const REGULAR_FILE = 0o100644

/** Whether the local header and the descriptor of a member have the long fields. */
function isLarge({ entry, method }: ZipRecord): boolean {
  return entry.size >= (method === 'stored' ? MOST_32 : MAYBE_LARGE)
}

/** The header before a member's content. */
export function localHeader(record: ZipRecord): Buffer {
  const name = nameOf(record.entry)
  const streamed = record.method === 'deflated'
  const size = streamed ? 0 : record.entry.size
  const extra = Buffer.concat([timeField(record.entry), ...(isLarge(record) ? [longField([size, size])] : [])])
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(isLarge(record) ? 45 : 20, 4)
  writeShared(header, 6, record)
  header.writeUInt32LE(streamed ? 0 : record.entry.crc32, 14)
  header.writeUInt32LE(isLarge(record) ? MOST_32 : size, 18)
  header.writeUInt32LE(isLarge(record) ? MOST_32 : size, 22)
  header.writeUInt16LE(name.length, 26)
  header.writeUInt16LE(extra.length, 28)
  return Buffer.concat([header, name, extra])
}

/** Bytes of the two headers of a member, without making them: a download has a hundred thousand of them. */
export function headerLengths(record: ZipRecord): Readonly<{ local: number; central: number }> {
  const named = Buffer.byteLength(record.entry.name) + (hasTime(record.entry) ? TIME_BYTES : 0)
  const long = [record.entry.size, record.packedSize, record.offset].filter((number) => number >= MOST_32)
  return {
    local: 30 + named + (isLarge(record) ? 20 : 0),
    central: 46 + named + (long.length > 0 ? 4 + 8 * long.length : 0),
  }
}

/** Flags, method and time stand alike in both headers. */
function writeShared(header: Buffer, at: number, { entry, method }: ZipRecord): void {
  header.writeUInt16LE(method === 'stored' ? UTF8 : UTF8 | STREAMED, at)
  header.writeUInt16LE(method === 'stored' ? 0 : 8, at + 2)
  const { date, time } = dosTime(entry.modified)
  header.writeUInt16LE(time, at + 4)
  header.writeUInt16LE(date, at + 6)
}

/** What follows the content of a 'deflated' member. */
export function descriptor(record: ZipRecord): Buffer {
  const large = isLarge(record)
  const bytes = Buffer.alloc(large ? 24 : 16)
  bytes.writeUInt32LE(0x08074b50, 0)
  bytes.writeUInt32LE(record.entry.crc32, 4)
  if (large) {
    bytes.writeBigUInt64LE(BigInt(record.packedSize), 8)
    bytes.writeBigUInt64LE(BigInt(record.entry.size), 16)
  } else {
    bytes.writeUInt32LE(record.packedSize, 8)
    bytes.writeUInt32LE(record.entry.size, 12)
  }
  return bytes
}

function centralHeader(record: ZipRecord): Buffer {
  const name = nameOf(record.entry)
  const numbers = [record.entry.size, record.packedSize, record.offset]
  const long = numbers.filter((number) => number >= MOST_32)
  const extra = Buffer.concat([timeField(record.entry), ...(long.length > 0 ? [longField(long)] : [])])
  const version = long.length > 0 || isLarge(record) ? 45 : 20
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(UNIX | version, 4)
  header.writeUInt16LE(version, 6)
  writeShared(header, 8, record)
  header.writeUInt32LE(record.entry.crc32, 16)
  header.writeUInt32LE(Math.min(record.packedSize, MOST_32), 20)
  header.writeUInt32LE(Math.min(record.entry.size, MOST_32), 24)
  header.writeUInt16LE(name.length, 28)
  header.writeUInt16LE(extra.length, 30)
  header.writeUInt32LE((REGULAR_FILE << 16) >>> 0, 38)
  header.writeUInt32LE(Math.min(record.offset, MOST_32), 42)
  return Buffer.concat([header, name, extra])
}

/** The directory of a zip, which follows the members at `offset`, and the end of the zip. */
export function* zipDirectory(records: readonly ZipRecord[], offset: number): Generator<Buffer, void> {
  let size = 0
  for (const record of records) {
    const header = centralHeader(record)
    size += header.length
    yield header
  }
  yield endOfZip(records.length, size, offset)
}

/** What stands after the directory of so many members, which begins at `offset` and has `size` bytes. */
export function endOfZip(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(count, MOST_16), 8)
  end.writeUInt16LE(Math.min(count, MOST_16), 10)
  end.writeUInt32LE(Math.min(size, MOST_32), 12)
  end.writeUInt32LE(Math.min(offset, MOST_32), 16)
  if (count < MOST_16 && size < MOST_32 && offset < MOST_32) return end
  const long = Buffer.alloc(76)
  long.writeUInt32LE(0x06064b50, 0)
  long.writeBigUInt64LE(44n, 4)
  long.writeUInt16LE(UNIX | 45, 12)
  long.writeUInt16LE(45, 14)
  for (const [at, number] of [count, count, size, offset].entries()) long.writeBigUInt64LE(BigInt(number), 24 + 8 * at)
  long.writeUInt32LE(0x07064b50, 56)
  long.writeBigUInt64LE(BigInt(offset + size), 64)
  long.writeUInt32LE(1, 72)
  return Buffer.concat([long, end])
}

function nameOf({ name }: ZipEntry): Buffer {
  const bytes = Buffer.from(name)
  if (bytes.length > MOST_16) throw new RangeError(`A zip has no room for a name of ${bytes.length} bytes`)
  return bytes
}

/** The long numbers, in the order of the short ones that they stand for. */
function longField(numbers: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * numbers.length)
  field.writeUInt16LE(0x0001, 0)
  field.writeUInt16LE(8 * numbers.length, 2)
  for (const [at, number] of numbers.entries()) field.writeBigUInt64LE(BigInt(number), 4 + 8 * at)
  return field
}

/** The time in seconds of 1970, for readers that look further than the two-second local time of old. */
function timeField({ modified }: Pick<ZipEntry, 'modified'>): Buffer {
  if (!hasTime({ modified })) return Buffer.alloc(0)
  const seconds = Math.floor(modified.getTime() / 1000)
  const field = Buffer.alloc(TIME_BYTES)
  field.writeUInt16LE(0x5455, 0)
  field.writeUInt16LE(5, 2)
  field.writeUInt8(1, 4)
  field.writeInt32LE(seconds, 5)
  return field
}

const TIME_BYTES = 9

/** Whether the time is one that the field can hold. */
const hasTime = ({ modified }: Pick<ZipEntry, 'modified'>): boolean =>
  modified.getTime() >= 0 && modified.getTime() < 0x80000000 * 1000

/** UTC, so that the same files give the same zip wherever it is made. */
function dosTime(moment: Date): Readonly<{ date: number; time: number }> {
  const earliest = Date.UTC(1980, 0, 1)
  const latest = Date.UTC(2107, 11, 31, 23, 59, 58)
  const at = new Date(Math.min(Math.max(moment.getTime(), earliest), latest))
  return {
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
  }
}
