import { refuse } from '../errors.ts'
import type { ArrivalAddress } from '../intake/arrivals.ts'
import { parseArrivalUri } from './arrival-uris.ts'
import { anyOf } from './import-parameters.ts'
import type { Query } from './query.ts'

/** The entries that a request names: by `src`, or in the parts that older forms have. @throws ArchiveError 'invalid' */
export function chosenArrivals(query: Query): readonly ArrivalAddress[] {
  const named = query.all('src').filter((src) => src !== '')
  const [timestamp, folder] = [anyOf(query, 'PREARC_TIMESTAMP'), anyOf(query, 'PREARC_SESSION_FOLDER')]
  const project = anyOf(query, 'project')
  if (named.length === 0 && project && timestamp && folder) return [{ project, timestamp, folder }]
  if (named.length === 0)
    return refuse({ kind: 'invalid', field: 'src', because: 'Name an entry of the prearchive: src.' })
  return named.map((src) => parseArrivalUri(src) ?? refuseSource(src))
}

const refuseSource = (src: string): never =>
  refuse({
    kind: 'invalid',
    field: 'src',
    because: `${src} is no entry of the prearchive: write /prearchive/projects/P/TIMESTAMP/NAME.`,
  })
