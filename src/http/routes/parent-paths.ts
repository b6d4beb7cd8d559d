import type { ParentAddress } from '../../model/address.ts'
import type { Parameter } from '../call.ts'
import { experimentParameter, projectParameter, subjectParameter } from './shared-parameters.ts'

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
