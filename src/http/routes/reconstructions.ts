import { scopeOf } from '../../archive/archive.ts'
import {
  deleteReconstruction,
  postReconstruction,
  putReconstruction,
  readableReconstruction,
  reconstructionItem,
} from '../../archive/reconstructions.ts'
import { listReconstructions } from '../../archive/scan-list.ts'
import type { ReconstructionAddress } from '../../model/address.ts'
import { reconstructionShortcuts } from '../../model/types/shortcuts.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { readParameters, readPatch } from '../document.ts'
import { readListing } from '../parameters.ts'
import { emptyAnswer, itemAnswer, locationAnswer, tableAnswer } from '../reply.ts'
import { shortcutTable } from '../shortcut-table.ts'
import { addressOf } from './experiment-address.ts'
import { below, itemTypes, removeFilesParameter, sessionParameters, tableTypes } from './session-places.ts'
import { formatParameter, listParameters, writeParameters } from './shared-parameters.ts'
import { malformedTail, otherTails } from './tails.ts'

const defaults = ['xnat_reconstructedimagedata_id', 'ID', 'type', 'baseScanType']

const reconstructionAddress = (call: Call): ReconstructionAddress => ({
  ...addressOf(call),
  reconstruction: call.params['reconstruction'] ?? '',
})

async function list(call: Call): Promise<Answer> {
  const asked = readListing(await readParameters(call), reconstructionShortcuts, defaults)
  const table = await listReconstructions(scopeOf(call.archive, call.viewer), addressOf(call), asked)
  return tableAnswer(call, call.query.get('fields') ? shortcutTable(reconstructionShortcuts) : table)
}

async function get(call: Call): Promise<Answer> {
  const scope = scopeOf(call.archive, call.viewer)
  const found = await readableReconstruction(scope, reconstructionAddress(call))
  const { item, history } = await reconstructionItem(scope, found)
  return itemAnswer(call, item, { history })
}

async function put(call: Call): Promise<Answer> {
  const patch = await readPatch(call, reconstructionShortcuts)
  await putReconstruction(call.archive, call.viewer, call.why, { at: reconstructionAddress(call), patch })
  return emptyAnswer
}

async function post(call: Call): Promise<Answer> {
  const patch = await readPatch(call, reconstructionShortcuts)
  const id = await postReconstruction(call.archive, call.viewer, call.why, { at: addressOf(call), patch })
  return locationAnswer(`${call.siteUrl}${call.askedPath}/${id}`)
}

async function remove(call: Call): Promise<Answer> {
  const wish = { at: reconstructionAddress(call), removeFiles: call.query.flag('removeFiles') }
  await deleteReconstruction(call.archive, call.viewer, call.why, wish)
  return emptyAnswer
}

const idParameter: Parameter = { name: 'reconstruction', in: 'path', says: 'ID of a reconstruction, exactly' }
const one = [...sessionParameters, idParameter]

export const reconstructionRoutes: readonly Route[] = [
  {
    page: 'reconstructions',
    paths: below('/reconstructions'),
    GET: {
      says: 'Lists the reconstructions of an imaging session',
      respond: list,
      parameters: [...sessionParameters, ...listParameters],
      gives: tableTypes,
    },
    POST: {
      says: 'Creates a reconstruction; without an ID under the smallest free number',
      respond: post,
      parameters: [...sessionParameters, ...writeParameters],
      takes: ['text/xml', 'application/x-www-form-urlencoded'],
      gives: ['text/plain'],
      statuses: { 409: 'The reconstruction exists' },
    },
  },
  {
    page: 'reconstructions',
    paths: below('/reconstructions/:reconstruction'),
    GET: {
      says: 'One reconstruction with its resources',
      respond: get,
      parameters: [...one, formatParameter],
      gives: itemTypes.slice(0, 3),
    },
    PUT: {
      says: 'Creates a reconstruction, or changes the one with that ID',
      respond: put,
      parameters: [...one, ...writeParameters],
      takes: ['text/xml', 'application/x-www-form-urlencoded'],
      gives: ['text/plain'],
    },
    DELETE: {
      says: 'Deletes a reconstruction; its bytes stay unless removeFiles says otherwise',
      respond: remove,
      parameters: [...one, removeFilesParameter],
    },
  },
  {
    ...otherTails('reconstructions', below('/reconstructions/:reconstruction/*'), one),
    GET: { says: 'Refused', respond: malformedTail, parameters: one },
  },
]
