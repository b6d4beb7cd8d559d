import { scopeOf } from '../../archive/archive.ts'
import { listSearchElements, listSearchFields, searchVersions } from '../../archive/search-elements.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { tableAnswer } from '../reply.ts'
import { tableTypes } from './session-places.ts'
import { formatParameter } from './shared-parameters.ts'

async function elements(call: Call): Promise<Answer> {
  const { query } = call
  // Present with any value they count (hierarchy 7.5).
  const has = (name: string): boolean => query.get(name) !== undefined
  const filters = { secured: has('secured'), used: has('used'), readable: has('readable') }
  return tableAnswer(call, await listSearchElements(scopeOf(call.archive, call.viewer), filters))
}

async function fields(call: Call): Promise<Answer> {
  const names = (call.params['element'] ?? '').split(',').filter((name) => name !== '')
  const filters = { generated: call.query.flagUnlessOff('showGenerated') }
  return tableAnswer(call, await listSearchFields(scopeOf(call.archive, call.viewer), names, filters), fieldVariants)
}

/** XML unless something else is asked for, unlike other tables (hierarchy 1.2). */
const fieldVariants = ['text/xml', 'application/json', 'text/html'] as const

async function versions(call: Call): Promise<Answer> {
  const body = searchVersions(call.archive.types, call.params['element'] ?? '')
  return { status: 200, headers: { 'content-type': 'application/json; charset=UTF-8' }, body }
}

const flag = (name: string, says: string): Parameter => ({ name, in: 'query', says })
const element = (says: string): Parameter => ({ name: 'element', in: 'path', says })
const unknown = { 400: 'A type that is unknown or cannot be searched' }
const page = 'searches'

/** What can be searched, and by which fields (hierarchy 7.5). */
export const searchElementRoutes: readonly Route[] = [
  {
    page,
    paths: ['/data/search/elements'],
    GET: {
      says: 'The data types whose records can be searched',
      respond: elements,
      parameters: [
        formatParameter,
        flag('secured', 'With any value: only types with rights of their own'),
        flag('used', 'With any value: only types of which there are records'),
        flag('readable', 'With any value: counts what the caller may read instead of all'),
      ],
      gives: tableTypes,
    },
  },
  {
    page,
    paths: ['/data/search/elements/:element'],
    GET: {
      says: 'The fields by which records of a type can be searched',
      respond: fields,
      parameters: [
        element('One or more data types, separated by commas'),
        formatParameter,
        flag('showGenerated', 'false: without custom variables and labels in projects'),
      ],
      gives: tableTypes,
      statuses: unknown,
    },
  },
  {
    page,
    paths: ['/data/search/elements/:element/versions'],
    GET: {
      says: 'The columns of the default listing of a type',
      respond: versions,
      parameters: [element('A data type')],
      statuses: unknown,
    },
  },
]
