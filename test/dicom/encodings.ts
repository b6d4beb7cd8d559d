import { deflateRawSync } from 'node:zlib'

/** An element of a data set; a list of lists of elements is a sequence with its items. */
export type Element = readonly [tag: string, vr: string, value: string | Uint8Array | readonly (readonly Element[])[]]

export type Form = Readonly<{
  explicit?: boolean
  little?: boolean
  /** Sequences and items end with delimiters instead of stating their lengths. */
  open?: boolean
}>

const LONG_FORM = new Set(['OB', 'OW', 'SQ', 'UC', 'UN', 'UT'])
const UNDEFINED_LENGTH = 0xffffffff

/** The bytes of these elements, in their order. */
export function encode(elements: readonly Element[], form: Form = {}): Buffer {
  return Buffer.concat(elements.map((element) => encodeElement(element, form)))
}

function encodeElement([tag, vr, value]: Element, form: Form): Buffer {
  const bytes =
    typeof value === 'string'
      ? textBytes(vr, value)
      : value instanceof Uint8Array
        ? Buffer.from(value)
        : itemBytes(value, form)
  const length = Array.isArray(value) && form.open ? UNDEFINED_LENGTH : bytes.length
  return Buffer.concat([head(tag, vr, length, form), bytes])
}

function textBytes(vr: string, value: string): Buffer {
  const text = Buffer.from(value)
  return text.length % 2 === 0 ? text : Buffer.concat([text, Buffer.from(vr === 'UI' ? '\0' : ' ')])
}

function itemBytes(items: readonly (readonly Element[])[], form: Form): Buffer {
  const pieces = items.flatMap((item) => {
    const bytes = encode(item, form)
    const end = form.open ? [head('FFFEE00D', '', 0, form)] : []
    return [head('FFFEE000', '', form.open ? UNDEFINED_LENGTH : bytes.length, form), bytes, ...end]
  })
  return Buffer.concat(form.open ? [...pieces, head('FFFEE0DD', '', 0, form)] : pieces)
}

function head(tag: string, vr: string, length: number, { explicit = true, little = true }: Form): Buffer {
  const long = LONG_FORM.has(vr)
  const bytes = Buffer.alloc(explicit && long ? 12 : 8)
  const [group, element] = [Number.parseInt(tag.slice(0, 4), 16), Number.parseInt(tag.slice(4), 16)]
  const write16 = (value: number, at: number) =>
    little ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at)
  const write32 = (value: number, at: number) =>
    little ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at)
  write16(group, 0)
  write16(element, 2)
  if (!explicit || vr === '') write32(length, 4)
  else {
    bytes.write(vr, 4, 'latin1')
    if (long) write32(length, 8)
    else write16(length, 6)
  }
  return bytes
}

export const IMPLICIT = '1.2.840.10008.1.2'
export const EXPLICIT = '1.2.840.10008.1.2.1'
export const DEFLATED = '1.2.840.10008.1.2.1.99'
export const BIG_ENDIAN = '1.2.840.10008.1.2.2'

const forms: Readonly<Record<string, Form>> = {
  [IMPLICIT]: { explicit: false },
  [EXPLICIT]: {},
  [DEFLATED]: {},
  [BIG_ENDIAN]: { little: false },
}

/** A file with preamble and group 2 in that transfer syntax. */
export function file(elements: readonly Element[], syntax: string = EXPLICIT, form: Form = {}): Buffer {
  const meta = encode([
    ['00020010', 'UI', syntax],
    ['00020012', 'UI', '1.2.3'],
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(meta.length)
  const start = [Buffer.alloc(128), Buffer.from('DICM'), encode([['00020000', 'UL', length]]), meta]
  const body = encode(elements, { ...forms[syntax], ...form })
  return Buffer.concat([...start, syntax === DEFLATED ? deflateRawSync(body) : body])
}
