import { scopeOf } from '../../archive/archive.ts'
import { subjectItem } from '../../archive/experiment-items.ts'
import { putSubjectDocument } from '../../archive/experiments.ts'
import { listRecords } from '../../archive/listing.ts'
import { projectToList } from '../../archive/project-lists.ts'
import type { SharedAddress } from '../../archive/shared-records.ts'
import { deleteSubject, putSubject, SUBJECT } from '../../archive/subjects.ts'
import { refuse } from '../../errors.ts'
import type { SubjectAddress } from '../../model/address.ts'
import type { Patch } from '../../model/patch.ts'
import { subjectShortcuts } from '../../model/types/shortcuts.ts'
import type { Answer, Call, Operation, Route } from '../call.ts'
import { readParameters, readPatchOf } from '../document.ts'
import { jsonAnswer } from '../json-answer.ts'
import { columnOf, keyedColumns, readListing, readPage } from '../parameters.ts'
import { emptyAnswer, idAnswer, itemAnswer, locationAnswer, tableAnswer } from '../reply.ts'
import { shortcutTable } from '../shortcut-table.ts'
import { tableTypes } from './session-places.ts'
import {
  formatParameter,
  listParameters,
  pageParameters,
  projectParameter,
  subjectParameter,
  writeParameters,
} from './shared-parameters.ts'
import { applyStatus, getPlaces, getStatus, otherTails, shareInto, statusAsked, unshareFrom } from './tails.ts'

const defaults = ['ID', 'project', 'label', 'insert_date', 'insert_user']
const idColumn = columnOf('ID', subjectShortcuts)!

const addressOf = (call: Call): SubjectAddress => ({
  project: call.params['project'],
  subject: call.params['subject'] ?? '',
})
const targetOf = (call: Call): SharedAddress => ({ noun: 'subject', at: addressOf(call) })

async function list(call: Call): Promise<Answer> {
  if (call.query.flag('fields')) return tableAnswer(call, shortcutTable(subjectShortcuts))
  const scope = scopeOf(call.archive, call.viewer)
  const name = call.params['project']
  const project = name === undefined ? undefined : await projectToList(scope, name, 'subjects')
  const asked = readListing(await readParameters(call), subjectShortcuts, defaults)
  const columns = keyedColumns(idColumn, asked.columns)
  const listing = {
    root: 'subject' as const,
    rootType: SUBJECT,
    columns,
    filters: asked.filters,
    project: project?.row.id,
    page: readPage(call.query),
  }
  return tableAnswer(call, await listRecords(scope, listing))
}

const documentOf = (call: Call): Promise<Patch> => readPatchOf(call, subjectShortcuts, SUBJECT)

async function put(call: Call): Promise<Answer> {
  const patch = await documentOf(call)
  const wish = { at: addressOf(call), patch, statusAsked: statusAsked(call) }
  const written = await putSubjectDocument(call.archive, call.viewer, call.why, wish)
  await applyStatus(call, { noun: 'subject', at: { subject: written.id } })
  return written.outcome === 'renamed' ? emptyAnswer : idAnswer(written.id, written.outcome === 'created')
}

async function post(call: Call): Promise<Answer> {
  const patch = await documentOf(call)
  if (patch.document?.children['experiments/experiment']) {
    refuse({
      kind: 'unreadable',
      what: 'document',
      because: 'Subject documents with experiments cannot be posted to a list.',
    })
  }
  const at = { project: call.params['project'], subject: labelOf(patch) }
  const written = await putSubject(call.archive, call.viewer, call.why, { at, patch, mustBeNew: true })
  await applyStatus(call, { noun: 'subject', at: { subject: written.id } })
  return locationAnswer(`${call.siteUrl}/data/projects/${call.params['project']}/subjects/${written.id}`)
}

function labelOf(patch: Patch): string {
  const sent = patch.assignments.findLast(
    ({ path }) => path.steps.length === 1 && path.steps[0]?.name.toLowerCase() === 'label',
  )
  return sent?.value || String(patch.document?.fields['label'] ?? '')
}

async function get(call: Call): Promise<Answer> {
  const { item, history } = await subjectItem(call.archive, call.viewer, addressOf(call))
  return itemAnswer(call, item, { history })
}

async function remove(call: Call): Promise<Answer> {
  await deleteSubject(call.archive, call.viewer, call.why, {
    at: addressOf(call),
    removeFiles: call.query.flag('removeFiles'),
  })
  return emptyAnswer
}

/** The desktop client asks for visits of every subject; no visit protocols are kept, so there are none (hierarchy 1.1). */
async function visits(): Promise<Answer> {
  return jsonAnswer([])
}

const listOperation: Operation = {
  says: 'Lists subjects',
  respond: list,
  parameters: [projectParameter, ...listParameters, ...pageParameters],
  gives: ['application/json', 'text/xml', 'text/csv', 'text/html'],
}

const places = (tail: string): string[] => [
  `/data/projects/:project/subjects/:subject${tail}`,
  `/data/subjects/:subject${tail}`,
]

export const subjectRoutes: readonly Route[] = [
  {
    page: 'subjects',
    paths: ['/data/subjects'],
    GET: { ...listOperation, says: 'Lists every subject that the caller may read' },
  },
  {
    page: 'subjects',
    paths: ['/data/projects/:project/subjects'],
    GET: { ...listOperation, says: 'Lists the subjects of a project, shared ones included' },
    POST: {
      says: 'Creates a subject',
      respond: post,
      parameters: [projectParameter, ...writeParameters],
      takes: ['text/xml'],
      statuses: { 409: 'The subject exists' },
    },
  },
  {
    page: 'subjects',
    paths: places(''),
    GET: {
      says: 'One subject with its experiments',
      respond: get,
      parameters: [projectParameter, subjectParameter, formatParameter],
      gives: ['text/html', 'application/json', 'text/xml'],
    },
    PUT: {
      says: 'Creates, changes or (with label) renames a subject',
      respond: put,
      parameters: [projectParameter, subjectParameter, ...writeParameters],
      takes: ['text/xml'],
      gives: ['text/plain'],
      statuses: { 201: 'Created' },
    },
    DELETE: {
      says: 'Deletes a subject, or takes it out of a project it is shared into',
      respond: remove,
      parameters: [projectParameter, subjectParameter],
    },
  },
  {
    page: 'subjects',
    paths: places('/status'),
    GET: {
      says: 'active, quarantine, locked or obsolete',
      respond: (call) => getStatus(call, targetOf(call)),
      gives: ['text/plain'],
    },
  },
  { page: 'subjects', paths: places('/visits'), GET: { says: 'Visits of the subject: none', respond: visits } },
  {
    page: 'sharing',
    paths: places('/projects'),
    GET: {
      says: 'The projects that see the subject',
      respond: (call) => getPlaces(call, targetOf(call)),
      parameters: [formatParameter],
      gives: tableTypes,
    },
  },
  {
    page: 'sharing',
    paths: places('/projects/:target'),
    GET: {
      says: 'The projects that see the subject',
      respond: (call) => getPlaces(call, targetOf(call)),
      parameters: [formatParameter],
      gives: tableTypes,
    },
    PUT: {
      says: 'Shares the subject into a project',
      respond: (call) => shareInto(call, targetOf(call)),
      statuses: { 409: 'Already there, or the label is taken' },
    },
    DELETE: { says: 'Takes the subject out of that project', respond: (call) => unshareFrom(call, targetOf(call)) },
  },
  otherTails('subjects', places('/*'), [projectParameter, subjectParameter]),
]
