import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { type ArchiveEntry, type ArchiveLimits, memberPath } from './archive-entry.ts'
import type { ArchiveKind } from './archive-kind.ts'
import { gunzip } from './gunzip.ts'
import { readTar } from './tar-read.ts'
import { readZip } from './zip-read.ts'

/** An archive on disk: where it lies, what it is, and the name under which it was sent. */
export type ArchiveFile = Readonly<{ path: string; kind: ArchiveKind; name: string }>

const READ_BYTES = 256 * 1024

/**
 * The files of an archive of any kind. Take and read one after the other, and store nothing for good until the iteration
 * has ended without a fault: only a zip can be checked before.
 * @throws ArchiveError 'invalid', 'too-large'
 */
export function readArchive(file: ArchiveFile, limits: ArchiveLimits): AsyncGenerator<ArchiveEntry, void> {
  const packed = (): Readable => createReadStream(file.path, { highWaterMark: READ_BYTES })
  if (file.kind === 'zip') return readZip(file.path, limits)
  if (file.kind === 'tar') return readTar(packed(), limits)
  if (file.kind === 'tgz') return readTar(gunzip(packed(), limits), limits)
  return single(file.name, () => gunzip(packed(), limits))
}

/** A gzipped file under its name without `.gz`; its size is known when it has been read. */
async function* single(name: string, unpacked: () => AsyncIterable<Uint8Array>): AsyncGenerator<ArchiveEntry, void> {
  const path = memberPath(name.replace(/\.gz$/i, ''))
  yield { path, size: undefined, open: async () => Readable.from(unpacked(), { objectMode: false }) }
}
