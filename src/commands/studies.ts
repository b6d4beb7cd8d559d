import { createReadStream } from 'node:fs'
import { lstat, open } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Tell } from '../adoption/findings.ts'
import { filesBelow } from '../adoption/tree.ts'
import { firstOf, MEDIA_DIRECTORY, openHeader } from '../dicom/header.ts'
import { faultOf, refuse } from '../errors.ts'
import { archiveKind, SNIFF_BYTES, sniffArchive } from '../formats/archive-kind.ts'

/** Files whose beginnings are read at the same time. */
const LOOKS_AT_ONCE = 16

/** A file of this machine; `path` is its name among those that go with it, `size` in bytes. */
export type FoundFile = Readonly<{ path: string; from: string; size: number; modified: Date }>

/** Files that go in together: those of one study, or one archive file. */
export type Batch = Readonly<{ name: string; files: readonly FoundFile[]; bytes: number }>

/** What was found. `passed` are files that are neither DICOM objects nor archives. */
export type Search = Readonly<{ batches: readonly Batch[]; passed: readonly string[] }>

type Kind = Readonly<{ study: string } | { archive: string } | 'none' | 'passed over'>

/**
 * Looks for DICOM objects, zips and tars in files and folders, and sorts them by study.
 * @param tell told of what cannot be read and of links, which are not followed
 * @throws ArchiveError 'invalid' for a path that is not there
 */
export async function findStudies(paths: readonly string[], tell: Tell, stopped: () => boolean): Promise<Search> {
  const studies = new Map<string, FoundFile[]>()
  const passed: string[] = []
  const look = async (file: FoundFile): Promise<void> => {
    const kind = await kindOf(file, tell)
    if (kind === 'none') passed.push(file.from)
    if (typeof kind === 'string') return
    const name = 'study' in kind ? `study ${kind.study}` : kind.archive
    studies.set(name, [...(studies.get(name) ?? []), file])
  }
  let waiting: Promise<void>[] = []
  for (const path of paths) {
    for await (const file of filesAt(path, tell)) {
      if (stopped()) break
      waiting.push(look(file))
      if (waiting.length < LOOKS_AT_ONCE) continue
      await Promise.all(waiting)
      waiting = []
    }
  }
  await Promise.all(waiting)
  const batches = [...studies].map(([name, files]) => ({ name, files, bytes: sum(files) }))
  return { batches, passed: passed.sort() }
}

const sum = (files: readonly FoundFile[]): number => files.reduce((bytes, { size }) => bytes + size, 0)

async function* filesAt(path: string, tell: Tell): AsyncGenerator<FoundFile> {
  const found = await lstat(path).catch((error: Error) =>
    refuse({ kind: 'invalid', field: 'DIR', because: `${path} cannot be read: ${error.message}` }, error),
  )
  const files = found.isDirectory() ? filesBelow(path, tell) : [{ path: basename(path), from: path }]
  for await (const file of files) {
    const { size, mtime } = await lstat(file.from)
    yield { ...file, size, modified: mtime }
  }
}

async function kindOf({ path, from }: FoundFile, tell: Tell): Promise<Kind> {
  try {
    return (await isArchive(path, from)) ? { archive: from } : await studyOf(from)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    tell({ kind: 'unreadable', path: from, detail: (error as Error).message })
    return 'passed over'
  }
}

async function isArchive(path: string, from: string): Promise<boolean> {
  await using file = await open(from)
  const head = Buffer.alloc(SNIFF_BYTES)
  const { bytesRead } = await file.read(head, 0, SNIFF_BYTES, 0)
  // A preamble can hold anything, also what looks like the beginning of an archive.
  if (head.toString('latin1', 128, 132) === 'DICM') return false
  return sniffArchive(head.subarray(0, bytesRead)) !== undefined || (bytesRead > 0 && archiveKind(path) !== undefined)
}

async function studyOf(from: string): Promise<Kind> {
  const reader = openHeader()
  try {
    for await (const piece of createReadStream(from)) if (!reader.push(piece as Buffer)) break
    const study = firstOf(reader.end(), 'StudyInstanceUID')
    return study === undefined ? 'none' : { study }
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind !== 'unreadable') throw error
    // The directory of a CD lists objects and is none.
    return fault.what === MEDIA_DIRECTORY ? 'passed over' : 'none'
  }
}
