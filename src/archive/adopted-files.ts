import { lstat } from 'node:fs/promises'
import type { StagedFile, Taking } from '../blobs/blob-store.ts'
import { portions } from '../db/portions.ts'
import { faultOf } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { ParentAddress } from '../model/address.ts'
import { type Archive, change, type Reason, type Scope, scopeOf } from './archive.ts'
import { keepAndName, releaseAll } from './blobs.ts'
import { type FileRow, pathFault, writeArrivals } from './files.ts'
import { type Descriptors, findFolders } from './folders.ts'
import { locateParent } from './parents.ts'

/** Files that are read at the same time. */
const READS_AT_ONCE = 8

/** A file of this machine that is to become one of a folder. */
export type FileToAdopt = Readonly<{
  /** Below the folder. */
  path: string
  /** Where it lies. */
  from: string
  /** What its bytes must add up to, where that is known; lower-case hexadecimal. */
  md5?: string
  described: Descriptors
}>

/** Files for one folder, which is there. */
export type Adoption = Readonly<{
  parent: ParentAddress
  folder: string
  files: readonly FileToAdopt[]
  taking: Taking
  /** Take also files whose bytes are not what they must add up to. */
  evenDamaged: boolean
}>

/**
 * What became of a file: `stored`, `same` when it was there with the same content; or it was not taken, because another
 * content is there (`taken`), it is not what it must be (`damaged`), cannot be read, or cannot have that path (`refused`).
 */
export type AdoptedFile = Readonly<{
  file: FileToAdopt
  /** Bytes of what was stored. */
  size: number
}> &
  (
    | Readonly<{ outcome: 'stored'; linked: boolean; damaged: boolean }>
    | Readonly<{ outcome: 'same' }>
    | Readonly<{ outcome: 'taken' | 'damaged' | 'unreadable' | 'refused'; because: string }>
  )

/**
 * Takes files of this machine into a folder in one change; none of them replaces another. A file that cannot be taken
 * is told of and keeps no other from being taken. Repeatable: what is there already is not stored again.
 * @throws ArchiveError 'not-found', 'forbidden', 'no-space'; then nothing was taken
 */
export async function adoptFiles(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  adoption: Adoption,
): Promise<readonly AdoptedFile[]> {
  const scope = scopeOf(archive, viewer)
  const known = await rowsOf(scope, adoption)
  const read = await inTurns(adoption.files, (file) => readOne(scope, adoption, file, known.get(file.path)))
  const staged = read.filter(isReady)
  const told = read.flatMap((one) => (isReady(one) ? [] : [one]))
  try {
    const { stored, late } = await store(archive, viewer, why, { adoption, staged })
    // Somebody else has taken in files of that name meanwhile: now they are looked at.
    const met = late.length === 0 ? [] : await adoptFiles(archive, viewer, why, { ...adoption, files: late })
    return [...told, ...stored, ...met]
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind !== 'broken-off') throw error
    // One of them was changed while it was read: the others are taken without it.
    const [only] = adoption.files
    if (only && adoption.files.length === 1) return [notTaken(only, 'unreadable', fault.because)]
    const outcomes: AdoptedFile[] = []
    for (const file of adoption.files)
      outcomes.push(...(await adoptFiles(archive, viewer, why, { ...adoption, files: [file] })))
    return outcomes
  }
}

type Row = Pick<FileRow, 'path' | 'size' | 'md5' | 'blob'>

async function rowsOf(scope: Scope, { parent, folder, files }: Adoption): Promise<ReadonlyMap<string, Row>> {
  const [found] = await findFolders(scope, [await locateParent(scope, parent, 'edit')], folder)
  const known = new Map<string, Row>()
  if (!found) return known
  for (const portion of portions(files)) {
    const paths = portion.map(({ path }) => path)
    const query = scope.db.selectFrom('files').select(['path', 'size', 'md5', 'blob'])
    const rows = await query.where('resource_id', '=', found.row.id).where('path', 'in', paths).execute()
    for (const row of rows) known.set(row.path, row)
  }
  return known
}

type Ready = Readonly<{ file: FileToAdopt; staged: StagedFile; damaged: boolean }>

const isReady = (one: Ready | AdoptedFile): one is Ready => 'staged' in one

const notTaken = (
  file: FileToAdopt,
  outcome: 'taken' | 'damaged' | 'unreadable' | 'refused',
  because: string,
): AdoptedFile => ({ file, size: 0, outcome, because })

async function readOne(
  { archive: { blobs } }: Scope,
  adoption: Adoption,
  file: FileToAdopt,
  row: Row | undefined,
): Promise<Ready | AdoptedFile> {
  const fault = pathFault(file.path, adoption.folder)
  if (fault !== undefined) return notTaken(file, 'refused', fault)
  try {
    if (row) {
      const { size } = await lstat(file.from)
      if (size !== row.size) return otherThere(file)
      if (file.md5 === row.md5 || (await blobs.isOneWith(row.blob, file.from)))
        return { file, size: 0, outcome: 'same' }
    }
    return verified(adoption, file, row, await blobs.stageFile(file.from, adoption.taking))
  } catch (error) {
    const because = unreadableBecause(error)
    if (because === undefined) throw error
    return notTaken(file, 'unreadable', because)
  }
}

async function verified(
  { evenDamaged }: Adoption,
  file: FileToAdopt,
  row: Row | undefined,
  staged: StagedFile,
): Promise<Ready | AdoptedFile> {
  const { key, md5 } = staged.digest
  const damaged = file.md5 !== undefined && file.md5 !== md5
  if (!row && (!damaged || evenDamaged)) return { file, staged, damaged }
  await staged.release()
  if (row) return row.blob === key ? { file, size: 0, outcome: 'same' } : otherThere(file)
  return notTaken(file, 'damaged', `Its MD5 is ${md5}, the catalog says ${file.md5}.`)
}

const otherThere = (file: FileToAdopt): AdoptedFile =>
  notTaken(file, 'taken', 'Another content is there under that path; it was left as it is.')

/** Why a file cannot be read; undefined where the reason is none of the file's own. */
function unreadableBecause(error: unknown): string | undefined {
  const fault = faultOf(error)
  if (fault) return fault.kind === 'unreadable' || fault.kind === 'broken-off' ? fault.because : undefined
  const { code, message } = error as NodeJS.ErrnoException
  return code !== undefined && /^E(ACCES|PERM|NOENT|IO|LOOP|NAMETOOLONG|ISDIR|NOTDIR|STALE|NXIO)$/.test(code)
    ? message
    : undefined
}

type Storing = Readonly<{ adoption: Adoption; staged: readonly Ready[] }>
type Stored = Readonly<{ stored: readonly AdoptedFile[]; late: readonly FileToAdopt[] }>

async function store(archive: Archive, viewer: Viewer, why: Reason, { adoption, staged }: Storing): Promise<Stored> {
  if (staged.length === 0) return { stored: [], late: [] }
  const copies = staged.map((ready) => ready.staged)
  const late = await keepAndName(archive.db, copies, (removals) =>
    change(archive, viewer, why, async (tx) => {
      const parent = await locateParent(tx, adoption.parent, 'edit')
      const taken: string[] = []
      for (const group of alike(staged)) {
        const arrivals = group.map(({ file: { path }, staged }) => ({ path, staged }))
        const described = group[0]!.file.described
        const upload = { folder: adoption.folder, described, overwrite: false }
        taken.push(...(await writeArrivals(tx, { parent, upload, arrivals, removals })))
      }
      return new Set(taken)
    }),
  )
  return {
    stored: staged.flatMap(({ file, staged: { digest, linked }, damaged }) =>
      late.has(file.path) ? [] : [{ file, size: digest.size, outcome: 'stored', linked, damaged } as const],
    ),
    late: staged.flatMap(({ file }) => (late.has(file.path) ? [file] : [])),
  }
}

/** Files in groups that are described alike. */
function alike(staged: readonly Ready[]): readonly (readonly Ready[])[] {
  return [...Map.groupBy(staged, ({ file }) => JSON.stringify(file.described)).values()]
}

/** Reads some at a time; when one fails for a reason that is not its own, the copies of all are dropped. */
async function inTurns(
  files: readonly FileToAdopt[],
  read: (file: FileToAdopt) => Promise<Ready | AdoptedFile>,
): Promise<(Ready | AdoptedFile)[]> {
  const found: (Ready | AdoptedFile)[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let at = next++; at < files.length; at = next++) found[at] = await read(files[at]!)
  }
  const lanes = Array.from({ length: Math.min(READS_AT_ONCE, files.length) }, lane)
  const failed = (await Promise.allSettled(lanes)).find((end) => end.status === 'rejected')
  if (!failed) return found
  await releaseAll(found.filter(isReady).map(({ staged }) => staged))
  throw failed.reason
}
