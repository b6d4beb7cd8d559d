import { type RefreshTarget, refreshCatalogs } from '../../archive/refresh.ts'
import { faultOf, refuse } from '../../errors.ts'
import type { Answer, Call, Route } from '../call.ts'
import { readParameters } from '../document.ts'
import type { Query } from '../query.ts'
import { emptyAnswer } from '../reply.ts'
import { parseResourceUri } from '../resource-uris.ts'
import { reasonParameters } from './resource-parameters.ts'

const names = ['append', 'checksum', 'delete', 'populateStats'] as const

async function refresh(call: Call): Promise<Answer> {
  const query = await readParameters(call)
  const targets = query.all('resource').map(targetOf)
  try {
    await refreshCatalogs(call.archive, call.viewer, call.why, { targets, ...optionsOf(query) })
    return emptyAnswer
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind !== 'not-found') throw error
    // This service calls an unknown address a bad parameter (resources 9.4).
    return refuse(
      { kind: 'invalid', field: 'resource', because: fault.because ?? `Unknown resource: ${fault.name}` },
      error,
    )
  }
}

function targetOf(uri: string): RefreshTarget {
  const named = parseResourceUri(uri)
  if (named && named.file === undefined) return named
  return refuse({
    kind: 'invalid',
    field: 'resource',
    because: `The resource ${uri} names nothing that has a catalog.`,
  })
}

/** None named means all. */
function optionsOf(query: Query): Readonly<Record<(typeof names)[number], boolean>> {
  const listed = query.all('options').flatMap((list) => list.split(',').map((option) => option.trim()))
  const on = names.filter((name) => listed.includes(name) || query.flag(name))
  const is = (name: (typeof names)[number]): boolean => on.length === 0 || on.includes(name)
  return { append: is('append'), checksum: is('checksum'), delete: is('delete'), populateStats: is('populateStats') }
}

/** Catalogs and storage brought together (resources 9.4). */
export const refreshRoutes: readonly Route[] = [
  {
    page: 'Resources',
    paths: ['/data/services/refresh/catalog'],
    POST: {
      says: 'Bring the catalogs of folders and the stored files together',
      respond: refresh,
      parameters: [
        { name: 'resource', in: 'query', says: 'Address of a parent or a folder; may be repeated' },
        { name: 'options', in: 'query', says: 'Comma list; none means all', values: names },
        ...reasonParameters,
      ],
      takes: ['application/x-www-form-urlencoded'],
      gives: ['text/plain'],
      statuses: { 400: 'An address names no folder', 403: 'Not allowed' },
    },
  },
]
