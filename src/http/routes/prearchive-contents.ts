import { scopeOf } from '../../archive/archive.ts'
import { refuse } from '../../errors.ts'
import { deleteWaitingFiles, deleteWaitingScan, putWaitingFiles } from '../../intake/arrival-changes.ts'
import { type Part, waitingFiles, waitingResources, waitingScans } from '../../intake/arrival-contents.ts'
import { arrivalLogs } from '../../intake/arrival-logs.ts'
import { locateArrival } from '../../intake/arrivals.ts'
import type { Table } from '../../model/table.ts'
import { arrivalUri } from '../arrival-uris.ts'
import { readUpload } from '../body.ts'
import type { Answer, Call, Operation, Parameter, Route } from '../call.ts'
import { isDownload } from '../downloads.ts'
import { fileAnswer } from '../file-answers.ts'
import { addressOf, entryParameters, entryPath } from '../prearchive-entries.ts'
import { emptyAnswer, mediaTypeOf, tableAnswer, textAnswer } from '../reply.ts'
import { passingRest } from '../rest-of-body.ts'
import { packedFiles } from '../waiting-downloads.ts'
import { pathParameter } from './resource-parameters.ts'
import { formatParameter } from './shared-parameters.ts'

const tableOf = (columns: readonly string[], rows: readonly (readonly string[])[], title?: string): Table => ({
  columns: columns.map((key) => ({ key, kind: 'string' })),
  rows,
  metadata: title === undefined ? {} : { totalRecords: String(rows.length), title },
})

/** The one list of scans that is not counted (scans 6.7). */
async function scans(call: Call): Promise<Answer> {
  const found = await waitingScans(call.archive, call.viewer, addressOf(call))
  const rows = found.map(({ id, type, description }) => [id, type, description])
  return tableAnswer(call, tableOf(['ID', 'xsiType', 'series_description'], rows))
}

async function resources(call: Call): Promise<Answer> {
  const found = await waitingResources(call.archive, call.viewer, addressOf(call))
  const rows = found.map(({ scan, label, count, size }) => [
    scan === '' ? 'resources' : 'scans',
    scan,
    label,
    String(count),
    String(size),
  ])
  return tableAnswer(call, tableOf(['category', 'cat_id', 'label', 'file_count', 'file_size'], rows, 'Resources'))
}

async function scanResources(call: Call): Promise<Answer> {
  const found = await waitingResources(call.archive, call.viewer, addressOf(call), call.params['scan'])
  const rows = found.map(({ label, count, size }) => [label, String(count), String(size)])
  return tableAnswer(call, tableOf(['label', 'file_count', 'file_size'], rows, 'Resources'))
}

/** Where the path of the call says that files lie; without a scan they are the session's own. */
const partOf = ({ params }: Call): Part => ({
  scan: params['scan'] ?? '',
  ...(params['label'] === undefined ? {} : { label: params['label'] }),
})

async function files(call: Call): Promise<Answer> {
  const found = await waitingFiles(call.archive, call.viewer, addressOf(call), partOf(call))
  const type = mediaTypeOf(call, ['application/json', 'text/html', 'text/xml'])
  if (isDownload(type)) return packedFiles(call, found, type)
  const sizeOf = call.query.flag('prettyPrint') ? prettySize : String
  const rows = found.map(({ path, size }) => [path, sizeOf(size), `${call.askedPath}/${encodeSteps(path)}`])
  return tableAnswer(call, tableOf(['Name', 'Size', 'URI'], rows, 'Files'))
}

const encodeSteps = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

/** Bytes for people: `1.5 MB`. */
function prettySize(size: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(size, 1)) / 10))
  return power === 0 ? `${size} B` : `${(size / 1024 ** power).toFixed(1)} ${units[power]}`
}

async function download(call: Call): Promise<Answer> {
  const type = mediaTypeOf(call, ['application/zip'])
  const found = await waitingFiles(call.archive, call.viewer, addressOf(call), partOf(call))
  return packedFiles(call, found, isDownload(type) ? type : 'application/zip')
}

async function file(call: Call): Promise<Answer> {
  const part = { ...partOf(call), path: call.params['*'] ?? '' }
  const [found] = await waitingFiles(call.archive, call.viewer, addressOf(call), part)
  return fileAnswer(call, found!)
}

async function put(call: Call): Promise<Answer> {
  const [label, path] = [call.params['label'] ?? '', call.params['*'] ?? '']
  const upload = { at: addressOf(call), label, files: readUpload(call, path) }
  await passingRest(call, () => putWaitingFiles(call.archive, call.viewer, call.why, upload))
  return emptyAnswer
}

async function removeFiles(call: Call): Promise<Answer> {
  const path = call.params['*']
  const what = { at: addressOf(call), label: call.params['label'] ?? '', ...(path === undefined ? {} : { path }) }
  await deleteWaitingFiles(call.archive, call.viewer, call.why, what)
  return emptyAnswer
}

async function removeScan(call: Call): Promise<Answer> {
  const what = { at: addressOf(call), scan: call.params['scan'] ?? '' }
  await deleteWaitingScan(call.archive, call.viewer, call.why, what)
  return emptyAnswer
}

async function logs(call: Call): Promise<Answer> {
  const scope = scopeOf(call.archive, call.viewer)
  const found = await arrivalLogs(scope, await locateArrival(scope, addressOf(call), 'read'))
  const asked = call.params['log']
  if (asked === undefined)
    return tableAnswer(
      call,
      tableOf(
        ['id', 'date', 'entry'],
        found.map(({ id, at, entry }) => [String(id), at, entry]),
        'Logs',
      ),
    )
  const one = asked === 'last' ? found.at(-1) : found.find(({ id }) => String(id) === asked)
  return one ? textAnswer(one.entry) : refuse({ kind: 'not-found', noun: 'path', name: arrivalUri(addressOf(call)) })
}

const scan: Parameter = { name: 'scan', in: 'path', says: 'ID of a scan of the session' }
const label: Parameter = { name: 'label', in: 'path', says: 'Label of a resource' }
const missing = {
  403: 'Not yours to change, or Unassigned',
  404: 'No such entry, or what it has not; or not built yet',
}
const locked = { 409: 'Somebody works on the entry', ...missing }
const tables = ['application/json', 'text/xml', 'text/html', 'text/csv']
const packs = ['application/zip', 'application/x-tar', 'application/x-gtar']
const prettyPrint: Parameter = { name: 'prettyPrint', in: 'query', says: 'true: sizes for people' }

const listing = (says: string, respond: Operation['respond'], more: readonly Parameter[] = []): Operation => ({
  says,
  respond,
  parameters: [...entryParameters, ...more, formatParameter],
  gives: tables,
  statuses: missing,
})

const removing = (says: string, respond: Operation['respond'], more: readonly Parameter[]): Operation => ({
  says,
  respond,
  parameters: [...entryParameters, ...more],
  gives: ['text/plain'],
  statuses: locked,
})

const sending = (says: string, more: readonly Parameter[]): Operation => ({
  says,
  respond: download,
  parameters: [...entryParameters, ...more, { ...formatParameter, values: ['zip', 'tar', 'tar.gz'] }],
  gives: packs,
  statuses: missing,
})

const fileOperation = (more: readonly Parameter[]): Operation => ({
  says: 'A file as it came; a DICOM object as image/jpeg where that format is asked for',
  respond: file,
  parameters: [...entryParameters, ...more, pathParameter],
  gives: ['application/octet-stream', 'image/jpeg'],
  statuses: missing,
})

const filesOperation = (more: readonly Parameter[]): Operation => ({
  ...listing('List the files of a resource, or send them as one', files, [...more, prettyPrint]),
  gives: [...tables, ...packs],
})

const page = 'Prearchive'
const scanPath = `${entryPath}/scans/:scan`

/** What is in an entry of the prearchive (import 2.5). */
export const prearchiveContentRoutes: readonly Route[] = [
  { page, paths: [`${entryPath}/scans`], GET: listing('List the scans that an entry has', scans) },
  {
    page,
    paths: [scanPath],
    GET: sending('The files of a scan as one', [scan]),
    DELETE: removing('Take a scan out of an entry, with its files', removeScan, [scan]),
  },
  { page, paths: [`${scanPath}/resources`], GET: listing('List the resources of a scan', scanResources, [scan]) },
  {
    page,
    paths: [`${scanPath}/resources/:label`],
    GET: sending('The files of a resource of a scan as one', [scan, label]),
  },
  { page, paths: [`${scanPath}/resources/:label/files`], GET: filesOperation([scan, label]) },
  { page, paths: [`${scanPath}/resources/:label/files/*`], GET: fileOperation([scan, label]) },
  { page, paths: [`${entryPath}/resources`], GET: listing('List all resources of an entry', resources) },
  {
    page,
    paths: [`${entryPath}/resources/:label`],
    GET: sending('The files of a resource of the session as one', [label]),
    DELETE: removing('Delete a resource of the session', removeFiles, [label]),
  },
  { page, paths: [`${entryPath}/resources/:label/files`], GET: filesOperation([label]) },
  {
    page,
    paths: [`${entryPath}/resources/:label/files/*`],
    GET: fileOperation([label]),
    PUT: {
      says: 'Put a file beside the scans; it travels along when the entry is archived',
      respond: put,
      parameters: [
        ...entryParameters,
        label,
        pathParameter,
        { name: 'inbody', in: 'query', says: 'true: the body is the file' },
      ],
      takes: ['application/octet-stream', 'multipart/form-data'],
      gives: ['text/plain'],
      statuses: { 400: 'No data, or a name that cannot be', ...locked },
    },
    DELETE: removing('Delete a file of a resource of the session', removeFiles, [label, pathParameter]),
  },
  { page, paths: [`${entryPath}/logs`], GET: listing('What happened to an entry, oldest first', logs) },
  {
    page,
    paths: [`${entryPath}/logs/:log`],
    GET: {
      says: 'One line of the log of an entry',
      respond: logs,
      parameters: [...entryParameters, { name: 'log', in: 'path', says: 'number of the line, or last' }],
      gives: ['text/plain'],
      statuses: missing,
    },
  },
]
