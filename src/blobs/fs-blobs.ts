import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { refuse } from '../errors.ts'
import { blobPath, isKey } from './blob-path.ts'
import type { AtOnce, BlobKey, BlobStore, ByteRange, PackedBytes, Pump, Staged } from './blob-store.ts'
import { openDigestThreads } from './digest-threads.ts'
import * as disk from './disk.ts'
import { areOne, type FileStage, stageFile } from './file-staging.ts'
import { diskRefuses } from './full-disk.ts'
import { free } from './memory.ts'
import { pump } from './pump.ts'
import { Slots } from './slots.ts'
import { type Reception, SMALL_BYTES, STAGED, type Written, writeArrival, writePacked } from './staging.ts'
import { failedWith } from './system-errors.ts'

const FOLDERS = 4096
/** Bytes per read of a download: large enough that the trips to the thread pool do not show, small for slow takers. */
const READ_BYTES = 256 * 1024
/** A copy that was staged longer ago than this gets the time when it is kept. */
const LINGERED_MS = 60_000
/** Blobs asked for their time at once. */
const STATS = 16

/**
 * A BlobStore in a directory of a local file system: `<first three digits of the key>/<key>`, read-only files; what is
 * arriving lies beside them under names that are no keys, or in `staged/` as long as its key is not known. The directory
 * is made when it is missing.
 * @param folders when the 4096 folders are made: at the first opening, so that no upload has to wait for its own, or
 * each with its first blob, for stores that live for moments
 */
export async function openFsBlobs(directory: string, folders: 'at-once' | 'as-needed' = 'at-once'): Promise<BlobStore> {
  fs.mkdirSync(join(directory, STAGED), { recursive: true })
  if (folders === 'at-once') await makeFolders(directory)
  const threads = openDigestThreads()
  const root: Root = { directory, reception: { threads, small: new Slots('small'), large: new Slots('large') } }
  const place = (key: BlobKey): string => blobPath(directory, key)
  return {
    stage: (source, expectedSize, atOnce) => stage(root, source, { expectedSize, atOnce }),
    stagePacked: (packed, atOnce) => stagePacked(root, packed, atOnce),
    stageFile: (path, taking) => stageFile(fileStage(root), path, taking),
    isOneWith: (key, path) => areOne(place(key), path),
    read: (key, range) => read(place(key), key, range),
    pump: (key, range) => openPump(place(key), key, range),
    readSmall: (key, size) => readSmall(place(key), key, size),
    readOnce: async (key, size) => {
      const bytes = await readSmall(place(key), key, size)
      return { bytes, free: () => free(bytes) }
    },
    size: (key) => sizeOf(place(key)),
    remove: (key) => removeFile(place(key)),
    list: () => list(directory),
    dropAbandoned: (before, where) => dropAbandoned(directory, before, where),
    close: () => threads.close(),
  }
}

async function makeFolders(directory: string): Promise<void> {
  const found = new Set(await disk.readdir(directory))
  const names = Array.from({ length: FOLDERS }, (_, number) => number.toString(16).padStart(3, '0'))
  const missing = names.filter((name) => !found.has(name))
  // Nothing else runs yet, and made one after the other here they take a quarter of the time.
  for (const name of missing) fs.mkdirSync(join(directory, name))
  if (missing.length === 0) return
  await disk.syncFolder(directory)
  await disk.syncFolder(dirname(directory))
}

type Root = Readonly<{ directory: string; reception: Reception }>

type Expected = Readonly<{ expectedSize?: number; atOnce?: AtOnce }>

async function stage(root: Root, source: AsyncIterable<Uint8Array>, expected: Expected = {}): Promise<Staged> {
  const arrival = { directory: root.directory, name: randomUUID(), source, ...expected }
  return stagedAs(root, await writeArrival(arrival, root.reception))
}

async function stagePacked(root: Root, packed: PackedBytes, atOnce: AtOnce | undefined): Promise<Staged> {
  return stagedAs(
    root,
    await writePacked({ directory: root.directory, name: randomUUID(), packed, atOnce }, root.reception),
  )
}

function stagedAs(root: Root, { digest, path, kept }: Written): Staged {
  const copy = { path, arrived: Date.now() }
  let isKept = kept
  return {
    digest,
    keep: async () => {
      if (!isKept || lingered(copy)) await keep(copy, blobPath(root.directory, digest.key))
      // Asked again, it is because a sweep took the blob.
      isKept = false
    },
    release: async () => release(path, digest.size),
  }
}

const fileStage = (root: Root): FileStage => ({
  staged: join(root.directory, STAGED),
  reception: root.reception,
  stage: (source, expectedSize) => stage(root, source, { expectedSize }),
  keep: (copy, { key }) => keep(copy, blobPath(root.directory, key)),
})

function release(path: string, size: number): void {
  // Where the blob was there already, a large copy takes a while to be removed. It is in nobody's way meanwhile, and if it
  // stays, it is dropped with the abandoned copies.
  const ignored = (): void => undefined
  try {
    if (size > SMALL_BYTES) fs.unlink(path, ignored)
    else fs.unlinkSync(path)
  } catch {
    // It is gone already, or dropped with the abandoned copies.
  }
}

/** A staged copy; names are given and taken here and not in the thread pool, which costs more than they do. */
type Copy = Readonly<{ path: string; arrived: number }>

const lingered = ({ arrived }: Copy): boolean => Date.now() - arrived > LINGERED_MS

async function keep(copy: Copy, path: string): Promise<void> {
  try {
    const known = await linkTo(path, copy.path)
    if (known || lingered(copy)) await refresh(path, copy)
    // Also for a name that another upload made: it may not have been synced yet.
    await disk.syncFolder(dirname(path))
  } catch (error) {
    diskRefuses(error)
  }
}

/** Gives the staged copy its final name; returns whether the same content was there already. */
async function linkTo(path: string, staged: string): Promise<boolean> {
  try {
    fs.linkSync(staged, path)
    return false
  } catch (error) {
    if (failedWith(error, 'EEXIST')) return true
    if (!failedWith(error, 'ENOENT') || !fs.existsSync(staged)) throw error
    const folder = dirname(path)
    fs.mkdirSync(folder, { recursive: true })
    await disk.syncFolder(dirname(folder))
    return linkTo(path, staged)
  }
}

/** Lets a sweep see that the blob is wanted now. */
async function refresh(path: string, copy: Copy): Promise<void> {
  const now = new Date()
  try {
    const { nlink, mtime } = await disk.stat(path)
    // Another name may be somebody's file, whose time is not ours to set; that the node was changed is noted anyway.
    await disk.utimes(path, now, nlink > 1 ? mtime : now)
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) throw error
    // A sweep took it in this moment.
    await linkTo(path, copy.path)
  }
}

async function openBlob(path: string, key: BlobKey): Promise<number> {
  try {
    return await disk.open(path, 'r')
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) throw error
    return refuse({ kind: 'not-found', noun: 'file', name: key }, error)
  }
}

async function read(path: string, key: BlobKey, range?: ByteRange): Promise<Readable> {
  const { file, start, end } = await openRange(path, key, range)
  if (start <= end) return fs.createReadStream('', { fd: file, start, end, highWaterMark: READ_BYTES })
  disk.close(file)
  return Readable.from([])
}

async function openPump(path: string, key: BlobKey, range: ByteRange): Promise<Pump> {
  const { file } = await openRange(path, key, range)
  return async (take) => {
    try {
      await pump(file, range, take)
    } finally {
      disk.close(file)
    }
  }
}

/** An open blob with the bytes that are wanted of it. @throws ArchiveError 'not-found' when it has fewer */
async function openRange(path: string, key: BlobKey, range?: ByteRange): Promise<ByteRange & { file: number }> {
  const file = await openBlob(path, key)
  try {
    const last = (await disk.fstat(file)).size - 1
    const { start, end } = range ?? { start: 0, end: last }
    if (end > last)
      refuse({ kind: 'not-found', noun: 'file', name: key, because: `Only ${last + 1} bytes are left of ${key}.` })
    return { file, start, end }
  } catch (error) {
    disk.close(file)
    throw error
  }
}

async function readSmall(path: string, key: BlobKey, size: number): Promise<Uint8Array> {
  const file = await openBlob(path, key)
  try {
    const bytes = Buffer.allocUnsafeSlow(size)
    const count = await disk.readFully(file, bytes, 0)
    return count === size
      ? bytes
      : refuse({ kind: 'not-found', noun: 'file', name: key, because: 'Unable to find file.' })
  } finally {
    disk.close(file)
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await disk.stat(path)).size
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined
    throw error
  }
}

async function removeFile(path: string): Promise<void> {
  try {
    await disk.unlink(path)
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) throw error
  }
}

type Timed = Readonly<{ name: string; time: Date }>

async function timesIn(folder: string, wanted: (name: string) => boolean): Promise<readonly Timed[]> {
  const names = (await disk.readdir(folder)).filter(wanted)
  const found: { name: string; time: Date }[] = []
  while (names.length > 0) {
    const times = names.splice(0, STATS).map(async (name) => ({ name, time: await timeOf(join(folder, name)) }))
    for (const { name, time } of await Promise.all(times)) if (time) found.push({ name, time })
  }
  return found
}

async function timeOf(path: string): Promise<Date | undefined> {
  try {
    const { mtime, ctime, nlink } = await disk.stat(path)
    // A file that got a second name here may be old; when it got it is the time that counts.
    return nlink > 1 && ctime > mtime ? ctime : mtime
  } catch (error) {
    // Removed since the folder was read.
    if (failedWith(error, 'ENOENT')) return undefined
    throw error
  }
}

async function* list(directory: string): AsyncGenerator<Readonly<{ key: BlobKey; keptAt: Date }>> {
  for (const folder of await foldersOf(directory))
    for (const { name, time } of await timesIn(join(directory, folder), isKey)) yield { key: name, keptAt: time }
}

/** The folders of blobs: a store that is a file system of its own may have others at its root, such as `lost+found`. */
const foldersOf = async (directory: string): Promise<readonly string[]> =>
  (await disk.readdir(directory)).filter((name) => /^[0-9a-f]{3}$/.test(name))

async function dropAbandoned(directory: string, before: Date, where: 'at-hand' | 'everywhere'): Promise<number> {
  const folders = [STAGED, ...(where === 'everywhere' ? await foldersOf(directory) : [])]
  let dropped = 0
  for (const folder of folders) {
    const copies = await timesIn(join(directory, folder), (name) => !isKey(name))
    const old = copies.filter(({ time }) => time < before)
    for (const { name } of old) await removeFile(join(directory, folder, name))
    dropped += old.length
  }
  return dropped
}
