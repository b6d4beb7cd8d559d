import { createReadStream } from 'node:fs'
import { type DicomHeader, openHeader } from '../dicom/header.ts'
import { faultOf } from '../errors.ts'
import type { OldFolder } from './session-folders.ts'
import { filesBelow } from './tree.ts'

/** Files of a folder that are looked at before it counts as one without DICOM. */
const LOOKS = 3

/** The header of a DICOM file, or undefined where it is none or cannot be read. */
async function headerAt(path: string): Promise<DicomHeader | undefined> {
  const reader = openHeader()
  try {
    for await (const piece of createReadStream(path)) if (!reader.push(piece as Buffer)) break
    return reader.end()
  } catch (error) {
    // Whoever takes the file in will tell what is wrong with it.
    if (faultOf(error) || (error as NodeJS.ErrnoException).code !== undefined) return undefined
    throw error
  }
}

/** The header of the first DICOM file of a folder, if one of its first files is DICOM. */
export async function firstHeader({ path, shallow }: OldFolder): Promise<DicomHeader | undefined> {
  let looked = 0
  for await (const file of filesBelow(path, () => undefined)) {
    if (/catalog\.xml$/i.test(file.path)) continue
    if ((shallow && file.path.includes('/')) || looked++ === LOOKS) return undefined
    const header = await headerAt(file.from)
    if (header) return header
  }
  return undefined
}

/** Folders where the DICOM of a scan is looked for first. */
const likely = ['DICOM', undefined, 'secondary']
const rank = ({ label }: OldFolder): number => (likely.includes(label) ? likely.indexOf(label) : likely.length)

/** One header of each scan that has DICOM files, by the scan's ID. */
export async function headersOfScans(folders: readonly OldFolder[]): Promise<ReadonlyMap<string, DicomHeader>> {
  const headers = new Map<string, DicomHeader>()
  for (const folder of [...folders].sort((one, other) => rank(one) - rank(other))) {
    const { hold } = folder
    if (hold.on !== 'scan' || headers.has(hold.name)) continue
    const header = await firstHeader(folder)
    if (header) headers.set(hold.name, header)
  }
  return headers
}
