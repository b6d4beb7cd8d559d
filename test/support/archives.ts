import { buffer } from 'node:stream/consumers'
import { crc32, deflateRawSync } from 'node:zlib'
import { extract, type Header, pack } from 'tar-stream'
import { fromBufferPromise } from 'yauzl'

/** A member of a zip to be written; everything after `body` is for archives that no honest tool writes. */
export type ZipMember = Readonly<{
  name: string
  body?: string | Uint8Array
  /** 8 is deflated (the default), 0 is stored. */
  method?: 0 | 8
  /** Unix mode with the kind of file in it, e.g. 0o120777 for a symbolic link. */
  mode?: number
  /** What the headers say of the size, where that is a lie. */
  claimedSize?: number
  /** What the headers say of the checksum, where that is a lie. */
  claimedCrc?: number
  /** Compressed bytes made before; `body` is then only what they expand to, for size and checksum. */
  packed?: Uint8Array
  /** Marks the member as encrypted. */
  encrypted?: true
  /** As a writer that cannot seek leaves it: size and checksum follow the bytes. */
  streamed?: true
  /** The name in front of the bytes, where it differs from the one in the directory. */
  localName?: string
}>

type Written = Readonly<{ member: ZipMember; head: Buffer; name: Buffer; packed: Uint8Array; mode: number }>

/** A zip of these members, in this order. */
export function zipOf(members: readonly ZipMember[]): Buffer {
  const pieces: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const written of members.map(packedMember)) {
    const local = localEntry(written)
    directory.push(centralEntry(written, offset))
    pieces.push(local)
    offset += local.length
  }
  return Buffer.concat([...pieces, ...directory, endOfZip(directory, offset)])
}

/** A zip whose directory names the same packed member `times` times: small on the wire, huge when expanded. */
export function overlappingZip(times: number, body: Uint8Array): Buffer {
  const first = packedMember({ name: 'f00000', body })
  const local = localEntry(first)
  const names = Array.from({ length: times }, (_, at) => Buffer.from(`f${String(at).padStart(5, '0')}`))
  const directory = names.map((name) => centralEntry({ ...first, name }, 0))
  return Buffer.concat([local, ...directory, endOfZip(directory, local.length)])
}

function packedMember(member: ZipMember): Written {
  const body = Buffer.from((member.body ?? '') as string)
  const method = member.method ?? 8
  const packed = member.packed ?? (method === 8 ? deflateRawSync(body) : body)
  const name = Buffer.from(member.name)
  const head = Buffer.alloc(26)
  head.writeUInt16LE(20, 0)
  head.writeUInt16LE(0x0800 | (member.encrypted ? 1 : 0) | (member.streamed ? 8 : 0), 2)
  head.writeUInt16LE(method, 4)
  head.writeUInt16LE(0x6000, 6)
  head.writeUInt16LE(0x5821, 8)
  head.writeUInt32LE(member.claimedCrc ?? crc32(body), 10)
  head.writeUInt32LE(packed.length, 14)
  head.writeUInt32LE(member.claimedSize ?? body.length, 18)
  head.writeUInt16LE(name.length, 22)
  return { member, head, name, packed, mode: member.mode ?? 0o100644 }
}

function localEntry({ member, head, name, packed }: Written): Buffer {
  const [own, ownName] = [Buffer.from(head), member.localName === undefined ? name : Buffer.from(member.localName)]
  own.writeUInt16LE(ownName.length, 22)
  const after = member.streamed ? Buffer.concat([Buffer.from('PK\x07\x08'), head.subarray(10, 22)]) : Buffer.alloc(0)
  if (member.streamed) own.fill(0, 10, 22)
  return Buffer.concat([Buffer.from('PK\x03\x04'), own, ownName, packed, after])
}

function centralEntry({ head, name, mode }: Written, offset: number): Buffer {
  const tail = Buffer.alloc(14)
  tail.writeUInt32LE((mode << 16) >>> 0, 6)
  tail.writeUInt32LE(offset, 10)
  const nameLength = Buffer.alloc(2)
  nameLength.writeUInt16LE(name.length)
  // Made by Unix, so that the mode counts.
  return Buffer.concat([
    Buffer.from('PK\x01\x02\x14\x03'),
    head.subarray(0, 22),
    nameLength,
    Buffer.alloc(2),
    tail,
    name,
  ])
}

function endOfZip(directory: readonly Uint8Array[], offset: number): Buffer {
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(directory.length, 8)
  end.writeUInt16LE(directory.length, 10)
  end.writeUInt32LE(
    directory.reduce((sum, entry) => sum + entry.length, 0),
    12,
  )
  end.writeUInt32LE(offset, 16)
  return end
}

export type TarMember = Readonly<{
  name: string
  body?: string | Uint8Array
  type?: Header['type']
  linkname?: string
  /** Records of an extended header, which go before the header itself. */
  pax?: Readonly<Record<string, string>>
}>

/** A tar of these members, in this order. */
export function tarOf(members: readonly TarMember[]): Promise<Buffer> {
  const packed = pack()
  for (const { name, body = '', type = 'file', linkname, pax } of members) {
    const size = type === 'file' ? {} : { size: 0 }
    packed.entry({ name, type, linkname, pax, mtime: new Date(0), ...size }, Buffer.from(body as string))
  }
  packed.finalize()
  return buffer(packed)
}

/** A tar as GNU tar writes it when a name has more than 100 bytes: the name comes first, as a member of its own. */
export function gnuTar(name: string, body: string): Buffer {
  const long = Buffer.from(`${name}\0`)
  const pieces = [gnuHeader('././@LongLink', 'L', long.length), padded(long)]
  pieces.push(gnuHeader(name.slice(0, 90), '0', Buffer.byteLength(body)), padded(Buffer.from(body)), Buffer.alloc(1024))
  return Buffer.concat(pieces)
}

/** A tar whose names are in that encoding, which it does not tell. */
export function oldTar(files: Readonly<Record<string, string>>, encoding: 'utf8' | 'latin1'): Buffer {
  const pieces = Object.entries(files).flatMap(([name, body]) => [
    gnuHeader(name, '0', Buffer.byteLength(body), encoding),
    padded(Buffer.from(body)),
  ])
  return Buffer.concat([...pieces, Buffer.alloc(1024)])
}

function gnuHeader(name: string, type: string, size: number, encoding: BufferEncoding = 'utf8'): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0, encoding)
  header.write('0000644\x000000000\x000000000\0', 100)
  header.write(`${size.toString(8).padStart(11, '0')}\x0000000000000\0        ${type}`, 124)
  header.write('ustar  ', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

const padded = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])

/** What a reader finds in an archive: `method` only in zips. */
export type Found = Readonly<{ name: string; text: string; bytes: Buffer; method?: number; type?: string; time: Date }>

/** The members of a zip as a strict reader sees them, directory order kept. @throws when it is no valid zip */
export async function readZip(bytes: Buffer): Promise<Found[]> {
  const zip = await fromBufferPromise(bytes, { lazyEntries: true, strictFileNames: true })
  const found: Found[] = []
  for await (const entry of zip.eachEntry()) {
    const content = await buffer(await zip.openReadStreamPromise(entry))
    if (crc32(content) !== entry.crc32) throw new Error(`Wrong checksum of ${entry.fileName}`)
    const time = entry.getLastModDate()
    found.push({
      name: entry.fileName,
      text: content.toString(),
      bytes: content,
      method: entry.compressionMethod,
      time,
    })
  }
  return found
}

/** The members of a tar. @throws when it is no valid tar */
export async function readTar(bytes: Buffer): Promise<Found[]> {
  const reader = extract()
  reader.end(bytes)
  const found: Found[] = []
  for await (const entry of reader) {
    const { name, type, mtime } = entry.header
    const content = await buffer(entry)
    found.push({ name, text: content.toString(), bytes: content, type: type ?? 'file', time: mtime ?? new Date(0) })
  }
  return found
}

/** Sorted member names. */
export const namesOf = (found: readonly Found[]): string[] => found.map((member) => member.name).sort()
