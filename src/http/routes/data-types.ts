import { refuse } from '../../errors.ts'
import type { DataType } from '../../model/dictionary.ts'
import { searchableTypes } from '../../model/search-fields.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { typeJson, typeKey, typeNames } from '../data-type-json.ts'
import { wholeBody } from '../document.ts'
import { jsonAnswer, jsonOf, objectOf } from '../json-answer.ts'
import { parseQuery } from '../query.ts'

const all = (call: Call): readonly DataType[] => [...call.archive.types.types.values()]

/** A type by its name, its root element, or its name with `_` for the colon. @throws ArchiveError 'not-found' */
function named(call: Call, name: string): DataType {
  const found = call.archive.types.find(name) ?? all(call).find((type) => typeKey(type) === name || type.root === name)
  return found ?? refuse({ kind: 'not-found', noun: 'data type', name })
}

const byKey = (types: readonly DataType[], value: (type: DataType) => unknown): Record<string, unknown> =>
  Object.fromEntries(types.map((type) => [typeKey(type), value(type)]))

async function list(call: Call): Promise<Answer> {
  return jsonAnswer(all(call).map(({ name }) => name))
}

async function allNames(call: Call): Promise<Answer> {
  // Clients compare it to see whether anything is new: types change with a restart at most.
  return jsonAnswer({ timestamp: [String(call.site.startedAt.getTime())], ...byKey(all(call), typeNames) })
}

async function names(call: Call): Promise<Answer> {
  return jsonAnswer(byKey([named(call, call.params['type'] ?? '')], typeNames))
}

/** Names of the types in a JSON object or a form with `dataTypes`, `dataType` or both. */
async function askedTypes(call: Call): Promise<readonly DataType[]> {
  const text = (await wholeBody(call.body)).toString('utf8')
  const json = /^application\/json/i.test(call.headers['content-type'] ?? '')
  const sent = json ? Object.entries(objectOf(jsonOf(text))) : parseQuery(text).entries
  const asked = sent
    .filter(([name]) => name === 'dataTypes' || name === 'dataType')
    .flatMap(([, value]) => (Array.isArray(value) ? value : String(value).split(',')))
  if (asked.length === 0)
    refuse({ kind: 'invalid', field: 'dataTypes', because: 'dataTypes must list the names of data types.' })
  return asked.map((name) => named(call, String(name)))
}

async function someNames(call: Call): Promise<Answer> {
  return jsonAnswer(byKey(await askedTypes(call), typeNames))
}

async function someElements(call: Call): Promise<Answer> {
  return jsonAnswer(byKey(await askedTypes(call), typeJson))
}

async function allElements(call: Call): Promise<Answer> {
  return jsonAnswer(byKey(all(call), typeJson))
}

async function element(call: Call): Promise<Answer> {
  return jsonAnswer(byKey([named(call, call.params['type'] ?? '')], typeJson))
}

async function searchable(call: Call): Promise<Answer> {
  return jsonAnswer(searchableTypes(call.archive.types).map(({ name }) => name))
}

const page = 'Schemas'
const root = '/xapi/schemas/datatypes'
const type: Parameter = { name: 'type', in: 'path', says: 'a data type, such as xnat:mrSessionData' }
const takes = ['application/json', 'application/x-www-form-urlencoded']
const statuses = { 404: 'There is no such data type' }

/** The data types for programs that do not read schemas (hierarchy 7.4). */
export const dataTypeRoutes: readonly Route[] = [
  { page, paths: [root], GET: { says: 'The names of the data types', respond: list } },
  { page, paths: [`${root}/searchable`], GET: { says: 'Those that can be searched', respond: searchable } },
  {
    page,
    paths: [`${root}/names`],
    POST: { says: 'The names that some types go by', respond: someNames, takes, statuses },
  },
  { page, paths: [`${root}/names/all`], GET: { says: 'The names that all types go by', respond: allNames } },
  {
    page,
    paths: [`${root}/names/:type`],
    GET: { says: 'The names that a type goes by', respond: names, parameters: [type], statuses },
  },
  {
    page,
    paths: [`${root}/elements`],
    POST: { says: 'What some types are', respond: someElements, takes, statuses },
  },
  { page, paths: [`${root}/elements/all`], GET: { says: 'What all types are', respond: allElements } },
  {
    page,
    paths: [`${root}/elements/:type`],
    GET: {
      says: 'What a type is: its names, its prefix, what it derives from',
      respond: element,
      parameters: [type],
      statuses,
    },
  },
]
