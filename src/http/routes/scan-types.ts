import { scopeOf } from '../../archive/archive.ts'
import { locateProject } from '../../archive/locate.ts'
import { listScanners, listScanTypes } from '../../archive/scan-types.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { jsonAnswer } from '../json-answer.ts'
import { tableAnswer } from '../reply.ts'
import { tableTypes } from './session-places.ts'
import { formatParameter, projectParameter } from './shared-parameters.ts'

/** What a site without a list of its own offers to say of a scan (scans 6.1). */
const QUALITY_LABELS = ['usable', 'questionable', 'unusable'] as const

const looked = (call: Call) => ({ project: call.params['project'], table: call.query.get('table') || undefined })

async function types(call: Call): Promise<Answer> {
  return tableAnswer(call, await listScanTypes(scopeOf(call.archive, call.viewer), looked(call)))
}

async function scanners(call: Call): Promise<Answer> {
  return tableAnswer(call, await listScanners(scopeOf(call.archive, call.viewer), looked(call)))
}

async function qualityLabels(call: Call): Promise<Answer> {
  const { project } = call.params
  const name =
    project === undefined
      ? 'site'
      : (await locateProject(scopeOf(call.archive, call.viewer), { project }, 'read')).row.name
  return jsonAnswer({ [name]: QUALITY_LABELS })
}

const table = (says: string): Parameter => ({ name: 'table', in: 'query', says })

export const scanTypeRoutes: readonly Route[] = [
  {
    page: 'scans',
    paths: ['/data/scan_types', '/data/projects/:project/scan_types'],
    GET: {
      says: 'The types of scans in readable sessions, with their series descriptions',
      respond: types,
      parameters: [projectParameter, formatParameter, table('xnat_mrScanData or xnat_petScanData')],
      gives: tableTypes,
    },
  },
  {
    page: 'scans',
    paths: ['/data/scanners', '/data/projects/:project/scanners'],
    GET: {
      says: 'The scanners that readable sessions name',
      respond: scanners,
      parameters: [
        projectParameter,
        formatParameter,
        table('xnat_mrSessionData, xnat_petSessionData or xnat_ctSessionData'),
      ],
      gives: tableTypes,
    },
  },
  {
    page: 'scans',
    paths: ['/data/services/scan-quality-labels', '/data/services/scan-quality-labels/:project'],
    GET: { says: 'What may be said of the quality of a scan', respond: qualityLabels, parameters: [projectParameter] },
  },
]
