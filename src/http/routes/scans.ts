import { scopeOf } from '../../archive/archive.ts'
import { scanItem } from '../../archive/scan-items.ts'
import { listScans } from '../../archive/scan-list.ts'
import { shareScan } from '../../archive/scan-sharing.ts'
import { deleteScan, postScan, putScan, readableScan } from '../../archive/scans.ts'
import { refuse } from '../../errors.ts'
import { rereadScan } from '../../intake/reread.ts'
import type { ScanAddress } from '../../model/address.ts'
import type { Patch } from '../../model/patch.ts'
import { scanShortcuts } from '../../model/types/shortcuts.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { readParameters, readPatch } from '../document.ts'
import { pullsHeaders, readListing } from '../parameters.ts'
import { emptyAnswer, itemAnswer, locationAnswer, tableAnswer } from '../reply.ts'
import { shortcutTable } from '../shortcut-table.ts'
import { addressOf } from './experiment-address.ts'
import { below, itemTypes, removeFilesParameter, sessionParameters, tableTypes } from './session-places.ts'
import { formatParameter, listParameters, mergeParameters } from './shared-parameters.ts'
import { otherTails } from './tails.ts'

const defaults = ['xnat_imagescandata_id', 'ID', 'type', 'quality', 'xsiType', 'note', 'series_description']

const scanAddress = (call: Call): ScanAddress => ({ ...addressOf(call), scan: call.params['scan'] ?? '' })

async function list(call: Call): Promise<Answer> {
  // The short names are no secret, but only who may see the session learns that it has an address here.
  const asked = readListing(await readParameters(call), scanShortcuts, defaults)
  const table = await listScans(scopeOf(call.archive, call.viewer), addressOf(call), asked)
  return tableAnswer(call, call.query.get('fields') ? shortcutTable(scanShortcuts) : table)
}

async function get(call: Call): Promise<Answer> {
  const scope = scopeOf(call.archive, call.viewer)
  const { item, history } = await scanItem(scope, await readableScan(scope, scanAddress(call)))
  return itemAnswer(call, item, { csv: true, history })
}

/** What is to be written; here nothing that a document lacks is removed, whatever `allowDataDeletion` says (scans 4.2). */
const readScan = async (call: Call): Promise<Patch> => ({
  ...(await readPatch(call, scanShortcuts)),
  removesAbsent: false,
})

async function put(call: Call): Promise<Answer> {
  const patch = await readScan(call)
  const at = scanAddress(call)
  const headers = call.viewer.guest || !pullsHeaders(call) ? undefined : await rereadScan(call.archive, call.viewer, at)
  await putScan(call.archive, call.viewer, call.why, { at, patch, headers })
  // 200 and no body, new or not: clients take any text for the last part of the new address (scans 4.1).
  return emptyAnswer
}

async function post(call: Call): Promise<Answer> {
  const patch = await readScan(call)
  const id = await postScan(call.archive, call.viewer, call.why, { at: addressOf(call), patch })
  return locationAnswer(`${call.siteUrl}${call.askedPath}/${id}`)
}

async function remove(call: Call): Promise<Answer> {
  // Only DELETE takes a label without a project, as the protocol's page writes it (scans 1.3).
  const at = { ...scanAddress(call), bareLabel: true }
  await deleteScan(call.archive, call.viewer, call.why, { at, removeFiles: call.query.flag('removeFiles') })
  return emptyAnswer
}

async function share(call: Call): Promise<Answer> {
  const at = scanAddress(call)
  await shareScan(call.archive, call.viewer, call.why, { at, target: call.params['target'] ?? '' })
  return get(call)
}

async function stays(): Promise<Answer> {
  return refuse({ kind: 'invalid', field: 'path', because: 'A scan leaves a project with its session.' })
}

const scanParameter: Parameter = { name: 'scan', in: 'path', says: 'ID of a scan, exactly' }
const one = [...sessionParameters, scanParameter]

export const scanRoutes: readonly Route[] = [
  {
    page: 'scans',
    paths: below('/scans'),
    GET: {
      says: 'Lists the scans of an imaging session in order of creation; short names and XML paths filter',
      respond: list,
      parameters: [...sessionParameters, ...listParameters],
      gives: tableTypes,
    },
    POST: {
      says: 'Creates a scan; without an ID under the smallest free number',
      respond: post,
      parameters: [...sessionParameters, ...mergeParameters],
      takes: ['text/xml', 'application/x-www-form-urlencoded'],
      gives: ['text/plain'],
      statuses: { 409: 'The scan exists', 417: 'No data type' },
    },
  },
  {
    page: 'scans',
    paths: below('/scans/:scan'),
    GET: { says: 'One scan with its resources', respond: get, parameters: [...one, formatParameter], gives: itemTypes },
    PUT: {
      says: 'Creates a scan, or changes the one with that ID',
      respond: put,
      parameters: [...one, ...mergeParameters],
      takes: ['text/xml', 'application/x-www-form-urlencoded'],
      gives: ['text/plain'],
      statuses: { 409: 'The scan is of another type', 417: 'No data type' },
    },
    DELETE: {
      says: 'Deletes a scan; its bytes stay unless removeFiles says otherwise',
      respond: remove,
      parameters: [...one, removeFilesParameter],
    },
  },
  {
    page: 'scans',
    paths: below('/scans/:scan/projects/:target'),
    GET: { says: 'The scan', respond: get, parameters: one, gives: itemTypes },
    PUT: {
      says: 'Shows the scan in another project too',
      respond: share,
      parameters: [...one, { name: 'target', in: 'path', says: 'ID or alias of the other project' }],
      gives: ['text/html'],
      statuses: { 409: 'It is there already', 417: 'No such session or scan' },
    },
    DELETE: { says: 'Refused: a scan leaves a project with its session', respond: stays, parameters: one },
  },
  otherTails('scans', below('/scans/:scan/*'), one),
]
