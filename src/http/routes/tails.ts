import {
  listPlaces,
  putStatus,
  type SharedAddress,
  shareRecord,
  statusOfRecord,
  unshareRecord,
} from '../../archive/shared-records.ts'
import { refuse } from '../../errors.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { emptyAnswer, tableAnswer, textAnswer } from '../reply.ts'

/** `GET …/projects`: the owner and every share. */
export async function getPlaces(call: Call, what: SharedAddress): Promise<Answer> {
  return tableAnswer(call, await listPlaces(call.archive, call.viewer, what))
}

/** `PUT …/projects/{Q}`: shares, relabels the share, or with `primary` hands over (hierarchy 4.5, 5.4). */
export async function shareInto(call: Call, what: SharedAddress): Promise<Answer> {
  const { query } = call
  const primary = what.noun === 'subject' ? query.flag('primary') : query.get('primary')?.toLowerCase() === 'true'
  const places = await shareRecord(call.archive, call.viewer, call.why, {
    what,
    target: call.params['target'] ?? '',
    label: query.get('label') || undefined,
    primary,
    assessors: (query.get('moveAssessors') ?? '').split(',').filter((name) => name !== ''),
  })
  if (primary && what.noun === 'experiment') return emptyAnswer
  // As HTML unless `format` says otherwise: existing clients expect a page here.
  return tableAnswer(call, places, sharesVariants)
}

const sharesVariants = ['text/html', 'application/json', 'text/xml']

/** `DELETE …/projects/{Q}`. */
export async function unshareFrom(call: Call, what: SharedAddress): Promise<Answer> {
  await unshareRecord(call.archive, call.viewer, call.why, { what, target: call.params['target'] ?? '' })
  return emptyAnswer
}

/** `GET …/status`: one bare word. */
export async function getStatus(call: Call, what: SharedAddress): Promise<Answer> {
  return textAnswer(await statusOfRecord(call.archive, call.viewer, what))
}

/** The parameters that ask for another status, each with that status (hierarchy 1.11). */
const statusFlags: Readonly<Record<string, string>> = {
  activate: 'active',
  quarantine: 'quarantine',
  _lock: 'locked',
  _unlock: 'active',
  _obsolete: 'obsolete',
}

/** Does the request want to change a status? */
export const statusAsked = (call: Call): boolean => Object.keys(statusFlags).some((flag) => call.query.flag(flag))

/** The status flags among the parameters, carried out after the values were saved (hierarchy 1.11). */
export async function applyStatus(call: Call, what: SharedAddress): Promise<void> {
  for (const [flag, status] of Object.entries(statusFlags)) {
    if (call.query.flag(flag)) await putStatus(call.archive, call.viewer, call.why, { what, status })
  }
}

/** What is no place below a record: not found to readers, malformed to writers (scans 1.4, hierarchy 4.3). */
export const otherTails = (page: string, paths: readonly string[], parameters: readonly Parameter[]): Route => ({
  page,
  paths,
  GET: { says: 'Nothing is here', respond: unknownTail, parameters },
  PUT: { says: 'Refused', respond: malformedTail, parameters },
  DELETE: { says: 'Refused', respond: malformedTail, parameters },
})

async function unknownTail(call: Call): Promise<Answer> {
  return refuse({ kind: 'not-found', noun: 'path', name: call.path })
}

/** @throws ArchiveError 'invalid' naming the end of the address */
export async function malformedTail(call: Call): Promise<Answer> {
  const because = `There is nothing to be changed under ${call.params['*'] ?? call.path}.`
  return refuse({ kind: 'invalid', field: 'path', because })
}
