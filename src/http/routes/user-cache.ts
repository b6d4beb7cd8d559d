import {
  type CachePlace,
  deleteCacheFiles,
  deleteCacheFolder,
  findCacheFile,
  listCache,
  listCacheFiles,
  makeCacheFolder,
  putCacheFiles,
} from '../../archive/user-cache.ts'
import { readUpload } from '../body.ts'
import type { Answer, Call, Operation, Parameter, Route } from '../call.ts'
import { downloadAnswer, isDownload } from '../downloads.ts'
import { fileAnswer } from '../file-answers.ts'
import { emptyAnswer, mediaTypeOf, tableAnswer, tableVariants } from '../reply.ts'
import { passingRest } from '../rest-of-body.ts'
import { cacheFileUri, cacheRoot } from '../user-cache-uris.ts'
import { pathParameter } from './resource-parameters.ts'
import { formatParameter } from './shared-parameters.ts'

const placeOf = ({ params }: Call): CachePlace => ({ folder: params['folder'] ?? '', path: params['*'] ?? '' })

async function folders(call: Call): Promise<Answer> {
  const names = await listCache(call.archive, call.viewer)
  return tableAnswer(call, {
    columns: [
      { key: 'Resource', kind: 'string' },
      { key: 'URI', kind: 'string', link: true },
    ],
    rows: names.map((name) => [name, `${cacheRoot}/${encodeURIComponent(name)}`]),
    metadata: { title: 'Cached Resources', totalRecords: String(names.length) },
  })
}

async function files(call: Call): Promise<Answer> {
  const { folder } = placeOf(call)
  const found = await listCacheFiles(call.archive, call.viewer, folder)
  const type = mediaTypeOf(call, tableVariants)
  if (isDownload(type)) {
    const members = found.map((row) => ({ ...row, name: row.path }))
    return downloadAnswer(call, { type, name: folder, members })
  }
  return tableAnswer(call, {
    columns: [
      { key: 'Name', kind: 'string' },
      { key: 'Size', kind: 'integer' },
      { key: 'URI', kind: 'string', link: true },
    ],
    rows: found.map(({ path, size }) => [path, size, cacheFileUri({ folder, path })]),
    metadata: { title: 'Cached Files', totalRecords: String(found.length) },
  })
}

async function file(call: Call): Promise<Answer> {
  return fileAnswer(call, await findCacheFile(call.archive, call.viewer, placeOf(call)))
}

async function make(call: Call): Promise<Answer> {
  await makeCacheFolder(call.archive, call.viewer, call.why, placeOf(call).folder)
  return emptyAnswer
}

async function store(call: Call): Promise<Answer> {
  const { folder, path } = placeOf(call)
  const upload = { folder, files: readUpload(call, path) }
  await passingRest(call, () => putCacheFiles(call.archive, call.viewer, call.why, upload))
  return call.method === 'POST' ? { ...emptyAnswer, status: 201 } : emptyAnswer
}

async function removeFolder(call: Call): Promise<Answer> {
  await deleteCacheFolder(call.archive, call.viewer, call.why, placeOf(call).folder)
  return emptyAnswer
}

async function removeFiles(call: Call): Promise<Answer> {
  await deleteCacheFiles(call.archive, call.viewer, call.why, placeOf(call))
  return emptyAnswer
}

const folder: Parameter = { name: 'folder', in: 'path', says: 'name of a resource in the cache of the caller' }
const tables = ['application/json', 'text/html', 'text/xml']
const packs = ['application/zip', 'application/x-tar', 'application/x-gtar']
const missing = { 404: 'The caller has no such resource or file' }

const list: Operation = {
  says: 'Lists the files of a resource, or sends them as one',
  respond: files,
  parameters: [folder, { ...formatParameter, values: ['json', 'xml', 'csv', 'html', 'zip', 'tar', 'tar.gz'] }],
  gives: [...tables, ...packs],
  statuses: missing,
}

const storing = (says: string, parameters: readonly Parameter[]): Operation => ({
  says,
  respond: store,
  parameters: [
    ...parameters,
    { name: 'inbody', in: 'query', says: 'true: the body is the file' },
    { name: 'extract', in: 'query', says: 'true: unpack zip, tar, tar.gz and gz into the resource' },
  ],
  takes: ['application/octet-stream', 'multipart/form-data'],
  gives: ['text/plain'],
})
const storeFiles = storing('Stores files in a resource under the names they were sent with', [folder])
const storeFile = storing('Stores a file in a resource, in place of one of the same name', [folder, pathParameter])
const posted = { statuses: { 201: 'Stored' } }

/** Files that a user puts aside, for that user alone (hierarchy 7.8). */
export const userCacheRoutes: readonly Route[] = [
  {
    page: 'User cache',
    paths: [cacheRoot],
    GET: { says: 'Lists the resources of the caller', respond: folders, parameters: [formatParameter], gives: tables },
  },
  {
    page: 'User cache',
    paths: [`${cacheRoot}/:folder`],
    GET: list,
    PUT: {
      says: 'Makes a resource without files',
      respond: make,
      parameters: [folder],
      gives: ['text/plain'],
      statuses: { 412: 'It is there already' },
    },
    DELETE: {
      says: 'Deletes a resource with its files',
      respond: removeFolder,
      parameters: [folder],
      gives: ['text/plain'],
      statuses: missing,
    },
  },
  {
    page: 'User cache',
    paths: [`${cacheRoot}/:folder/files`],
    GET: list,
    PUT: storeFiles,
    POST: { ...storeFiles, ...posted },
  },
  {
    page: 'User cache',
    paths: [`${cacheRoot}/:folder/files/*`],
    GET: {
      says: 'A file',
      respond: file,
      parameters: [folder, pathParameter],
      gives: ['application/octet-stream'],
      statuses: { ...missing, 206: 'Part of the file', 304: 'Unchanged', 412: 'The file is another one' },
    },
    PUT: storeFile,
    POST: { ...storeFile, ...posted },
    DELETE: {
      says: 'Deletes a file, or the files of a comma list',
      respond: removeFiles,
      parameters: [folder, pathParameter],
      gives: ['text/plain'],
      statuses: missing,
    },
  },
]
