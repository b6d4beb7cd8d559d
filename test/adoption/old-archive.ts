import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { instance, UID_ROOT, type Values } from '../support/dicom.ts'

/** Text or bytes of files by their path below the archive's folder. */
export type OldFiles = Readonly<Record<string, string | Uint8Array>>

/** An archive folder as an XNAT server leaves it; `remove` deletes it. */
export type OldArchive = Readonly<{
  folder: string
  add: (files: OldFiles) => Promise<void>
  path: (path: string) => string
  remove: () => Promise<void>
}>

export async function openOldArchive(files: OldFiles = {}): Promise<OldArchive> {
  const folder = await mkdtemp(join(tmpdir(), 'isocenter-old-'))
  const path = (below: string): string => join(folder, below)
  const add = async (more: OldFiles): Promise<void> => {
    for (const [name, content] of Object.entries(more)) {
      await mkdir(dirname(path(name)), { recursive: true })
      await writeFile(path(name), content)
    }
  }
  await add(files)
  return { folder, add, path, remove: () => rm(folder, { recursive: true, force: true }) }
}

export const md5 = (content: string | Uint8Array): string => createHash('md5').update(content).digest('hex')

/** Attributes of an entry; its digest is that of the content unless told. */
export type Listed = Readonly<{ content: string | Uint8Array; attributes?: string; inside?: string }>

/** A catalog of files by their URI. */
export function catalogXml(files: Readonly<Record<string, Listed>>, root = 'Catalog'): string {
  const entries = Object.entries(files).map(([uri, { content, attributes, inside = '' }]) => {
    const more = attributes ?? `digest="${md5(content)}"`
    return `<cat:entry URI="${uri}" ID="${uri}" cachePath="${uri}" ${more}>${inside}</cat:entry>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<cat:${root} ID="x" xmlns:cat="http://nrg.wustl.edu/catalog" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<cat:entries>${entries.join('\n')}</cat:entries></cat:${root}>\n`
}

/** Files in a folder with a catalog that lists them all. */
export function folderOf(folder: string, files: OldFiles, catalog = 'x_catalog.xml', root?: string): OldFiles {
  const listed = Object.entries(files).map(([name, content]) => [name, { content }] as const)
  return {
    ...Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content])),
    [`${folder}/${catalog}`]: catalogXml(Object.fromEntries(listed), root),
  }
}

/** A scan of MR images in a session, `PROJECT/arc001/SESSION`, as an import leaves it. */
export function scanOf(session: string, scan: number, values: Values & Readonly<{ count?: number }> = {}): OldFiles {
  const { count = 3, ...given } = values
  const study = `${UID_ROOT}.${[...Buffer.from(session)].reduce((sum, letter) => sum * 31n + BigInt(letter), 7n)}`
  const files = Array.from({ length: count }, (_, at) => {
    const own: Values = {
      StudyInstanceUID: study,
      SeriesInstanceUID: `${study}.${scan}`,
      SOPInstanceUID: `${study}.${scan}.${at + 1}`,
      SeriesNumber: scan,
      SeriesDescription: `series ${scan}`,
      InstanceNumber: at + 1,
      PatientName: 'SUBJ',
      PatientID: session.split('/').at(-1)!,
      ...given,
    }
    return [`${at + 1}.dcm`, instance(own)] as const
  })
  const folder = `${session}/SCANS/${scan}/DICOM`
  return folderOf(folder, Object.fromEntries(files), `scan_${scan}_catalog.xml`, 'DCMCatalog')
}
