import { faultOf } from '../errors.ts'
import type { ParentAddress } from '../model/address.ts'
import { adoptFolder } from './folder.ts'
import type { OldPlace } from './projects.ts'
import { needProject, needSubject } from './records.ts'
import type { Run } from './run.ts'
import { adoptSession } from './session.ts'
import { ownResources } from './session-folders.ts'

/**
 * Takes in places of an old archive one after the other. Each is complete, or taken up again by the next run: what is
 * there with the same content is not stored again. What stands in the way of one place is told and stops no other.
 * @param done told after each place
 * @throws ArchiveError 'no-space'
 */
export async function adoptPlaces(run: Run, places: readonly OldPlace[], done: () => void): Promise<void> {
  const projects = new Map<string, boolean>()
  for (const place of places) {
    if (run.stopped()) return
    const { project } = place
    if (!projects.has(project)) projects.set(project, await orTold(run, place, () => needsProject(run, project)))
    if (projects.get(project)) await orTold(run, place, () => adoptPlace(run, place))
    done()
  }
}

async function needsProject({ goal, tally }: Run, project: string): Promise<void> {
  if (!goal || (await needProject(goal, project)) === 'made') tally.projects++
}

/** Does something for a place; false when it was refused, which is told. */
async function orTold(run: Run, { paths }: OldPlace, act: () => Promise<void>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    const fault = faultOf(error)
    if (!fault || fault.kind === 'no-space') throw error
    run.tell({ kind: 'conflict', path: paths[0]!, detail: (error as Error).message })
    return false
  }
}

async function adoptPlace(run: Run, place: OldPlace): Promise<void> {
  if (place.kind === 'session') return adoptSession(run, place)
  const { project, name } = place
  const parent: ParentAddress =
    place.kind === 'project'
      ? { kind: 'project', at: { project } }
      : { kind: 'subject', at: { project, subject: name } }
  if (place.kind === 'subject') {
    const made = !run.goal || (await needSubject(run, run.goal, place, { label: name, id: undefined })) === 'made'
    if (made) run.tally.subjects++
  }
  for (const path of place.paths)
    for (const folder of await ownResources(path, run.tell)) {
      if (run.stopped()) return
      await adoptFolder(run, parent, folder)
    }
}
