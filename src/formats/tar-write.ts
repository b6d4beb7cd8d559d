import { pipeline } from 'node:stream'
import { createGzip } from 'node:zlib'
import { concatenate, exactly, type OpenContent, type Source } from './concatenation.ts'

/** A file to be written into a tar: `size` in bytes; times are kept to the second. */
export type TarEntry = Readonly<{ name: string; size: number; modified: Date }>

const BLOCK = 512
const NAME_BYTES = 100
const PREFIX_BYTES = 155
/** Sizes from here on (8 GiB) do not fit into eleven octal digits. */
const MOST_OCTAL = 8 ** 11
const END = Buffer.alloc(2 * BLOCK)
const GZIP_LEVEL = 1
const PIECE_BYTES = 64 * 1024

/** Exact length in bytes of the tar that `writeTar` makes of these entries. */
export function tarLength(entries: readonly TarEntry[]): number {
  return entries.reduce((sum, entry) => sum + headersLength(entry) + padded(entry.size), END.length)
}

/** The usual header is one block, which need not be made to be counted. */
const headersLength = (entry: TarEntry): number =>
  entry.size < MOST_OCTAL && splitName(entry.name) ? BLOCK : headers(entry).length

/** A tar of regular files, ustar with pax records where names or sizes need them; equal entries give equal bytes. */
export function writeTar<E extends TarEntry>(
  entries: readonly E[],
  open: OpenContent<E>,
): AsyncGenerator<Uint8Array, void> {
  return concatenate(members(entries, open))
}

/** The same tar, gzipped while it is sent. */
export async function* writeTarGz<E extends TarEntry>(
  entries: readonly E[],
  open: OpenContent<E>,
): AsyncGenerator<Uint8Array, void> {
  const gzip = createGzip({ level: GZIP_LEVEL, chunkSize: PIECE_BYTES })
  yield* pipeline(writeTar(entries, open), gzip, () => undefined)
}

function* members<E extends TarEntry>(entries: readonly E[], open: OpenContent<E>): Generator<Source, void> {
  for (const entry of entries) {
    yield headers(entry)
    if (entry.size > 0) yield async () => exactly(entry.size, entry.name, await open(entry))
    yield END.subarray(0, padded(entry.size) - entry.size)
  }
  yield END
}

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK

function headers(entry: TarEntry): Buffer {
  const records: string[] = []
  const place = splitName(entry.name)
  if (!place) records.push(paxRecord('path', entry.name))
  if (entry.size >= MOST_OCTAL) records.push(paxRecord('size', String(entry.size)))
  const file = header({ ...(place ?? { name: 'file', prefix: '' }), type: '0', size: entry.size, entry })
  if (records.length === 0) return file
  const pax = Buffer.from(records.join(''))
  const filler = END.subarray(0, padded(pax.length) - pax.length)
  return Buffer.concat([header({ name: 'pax', prefix: '', type: 'x', size: pax.length, entry }), pax, filler, file])
}

/** The two places of a ustar name, or undefined when it does not fit into them. */
function splitName(name: string): Readonly<{ name: string; prefix: string }> | undefined {
  if (!/^[\x20-\x7e]*$/.test(name)) return undefined
  if (name.length <= NAME_BYTES) return { name, prefix: '' }
  const slash = name.indexOf('/', name.length - NAME_BYTES - 1)
  if (slash < 1 || slash > PREFIX_BYTES || slash === name.length - 1) return undefined
  return { name: name.slice(slash + 1), prefix: name.slice(0, slash) }
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + String(rest).length
  if (String(length).length > String(rest).length) length = rest + String(length).length
  return `${length} ${key}=${value}\n`
}

type Header = Readonly<{ name: string; prefix: string; type: '0' | 'x'; size: number; entry: TarEntry }>

function header({ name, prefix, type, size, entry }: Header): Buffer {
  const block = Buffer.alloc(BLOCK)
  const octal = (number: number, digits: number, at: number): void =>
    void block.write(number.toString(8).padStart(digits, '0'), at, 'latin1')
  block.write(name, 0, 'latin1')
  octal(0o644, 7, 100)
  octal(0, 7, 108)
  octal(0, 7, 116)
  octal(size < MOST_OCTAL ? size : 0, 11, 124)
  octal(Math.min(Math.max(Math.floor(entry.modified.getTime() / 1000), 0), MOST_OCTAL - 1), 11, 136)
  block.write(' '.repeat(8), 148)
  block.write(type, 156)
  block.write('ustar\x0000', 257, 'latin1')
  block.write(prefix, 345, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  octal(sum, 6, 148)
  block[154] = 0
  return block
}
