import { type Scope, scopeOf } from '../archive/archive.ts'
import { putExperiment } from '../archive/experiments.ts'
import { locateExperiment, locateScan, locateSubject, orNothing } from '../archive/locate.ts'
import { putProject } from '../archive/projects.ts'
import { putReconstruction, readableReconstruction } from '../archive/reconstructions.ts'
import { putScan } from '../archive/scans.ts'
import { putSubject, SUBJECT } from '../archive/subjects.ts'
import { faultOf } from '../errors.ts'
import { emptyItem, type Item } from '../model/item.ts'
import { type Patch, patchOf } from '../model/patch.ts'
import type { OldPlace } from './projects.ts'
import type { Goal, Run } from './run.ts'
import type { SessionFacts, SubjectFacts } from './session-facts.ts'
import type { Hold } from './session-folders.ts'

const scopeAt = ({ archive, viewer }: Goal): Scope => scopeOf(archive, viewer)

const named = (type: string): Patch => ({ faults: [], assignments: [], removesAbsent: false, namedType: type })

/** Makes the project, private, unless it is there. @throws ArchiveError 'forbidden' for an ID that may not be used again */
export async function needProject({ archive, viewer, why }: Goal, name: string): Promise<'made' | 'there'> {
  try {
    const patch = patchOf(emptyItem('xnat:projectData'))
    await putProject(archive, viewer, why, { name, patch, accessibility: 'private', mustBeNew: true })
    return 'made'
  } catch (error) {
    if (faultOf(error)?.kind !== 'conflict') throw error
    return 'there'
  }
}

/** Makes the subject unless one of that label is in the project; its id is kept where nobody else has it. */
export async function needSubject(
  run: Run,
  goal: Goal,
  place: OldPlace,
  { label, id }: SubjectFacts,
): Promise<'made' | 'there'> {
  const { archive, viewer, why } = goal
  const at = { project: place.project, subject: label }
  if (await orNothing(locateSubject(scopeAt(goal), at, 'read'))) return 'there'
  const free = id !== undefined && !(await orNothing(locateSubject(scopeAt(goal), { subject: id }, 'read')))
  if (id !== undefined && !free) {
    const detail = `The id ${id} of the subject is in use here; it got another.`
    run.tell({ kind: 'renamed', path: place.paths[0]!, detail })
  }
  const fields: Item['fields'] = free ? { ID: id } : {}
  await putSubject(archive, viewer, why, { at, patch: patchOf({ type: SUBJECT, fields, children: {} }) })
  return 'made'
}

/** What became of a session: `other` when one of its label is there that holds another study. */
export type NeededSession = 'made' | 'there' | 'other'

/**
 * Makes the session unless one of that label is in the project. Its id is kept where nobody else has it.
 * @throws ArchiveError 'invalid', 'unreadable' when its document cannot be stored
 */
export async function needSession(
  run: Run,
  goal: Goal,
  place: OldPlace,
  { record, subject, study }: SessionFacts,
): Promise<NeededSession> {
  const { archive, viewer, why } = goal
  const at = { project: place.project, experiment: place.name }
  const stored = await orNothing(locateExperiment(scopeAt(goal), at, 'read'))
  if (stored) {
    const { UID } = JSON.parse(stored.row.doc) as { UID?: string }
    return UID !== undefined && study !== undefined && UID !== study ? 'other' : 'there'
  }
  const { ID, ...fields } = record.fields
  const taken =
    ID !== undefined && (await orNothing(locateExperiment(scopeAt(goal), { experiment: String(ID) }, 'read')))
  if (taken) {
    const detail = `The id ${ID} of the session is in use here; it got another.`
    run.tell({ kind: 'renamed', path: place.paths[0]!, detail })
  }
  const document = ID === undefined || taken ? { ...record, fields } : record
  const home = { project: place.project, subject: subject.label, segment: place.name }
  await putExperiment(archive, viewer, why, { home, patch: patchOf(document) })
  return 'made'
}

/** Makes what a folder of a session hangs on, unless it is there: a scan, reconstruction or assessor. */
export async function needHold(
  goal: Goal,
  place: OldPlace,
  facts: SessionFacts,
  hold: Hold,
): Promise<'made' | 'there'> {
  const { archive, viewer, why } = goal
  const at = { project: place.project, experiment: place.name }
  if (hold.on === 'scan') {
    const scan = { ...at, scan: hold.name }
    if (await orNothing(locateScan(scopeAt(goal), scan, 'read'))) return 'there'
    await putScan(archive, viewer, why, { at: scan, patch: named(facts.scanType(hold.name)) })
    return 'made'
  }
  if (hold.on === 'reconstruction') {
    const reconstruction = { ...at, reconstruction: hold.name }
    if (await orNothing(readableReconstruction(scopeAt(goal), reconstruction))) return 'there'
    const record = partNamed(facts, 'reconstructions/reconstructedImage', hold.name)
    const patch = record ? patchOf(record) : named('xnat:reconstructedImageData')
    await putReconstruction(archive, viewer, why, { at: reconstruction, patch })
    return 'made'
  }
  return hold.on === 'assessor' ? needAssessor(goal, place, facts, hold.name) : 'there'
}

async function needAssessor(
  goal: Goal,
  { project, name: session }: OldPlace,
  facts: SessionFacts,
  name: string,
): Promise<'made' | 'there'> {
  if (await orNothing(locateExperiment(scopeAt(goal), { project, experiment: name }, 'read'))) return 'there'
  const record = partNamed(facts, 'assessors/assessor', name) ?? emptyItem(assessorType(facts.record.type))
  const { project: _p, imageSession_ID: _s, ID, label, ...fields } = record.fields
  const unused =
    ID !== undefined && !(await orNothing(locateExperiment(scopeAt(goal), { experiment: String(ID) }, 'read')))
  const document = { ...record, fields: unused ? { ...fields, ID } : fields }
  // Its folder is called by its id or by its label.
  const home = { project, session, segment: String(label ?? name) }
  await putExperiment(goal.archive, goal.viewer, goal.why, { home, patch: patchOf(document) })
  return 'made'
}

/** Of an assessor nothing tells what it is. */
const assessorType = (session: string): string =>
  session === 'xnat:petSessionData' ? 'xnat:petAssessorData' : 'xnat:mrAssessorData'

/** What the session's document says of a part with that ID or label. */
function partNamed({ record }: SessionFacts, path: string, name: string): Item | undefined {
  return record.children[path]?.find(({ fields }) => fields['ID'] === name || fields['label'] === name)
}
