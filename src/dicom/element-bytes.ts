// Elements as bytes, explicit and little endian: what this house itself writes of DICOM (PS3.5 7.1).

export function text(tag: string, vr: string, value: string): Buffer {
  const bytes = Buffer.from(value)
  return element(
    tag,
    vr,
    bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(vr === 'UI' ? '\0' : ' ')]),
  )
}

export function number32(tag: string, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return element(tag, 'UL', bytes)
}

export function number16(tag: string, value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return element(tag, 'US', bytes)
}

export function element(tag: string, vr: string, value: Buffer): Buffer {
  const head = tagHead(tag, vr, 8)
  head.writeUInt16LE(value.length, 6)
  return Buffer.concat([head, value])
}

export function longHead(tag: string, vr: string, length: number): Buffer {
  const head = tagHead(tag, vr, 12)
  head.writeUInt32LE(length, 8)
  return head
}

function tagHead(tag: string, vr: string, size: number): Buffer {
  const head = Buffer.alloc(size)
  head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0)
  head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2)
  head.write(vr, 4, 'latin1')
  return head
}
