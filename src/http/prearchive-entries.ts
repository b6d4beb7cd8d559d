import type { ArrivalAddress } from '../intake/arrivals.ts'
import type { Call, Parameter } from './call.ts'

/** The place of one entry of the prearchive. */
export const entryPath = '/data/prearchive/projects/:project/:timestamp/:entry'

export const entryParameters: readonly Parameter[] = [
  { name: 'project', in: 'path', says: 'ID of the project, or Unassigned' },
  { name: 'timestamp', in: 'path', says: 'when it came: yyyyMMdd_HHmmssSSS' },
  { name: 'entry', in: 'path', says: 'folder name of the entry' },
]

/** The entry that the path of a call names. */
export const addressOf = ({ params }: Call): ArrivalAddress => ({
  project: params['project'] ?? '',
  timestamp: params['timestamp'] ?? '',
  folder: params['entry'] ?? '',
})
