import { change, scopeOf } from '../../archive/archive.ts'
import { locateAssessor } from '../../archive/assessors.ts'
import { type LocatedExperiment, type LocatedSubject, locateExperiment, locateSubject } from '../../archive/locate.ts'
import { placesTable, type Shareable, setStatus, share, statusFlags, unshare } from '../../archive/sharing.ts'
import type { ExperimentAddress, SubjectAddress } from '../../model/address.ts'
import type { Answer, Call } from '../call.ts'
import { emptyAnswer, tableAnswer, textAnswer } from '../reply.ts'

/** Something that several projects may see, with its address. */
export type Target = Readonly<{ noun: 'subject'; at: SubjectAddress } | { noun: 'experiment'; at: ExperimentAddress }>

type Scope = Parameters<typeof locateSubject>[0]

function locate(scope: Scope, target: Target): Promise<LocatedSubject | LocatedExperiment> {
  return target.noun === 'subject'
    ? locateSubject(scope, target.at, 'read')
    : locateExperiment(scope, target.at, 'read')
}

const typeOf = (noun: Shareable, located: LocatedSubject | LocatedExperiment): string =>
  noun === 'subject' ? 'xnat:subjectData' : (located as LocatedExperiment).row.xsi_type

/** `GET …/projects`: the owner and every share. */
export async function listPlaces(call: Call, target: Target): Promise<Answer> {
  const scope = scopeOf(call.archive, call.viewer)
  const located = await locate(scope, target)
  return tableAnswer(call, await placesTable(scope, target.noun, located.row.id))
}

/** `PUT …/projects/{Q}`: shares, relabels the share, or with `primary` hands over (hierarchy 4.5, 5.4). */
export async function shareInto(call: Call, target: Target): Promise<Answer> {
  const asked = call.query.get('primary')
  const primary = target.noun === 'subject' ? call.query.flag('primary') : asked?.toLowerCase() === 'true'
  const id = await change(call.archive, call.viewer, call.why, async (tx) => {
    const located = await locate(tx, target)
    const wish = { noun: target.noun, target: call.params['target'] ?? '', primary }
    if (primary && target.noun === 'experiment') {
      for (const assessor of await movedAssessors(tx, call, target.at)) {
        await share(tx, assessor, { ...wish, type: assessor.row.xsi_type })
      }
    }
    const label = call.query.get('label') || undefined
    await share(tx, located, { ...wish, type: typeOf(target.noun, located), label })
    return located.row.id
  })
  if (primary && target.noun === 'experiment') return emptyAnswer
  // As HTML unless `format` says otherwise: existing clients expect a page here.
  return tableAnswer(call, await placesTable(scopeOf(call.archive, call.viewer), target.noun, id), sharesVariants)
}

const sharesVariants = ['text/html', 'application/json', 'text/xml']

/** Assessors that `moveAssessors=a,b` takes along to the new project. */
async function movedAssessors(tx: Scope, call: Call, at: ExperimentAddress): Promise<LocatedExperiment[]> {
  const names = (call.query.get('moveAssessors') ?? '').split(',').filter((name) => name !== '')
  const found: LocatedExperiment[] = []
  for (const name of names) found.push(await locateAssessor(tx, at, name))
  return found
}

/** `DELETE …/projects/{Q}`. */
export async function unshareFrom(call: Call, target: Target): Promise<Answer> {
  await change(call.archive, call.viewer, call.why, async (tx) => {
    const located = await locate(tx, target)
    await unshare(tx, located, {
      noun: target.noun,
      type: typeOf(target.noun, located),
      target: call.params['target'] ?? '',
    })
  })
  return emptyAnswer
}

/** `GET …/status`: one bare word. */
export async function statusOf(call: Call, target: Target): Promise<Answer> {
  const located = await locate(scopeOf(call.archive, call.viewer), target)
  return textAnswer(located.row.status)
}

/** Does the request want to change a status? */
export const statusAsked = (call: Call): boolean => Object.keys(statusFlags).some((flag) => call.query.flag(flag))

/** The status flags among the parameters, carried out after the values were saved (hierarchy 1.11). */
export async function applyStatus(call: Call, target: Target): Promise<void> {
  for (const [flag, status] of Object.entries(statusFlags)) {
    if (!call.query.flag(flag)) continue
    await change(call.archive, call.viewer, call.why, async (tx) =>
      setStatus(tx, target.noun, await locate(tx, target), status),
    )
  }
}
