import { isUtf8 } from 'node:buffer'

/** Turns the bytes of a text value into text. */
export type Decode = (bytes: Uint8Array) => string

/** Names of TextDecoder for DICOM's defined terms of a single character set (PS3.3 C.12.1.1.2). */
const labels: Readonly<Record<string, string>> = {
  'ISO_IR 100': 'iso-8859-1',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'windows-1254',
  'ISO_IR 203': 'iso-8859-15',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
}

/** Character sets reached by escape sequences: the decoder that knows them, and the escapes that it does not know. */
const extensions: readonly (readonly [term: string, label: string, escape: string])[] = [
  ['ISO 2022 IR 87', 'iso-2022-jp', ''],
  ['ISO 2022 IR 159', 'iso-2022-jp', ''],
  ['ISO 2022 IR 149', 'euc-kr', '\x1b$)C'],
  ['ISO 2022 IR 58', 'gbk', '\x1b$)A'],
]

/**
 * The decoder for texts under these values of SpecificCharacterSet. Without one, UTF-8 is taken where the bytes are
 * valid UTF-8, else Latin 1: many senders forget to say which they use.
 */
export function decoderFor(terms: readonly string[]): Decode {
  const extension = extensions.find(([term]) => terms.includes(term))
  if (extension) return withoutEscapes(extension[1], extension[2])
  const first = terms.find((term) => term !== '')?.replace(/^ISO 2022 IR /, 'ISO_IR ')
  const label = first === undefined ? undefined : labels[first]
  return label === undefined ? guessed : decodeAs(label)
}

const decodeAs = (label: string): Decode => {
  const decoder = new TextDecoder(label)
  return (bytes) => decoder.decode(bytes)
}

function withoutEscapes(label: string, sequence: string): Decode {
  const decode = decodeAs(label)
  return sequence === '' ? decode : (bytes) => decode(bytes).replaceAll(sequence, '')
}

function guessed(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(isUtf8(bytes) ? 'utf8' : 'latin1')
}
