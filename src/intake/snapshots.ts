import { type Archive, type Reason, type Scope, scopeOf } from '../archive/archive.ts'
import { putFiles } from '../archive/files.ts'
import type { LocatedScan } from '../archive/locate.ts'
import { readableScan } from '../archive/scans.ts'
import type { StoredFile } from '../archive/stored-files.ts'
import { faultOf, refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ScanAddress } from '../model/address.ts'
import type { IncomingFile } from '../model/incoming-file.ts'
import type { Output } from '../pixels/drawing-process.ts'
import type { PictureType } from '../pixels/encode.ts'
import type { Write } from '../pixels/picture-processes.ts'
import { type Pictures, whole } from './pictures.ts'
import { dicomState } from './stored-headers.ts'
import { drawView, readView, singleView, type View } from './views.ts'

/** The label of the folder in which snapshots are kept. */
export const SNAPSHOTS = 'SNAPSHOTS'

/** A snapshot that somebody wants to see, at full size or half of it. */
export type SnapshotWish = Readonly<{ at: ScanAddress; view: View; half: boolean; type: PictureType }>

/** A snapshot as it is kept, or as it was drawn where it cannot be kept. */
export type Snapshot = Readonly<{ kept: Omit<StoredFile, 'parent'> }> | Readonly<{ drawn: Uint8Array }>

/** What is kept of each view: the documented form for clients, and one without loss for people. */
const keptOutputs: readonly Output[] = [
  { type: 'image/gif', half: false },
  { type: 'image/gif', half: true },
  { type: 'image/png', half: false },
  { type: 'image/png', half: true },
]

/** Snapshots are made by the archive itself: whoever may read a scan may see it, and has not changed it (import 7). */
const system: Viewer = { id: 0, login: 'isocenter', admin: true, guest: false }
const why: Reason = { type: 'PROCESS', action: 'Created Snapshots', reason: 'Somebody looked at the scan.' }

/** Views of one scan that are kept; others are drawn for each call. */
const MAX_KEPT_VIEWS = 16

/** What a description of ours begins with; files that say something else were put there by people or programs. */
const DRAWN = 'Drawn from '

/**
 * A snapshot of a scan for somebody who may read it: the one that is kept, else made, kept and shown. When the DICOM
 * files of the scan have changed since, it is made again (import 7).
 * @throws ArchiveError 'not-found' when there is no such scan, or nothing of it can be shown
 */
export async function snapshot(
  pictures: Pictures,
  archive: Archive,
  viewer: Viewer,
  { at, view, half, type }: SnapshotWish,
): Promise<Snapshot> {
  const scope = scopeOf(archive, viewer)
  const scan = await readableScan(scope, at)
  return orNoSnapshot(async () => {
    if (type !== 'image/jpeg') {
      const found = await keptSnapshot(scope, scan, { view, half, type })
      if (found) return { kept: found }
      await pictures.once(`${scan.row.id} ${contentOf(view, false)}`, () => make(pictures, scope, scan, view))
      const kept = await keptSnapshot(scope, scan, { view, half, type })
      if (kept) return { kept }
    }
    const shown = { scan: scan.row.id, view }
    return { drawn: await drawView(pictures, scope, shown, (write) => whole(write({ type, half }))) }
  })
}

/**
 * Makes the snapshots of a scan that its folder should have: those of one slice, and those of the views whose contents
 * are asked for. A scan of which nothing can be shown stays as it is.
 * @param contents such as `ORIGINAL`, `THUMBNAIL` or `3X2`
 * @throws ArchiveError 'not-found' when there is no such scan
 */
export async function prepareSnapshots(
  pictures: Pictures,
  archive: Archive,
  viewer: Viewer,
  { at, contents }: Readonly<{ at: ScanAddress; contents: readonly string[] }>,
): Promise<void> {
  await readableScan(scopeOf(archive, viewer), at)
  const views = contents.map((content) => readView(content.replace(/_THUMBNAIL$/, '')))
  const names = new Map([singleView, ...views].map((view) => [contentOf(view, false), view]))
  for (const view of names.values()) {
    try {
      await snapshot(pictures, archive, viewer, { at, view, half: false, type: 'image/gif' })
    } catch (error) {
      if (faultOf(error)?.kind !== 'not-found') throw error
    }
  }
}

/** Why there is no picture is a reason for not finding one. */
async function orNoSnapshot<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind !== 'unsupported' && fault?.kind !== 'unreadable') throw error
    return refuse({ kind: 'not-found', noun: 'file', name: 'snapshot', because: fault.because }, error)
  }
}

/** The content of a snapshot's file (import 7). */
function contentOf({ columns, rows }: View, half: boolean): string {
  if (columns === 1 && rows === 1) return half ? 'THUMBNAIL' : 'ORIGINAL'
  return `${columns}X${rows}${half ? '_THUMBNAIL' : ''}`
}

const extensions = { 'image/gif': 'gif', 'image/png': 'png', 'image/jpeg': 'jpg' } as const

function nameOf({ row, session }: LocatedScan, { columns, rows }: View, { type, half }: Output): string {
  const view = columns === 1 && rows === 1 ? '' : `_${columns}x${rows}`
  return `${session.places[0]!.label}_${row.scan_id}${view}_qc${half ? '_t' : ''}.${extensions[type]}`
}

const keptFiles = (scope: Scope, scan: number) =>
  scope.db
    .selectFrom('files as f')
    .innerJoin('resources as r', 'r.id', 'f.resource_id')
    .where('r.scan_id', '=', scan)
    .where('r.label', '=', SNAPSHOTS)

/** The first file of that content and type that people put there, or that was drawn from what the scan has now. */
async function keptSnapshot(
  scope: Scope,
  { row }: LocatedScan,
  { view, half, type }: Omit<SnapshotWish, 'at'>,
): Promise<Omit<StoredFile, 'parent'> | undefined> {
  const files = await keptFiles(scope, row.id)
    .select(['f.path', 'f.blob', 'f.size', 'f.md5', 'f.crc32', 'f.modified_at', 'f.description'])
    .where('f.content', '=', contentOf(view, half))
    .orderBy('f.id')
    .execute()
  const ofType = files.filter(({ path }) => path.toLowerCase().endsWith(`.${extensions[type]}`))
  if (ofType.length === 0) return undefined
  const stamp = await stampOf(scope, row.id)
  return ofType.find(({ description }) => !description?.startsWith(DRAWN) || description === stamp)
}

const stampOf = async (scope: Scope, scan: number): Promise<string> => `${DRAWN}${await dicomState(scope, scan)}.`

/** Draws a view and keeps it, unless somebody else's files have its names or nobody may change the session. */
async function make(pictures: Pictures, scope: Scope, scan: LocatedScan, view: View): Promise<void> {
  // What changes while it is drawn makes it old at once.
  const description = await stampOf(scope, scan.row.id)
  const files = keptOutputs.map((output) => ({
    output,
    path: nameOf(scan, view, output),
    described: { description, content: contentOf(view, output.half), format: extensions[output.type].toUpperCase() },
  }))
  if (!(await mayBeKept(scope, scan, files))) return
  await drawView(pictures, scope, { scan: scan.row.id, view }, (write) =>
    putFiles(scope.archive, system, why, {
      parent: { kind: 'scan', at: { experiment: scan.session.row.accession }, scans: scan.row.scan_id },
      folder: SNAPSHOTS,
      files: incoming(files, write),
      overwrite: true,
      described: { tags: [] },
    }),
  )
}

/** Files of other people keep their names, and readers cannot fill the disk with one view after the other. */
async function mayBeKept(scope: Scope, { row }: LocatedScan, files: readonly Drawn[]): Promise<boolean> {
  const known = await keptFiles(scope, row.id).select(['f.path', 'f.description']).execute()
  const ours = known.filter(({ description }) => description?.startsWith(DRAWN))
  const same = known.filter(({ path }) => files.some((file) => file.path === path))
  if (same.some((file) => !ours.includes(file))) return false
  return same.length > 0 || ours.length < MAX_KEPT_VIEWS * keptOutputs.length
}

type Drawn = Readonly<{ output: Output; path: string; described: IncomingFile['described'] }>

/** None of them is held: each is written while it is stored. */
async function* incoming(files: readonly Drawn[], write: Write): AsyncGenerator<IncomingFile> {
  for (const { output, path, described } of files) yield { path, bytes: write(output), described }
}
