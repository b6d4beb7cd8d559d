import type { Parent } from '../archive/parents.ts'
import type { ExperimentAddress, ParentAddress } from '../model/address.ts'
import type { Call, Parameter } from './call.ts'
import { experimentParameter, projectParameter, subjectParameter } from './routes/shared-parameters.ts'

const sessions = [
  '/data/projects/:project/subjects/:subject/experiments/:experiment',
  '/data/projects/:project/experiments/:experiment',
  '/data/experiments/:experiment',
]

const inside = (steps: readonly string[]): string[] =>
  sessions.flatMap((session) => steps.map((step) => `${session}/${step}`))

/** What folders hang on, as the address says it: every spelling of each kind (resources 1.2). */
export type ParentPaths = Readonly<{
  kind: ParentAddress['kind']
  says: string
  paths: readonly string[]
  parameters: readonly Parameter[]
}>

const sessionParameters = [projectParameter, subjectParameter, experimentParameter]

export const parentPaths: readonly ParentPaths[] = [
  { kind: 'project', says: 'a project', paths: ['/data/projects/:project'], parameters: [projectParameter] },
  {
    kind: 'subject',
    says: 'a subject',
    paths: ['/data/projects/:project/subjects/:subject', '/data/subjects/:subject'],
    parameters: [projectParameter, subjectParameter],
  },
  { kind: 'experiment', says: 'an experiment', paths: sessions, parameters: sessionParameters },
  {
    kind: 'scan',
    says: 'scans',
    paths: inside(['scans/:scan']),
    parameters: [
      ...sessionParameters,
      { name: 'scan', in: 'path', says: 'Scan ID or type; for reading also a comma-separated list, ALL or *' },
    ],
  },
  {
    kind: 'assessor',
    says: 'image assessors',
    paths: inside(['assessors/:assessor', 'assessors/:assessor/in', 'assessors/:assessor/out']),
    parameters: [
      ...sessionParameters,
      { name: 'assessor', in: 'path', says: 'Id or label of an assessor; for reading also a data type, a list or ALL' },
    ],
  },
  {
    kind: 'reconstruction',
    says: 'reconstructions',
    paths: inside([
      'reconstructions/:reconstruction',
      'reconstructions/:reconstruction/in',
      'reconstructions/:reconstruction/out',
    ]),
    parameters: [
      ...sessionParameters,
      { name: 'reconstruction', in: 'path', says: 'ID or type of a reconstruction; for reading also a list or ALL' },
    ],
  },
]

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
