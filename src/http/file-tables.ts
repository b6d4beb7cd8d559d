import type { ListedFile } from '../archive/file-listing.ts'
import { type Folder, placeOfFolder, tagsOf } from '../archive/folders.ts'
import type { Cell, Column, Table } from '../model/table.ts'
import { lastStep } from './content-type.ts'
import { parentUri } from './parent-uris.ts'

export type Locator = 'URI' | 'absolutePath' | 'projectPath'

/** The word that a caller sent, in any letter case. */
export function locatorOf(word: string | undefined): Locator {
  const folded = word?.toLowerCase()
  if (folded === 'absolutepath') return 'absolutePath'
  return folded === 'projectpath' ? 'projectPath' : 'URI'
}

const text = (key: string): Column => ({ key, kind: 'string' })

/** resources 3.2; the properties of the place column stay those of URI whatever it is called. */
function columnsFor(locator: Locator): readonly Column[] {
  const place: Column =
    locator === 'URI'
      ? { key: 'URI', kind: 'string', properties: { serverRoot: '' }, link: true }
      : { key: locator, kind: 'string', properties: { key: 'URI', serverRoot: '' } }
  return [
    text('Name'),
    { key: 'Size', kind: 'integer' },
    place,
    ...['collection', 'file_tags', 'file_format', 'file_content', 'cat_ID', 'digest'].map(text),
  ]
}

export type Listing = Readonly<{
  files: readonly ListedFile[]
  locator: Locator
  /** Id of the subject that addresses of an experiment's files name, where they do. */
  subject: string | undefined
}>

/** A list of files as the table that clients know (resources 3.2, 3.3). */
export function filesTable({ files, locator, subject }: Listing): Table {
  const prefixes = new Map<Folder, string>()
  const rows = files.map(({ folder, row }): readonly Cell[] => {
    const prefix = prefixes.get(folder) ?? prefixOf(folder, locator, subject)
    prefixes.set(folder, prefix)
    return [
      lastStep(row.path),
      row.size,
      prefix + row.path,
      folder.row.label,
      row.tags === '[]' ? '' : tagsOf(row.tags).join(','),
      row.format,
      row.content,
      String(folder.row.id),
      row.md5,
    ]
  })
  return { columns: columnsFor(locator), rows, metadata: { title: 'Files' } }
}

function prefixOf(folder: Folder, locator: Locator, subject: string | undefined): string {
  if (locator === 'URI') return `${filesUri(folder, subject)}/`
  const place = placeOfFolder(folder)
  return locator === 'projectPath' ? `${place}/` : `${virtualRoot(folder)}${place}/`
}

/** The address of a folder's files, by ids. */
export const filesUri = ({ row, parent }: Folder, subject?: string): string =>
  `${parentUri(parent, subject)}/resources/${row.id}/files`

/** The place of a folder as an absolute path: of an archive that exists in no file system, so that none is disclosed (resources 10). */
const virtualRoot = ({ parent }: Folder): string => `/data/xnat/archive/${parent.holder.project}/`
