import type { Parent } from '../archive/parents.ts'
import type { ExperimentAddress, ParentAddress } from '../model/address.ts'
import type { Call } from './call.ts'

/**
 * The parent that the path names.
 * @param bareLabel an experiment's label is taken without a project, too: where the page offers it (resources 1.4)
 */
export function parentOf({ params, path }: Call, bareLabel = false): ParentAddress {
  const { project, subject, experiment, scan, assessor, reconstruction } = params
  if (experiment === undefined) {
    return subject === undefined
      ? { kind: 'project', at: { project: project ?? '' } }
      : { kind: 'subject', at: { project, subject } }
  }
  const at: ExperimentAddress = { project, subject, experiment }
  const direction = /\/(?:assessors|reconstructions)\/[^/]+\/in(?:\/|$)/.test(path) ? 'in' : 'out'
  if (scan !== undefined) return { kind: 'scan', at, scans: scan }
  if (assessor !== undefined) return { kind: 'assessor', at, assessors: assessor, direction }
  if (reconstruction !== undefined) return { kind: 'reconstruction', at, reconstructions: reconstruction, direction }
  return { kind: 'experiment', at: { ...at, bareLabel } }
}

/** Whether the path names the subject of its experiment: then the addresses of one folder's files do as well. */
export const namesSubject = ({ params }: Call): boolean =>
  params['subject'] !== undefined && params['experiment'] !== undefined

/**
 * The canonical address of a parent, by ids (resources 3.3).
 * @param subject id of the subject to be named before the experiment, where the request named it
 */
export function parentUri({ kind, name, direction, holder }: Parent, subject?: string): string {
  if (kind === 'project') return `/data/projects/${name}`
  if (kind === 'subject') return `/data/projects/${holder.project}/subjects/${name}`
  const session =
    subject === undefined
      ? `/data/experiments/${holder.name}`
      : `/data/projects/${holder.project}/subjects/${subject}/experiments/${holder.name}`
  if (kind === 'experiment') return session
  if (kind === 'scan') return `${session}/scans/${name}`
  if (kind === 'reconstruction') return `${session}/reconstructions/${name}/${direction}`
  return direction === null ? `/data/experiments/${name}` : `${session}/assessors/${name}/${direction}`
}
