import {
  addInvestigator,
  changeInvestigator,
  type Investigator,
  investigatorNumbered,
  listInvestigators,
  removeInvestigator,
} from '../../archive/investigators.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { doneAnswer, jsonAnswer, objectOf, readJson } from '../json-answer.ts'
import { tableAnswer } from '../reply.ts'
import { tableTypes } from './session-places.ts'
import { formatParameter } from './shared-parameters.ts'

const columns = ['firstname', 'lastname', 'institution', 'department', 'email', 'xnat_investigatordata_id', 'login']

async function table(call: Call): Promise<Answer> {
  const all = await listInvestigators(call.archive, call.viewer)
  const rows = all.map((one) => {
    const cells: Readonly<Record<string, unknown>> = { ...one, xnat_investigatordata_id: String(one.id) }
    return columns.map((key) => (cells[key] === undefined ? null : String(cells[key])))
  })
  return tableAnswer(call, {
    columns: columns.map((key) => ({ key, kind: 'string' as const })),
    rows,
    metadata: { title: 'Investigators', totalRecords: String(rows.length) },
  })
}

/** Programs know the number under the name of its column. */
const json = ({ id, ...described }: Investigator) => ({ xnatInvestigatordataId: id, ...described })

async function list(call: Call): Promise<Answer> {
  return jsonAnswer((await listInvestigators(call.archive, call.viewer)).map(json))
}

const idOf = (call: Call): string => call.params['id'] ?? ''

async function one(call: Call): Promise<Answer> {
  return jsonAnswer(json(await investigatorNumbered(call.archive, call.viewer, idOf(call))))
}

async function add(call: Call): Promise<Answer> {
  const sent = objectOf(await readJson(call))
  return jsonAnswer(json(await addInvestigator(call.archive, call.viewer, call.why, sent)))
}

async function alter(call: Call): Promise<Answer> {
  const wish = { id: idOf(call), sent: objectOf(await readJson(call)) }
  return jsonAnswer(json(await changeInvestigator(call.archive, call.viewer, call.why, wish)))
}

async function remove(call: Call): Promise<Answer> {
  await removeInvestigator(call.archive, call.viewer, call.why, idOf(call))
  return doneAnswer
}

const page = 'Investigators'
const id: Parameter = { name: 'id', in: 'path', says: 'number of the investigator' }
const takes = ['application/json']

/** People who lead research: those that projects name, and those that were made known (hierarchy 7.6). */
export const investigatorRoutes: readonly Route[] = [
  {
    page,
    paths: ['/data/investigators'],
    GET: { says: 'The investigators', respond: table, parameters: [formatParameter], gives: tableTypes },
  },
  {
    page,
    paths: ['/xapi/investigators'],
    GET: { says: 'The investigators', respond: list },
    POST: {
      says: 'Makes one known: firstname, lastname and what else there is to say',
      respond: add,
      takes,
      statuses: { 400: 'A name is missing, or a value too long', 409: 'The name is taken' },
    },
  },
  {
    page,
    paths: ['/xapi/investigators/:id'],
    GET: { says: 'An investigator', respond: one, parameters: [id], statuses: { 404: 'There is none' } },
    PUT: {
      says: 'Changes what is sent; for administrators. Projects keep what they say of the person',
      respond: alter,
      parameters: [id],
      takes,
      statuses: { 404: 'There is none', 409: 'The name is taken' },
    },
    DELETE: {
      says: 'Forgets one; for administrators. Projects keep what they say of the person',
      respond: remove,
      parameters: [id],
      statuses: { 404: 'There is none' },
    },
  },
]
