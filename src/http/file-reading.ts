import {
  type FileSelection,
  type ListedBytes,
  type ListedFile,
  listBytes,
  listFilePages,
  listFiles,
  subjectOfHolder,
} from '../archive/file-listing.ts'
import type { Folder } from '../archive/folders.ts'
import type { FilePlace } from '../archive/stored-files.ts'
import { faultOf, refuse } from '../errors.ts'
import { xcatXmlChunks } from '../formats/catalog-xml.ts'
import { checkSoughtPath } from '../model/label.ts'
import type { Table } from '../model/table.ts'
import type { Answer, Call } from './call.ts'
import { lastStep } from './content-type.ts'
import { downloadAnswer, extensionOf, isDownload, type Member } from './downloads.ts'
import { fileAnswer, findContent, foundAnswer } from './file-answers.ts'
import { filesTable, filesUri, locatorOf } from './file-tables.ts'
import { folderPrefix, type Layout, structureOf } from './member-names.ts'
import { namesSubject, parentOf } from './parent-uris.ts'
import { begunPages, mediaTypeOf, pagedTableAnswer, tableAnswer, tableVariants } from './reply.ts'
import { prepareAskedSnapshots } from './snapshot-folder.ts'

/** With `accept-not-found`, 204 where no file is found (resources 1.7). */
export async function orNoContent(call: Call, answer: () => Promise<Answer>): Promise<Answer> {
  try {
    return await answer()
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind === 'not-found' && fault.noun === 'file' && call.query.flag('accept-not-found'))
      return { status: 204 }
    throw error
  }
}

const noFile = (name: string): never => refuse({ kind: 'not-found', noun: 'file', name })

function selectionOf(call: Call, under?: FileSelection['under']): FileSelection {
  return {
    parent: parentOf(call),
    folders: call.params['folder'],
    all: call.query.flag('all'),
    formats: call.query.all('file_format'),
    contents: call.query.all('file_content'),
    under,
  }
}

/** The files of a folder or of all folders of a parent: as a table, packed into one, or the n-th itself (resources 3). */
export function listOrDownload(call: Call): Promise<Answer> {
  return orNoContent(call, async () => {
    await prepareAskedSnapshots(call)
    const index = call.query.get('index')
    if (index !== undefined) return nth(call, await listBytes(call.archive, call.viewer, selectionOf(call)), index)
    const type = mediaTypeOf(call, tableVariants)
    if (isDownload(type)) {
      const files = await listBytes(call.archive, call.viewer, selectionOf(call))
      return download(call, files, type, await namesIn(call, files, type))
    }
    if (type === 'application/xcat') return xcat(call, await listFiles(call.archive, call.viewer, selectionOf(call)))
    return table(call, selectionOf(call))
  })
}

function nth(call: Call, files: readonly ListedBytes[], index: string): Promise<Answer> {
  const file = /^\d+$/.test(index) ? files[Number(index)] : undefined
  if (file) return fileAnswer(call, file.row)
  const because = `There is no file number ${index}: index counts from 0, and the matching files are ${files.length}.`
  return refuse({ kind: 'not-found', noun: 'file', name: index, because })
}

/** The address of one folder's files names the subject where the request did (resources 3.3). */
async function table(call: Call, selection: FileSelection): Promise<Answer> {
  const { read, all } = await begunPages(await listFilePages(call.archive, call.viewer, selection))
  const first = read[0]?.[0]
  const single = call.params['folder'] !== undefined && !call.params['folder'].includes(',')
  const subject =
    first && single && namesSubject(call) ? await subjectOfHolder(call.archive, first.folder.parent) : undefined
  const locator = locatorOf(call.query.get('locator'))
  const tableOf = (files: readonly ListedFile[]) => filesTable({ files, locator, subject: subject?.accession })
  if (!(Symbol.asyncIterator in all)) return tableAnswer(call, tableOf(all.flat()))
  if (call.query.get('sortBy') !== undefined) return tableAnswer(call, tableOf((await Array.fromAsync(all)).flat()))
  return pagedTableAnswer(call, tableOf([]), rowsOf(all, tableOf))
}

async function* rowsOf(
  pages: AsyncIterable<readonly ListedFile[]>,
  tableOf: (files: readonly ListedFile[]) => Table,
): AsyncGenerator<Table['rows'], void> {
  for await (const page of pages) yield tableOf(page).rows
}

type Placed = Readonly<{ folder: Folder; row: Readonly<{ path: string }> }>
type Naming = (file: Placed) => string

/** The name of each file in a download, as the call wants it laid out. */
async function namesIn(call: Call, files: readonly Placed[], type: string): Promise<Naming> {
  const { query } = call
  const holder = files[0]?.folder.parent
  const subject =
    holder && query.flag('subjectIncludedInPath') ? await subjectOfHolder(call.archive, holder) : undefined
  const layout: Layout = {
    structure: structureOf(query.get('structure')),
    typed: type === 'application/zip',
    before: [
      ...(holder && query.flag('projectIncludedInPath') ? [holder.holder.project] : []),
      ...(subject ? [subject.label] : []),
    ],
  }
  const prefixes = new Map<number, string>()
  return ({ folder, row }) => {
    const prefix = prefixes.get(folder.row.id) ?? folderPrefix(folder, layout)
    prefixes.set(folder.row.id, prefix)
    return prefix + row.path
  }
}

function download(call: Call, files: readonly ListedBytes[], type: string, nameOf: Naming): Promise<Answer> {
  const [first] = files
  if (!first) return noFile('')
  const members = files.map((file): Member => ({ ...file.row, name: nameOf(file) }))
  return downloadAnswer(call, { type, name: first.folder.parent.holder.label, members })
}

async function xcat(call: Call, files: readonly ListedFile[]): Promise<Answer> {
  const nameOf = await namesIn(call, files, 'application/zip')
  const entries = files.map((file) => ({
    uri: `${filesUri(file.folder)}/${file.row.path}`,
    member: nameOf(file),
    name: lastStep(file.row.path),
    size: file.row.size,
    digest: file.row.md5,
    format: file.row.format ?? undefined,
    content: file.row.content ?? undefined,
  }))
  const headers = { 'content-type': 'application/xcat', 'content-disposition': 'inline; filename="files.xcat";' }
  return { status: 200, headers, body: xcatXmlChunks(entries, call.siteUrl) }
}

const relative: Naming = ({ row }) => row.path

/** One file, a member of a stored zip, a directory, or with a star the files that begin so, packed (resources 4). */
export function readPath(call: Call): Promise<Answer> {
  return orNoContent(call, async () => {
    const path = call.params['*'] ?? ''
    const because = checkSoughtPath(path.replace(/\/$/, ''))
    if (because) refuse({ kind: 'invalid', field: 'path', because })
    const place: FilePlace = { parent: parentOf(call), folder: call.params['folder'] }
    await prepareAskedSnapshots(call)
    const type = call.query.get('format') === undefined ? '' : mediaTypeOf(call, tableVariants)
    const found = await findContent(call, place, path)
    if (found?.member === undefined && found && isDownload(type) && !found.file.path.endsWith(extensionOf(type))) {
      const member = { ...found.file, name: found.file.path }
      return downloadAnswer(call, { type, name: found.file.parent.holder.label, members: [member] })
    }
    if (found) return foundAnswer(call, found)
    if (path.endsWith('/')) return directory(call, path, type)
    if (path.endsWith('*') && isDownload(type)) {
      const under = { prefix: path.slice(0, -1), deep: true }
      const files = await listBytes(call.archive, call.viewer, selectionOf(call, under))
      return download(call, files, type, relative)
    }
    return noFile(path)
  })
}

async function directory(call: Call, path: string, type: string): Promise<Answer> {
  const under = { prefix: path, deep: call.query.flagUnlessOff('recursive') }
  if (!isDownload(type)) return table(call, selectionOf(call, under))
  return download(call, await listBytes(call.archive, call.viewer, selectionOf(call, under)), type, relative)
}
