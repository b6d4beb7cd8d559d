import { scopeOf } from '../../archive/archive.ts'
import { locateProject } from '../../archive/locate.ts'
import { findResult, keepResult } from '../../archive/search-results.ts'
import { deleteSearch, findSearch, isListing, listSearches, projectListing, putSearch } from '../../archive/searches.ts'
import { refuse } from '../../errors.ts'
import { searchToXml, xmlToSearch } from '../../formats/search-xml.ts'
import type { Search } from '../../model/search.ts'
import type { Cell } from '../../model/table.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { readSentDocument } from '../document.ts'
import { emptyAnswer, tableAnswer } from '../reply.ts'
import { foundAnswer, keptAnswer, keptPages, preparedFor, resultAnswer } from '../search-answer.ts'
import { tableTypes } from './session-places.ts'
import { formatParameter, pageParameters, projectParameter } from './shared-parameters.ts'

/** @throws ArchiveError 'unreadable' when nothing was sent, or no search */
async function sentSearch(call: Call): Promise<Search> {
  const document = await readSentDocument(call)
  if (document.bytes.length > 0) return xmlToSearch(document)
  return refuse({ kind: 'unreadable', what: 'search', because: 'A search is sent as an XML document; none came.' })
}

async function run(call: Call): Promise<Answer> {
  const search = await sentSearch(call)
  if (call.query.get('cache')?.toLowerCase() !== 'true') return foundAnswer(call, search)
  const prepared = preparedFor(call, search)
  const kept = await keepResult(call.archive, call.viewer, search, await prepared.find())
  return keptAnswer(call, prepared, kept)
}

async function page(call: Call): Promise<Answer> {
  return resultAnswer(call, await findResult(call.archive, call.viewer, call.params['result'] ?? ''))
}

/** Distinct values at most; more make no list to choose from. */
const MAX_VALUES = 10_000

async function values(call: Call): Promise<Answer> {
  const { archive, viewer, params } = call
  const kept = await findResult(archive, viewer, params['result'] ?? '')
  const prepared = preparedFor(call, kept.search)
  const name = params['column'] ?? ''
  const at = prepared.columns.findIndex(({ key }) => key === name.toLowerCase())
  if (at < 0) refuse({ kind: 'not-found', noun: 'path', name, because: `The result has no column ${name}.` })
  const counts = new Map<Cell, number>()
  for await (const rows of keptPages(prepared, { archive, viewer, kept }, { from: 0, to: kept.rows })) {
    for (const row of rows) counts.set(row[at] ?? null, (counts.get(row[at] ?? null) ?? 0) + 1)
    if (counts.size > MAX_VALUES)
      refuse({ kind: 'too-large', what: 'search', because: `${name} has more than ${MAX_VALUES} different values.` })
  }
  return tableAnswer(call, {
    columns: [
      { key: 'values', kind: prepared.columns[at]!.kind },
      { key: 'count', kind: 'integer' },
    ],
    rows: [...counts],
    metadata: { ID: kept.id, totalRecords: String(counts.size) },
  })
}

async function list(call: Call): Promise<Answer> {
  const included = call.query.get('includeTag')
  const filter = included === 'true' ? { tagged: true as const } : included ? { tag: included } : {}
  const all = call.query.get('all')?.toLowerCase() === 'true' ? { all: true as const } : {}
  return tableAnswer(call, await listSearches(call.archive, call.viewer, { ...filter, ...all }))
}

const named = (call: Call): Promise<Search> => findSearch(call.archive, call.viewer, call.params['search'] ?? '')

const searchAnswer = (search: Search): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/xml; charset=UTF-8' },
  body: searchToXml(search),
})

async function get(call: Call): Promise<Answer> {
  return searchAnswer(await named(call))
}

async function getOfProject(call: Call): Promise<Answer> {
  const { project = '', search = '' } = call.params
  if (!isListing(search)) return get(call)
  return searchAnswer(await projectListing(call.archive, call.viewer, project, search))
}

async function putOfProject(call: Call): Promise<Answer> {
  const { row } = await locateProject(
    scopeOf(call.archive, call.viewer),
    { project: call.params['project'] ?? '' },
    'read',
  )
  await store(call, row.name)
  return emptyAnswer
}

async function results(call: Call): Promise<Answer> {
  return foundAnswer(call, await named(call))
}

/** Stores the search that was sent. @param tag the project it belongs to; absent: the one it names itself */
async function store(call: Call, tag?: string): Promise<void> {
  const search = await sentSearch(call)
  const id = call.params['search'] ?? ''
  await putSearch(call.archive, call.viewer, call.why, { ...search, id, tag: tag ?? search.tag })
}

async function put(call: Call): Promise<Answer> {
  await store(call)
  return emptyAnswer
}

async function remove(call: Call): Promise<Answer> {
  await deleteSearch(call.archive, call.viewer, call.why, call.params['search'] ?? '')
  return emptyAnswer
}

const heading = 'searches'
const sorting: readonly Parameter[] = [
  { name: 'sortBy', in: 'query', says: 'Columns, ids of fields or paths, separated by commas' },
  { name: 'sortOrder', in: 'query', says: 'DESC reverses', values: ['ASC', 'DESC'] },
]
const tableParameters = [formatParameter, ...pageParameters, ...sorting]
const search: Parameter = { name: 'search', in: 'path', says: 'Id of a stored search, or @ and a data type' }
const result: Parameter = { name: 'result', in: 'path', says: 'ID of a kept result' }
const missing = { 404: 'No such search' }
const gone = { 410: 'The result is kept no longer' }
const refused = { 403: 'The type cannot be searched', 422: 'No search document, or one that makes no sense' }

/** Searches over everything that the caller may see (hierarchy 7.5). */
export const searchRoutes: readonly Route[] = [
  {
    page: heading,
    paths: ['/data/search'],
    POST: {
      says: 'Runs the search that is sent as an XML document',
      respond: run,
      parameters: [
        ...tableParameters,
        { name: 'cache', in: 'query', says: 'true: keeps the result and answers its ID', values: ['true'] },
      ],
      takes: ['text/xml', 'multipart/form-data'],
      gives: tableTypes,
      statuses: { ...refused, 413: 'The result is too long to be kept' },
    },
  },
  {
    page: heading,
    paths: ['/data/search/saved'],
    GET: {
      says: 'The stored searches that the caller may run',
      respond: list,
      parameters: [formatParameter, { name: 'includeTag', in: 'query', says: 'A tag, or true for any' }],
      gives: tableTypes,
    },
  },
  {
    page: heading,
    paths: ['/data/search/saved/:search'],
    GET: { says: 'A stored search', respond: get, parameters: [search], gives: ['text/xml'], statuses: missing },
    PUT: {
      says: 'Stores a search under this id',
      respond: put,
      parameters: [search, { name: 'inbody', in: 'query', says: 'Accepted: the body is the document in any case' }],
      takes: ['text/xml'],
      gives: ['text/plain'],
      statuses: { ...refused, 403: "Somebody else's, or of a type that cannot be searched" },
    },
    DELETE: { says: 'Removes it', respond: remove, parameters: [search], gives: ['text/plain'], statuses: missing },
  },
  {
    page: heading,
    paths: ['/data/search/saved/:search/results'],
    GET: {
      says: 'Runs a stored search',
      respond: results,
      parameters: [search, ...tableParameters],
      gives: tableTypes,
      statuses: missing,
    },
  },
  {
    page: heading,
    paths: ['/data/projects/:project/searches/:search'],
    GET: {
      says: 'A stored search, or the default listing of a type within a project',
      respond: getOfProject,
      parameters: [projectParameter, search],
      gives: ['text/xml'],
      statuses: missing,
    },
    PUT: {
      says: 'Stores a search under this id, with the project as its tag',
      respond: putOfProject,
      parameters: [projectParameter, search],
      takes: ['text/xml'],
      gives: ['text/plain'],
      statuses: { ...refused, 403: "Somebody else's, or of a type that cannot be searched" },
    },
  },
  {
    page: heading,
    paths: ['/data/search/:result'],
    GET: {
      says: 'Rows of a kept result',
      respond: page,
      parameters: [result, ...tableParameters],
      gives: tableTypes,
      statuses: gone,
    },
  },
  {
    page: heading,
    paths: ['/data/search/:result/:column'],
    GET: {
      says: 'The different values of a column of a kept result, with the number of rows of each',
      respond: values,
      parameters: [result, { name: 'column', in: 'path', says: 'Name of the column' }, formatParameter],
      gives: tableTypes,
      statuses: { ...gone, 404: 'No such column' },
    },
  },
]
