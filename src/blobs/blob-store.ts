import type { Readable } from 'node:stream'

/** SHA-256 of the content, 64 lower-case hexadecimal digits. */
export type BlobKey = string

/** Everything one pass over the bytes tells; `size` in bytes, `md5` lower-case hexadecimal. */
export type Digest = Readonly<{ key: BlobKey; size: number; md5: string; crc32: number }>

/** Inclusive first and last byte. */
export type ByteRange = Readonly<{ start: number; end: number }>

/**
 * Bytes that have arrived whole and are on disk under a temporary name. They become part of the store with `keep`.
 * The staged copy lives until `release`, so that `keep` can be repeated when a sweep took the blob in between.
 */
export type Staged = Readonly<{
  digest: Digest
  /** Makes the bytes readable under their key, durably: after it resolves they survive a power cut. Repeatable. */
  keep: () => Promise<void>
  /** Drops the staged copy; the space of a large one may be free only a moment later. Never fails; call it whatever happened. */
  release: () => Promise<void>
}>

/**
 * How a file of this machine gets into the store: under a second name for the same bytes where that is possible, or as
 * a copy in any case.
 */
export type Taking = 'link' | 'copy'

/** A file of this machine that has been read whole; `linked` when its bytes were not copied but got a second name. */
export type StagedFile = Staged & Readonly<{ linked: boolean }>

/** Takes bytes; they may be overwritten as soon as the promise resolves. */
export type Take = (bytes: Uint8Array) => Promise<void>

/** Hands bytes on part by part, to one taker. Must be called once, since it holds a file open until then. */
export type Pump = (take: Take) => Promise<void>

/**
 * Of bytes that hardly anything can refuse any more once they are there: they may become part of the store together with
 * being written, which spares a second trip to the disk (`keep` is called in any case); and their pieces are handed over,
 * so that the memory of each can be freed when it has been taken.
 */
export type AtOnce = Readonly<{
  /** Goes around the last of the work, when all bytes have come and only the disk is waited for. */
  lastly?: <T>(work: () => Promise<T>) => Promise<T>
}>

/** Deflated bytes without a header; `size` and `crc32` are those of what they unpack to, as somebody announced them. */
export type PackedBytes = Readonly<{ deflated: Uint8Array; size: number; crc32: number }>

/** Bytes that nobody may look at any more after `free`, which need not be called. */
export type Once = Readonly<{ bytes: Uint8Array; free: () => void }>

/** Write-once bytes, addressed by their content. Equal content is stored once. */
export type BlobStore = Readonly<{
  /**
   * Reads the source to its end onto disk.
   * @throws ArchiveError 'no-space' when the disk is full, 'broken-off' when the source ends early or fails; nothing stays
   */
  stage: (source: AsyncIterable<Uint8Array>, expectedSize?: number, atOnce?: AtOnce) => Promise<Staged>
  /**
   * Unpacks small bytes onto disk, at most 1 MiB packed as well as unpacked.
   * @throws ArchiveError 'unreadable' when they are not what was announced, 'no-space'; nothing stays
   */
  stagePacked: (packed: PackedBytes, atOnce?: AtOnce) => Promise<Staged>
  /**
   * Reads a file of this machine and takes it in. With `link` its bytes are not copied where the store is on the same
   * file system and the file belongs to the account of this process: `keep` then takes everybody's right to write to
   * it, since the file and the blob are one from then on. Content, time and name of the file stay, and so does the blob
   * when the file is removed. Otherwise, and with `copy`, the file stays as it is.
   * @throws ArchiveError 'no-space', 'unreadable' for what is no regular file, 'broken-off' for one that changes meanwhile
   * (also `keep`); what the system says of a file that cannot be read passes as it is
   */
  stageFile: (path: string, taking: Taking) => Promise<StagedFile>
  /** Whether a file of this machine and the blob are one, so that nothing needs to be read to know what is in it. */
  isOneWith: (key: BlobKey, path: string) => Promise<boolean>
  /** The bytes, or a range of them. @throws ArchiveError 'not-found' when they are not, or not all, under that key */
  read: (key: BlobKey, range?: ByteRange) => Promise<Readable>
  /** The same for long downloads: without a stream in between, and without a buffer for each part. */
  pump: (key: BlobKey, range: ByteRange) => Promise<Pump>
  /**
   * The whole content at once, only for blobs that the caller knows to be small. Nobody may change the bytes.
   * @param size in bytes, as the catalog has it
   * @throws ArchiveError 'not-found' when there are none under that key, or not as many
   */
  readSmall: (key: BlobKey, size: number) => Promise<Uint8Array>
  /** The same for bytes that are sent once: their memory can be given back as soon as they are. */
  readOnce: (key: BlobKey, size: number) => Promise<Once>
  /** Size in bytes, or undefined when there is no such blob. */
  size: (key: BlobKey) => Promise<number | undefined>
  /** Removes a blob; no error when it is gone already. Only the sweep calls it. */
  remove: (key: BlobKey) => Promise<void>
  /** Every stored blob, with the time it was last kept; in no order. */
  list: () => AsyncIterable<Readonly<{ key: BlobKey; keptAt: Date }>>
  /**
   * Staged copies left behind by a process that died: dropped when older than `before`; returns how many. Looking
   * everywhere takes as long as reading the names of all blobs.
   */
  dropAbandoned: (before: Date, where: 'at-hand' | 'everywhere') => Promise<number>
  /** Ends the threads that the store may have; uploads under way fail. */
  close: () => Promise<void>
}>
