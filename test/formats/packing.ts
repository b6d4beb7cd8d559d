import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import type { ArchiveEntry, ArchiveLimits } from '../../src/formats/archive-entry.ts'
import type { Span } from '../../src/formats/concatenation.ts'
import type { ZipEntry } from '../../src/formats/zip-records.ts'

/** An entry with its content. */
export type Packed = ZipEntry & Readonly<{ content: Buffer }>

export const GENEROUS: ArchiveLimits = { maxEntries: 100_000, maxBytes: 2 ** 33, maxRatio: 2000 }

/** An entry of this content. */
export function packed(
  name: string,
  content: Uint8Array | string,
  modified = new Date('2024-02-29T12:34:56Z'),
): Packed {
  const bytes = Buffer.from(content as string)
  return { name, content: bytes, size: bytes.length, crc32: crc32(bytes), modified }
}

/** Its bytes in pieces, as a disk would give them. */
export async function* opened(entry: Packed, span?: Span): AsyncGenerator<Uint8Array> {
  const bytes = span ? entry.content.subarray(span.start, span.end + 1) : entry.content
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000)
}

/** A few entries as an imaging session has them, and the odd ones. */
export const session: readonly Packed[] = [
  packed('MR1/scans/1/resources/DICOM/files/1.dcm', randomBytes(135_000)),
  packed('MR1/scans/1/resources/DICOM/files/2.dcm', Buffer.alloc(135_000, 'DICM')),
  packed('MR1/resources/NOTES/files/Prüfung – α.txt', 'done'),
  packed('MR1/resources/NOTES/files/empty.txt', ''),
  packed('MR1/resources/NIFTI/files/t1.nii', randomBytes(1_500_000)),
]

const part = fc.stringMatching(/^[\w äöΩ日+=,-]{1,40}$/)
const member = fc.record({
  name: fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/')),
  content: fc.uint8Array({ maxLength: 3000 }),
  seconds: fc.integer({ min: 400_000_000, max: 2_000_000_000 }),
})

/** Any files, no name twice. */
export const anyFiles: fc.Arbitrary<readonly Packed[]> = fc
  .uniqueArray(member, { maxLength: 12, selector: ({ name }) => name })
  .map((members) => members.map(({ name, content, seconds }) => packed(name, content, new Date(seconds * 1000))))

/** Paths and contents, each read before the next is taken. */
export async function unpacked(entries: AsyncIterable<ArchiveEntry>): Promise<Record<string, Buffer>> {
  const found: Record<string, Buffer> = {}
  for await (const entry of entries) {
    found[entry.path] = await buffer(await entry.open())
    if (entry.size !== undefined && entry.size !== found[entry.path]?.length) throw new Error(`Size of ${entry.path}`)
  }
  return found
}

/** What `unpacked` should find. */
export function contents(entries: readonly Packed[]): Record<string, Buffer> {
  return Object.fromEntries(entries.map(({ name, content }) => [name, content]))
}

/** Writes files into a directory that lives as long as the test file. */
export function scratch(): (bytes: Uint8Array | AsyncIterable<Uint8Array>) => Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'packing-'))
  after(() => rm(directory, { recursive: true }))
  let files = 0
  return async (bytes) => {
    const path = join(directory, String(++files))
    await writeFile(path, bytes)
    return path
  }
}
