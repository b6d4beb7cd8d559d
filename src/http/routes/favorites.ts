import { scopeOf } from '../../archive/archive.ts'
import { addFavorite, favoritesOnly, removeFavorite } from '../../archive/favorites.ts'
import { listRecords } from '../../archive/listing.ts'
import { locateProject } from '../../archive/locate.ts'
import { refuse } from '../../errors.ts'
import type { Table } from '../../model/table.ts'
import { projectShortcuts } from '../../model/types/shortcuts.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { columnOf } from '../parameters.ts'
import { emptyAnswer, tableAnswer } from '../reply.ts'
import { requireSignedIn } from '../viewers.ts'
import { tableTypes } from './session-places.ts'
import { formatParameter, projectParameter } from './shared-parameters.ts'

const columns = ['ID', 'secondary_ID', 'name', 'description'].map((name) => columnOf(name, projectShortcuts)!)

/** @throws ArchiveError 'forbidden' for guests, 'invalid' for what cannot be a favourite */
function requireProjects(call: Call): void {
  requireSignedIn(call)
  const { kind = '' } = call.params
  if (/^(project|xnat:projectData)$/i.test(kind)) return
  refuse({ kind: 'invalid', field: 'type', because: `Only a Project can be a favourite, not ${kind}.` })
}

async function favorites(call: Call): Promise<Table> {
  const listing = { root: 'project', rootType: 'xnat:projectData', columns, filters: [] } as const
  return listRecords(scopeOf(call.archive, call.viewer), { ...listing, only: favoritesOnly(call.viewer) })
}

async function list(call: Call): Promise<Answer> {
  requireProjects(call)
  return tableAnswer(call, await favorites(call))
}

async function get(call: Call): Promise<Answer> {
  requireProjects(call)
  const { project = '' } = call.params
  const { row } = await locateProject(scopeOf(call.archive, call.viewer), { project }, 'read')
  const all = await favorites(call)
  const rows = all.rows.filter(([id]) => id === row.name)
  if (rows.length === 0) refuse({ kind: 'not-found', noun: 'project', name: project, because: 'It is no favourite.' })
  return tableAnswer(call, { ...all, rows, metadata: { totalRecords: '1' } })
}

async function put(call: Call): Promise<Answer> {
  requireProjects(call)
  await addFavorite(call.archive, call.viewer, call.why, call.params['project'] ?? '')
  return emptyAnswer
}

async function remove(call: Call): Promise<Answer> {
  requireProjects(call)
  await removeFavorite(call.archive, call.viewer, call.why, call.params['project'] ?? '')
  return emptyAnswer
}

const kind: Parameter = { name: 'kind', in: 'path', says: 'What it is a favourite of', values: ['Project'] }

/** What a user wants to find quickly (hierarchy 1.1, 3.1). */
export const favoriteRoutes: readonly Route[] = [
  {
    page: 'projects',
    paths: ['/data/users/favorites/:kind'],
    GET: { says: "The caller's favourites", respond: list, parameters: [kind, formatParameter], gives: tableTypes },
  },
  {
    page: 'projects',
    paths: ['/data/users/favorites/:kind/:project'],
    GET: {
      says: 'One of them',
      respond: get,
      parameters: [kind, projectParameter, formatParameter],
      gives: tableTypes,
    },
    PUT: { says: 'Makes a project a favourite', respond: put, parameters: [kind, projectParameter] },
    DELETE: {
      says: 'Takes it from the favourites; the project stays',
      respond: remove,
      parameters: [kind, projectParameter],
    },
  },
]
