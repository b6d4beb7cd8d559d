import { refuse } from '../errors.ts'
import type { ArrivalAddress } from '../intake/arrivals.ts'
import type { DumpSource } from '../intake/dicom-dump.ts'
import type { Destination } from '../intake/import.ts'

/** `yyyyMMdd_HHmmss`, with or without milliseconds (import 2.1). */
const TIMESTAMP = /^\d{8}_\d{6}(\d{3})?$/
const FOLDER = /^[\w.-]{1,255}$/

/** A path that came as a parameter, without `/data` or `/REST` in front, cut into its decoded steps. */
function stepsOf(uri: string): readonly string[] {
  const path = uri.trim().replace(/^\/?(?:data|REST)(?=\/)/, '')
  return path
    .split('/')
    .filter((step) => step !== '')
    .map(decoded)
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}

/** The entry that a `src` names, or undefined when it names none (import 2.6, 2.7). */
export function parseArrivalUri(uri: string): ArrivalAddress | undefined {
  const [root, word, project, timestamp, folder, ...more] = stepsOf(uri)
  if (root !== 'prearchive' || word !== 'projects' || more.length > 0) return undefined
  return project && timestamp && folder ? { project, timestamp, folder } : undefined
}

/** The address of an entry without `/data`, as rows and messages have it. */
export const arrivalUri = ({ project, timestamp, folder }: ArrivalAddress): string =>
  `/prearchive/projects/${encodeURIComponent(project)}/${timestamp}/${encodeURIComponent(folder)}`

/** What `dest` means (import 1.4). @throws ArchiveError 'invalid' for what it cannot mean */
export function parseDestination(text: string): Destination {
  const [root, ...steps] = stepsOf(text)
  if (root === 'prearchive') return prearchiveDestination(steps, text)
  if (root === 'archive') return archiveDestination(steps, text)
  return wrong(text)
}

const wrong = (text: string): never =>
  refuse({
    kind: 'invalid',
    field: 'dest',
    because: `The destination ${text} is none: write /archive/projects/P or /prearchive/projects/P, for example.`,
  })

function prearchiveDestination(steps: readonly string[], text: string): Destination {
  const [word, project, timestamp, folder, ...more] = steps
  if (word === undefined) return { kind: 'prearchive' }
  if (word !== 'projects' || project === undefined || more.length > 0) return wrong(text)
  if (timestamp === undefined) return { kind: 'prearchive', project }
  if (!TIMESTAMP.test(timestamp) || folder === undefined || !FOLDER.test(folder) || /^\.+$/.test(folder))
    return wrong(text)
  return { kind: 'prearchive', project, entry: { timestamp, folder } }
}

function archiveDestination(steps: readonly string[], text: string): Destination {
  const rest = [...steps]
  const take = (word: string): string | undefined =>
    rest[0] === word && rest[1] !== undefined ? rest.splice(0, 2)[1] : undefined
  const [project, subject, experiment] = [take('projects'), take('subjects'), take('experiments')]
  if (rest.length > 0 || (subject !== undefined && project === undefined)) return wrong(text)
  return {
    kind: 'archive',
    ...(project === undefined ? {} : { project }),
    ...(subject === undefined ? {} : { subject }),
    ...(experiment === undefined ? {} : { experiment }),
  }
}

/** What a `src` of a look into headers names: an entry or a session, or one scan of it; undefined: nothing. */
export function parseDumpSource(uri: string): DumpSource | undefined {
  const steps = stepsOf(uri)
  const scan = steps.at(-2) === 'scans' ? steps.at(-1) : undefined
  const rest = scan === undefined ? steps : steps.slice(0, -2)
  const arrival = parseArrivalUri(`/${rest.map(encodeURIComponent).join('/')}`)
  if (arrival) return { kind: 'arrival', at: arrival, scan }
  if (rest.at(-2) !== 'experiments') return undefined
  const experiment = rest.at(-1) ?? ''
  const places = rest.slice(rest[0] === 'archive' ? 1 : 0, -2)
  const named = new Map(Array.from({ length: places.length / 2 }, (_, at) => [places[2 * at], places[2 * at + 1]]))
  const [project, subject] = [named.get('projects'), named.get('subjects')]
  if (places.length % 2 !== 0 || named.size !== (project ? 1 : 0) + (subject ? 1 : 0)) return undefined
  return { kind: 'session', at: { experiment, ...(project ? { project } : {}), ...(subject ? { subject } : {}) }, scan }
}
