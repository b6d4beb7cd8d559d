import type { Parameter } from '../call.ts'
import { experimentParameter, projectParameter, subjectParameter } from './shared-parameters.ts'

/** Every spelling of an imaging session: through project and subject, through its project, by id alone. */
const sessions = [
  '/data/projects/:project/subjects/:subject/experiments/:experiment',
  '/data/projects/:project/experiments/:experiment',
  '/data/experiments/:experiment',
]

/** The paths of a place below imaging sessions. @param tail what follows the session, with its slash */
export const below = (tail: string): readonly string[] => sessions.map((session) => session + tail)

export const sessionParameters: readonly Parameter[] = [projectParameter, subjectParameter, experimentParameter]
export const removeFilesParameter: Parameter = {
  name: 'removeFiles',
  in: 'query',
  says: 'true: the bytes of its files go too',
}

export const tableTypes = ['application/json', 'text/xml', 'text/csv', 'text/html'] as const
export const itemTypes = ['text/html', 'application/json', 'text/xml', 'text/csv'] as const
