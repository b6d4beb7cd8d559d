import { lstat } from 'node:fs/promises'
import { type AdoptedFile, adoptFiles, type FileToAdopt } from '../archive/adopted-files.ts'
import { createResource } from '../archive/resources.ts'
import { faultOf } from '../errors.ts'
import type { ParentAddress } from '../model/address.ts'
import { type Holdings, readHoldings } from './catalogs.ts'
import { firstHeader } from './peek.ts'
import type { Goal, Run } from './run.ts'
import type { OldFolder } from './session-folders.ts'

/** What one change takes in at most: between two of them the run can be stopped, and other changes have their turn. */
const FILES_AT_ONCE = 500
const BYTES_AT_ONCE = 1024 ** 3

/** Folders that hold DICOM, and what their content is called (import 3.7). */
const contentOf: Readonly<Record<string, string>> = { DICOM: 'RAW', secondary: 'SECONDARY' }

/**
 * Takes in the files of one folder, portion by portion; what could not be taken is told.
 * @returns how many files are new
 * @throws ArchiveError 'no-space', and what makes it impossible to go on with the parent
 */
export async function adoptFolder(run: Run, parent: ParentAddress, folder: OldFolder): Promise<number> {
  const holdings = await readHoldings(run.root, folder, run.tell)
  if (holdings.files.length === 0 && !holdings.catalogued) {
    run.tell({ kind: 'empty', path: folder.path, detail: 'A folder without files and without a catalog.' })
    return 0
  }
  tellUnlisted(run, folder, holdings)
  const label = folder.label ?? ((await firstHeader(folder)) ? 'DICOM' : 'MISC')
  if (folder.label === undefined)
    run.tell({ kind: 'guessed', path: folder.path, detail: `Files without a resource; theirs is called ${label}.` })
  if (run.goal && (await needFolder(run.goal, parent, label))) run.tally.folders++
  if (!run.goal) run.tally.folders++
  let fresh = 0
  for await (const files of portionsOf(holdings, run)) {
    if (run.stopped()) break
    fresh += run.goal ? await adoptPortion(run, run.goal, { parent, folder: label, files }) : files.length
  }
  return fresh
}

function tellUnlisted({ tell }: Run, { path }: OldFolder, { files, catalogued }: Holdings): void {
  const unlisted = files.filter(({ listed }) => listed === undefined).length
  if (unlisted === 0) return
  const detail = catalogued ? `${unlisted} of ${files.length} files are in no catalog.` : 'There is no catalog.'
  tell({ kind: 'uncatalogued', path, detail })
}

/** Makes the folder, unless it is there; returns whether it is new. */
async function needFolder({ archive, viewer, why }: Goal, parent: ParentAddress, label: string): Promise<boolean> {
  const content = contentOf[label]
  const described =
    parent.kind === 'scan' && content !== undefined ? { format: 'DICOM', content, tags: [] } : { tags: [] }
  try {
    await createResource(archive, viewer, why, { parent, label, described })
    return true
  } catch (error) {
    if (faultOf(error)?.kind !== 'conflict') throw error
    return false
  }
}

/** Files as they are taken in together. Their sizes are counted where nothing else does. */
async function* portionsOf({ files }: Holdings, run: Run): AsyncGenerator<readonly FileToAdopt[]> {
  let portion: FileToAdopt[] = []
  let bytes = 0
  for (const { path, from, listed } of files) {
    // What cannot be looked at cannot be read either, and is told of then.
    const size = (await lstat(from).catch(() => undefined))?.size ?? 0
    if (!run.goal) {
      run.tally.files++
      run.tally.bytes += size
    }
    const { md5, format, content, description, tags = [] } = listed ?? {}
    portion.push({ path, from, ...(md5 ? { md5 } : {}), described: { format, content, description, tags } })
    bytes += size
    if (portion.length < FILES_AT_ONCE && bytes < BYTES_AT_ONCE) continue
    yield portion
    portion = []
    bytes = 0
  }
  if (portion.length > 0) yield portion
}

type Portion = Readonly<{ parent: ParentAddress; folder: string; files: readonly FileToAdopt[] }>

async function adoptPortion(run: Run, { archive, viewer, why }: Goal, portion: Portion): Promise<number> {
  const { taking, evenDamaged } = run
  const outcomes = await adoptFiles(archive, viewer, why, { ...portion, taking, evenDamaged })
  for (const outcome of outcomes) note(run, outcome)
  return outcomes.filter(({ outcome }) => outcome === 'stored').length
}

function note({ tally, tell }: Run, adopted: AdoptedFile): void {
  const { file, size } = adopted
  if (adopted.outcome === 'same') tally.same++
  else if (adopted.outcome === 'stored') {
    tally.files++
    tally.bytes += size
    if (adopted.linked) tally.linked++
    if (adopted.damaged) tell({ kind: 'damaged-taken', path: file.from, detail: `The catalog says ${file.md5}.` })
  } else tell({ kind: adopted.outcome, path: file.from, detail: adopted.because })
}
