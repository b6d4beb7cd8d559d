import { deleteFiles } from '../../archive/file-deletion.ts'
import { putFiles } from '../../archive/files.ts'
import { refuse } from '../../errors.ts'
import { readUpload } from '../body.ts'
import type { Answer, Call, Operation, Parameter, Route } from '../call.ts'
import { listOrDownload, orNoContent, readPath } from '../file-reading.ts'
import { parentOf } from '../parent-uris.ts'
import { emptyAnswer } from '../reply.ts'
import { passingRest } from '../rest-of-body.ts'
import { type ParentPaths, parentPaths } from './parent-paths.ts'
import {
  acceptNotFound,
  descriptorParameters,
  folderParameter,
  pathParameter,
  reasonParameters,
  statuses,
  tableParameters,
} from './resource-parameters.ts'
import { formatParameter } from './shared-parameters.ts'

/** Stores what was sent. A reader who may not edit, and a name that is taken, are answered with 200 (resources 7.9). */
async function store(call: Call): Promise<Answer> {
  const { query } = call
  const uploaded = await passingRest(call, () =>
    putFiles(call.archive, call.viewer, call.why, {
      parent: parentOf(call, true),
      folder: call.params['folder'],
      files: readUpload(call, call.params['*'] ?? ''),
      overwrite: query.flag('overwrite'),
      described: {
        format: query.get('format'),
        content: query.get('content'),
        description: query.get('description'),
        tags: query.all('tags').filter((tag) => tag !== ''),
      },
      // Unlike other flags it is on with these two alone (resources 1.6).
      keepTotals: !/^(?:true|1)$/i.test(query.get('update-stats') ?? 'true'),
    }),
  )
  return uploaded.refused || uploaded.duplicates.length === 0 ? emptyAnswer : duplicatesAnswer(uploaded.duplicates)
}

function duplicatesAnswer(duplicates: readonly string[]): Answer {
  const body = JSON.stringify({ duplicates }).replaceAll('<', '\\u003c')
  return { status: 200, headers: { 'content-type': 'application/json; charset=UTF-8' }, body }
}

async function remove(call: Call): Promise<Answer> {
  const { folder, '*': path = '' } = call.params
  if (folder === undefined)
    refuse({ kind: 'invalid', field: 'resource', because: 'Name the folder whose files are to be deleted.' })
  const removal = { parent: parentOf(call, true), folder, path, removeFiles: call.query.flagUnlessOff('removeFiles') }
  return orNoContent(call, async () => {
    await deleteFiles(call.archive, call.viewer, call.why, removal)
    return emptyAnswer
  })
}

const filters: readonly Parameter[] = [
  { ...formatParameter, values: ['json', 'xml', 'csv', 'html', 'zip', 'tar', 'tar.gz', 'xcat', 'image/jpeg'] },
  ...tableParameters,
  { name: 'file_format', in: 'query', says: 'Only files of this format; NULL for none; may be repeated' },
  { name: 'file_content', in: 'query', says: 'Only files of this content; NULL for none; may be repeated' },
  { name: 'index', in: 'query', says: 'Answer the n-th of the files itself, counted from 0' },
  {
    name: 'locator',
    in: 'query',
    says: 'Show another place than the address',
    values: ['absolutePath', 'projectPath'],
  },
  {
    name: 'structure',
    in: 'query',
    says: 'Layout of a download',
    values: ['default', 'simplified', 'legacy', 'improved'],
  },
  { name: 'compression', in: 'query', says: 'Method of a zip: 0 stored, 8 deflated', values: ['0', '8'] },
  { name: 'projectIncludedInPath', in: 'query', says: 'true: paths of scans in a download begin with the project' },
  { name: 'subjectIncludedInPath', in: 'query', says: 'true: paths of scans in a download begin with the subject' },
  acceptNotFound,
]

const uploads: readonly Parameter[] = [
  { name: 'inbody', in: 'query', says: 'true: the body is the file' },
  { name: 'overwrite', in: 'query', says: 'true: replace files whose names are taken' },
  { name: 'extract', in: 'query', says: 'true: unpack zip, tar, tar.gz and gz into the folder' },
  { name: 'update-stats', in: 'query', says: 'false: leave count and size of the folder as they are' },
  ...descriptorParameters,
  ...reasonParameters,
]

const removals: readonly Parameter[] = [
  { name: 'removeFiles', in: 'query', says: 'false: keep the bytes for a later refresh' },
  acceptNotFound,
  ...reasonParameters,
]

const gives = [
  'application/json',
  'text/xml',
  'text/csv',
  'text/html',
  'application/zip',
  'application/x-tar',
  'application/x-gtar',
  'application/xcat',
]
const takes = ['application/octet-stream', 'multipart/form-data']

type Place = Readonly<{ paths: readonly string[]; parameters: readonly Parameter[]; what: string }>

function filesRoute({ paths, parameters, what }: Place): Route {
  const put: Operation = {
    says: `Store files in ${what}`,
    respond: store,
    parameters: [...parameters, ...uploads],
    takes,
    gives: ['text/plain'],
    statuses,
  }
  return {
    page: 'Files',
    paths,
    GET: {
      says: `List the files of ${what}, or send them as one`,
      respond: listOrDownload,
      parameters: [...parameters, ...filters],
      gives,
      statuses: { 404: statuses[404] },
    },
    PUT: put,
    POST: put,
    DELETE: {
      says: `Delete all files of ${what}`,
      respond: remove,
      parameters: [...parameters, ...removals],
      gives: ['text/plain'],
      statuses,
    },
  }
}

function fileRoute({ paths, parameters: above, what }: Place): Route {
  const parameters = [...above, pathParameter]
  const put: Operation = {
    says: `Store a file in ${what}`,
    respond: store,
    parameters: [...parameters, ...uploads],
    takes,
    gives: ['text/plain'],
    statuses,
  }
  return {
    page: 'Files',
    paths: paths.map((path) => `${path}/*`),
    GET: {
      says: `A file of ${what}, a member of a stored zip, or with a slash at the end a directory`,
      respond: readPath,
      parameters: [
        ...parameters,
        { name: 'listContents', in: 'query', says: 'true: list the members of a stored zip' },
        ...filters,
      ],
      gives: ['application/octet-stream', 'image/jpeg', ...gives],
      statuses: {
        206: 'Part of the file',
        304: 'Unchanged',
        400: 'There is no picture of this DICOM object',
        404: statuses[404],
        412: 'The file is another one',
        415: 'Not a zip',
        416: 'No such range',
      },
    },
    PUT: put,
    POST: put,
    DELETE: {
      says: `Delete a file or a directory of ${what}`,
      respond: remove,
      parameters: [...parameters, ...removals],
      gives: ['text/plain'],
      statuses,
    },
  }
}

function placesOf({ says, paths, parameters }: ParentPaths): Place[] {
  return [
    { paths: paths.map((path) => `${path}/files`), parameters, what: `the folders of ${says}` },
    {
      paths: paths.map((path) => `${path}/resources/:folder/files`),
      parameters: [...parameters, folderParameter],
      what: `a folder of ${says}`,
    },
  ]
}

/** Files of everything that can have folders (resources 3, 4, 7 and 8.2). */
export const fileRoutes: readonly Route[] = parentPaths
  .flatMap(placesOf)
  .flatMap((place) => [filesRoute(place), fileRoute(place)])
