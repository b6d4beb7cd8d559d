import { refuse } from '../../errors.ts'
import { identifierNamed, identifiers } from '../../site/identifiers.ts'
import type { Listening } from '../../site/receiver-door.ts'
import {
  addReceiver,
  changeReceiver,
  listReceivers,
  type Receiver,
  removeReceiver,
  requireReceiver,
  requireReceiverAt,
} from '../../site/receivers.ts'
import type { Answer, Call, Operation, Parameter, Respond, Route } from '../call.ts'
import { doneAnswer, jsonAnswer } from '../json-answer.ts'
import { checkRules, readReceiver, receiverJson } from '../receiver-json.ts'
import { requireAdmin, requireSignedIn } from '../viewers.ts'

async function list(call: Call): Promise<Answer> {
  requireSignedIn(call)
  return jsonAnswer((await listReceivers(call.site)).map(receiverJson))
}

async function create(call: Call): Promise<Answer> {
  requireAdmin(call)
  return jsonAnswer(receiverJson(await addReceiver(call.site, await readReceiver(call), checkRules)))
}

async function named(call: Call): Promise<Receiver> {
  requireAdmin(call)
  return requireReceiver(call.site, idOf(call))
}

function idOf(call: Call): number {
  const { id = '' } = call.params
  return /^\d{1,9}$/.test(id) ? Number(id) : refuse({ kind: 'not-found', noun: 'receiver', name: id })
}

const show: Respond = async (call) => jsonAnswer(receiverJson(await named(call)))

async function change(call: Call): Promise<Answer> {
  const { id } = await named(call)
  return jsonAnswer(receiverJson(await changeReceiver(call.site, id, await readReceiver(call), checkRules)))
}

async function remove(call: Call): Promise<Answer> {
  await removeReceiver(call.site, (await named(call)).id)
  return doneAnswer
}

async function showTitle(call: Call): Promise<Answer> {
  requireAdmin(call)
  const { title = '', port = '' } = call.params
  return jsonAnswer(receiverJson(await requireReceiverAt(call.site, title, Number(port))))
}

const showEnabled: Respond = async (call) => jsonAnswer((await named(call)).enabled)

async function enable(call: Call): Promise<Answer> {
  const { id } = await named(call)
  const enabled = { true: true, false: false }[(call.params['flag'] ?? '').toLowerCase()]
  if (enabled === undefined)
    return refuse({ kind: 'invalid', field: 'flag', because: 'The flag must be true or false.' })
  return jsonAnswer(receiverJson(await changeReceiver(call.site, id, { enabled }, checkRules)))
}

/** Triples, as the original's library writes them. */
const triples = (receivers: readonly Listening[]): Answer =>
  jsonAnswer(receivers.map(({ aeTitle, port, listening }) => ({ left: aeTitle, middle: port, right: listening })))

async function start(call: Call): Promise<Answer> {
  requireAdmin(call)
  return triples(await call.site.receivers.door().start())
}

async function stop(call: Call): Promise<Answer> {
  requireAdmin(call)
  return triples(await call.site.receivers.door().stop())
}

async function listIdentifiers(call: Call): Promise<Answer> {
  requireSignedIn(call)
  return jsonAnswer(Object.fromEntries(identifiers.map(({ name, says }) => [name, says])))
}

/** Nothing is kept of the identifiers that could be out of date. */
async function resetIdentifiers(call: Call): Promise<Answer> {
  requireAdmin(call)
  return doneAnswer
}

const identifierOf = ({ params: { identifier = '' } }: Call) =>
  identifierNamed(identifier) ?? refuse({ kind: 'not-found', noun: 'identifier', name: identifier })

async function showIdentifier(call: Call): Promise<Answer> {
  requireSignedIn(call)
  return jsonAnswer(identifierOf(call).implementation)
}

async function resetIdentifier(call: Call): Promise<Answer> {
  requireAdmin(call)
  identifierOf(call)
  return doneAnswer
}

const root = '/xapi/dicomscp'
const id: Parameter = { name: 'id', in: 'path', says: 'number of the receiver' }
const title: Parameter = { name: 'title', in: 'path', says: 'AE title' }
const port: Parameter = { name: 'port', in: 'path', says: 'port' }
const flag: Parameter = { name: 'flag', in: 'path', says: 'whether it takes objects', values: ['true', 'false'] }
const identifier: Parameter = { name: 'identifier', in: 'path', says: 'name of the identifier, or `default`' }
const takes = ['application/json']
const wrong = { 400: 'a value that cannot be, or the AE title and port are taken; the text names it' }

type Operations = Pick<Route, 'GET' | 'PUT' | 'POST' | 'DELETE'>
const place = (path: string, operations: Operations): Route => ({
  page: 'DICOM receivers',
  paths: [root + path],
  ...operations,
})
const admin = (says: string, respond: Respond, more: Partial<Operation> = {}): Operation => ({
  says: `${says}; for administrators`,
  respond,
  ...more,
})

/** DICOM receivers (import 5.2). */
export const receiverRoutes: readonly Route[] = [
  place('', {
    GET: { says: 'All receivers; for users', respond: list },
    POST: admin('Makes a receiver, which listens at once', create, { takes, statuses: wrong }),
  }),
  place('/start', { PUT: admin('Listens again after a stop', start) }),
  place('/stop', { PUT: admin('Takes no more associations until a start; objects in flight are finished', stop) }),
  place('/identifiers', {
    GET: { says: 'Ways to read where an object belongs, the usual one first; for users', respond: listIdentifiers },
    PUT: admin('Answers, and has nothing to do: nothing is cached', resetIdentifiers),
  }),
  place('/identifiers/:identifier', {
    GET: { says: 'Name of its implementation; for users', respond: showIdentifier, parameters: [identifier] },
    PUT: admin('The same for one', resetIdentifier, { parameters: [identifier] }),
  }),
  place('/title/:title/:port', {
    GET: admin('The receiver of that title and port', showTitle, { parameters: [title, port] }),
  }),
  place('/:id', {
    GET: admin('One receiver', show, { parameters: [id] }),
    PUT: admin('Changes what the body names; counts at once', change, { parameters: [id], takes, statuses: wrong }),
    DELETE: admin('Removes it', remove, { parameters: [id] }),
  }),
  place('/:id/enabled', { GET: admin('Whether it takes objects', showEnabled, { parameters: [id] }) }),
  place('/:id/enabled/:flag', { PUT: admin('Switches it on or off', enable, { parameters: [id, flag] }) }),
]
