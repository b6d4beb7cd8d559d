import type { Archive } from '../archive/archive.ts'
import { type ConfigurationAddress, listConfigurations } from '../archive/configurations.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'

/**
 * What stands where other servers have a script that changes every object: nothing is changed here. Clients that run
 * scripts themselves, before they send, find that this one does nothing.
 */
export const STANDARD_SCRIPT = `version "6.1"
// This server runs no scripts: objects are kept as they come.
`

/** Where clients look for the scripts that they run themselves (clients 5.2). */
const placeOf = (project: string | undefined): ConfigurationAddress =>
  project === undefined ? { tool: 'anon', path: 'script' } : { project, tool: 'anon', path: `projects/${project}` }

/**
 * The script that is kept for clients, of the site or of a project; undefined where there is none.
 * @throws ArchiveError 'not-found', 'forbidden' for a project that the viewer may not look into, and for guests
 */
export async function keptScript(archive: Archive, viewer: Viewer, project?: string): Promise<string | undefined> {
  const [newest] = await listConfigurations(archive, viewer, placeOf(project))
  return newest?.enabled ? newest.contents : undefined
}

/** @throws ArchiveError 'unsupported' always: a script that is taken and never run would leave names where nobody looks for them */
export function refuseScript(): never {
  return refuse({
    kind: 'unsupported',
    what: 'script',
    because:
      'This server runs no anonymization scripts and takes none to run: what is to be kept without names must come without them.',
  })
}
