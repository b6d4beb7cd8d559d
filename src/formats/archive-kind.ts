/** How files can be packed into one: as a zip, a tar, a gzipped tar, or one file gzipped. */
export type ArchiveKind = 'zip' | 'tar' | 'tgz' | 'gz'

const SUFFIXES: readonly (readonly [suffix: string, kind: ArchiveKind])[] = [
  ['.zip', 'zip'],
  ['.zar', 'zip'],
  ['.tar', 'tar'],
  ['.xar', 'tar'],
  ['.tar.gz', 'tgz'],
  ['.tgz', 'tgz'],
  ['.gz', 'gz'],
]

/** The kind that a file name tells, upper or lower case; undefined for a file that is no archive. @see resources 7.6 */
export function archiveKind(name: string): ArchiveKind | undefined {
  const lower = name.toLowerCase()
  return SUFFIXES.find(([suffix]) => lower.endsWith(suffix))?.[1]
}

/** Bytes that `sniffArchive` wants to see, if there are so many. */
export const SNIFF_BYTES = 262

/** The kind that the first bytes of a file tell; 'gz' may hold a tar. For senders whose names and types say nothing. */
export function sniffArchive(head: Uint8Array): Exclude<ArchiveKind, 'tgz'> | undefined {
  const text = (start: number, end: number): string => Buffer.from(head.subarray(start, end)).toString('latin1')
  if (/^PK(\x03\x04|\x05\x06)$/.test(text(0, 4))) return 'zip'
  if (text(0, 2) === '\x1f\x8b') return 'gz'
  return text(257, 262) === 'ustar' ? 'tar' : undefined
}
