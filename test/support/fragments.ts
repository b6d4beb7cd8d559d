/** Compressed pixels as they stand in a file. */
export type Fragmented = Readonly<{
  fragments: readonly Buffer[]
  /** Where the offsets of the frames are told; absent: nowhere. */
  offsets?: 'basic' | 'extended'
  /** Fragments of each frame; one unless said. */
  perFrame?: number
}>

/** A DICOM object whose last element, that of its pixels, is replaced by fragments (PS3.5 A.4). Explicit, little endian. */
export function encapsulated(bytes: Buffer, { fragments, offsets, perFrame = 1 }: Fragmented): Buffer {
  const before = bytes.subarray(0, bytes.lastIndexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00])))
  const items = fragments.map((fragment) => item(fragment))
  const starts = items.map((_, at) => items.slice(0, at).reduce((sum, one) => sum + one.length, 0))
  const frames = starts.filter((_, at) => at % perFrame === 0)
  const basic = Buffer.from(new Uint32Array(offsets === 'basic' ? frames : []).buffer)
  const long = Buffer.from(new BigUint64Array(frames.map(BigInt)).buffer)
  const extended = offsets === 'extended' ? [head(0x0001, 'OV', long.length), long] : []
  return Buffer.concat([before, ...extended, head(0x0010, 'OB', 0xffffffff), item(basic), ...items, END])
}

const END = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0])

function head(element: number, vr: string, length: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt16LE(0x7fe0, 0)
  bytes.writeUInt16LE(element, 2)
  bytes.write(vr, 4, 'latin1')
  bytes.writeUInt32LE(length, 8)
  return bytes
}

function item(content: Buffer): Buffer {
  const even = content.length % 2 === 0 ? content : Buffer.concat([content, Buffer.of(0)])
  const start = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0])
  start.writeUInt32LE(even.length, 4)
  return Buffer.concat([start, even])
}
