/** Bytes as an archive has them, deflated; who stores them may unpack them, checking them against size and checksum. */
export type Packed = Readonly<{
  deflated: Uint8Array
  /** Unpacked, in bytes. */
  size: number
  /** Of the unpacked bytes. */
  crc32: number
  /** The first of the unpacked bytes, a few thousand. @throws ArchiveError 'invalid' when they are damaged */
  head: () => Uint8Array
  /** Unpacks all of it unless somebody has, for who leaves it or reads only its beginning. @throws ArchiveError 'invalid' when it is damaged */
  check: () => Promise<void>
  /** @throws ArchiveError 'invalid' that names the member of the archive */
  damaged: (cause?: unknown) => never
}>

/**
 * A file on its way in: where it is to lie below its folder, and its bytes, not read yet. Bytes that nobody has read
 * when the next file is asked for are dropped.
 */
export type IncomingFile = Readonly<{
  path: string
  bytes: AsyncIterable<Uint8Array>
  /** Bytes, where the sender said so. */
  size?: number
  /** The bytes are in memory: they may also be read after the next file was asked for. */
  atHand?: true
  /** The same bytes once more, only with `atHand`; `bytes` can then be read again and again. */
  packed?: Packed
  /** No other file comes with it; whoever has taken a piece of its bytes may free the memory of it. */
  alone?: true
  /** What describes this file where it differs from the others that come with it. */
  described?: Readonly<{ format?: string; content?: string; description?: string }>
}>
