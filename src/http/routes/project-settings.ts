import { scopeOf } from '../../archive/archive.ts'
import { locateProject } from '../../archive/locate.ts'
import { type ProjectSetting, putProjectSettings } from '../../archive/project-settings.ts'
import { putAccessibility } from '../../archive/projects.ts'
import { refuse } from '../../errors.ts'
import type { Answer, Call, Route } from '../call.ts'
import { emptyAnswer, textAnswer } from '../reply.ts'
import { projectParameter } from './shared-parameters.ts'

const settings: readonly ProjectSetting[] = ['prearchive_code', 'quarantine_code', 'current_arc', 'scan_type_mapping']

async function getSetting(call: Call, setting: ProjectSetting): Promise<Answer> {
  const project = await locateProject(scopeOf(call.archive, call.viewer), { project: call.params['project']! }, 'read')
  return textAnswer(String(project.row[setting]))
}

async function putSetting(call: Call, setting: ProjectSetting): Promise<Answer> {
  await putProjectSettings(call.archive, call.viewer, call.why, {
    name: call.params['project']!,
    settings: { [setting]: call.params['value'] ?? '' },
  })
  return emptyAnswer
}

async function getAccessibility(call: Call): Promise<Answer> {
  const project = await locateProject(scopeOf(call.archive, call.viewer), { project: call.params['project']! }, 'read')
  return textAnswer(project.row.accessibility)
}

async function changeAccessibility(call: Call): Promise<Answer> {
  const wish = { name: call.params['project']!, level: call.params['level'] ?? '' }
  return textAnswer(await putAccessibility(call.archive, call.viewer, call.why, wish))
}

async function withoutLevel(call: Call): Promise<Answer> {
  await locateProject(scopeOf(call.archive, call.viewer), { project: call.params['project']! }, 'edit')
  return refuse({
    kind: 'invalid',
    field: 'accessibility',
    because: 'Say public, protected or private at the end of the address.',
  })
}

/** Below a project, what is no place of its own is 400, not 404 (hierarchy 3.3, 3.5). */
async function unknownBelow(call: Call): Promise<Answer> {
  await locateProject(scopeOf(call.archive, call.viewer), { project: call.params['project']! }, 'read')
  return refuse({
    kind: 'invalid',
    field: 'path',
    because: `A project has nothing under ${call.params['rest'] ?? ''}.`,
  })
}

export const projectSettingRoutes: readonly Route[] = [
  {
    page: 'projects',
    paths: ['/data/projects/:project/accessibility'],
    GET: {
      says: 'public, protected or private',
      respond: getAccessibility,
      parameters: [projectParameter],
      gives: ['text/plain'],
    },
    PUT: {
      says: 'Refused: the level belongs at the end of the address',
      respond: withoutLevel,
      parameters: [projectParameter],
    },
  },
  {
    page: 'projects',
    paths: ['/data/projects/:project/accessibility/:level'],
    GET: {
      says: 'public, protected or private',
      respond: getAccessibility,
      parameters: [projectParameter],
      gives: ['text/plain'],
    },
    PUT: {
      says: 'Changes who may see the project',
      respond: changeAccessibility,
      parameters: [projectParameter],
      gives: ['text/plain'],
    },
  },
  ...settings.flatMap((setting): Route[] => [
    {
      page: 'projects',
      paths: [`/data/projects/:project/${setting}`],
      DELETE: { says: 'Refused: a setting cannot be deleted', respond: unknownBelow, parameters: [projectParameter] },
      GET: {
        says: `The project's ${setting}`,
        respond: (call) => getSetting(call, setting),
        parameters: [projectParameter],
        gives: ['text/plain'],
      },
    },
    {
      page: 'projects',
      paths: [`/data/projects/:project/${setting}/:value`],
      GET: {
        says: `The project's ${setting}`,
        respond: (call) => getSetting(call, setting),
        parameters: [projectParameter],
        gives: ['text/plain'],
      },
      PUT: {
        says: `Changes the project's ${setting}`,
        respond: (call) => putSetting(call, setting),
        parameters: [projectParameter],
      },
    },
  ]),
  {
    page: 'projects',
    paths: ['/data/projects/:project/:rest'],
    GET: { says: 'Unknown settings answer 400', respond: unknownBelow, parameters: [projectParameter] },
    PUT: { says: 'Unknown settings answer 400', respond: unknownBelow, parameters: [projectParameter] },
    DELETE: { says: 'Unknown settings answer 400', respond: unknownBelow, parameters: [projectParameter] },
  },
]
