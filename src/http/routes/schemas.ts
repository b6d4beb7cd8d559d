import { refuse } from '../../errors.ts'
import { annotationXsd } from '../../formats/annotation-xsd.ts'
import { schemaXsd } from '../../formats/schema-xsd.ts'
import type { Dictionary } from '../../model/dictionary.ts'
import { type Schema, schemaFile, schemaNamed, schemas } from '../../model/schemas.ts'
import { documents } from '../../model/types/documents.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { jsonAnswer } from '../json-answer.ts'

const texts = new WeakMap<Dictionary, Map<string, string>>()

/** The text of a schema; it never changes while the program runs, and every xnatpy that connects reads all of them. */
function textOf(types: Dictionary, schema: Schema): string {
  const known = texts.get(types) ?? new Map<string, string>()
  texts.set(types, known)
  const text = known.get(schema.name) ?? writeSchema(types, schema)
  known.set(schema.name, text)
  return text
}

/** Schemas of records come from the archive's types, the others from those of its other documents. */
function writeSchema(types: Dictionary, schema: Schema): string {
  if (schema.prefix === undefined) return annotationXsd()
  const recorded = [...types.types.values()].some(({ prefix }) => prefix === schema.prefix)
  return schemaXsd(recorded ? types : documents, schema)
}

async function list(): Promise<Answer> {
  return jsonAnswer(schemas.map(({ name }) => name))
}

function schemaAnswer(call: Call, schema: Schema | undefined, name: string): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml; charset=UTF-8' },
    body: textOf(call.archive.types, schema ?? refuse({ kind: 'not-found', noun: 'schema', name })),
  }
}

async function named(call: Call): Promise<Answer> {
  const { folder, name = '' } = call.params
  const full = folder === undefined || folder === name ? name : `${folder}/${name}`
  return schemaAnswer(call, schemaNamed(full), full)
}

async function file(call: Call): Promise<Answer> {
  const { folder = '', file: name = '' } = call.params
  const asked = `${folder}/${name}`
  return schemaAnswer(
    call,
    schemas.find((schema) => schemaFile(schema) === asked),
    asked,
  )
}

const page = 'Schemas'
const gives = ['application/xml']
const name: Parameter = { name: 'name', in: 'path', says: 'name of the schema, such as xnat' }
const folder: Parameter = { name: 'folder', in: 'path', says: 'folder of the schema, such as pipeline' }
const statuses = { 404: 'There is no such schema' }

/** The data types as XML schemas (hierarchy 7.4, clients 1.2). */
export const schemaRoutes: readonly Route[] = [
  { page, paths: ['/xapi/schemas'], GET: { says: 'The names of the schemas', respond: list } },
  {
    page,
    paths: ['/xapi/schemas/:name'],
    GET: { says: 'A schema', respond: named, parameters: [name], gives, statuses },
  },
  {
    page,
    paths: ['/xapi/schemas/:folder/:name'],
    GET: { says: 'A schema', respond: named, parameters: [folder, name], gives, statuses },
  },
  {
    page,
    paths: ['/schemas/:folder/:file'],
    open: true,
    GET: {
      says: 'A schema where the documents of the archive name it',
      respond: file,
      parameters: [folder, { name: 'file', in: 'path', says: 'its file, such as xnat.xsd' }],
      gives,
      statuses,
    },
  },
]
