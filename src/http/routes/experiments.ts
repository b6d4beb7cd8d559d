import { scopeOf } from '../../archive/archive.ts'
import { locateAssessor } from '../../archive/assessors.ts'
import { type ChangeEntry, listChanges } from '../../archive/changes.ts'
import { experimentItem, shown } from '../../archive/experiment-items.ts'
import { deleteExperiment, putExperiment } from '../../archive/experiments.ts'
import { fixScanTypes } from '../../archive/scan-type-fixes.ts'
import { refuse } from '../../errors.ts'
import { dateInLayout } from '../../formats/java-date.ts'
import { rereadSession } from '../../intake/reread.ts'
import { experimentShortcuts } from '../../model/types/shortcuts.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { readPatch } from '../document.ts'
import { jsonAnswer } from '../json-answer.ts'
import { fixesScanTypes, pullsHeaders } from '../parameters.ts'
import { emptyAnswer, idAnswer, itemAnswer, locationAnswer } from '../reply.ts'
import type { Address } from './experiment-address.ts'
import { addressOf, homeOf, targetOf } from './experiment-address.ts'
import { listAssessors, listExperiments } from './experiment-lists.ts'
import {
  experimentParameter,
  formatParameter,
  listParameters,
  pageParameters,
  projectParameter,
  subjectParameter,
  writeParameters,
} from './shared-parameters.ts'
import { applyStatus, getPlaces, getStatus, otherTails, shareInto, statusAsked, unshareFrom } from './tails.ts'

async function get(call: Call): Promise<Answer> {
  const { item, history } = await experimentItem(call.archive, call.viewer, addressOf(call))
  return itemAnswer(call, item, { history })
}

async function getAssessor(call: Call): Promise<Answer> {
  const scope = scopeOf(call.archive, call.viewer)
  const { item, history } = await shown(scope, await locateAssessor(scope, addressOf(call), call.params['assessor']!))
  return itemAnswer(call, item, { history })
}

async function put(call: Call): Promise<Answer> {
  const patch = await readPatch(call, experimentShortcuts)
  const home = homeOf(call)
  if (home.session !== undefined) refuseOtherLabel(call, home.segment)
  const wish = { home, patch, statusAsked: statusAsked(call) }
  const written = await putExperiment(call.archive, call.viewer, call.why, wish)
  if (pullsHeaders(call)) await rereadSession(call.archive, call.viewer, call.why, { experiment: written.id })
  if (fixesScanTypes(call)) await fixScanTypes(call.archive, call.viewer, call.why, { experiment: written.id })
  await applyStatus(call, { noun: 'experiment', at: { experiment: written.id } })
  return written.outcome === 'renamed' ? emptyAnswer : idAnswer(written.id, written.outcome === 'created')
}

/** xnatpy sends the label of the address once more; another one is no way to rename an assessor (hierarchy 6.1). */
function refuseOtherLabel(call: Call, segment: string): void {
  const label = call.query.get('label')
  if (label === undefined || label === '' || label === segment || /_E\d+$/.test(segment)) return
  refuse({ kind: 'invalid', field: 'label', because: 'Label must be modified through separate URI.' })
}

async function post(call: Call): Promise<Answer> {
  const patch = await readPatch(call, experimentShortcuts)
  const home = { ...homeOf(call), segment: '' }
  const written = await putExperiment(call.archive, call.viewer, call.why, { home, patch, mustBeNew: true })
  await applyStatus(call, { noun: 'experiment', at: { experiment: written.id } })
  return locationAnswer(`${call.siteUrl}${call.path}/${written.id}`)
}

async function remove(call: Call, address: Address): Promise<Answer> {
  const at =
    call.params['assessor'] === undefined
      ? address
      : { project: call.params['project'], experiment: await assessorId(call, address) }
  await deleteExperiment(call.archive, call.viewer, call.why, { at, removeFiles: call.query.flag('removeFiles') })
  return emptyAnswer
}

async function assessorId(call: Call, address: Address): Promise<string> {
  const found = await locateAssessor(scopeOf(call.archive, call.viewer), address, call.params['assessor']!)
  return found.row.accession
}

async function history(call: Call): Promise<Answer> {
  const entries = await listChanges(call.archive, call.viewer, addressOf(call))
  const layout = call.query.get('dateFormat') || undefined
  const shown = layout === undefined ? entries : entries.map((entry) => dated(entry, layout))
  return jsonAnswer({ history: shown, events: shown.map(eventJson) })
}

/** A change under the names that clients of the original know; it is complete when it is there. */
const eventJson = (entry: ChangeEntry) => ({
  event_id: entry.id,
  event_date: entry.date,
  event_user: entry.user,
  event_action: entry.action,
  event_type: entry.type,
  event_reason: entry.reason,
  event_comment: entry.comment,
  event_status: 'Complete',
})

function dated(entry: ChangeEntry, layout: string): ChangeEntry {
  const because = `The letters of ${layout} are no layout of dates.`
  const date = dateInLayout(layout, entry.date) ?? refuse({ kind: 'invalid', field: 'dateFormat', because })
  return { ...entry, date }
}

const dateFormat: Parameter = { name: 'dateFormat', in: 'query', says: 'Layout of dates, such as yyyy-MM-dd HH:mm:ss' }

/** What is done to an imaging session once it is saved; each can also be the value of `action`. */
const afterwards: readonly Parameter[] = [
  { name: 'pullDataFromHeaders', in: 'query', says: 'true: read the headers of its DICOM files again' },
  { name: 'fixScanTypes', in: 'query', says: 'true: name unnamed scans as others with the same description' },
  { name: 'triggerPipelines', in: 'query', says: 'Accepted; there are no pipelines' },
]

const below = [
  '/data/projects/:project/subjects/:subject/experiments',
  '/data/projects/:project/experiments',
  '/data/experiments',
]
const places = (tail: string): string[] => below.map((list) => `${list}/:experiment${tail}`)
const where = [projectParameter, subjectParameter, experimentParameter]
const tables = ['application/json', 'text/xml', 'text/csv', 'text/html']
const items = ['text/html', 'application/json', 'text/xml']

/** The places below one experiment or one assessor that are the same for both. */
function tails(prefix: (tail: string) => string[]): Route[] {
  return [
    otherTails('experiments', prefix('/*'), where),
    {
      page: 'experiments',
      paths: prefix('/status'),
      GET: {
        says: 'active, quarantine, locked or obsolete',
        respond: async (call) => getStatus(call, await targetOf(call)),
        parameters: where,
        gives: ['text/plain'],
      },
    },
    {
      page: 'sharing',
      paths: prefix('/projects'),
      GET: {
        says: 'The projects that see it',
        respond: async (call) => getPlaces(call, await targetOf(call)),
        parameters: where,
      },
    },
    {
      page: 'sharing',
      paths: prefix('/projects/:target'),
      GET: {
        says: 'The projects that see it',
        respond: async (call) => getPlaces(call, await targetOf(call)),
        parameters: where,
      },
      PUT: {
        says: 'Shares it into a project, or with primary=true hands it over',
        respond: async (call) => shareInto(call, await targetOf(call)),
        parameters: where,
        statuses: { 409: 'Already there, or the label is taken' },
      },
      DELETE: {
        says: 'Takes it out of that project',
        respond: async (call) => unshareFrom(call, await targetOf(call)),
        parameters: where,
      },
    },
  ]
}

export const experimentRoutes: readonly Route[] = [
  {
    page: 'experiments',
    paths: ['/data/experiments'],
    GET: {
      says: 'Lists every experiment that the caller may read',
      respond: listExperiments,
      parameters: [...listParameters, ...pageParameters],
      gives: tables,
    },
  },
  {
    page: 'experiments',
    paths: ['/data/subjects/:subject/experiments'],
    GET: {
      says: 'Lists the experiments of a subject',
      respond: listExperiments,
      parameters: [subjectParameter, ...listParameters, ...pageParameters],
      gives: tables,
    },
  },
  {
    page: 'experiments',
    paths: below.slice(0, 2),
    GET: {
      says: 'Lists the experiments of a project or a subject, shared ones included',
      respond: listExperiments,
      parameters: [...listParameters, ...pageParameters],
      gives: tables,
    },
    POST: {
      says: 'Creates an experiment',
      respond: post,
      parameters: writeParameters,
      takes: ['text/xml'],
      statuses: { 409: 'The experiment exists', 417: 'No data type' },
    },
  },
  {
    page: 'experiments',
    paths: places(''),
    GET: {
      says: 'One experiment with everything below it',
      respond: get,
      parameters: [...where, formatParameter],
      gives: items,
    },
    PUT: {
      says: 'Creates, changes, renames (label) or moves (subject_ID) an experiment',
      respond: put,
      parameters: [...where, ...writeParameters, ...afterwards],
      takes: ['text/xml'],
      gives: ['text/plain'],
      statuses: { 201: 'Created' },
    },
    DELETE: {
      says: 'Deletes an experiment, or takes it out of a project it is shared into',
      respond: (call) => remove(call, addressOf(call)),
      parameters: where,
    },
  },
  {
    page: 'experiments',
    paths: places('/history'),
    GET: { says: 'Who changed it, when and why', respond: history, parameters: [...where, dateFormat] },
  },
  ...tails(places),
  {
    page: 'assessors',
    paths: places('/assessors'),
    GET: {
      says: "Lists a session's assessors",
      respond: listAssessors,
      parameters: [...where, ...listParameters],
      gives: tables,
    },
    POST: {
      says: 'Creates an assessor',
      respond: post,
      parameters: [...where, ...writeParameters],
      takes: ['text/xml', 'multipart/form-data'],
      statuses: { 409: 'The assessor exists' },
    },
  },
  {
    page: 'assessors',
    paths: places('/assessors/:assessor'),
    GET: { says: 'One assessor', respond: getAssessor, parameters: [...where, formatParameter], gives: items },
    PUT: {
      says: 'Creates or changes an assessor',
      respond: put,
      parameters: [...where, ...writeParameters],
      takes: ['text/xml', 'multipart/form-data'],
      gives: ['text/plain'],
      statuses: { 201: 'Created' },
    },
    DELETE: { says: 'Deletes an assessor', respond: (call) => remove(call, addressOf(call)), parameters: where },
  },
  ...tails((tail) => places(`/assessors/:assessor${tail}`)),
]
