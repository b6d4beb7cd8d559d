import { scopeOf } from '../../archive/archive.ts'
import { refuse } from '../../errors.ts'
import { locatePlace } from '../../intake/arrivals.ts'
import { type Errand, queueErrand } from '../../intake/queued-arrivals.ts'
import { workQueue } from '../../intake/work.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { chosenArrivals } from '../chosen-arrivals.ts'
import { readParameters } from '../document.ts'
import { anyOf } from '../import-parameters.ts'
import type { Query } from '../query.ts'
import { tableAnswer } from '../reply.ts'
import { formatParameter } from './shared-parameters.ts'

const queued =
  (errandOf: (call: Call, query: Query) => Promise<Errand>) =>
  async (call: Call): Promise<Answer> => {
    const query = await readParameters(call)
    const places = chosenArrivals(query)
    const errand = await errandOf(call, query)
    const table = await queueErrand(call.archive, call.viewer, call.why, { places, errand })
    call.later((signal) => workQueue(call.archive, signal))
    return tableAnswer(call, table)
  }

async function moving(call: Call, query: Query): Promise<Errand> {
  const name = anyOf(query, 'newProject')
  if (name === undefined)
    return refuse({
      kind: 'invalid',
      field: 'newProject',
      because: 'Say which project they are to move to: newProject.',
    })
  const to = await locatePlace(scopeOf(call.archive, call.viewer), name, 'edit')
  if (!to) return refuse({ kind: 'invalid', field: 'newProject', because: 'Nothing moves to Unassigned.' })
  return { kind: 'move', to }
}

const rebuilding = async (_call: Call, query: Query): Promise<Errand> => ({
  kind: 'rebuild',
  overrideLock: anyOf(query, 'overrideLock')?.toLowerCase() === 'true',
})

const src: Parameter = {
  name: 'src',
  in: 'query',
  says: 'an entry, as /prearchive/projects/P/TIMESTAMP/NAME; may be repeated',
}
const isAsync: Parameter = { name: 'async', in: 'query', says: 'accepted; entries are always queued' }

function service(
  word: string,
  says: string,
  errandOf: Parameters<typeof queued>[0],
  more: readonly Parameter[],
): Route {
  return {
    page: 'Prearchive',
    paths: [`/data/services/prearchive/${word}`],
    POST: {
      says,
      respond: queued(errandOf),
      parameters: [src, ...more, isAsync, formatParameter],
      takes: ['application/x-www-form-urlencoded'],
      gives: ['application/json', 'text/xml', 'text/html', 'text/csv'],
      statuses: {
        400: 'No entry was named, or what was named is none',
        403: 'One of them is not yours',
        404: 'There is no such project or entry',
        409: 'Somebody works on one of them',
      },
    },
  }
}

/** Several entries at once: they are queued, and the answer shows them as they stand there (import 2.6). */
export const prearchiveErrandRoutes: readonly Route[] = [
  service('move', 'Move entries to another project', moving, [
    { name: 'newProject', in: 'query', says: 'ID of the project' },
  ]),
  service('delete', 'Delete entries', async () => ({ kind: 'delete' }), []),
  service('rebuild', 'Build the sessions of entries again; nothing is archived after it', rebuilding, [
    { name: 'overrideLock', in: 'query', says: 'true: also where somebody seems to work on it, but does not' },
  ]),
]
