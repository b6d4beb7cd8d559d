import { type CacheMove, moveCacheFiles } from '../../archive/user-cache-moves.ts'
import { refuse } from '../../errors.ts'
import type { Answer, Call, Route } from '../call.ts'
import { readParameters } from '../document.ts'
import { jsonAnswer } from '../json-answer.ts'
import type { Query } from '../query.ts'
import { emptyAnswer } from '../reply.ts'
import { parseResourceUri } from '../resource-uris.ts'
import { parseCacheUri } from '../user-cache-uris.ts'
import { reasonParameters } from './resource-parameters.ts'

async function move(call: Call): Promise<Answer> {
  const query = await readParameters(call)
  const moves = pairsOf(query).map(([src, dest]) => moveOf(src, dest))
  const overwrite = query.flag('overwrite')
  const duplicates = await moveCacheFiles(call.archive, call.viewer, call.why, { moves, overwrite })
  return duplicates.length === 0 ? emptyAnswer : jsonAnswer({ duplicates })
}

/** `src` and `dest`, as often as there are files, or `{src}={dest}`: such names begin with a slash (resources 9.5). */
function pairsOf(query: Query): readonly (readonly [src: string, dest: string])[] {
  const [sources, destinations] = [query.all('src'), query.all('dest')]
  if (sources.length !== destinations.length)
    refuse({ kind: 'invalid', field: 'src', because: 'Each src needs a dest, and each dest a src.' })
  const pairs = query.entries.filter(([name]) => name.startsWith('/'))
  const named = sources.map((src, at) => [src, destinations[at] ?? ''] as const)
  if (named.length + pairs.length === 0)
    refuse({ kind: 'invalid', field: 'src', because: 'Say which file to move with src, and where to with dest.' })
  return [...named, ...pairs]
}

function moveOf(src: string, dest: string): CacheMove {
  const from = parseCacheUri(src)
  if (!from) return refuse({ kind: 'invalid', field: 'src', because: `${src} is no file of the user cache.` })
  const to = parseResourceUri(dest)
  if (to?.folder === undefined || to.file === undefined)
    return refuse({ kind: 'invalid', field: 'dest', because: `${dest} is no file of a resource.` })
  return { from, to: { parent: to.parent, folder: to.folder, path: to.file } }
}

/** Files on their way from the cache of the user into the archive (resources 9.5). */
export const moveFilesRoutes: readonly Route[] = [
  {
    page: 'User cache',
    paths: ['/data/services/move-files'],
    POST: {
      says: 'Moves files from the cache of the caller into resources of the archive',
      respond: move,
      parameters: [
        { name: 'src', in: 'query', says: 'Such as /user/cache/resources/X/files/a.txt; may be repeated' },
        { name: 'dest', in: 'query', says: 'Such as /archive/experiments/E/resources/R/files/a.txt; one for each src' },
        { name: 'overwrite', in: 'query', says: 'true: replace files whose names are taken' },
        ...reasonParameters,
      ],
      takes: ['application/x-www-form-urlencoded'],
      gives: ['text/plain', 'application/json'],
      statuses: {
        400: 'An address is missing or names no file',
        403: 'Not allowed',
        404: 'No such file in the cache, or no such place in the archive',
      },
    },
  },
]
