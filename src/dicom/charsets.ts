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

/** What an escape sequence switches to: two bytes for a sign until the next one, or what the upper half stands for. */
type Switch = Readonly<{ double: true } | { label: string } | { ascii: true }>

/** Escape sequences, without the escape sign itself (PS3.3 C.12.1.1.2). */
const switches: Readonly<Record<string, Switch>> = {
  '(B': { ascii: true },
  '(J': { ascii: true },
  $B: { double: true },
  '$@': { double: true },
  '$(D': { double: true },
  ')I': { label: 'shift_jis' },
  '$)C': { label: 'euc-kr' },
  '$)A': { label: 'gbk' },
  '-A': { label: 'iso-8859-1' },
  '-B': { label: 'iso-8859-2' },
  '-C': { label: 'iso-8859-3' },
  '-D': { label: 'iso-8859-4' },
  '-F': { label: 'iso-8859-7' },
  '-G': { label: 'iso-8859-6' },
  '-H': { label: 'iso-8859-8' },
  '-L': { label: 'iso-8859-5' },
  '-M': { label: 'windows-1254' },
  '-T': { label: 'windows-874' },
  '-b': { label: 'iso-8859-15' },
}

/**
 * The decoder for texts under these values of SpecificCharacterSet. Without one, UTF-8 is taken where the bytes are
 * valid UTF-8, else Latin 1: many senders forget to say which they use.
 */
export function decoderFor(terms: readonly string[]): Decode {
  const first = terms[0]?.replace(/^ISO 2022 IR /, 'ISO_IR ')
  const plain = decodeAs(first === undefined ? undefined : labels[first])
  if (terms.some((term) => term.startsWith('ISO 2022'))) return (bytes) => switched(bytes, plain)
  const only = terms.find((term) => term !== '')
  return decodeAs(only === undefined ? undefined : labels[only])
}

function decodeAs(label: string | undefined): Decode {
  if (label === undefined) return guessed
  const decoder = new TextDecoder(label)
  return (bytes) => decoder.decode(bytes)
}

const ESCAPE = '\x1b'

/** A text whose character set changes on the way. */
function switched(bytes: Uint8Array, plain: Decode): string {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const [start = '', ...pieces] = raw.split(ESCAPE)
  let upper = plain
  let text = upper(Buffer.from(start, 'latin1'))
  for (const piece of pieces) {
    const sequence = [piece.slice(0, 3), piece.slice(0, 2)].find((each) => Object.hasOwn(switches, each))
    const change = sequence === undefined ? undefined : switches[sequence]
    const rest = piece.slice(sequence?.length ?? 0)
    if (change && 'double' in change) text += decodeJapanese(Buffer.from(`${ESCAPE}${piece}`, 'latin1'))
    else {
      if (change && 'label' in change) upper = decodeAs(change.label)
      text += upper(Buffer.from(rest, 'latin1'))
    }
  }
  return text
}

const decodeJapanese = decodeAs('iso-2022-jp')

function guessed(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(isUtf8(bytes) ? 'utf8' : 'latin1')
}
