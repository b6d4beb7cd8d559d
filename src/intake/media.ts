import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { type Archive, scopeOf } from '../archive/archive.ts'
import { locateSession, orNothing } from '../archive/locate.ts'
import { scansOf } from '../archive/parents.ts'
import type { StoredBytes } from '../archive/stored-files.ts'
import { type DirectoryEntry, directoryEntry, writeDicomdir } from '../dicom/dicomdir.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ScanSelection } from '../model/address.ts'
import { dicomFiles, headerOf } from './stored-headers.ts'

/** A file of a medium: stored bytes under the name they have there. */
export type MediaFile = StoredBytes & Readonly<{ name: string; crc32: number; modified_at: string }>

/** DICOM files as they lie on a CD, with the directory that leads to them. */
export type Medium = Readonly<{ label: string; directory: Buffer; directoryCrc: number; files: readonly MediaFile[] }>

/**
 * The DICOM files of chosen scans with a DICOMDIR (scans 6.3).
 * @throws ArchiveError 'not-found' when the session is unknown, or when no scan is chosen
 */
export async function mediumOf(archive: Archive, viewer: Viewer, at: ScanSelection): Promise<Medium> {
  const scope = scopeOf(archive, viewer)
  const session =
    (await orNothing(locateSession(scope, at, 'read'))) ??
    refuse({ kind: 'not-found', noun: 'session', name: at.experiment })
  const scans = (await orNothing(scansOf(scope, session, at.scans))) ?? []
  if (scans.length === 0) {
    return refuse({ kind: 'not-found', noun: 'scan', name: at.scans, because: 'Unable to find the specified scan(s).' })
  }
  const entries: DirectoryEntry[] = []
  const files: MediaFile[] = []
  for (const [folder, scan] of scans.entries()) {
    for (const file of await dicomFiles(scope, scan.id)) {
      const header = await headerOf(scope, file)
      if (!header) continue
      const place = ['DICOM', numbered('SC', folder + 1), numbered('IM', files.length + 1)]
      entries.push(directoryEntry(header, place))
      files.push({ ...file, name: place.join('/') })
    }
  }
  const directory = writeDicomdir(entries, uidOf(files))
  return { label: session.place.label, directory, directoryCrc: crc32(directory), files }
}

/** Names of at most eight characters, as media want them. */
const numbered = (letters: string, number: number): string => letters + String(number).padStart(6, '0')

/** The same files make the same directory: its UID is drawn from what they hold. */
function uidOf(files: readonly MediaFile[]): string {
  const digest = createHash('sha256')
  for (const { name, blob } of files) digest.update(`${name} ${blob}\n`)
  return `2.25.${BigInt(`0x${digest.digest('hex').slice(0, 32)}`)}`
}
