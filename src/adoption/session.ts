import { isAdopted, noteAdopted } from '../archive/adoptions.ts'
import { putScan } from '../archive/scans.ts'
import { faultOf } from '../errors.ts'
import { rereadScan, rereadSession } from '../intake/reread.ts'
import type { ParentAddress } from '../model/address.ts'
import { adoptFolder } from './folder.ts'
import { headersOfScans } from './peek.ts'
import type { OldPlace } from './projects.ts'
import { needHold, needSession, needSubject } from './records.ts'
import type { Goal, Run } from './run.ts'
import { type SessionClues, type SessionFacts, sessionFacts } from './session-facts.ts'
import { type Hold, type OldFolder, sessionFolders } from './session-folders.ts'

/** Takes in one session: its record, its files, then what the headers of the files say. Repeatable. */
export async function adoptSession(run: Run, place: OldPlace): Promise<void> {
  const inside = []
  for (const path of place.paths) inside.push(await sessionFolders(path, run.tell))
  const folders = inside.flatMap((one) => one.folders)
  const documents = [...place.documents, ...inside.flatMap((one) => one.documents)]
  if (folders.length + documents.length === 0) {
    run.tell({ kind: 'empty', path: place.paths[0]!, detail: 'A session without anything in it was not taken.' })
    return
  }
  const facts = await recorded(run, place, { documents, headers: await headersOfScans(folders) })
  if (!facts) return
  let fresh = 0
  for (const group of byHold(folders)) {
    if (run.stopped()) return
    fresh += await adoptGroup(run, place, facts, group)
  }
  if (run.goal && !run.stopped()) await finish(run, run.goal, place, { facts, folders, fresh })
}

/** What the session is, once it and its subject are there; undefined when it cannot be taken. */
async function recorded(run: Run, place: OldPlace, clues: SessionClues): Promise<SessionFacts | undefined> {
  const facts = await sessionFacts(run, place, clues)
  const { goal } = run
  if (!goal) return counted(run, place, facts)
  try {
    return (await needRecords(run, goal, place, facts)) ? facts : undefined
  } catch (error) {
    const fault = faultOf(error)
    if (!facts.documented || !fault || !['invalid', 'unreadable', 'nothing-sent'].includes(fault.kind)) throw error
    const detail = `The session is described by its DICOM files instead: ${(error as Error).message}`
    run.tell({ kind: 'document', path: place.paths[0]!, detail })
    return recorded(run, place, { ...clues, documents: [] })
  }
}

function counted({ tally, counted }: Run, { project }: OldPlace, facts: SessionFacts): SessionFacts {
  tally.sessions++
  const subject = `${project}/${facts.subject.label}`
  if (!counted.has(subject)) tally.subjects++
  counted.add(subject)
  return facts
}

/** The subject and the session; false when the session cannot be taken. */
async function needRecords(run: Run, goal: Goal, place: OldPlace, facts: SessionFacts): Promise<boolean> {
  if ((await needSubject(run, goal, place, facts.subject)) === 'made') run.tally.subjects++
  const outcome = await needSession(run, goal, place, facts)
  if (outcome === 'made') run.tally.sessions++
  if (outcome !== 'other') return true
  const detail = `A session ${place.name} of another study is in project ${place.project}; nothing of this one was taken.`
  run.tell({ kind: 'conflict', path: place.paths[0]!, detail })
  return false
}

/** Folders that hang on the same scan, assessor or reconstruction, or on the session itself. */
const byHold = (folders: readonly OldFolder[]): readonly (readonly OldFolder[])[] => [
  ...Map.groupBy(folders, ({ hold }) => (hold.on === 'place' ? '' : `${hold.on} ${hold.name}`)).values(),
]

async function adoptGroup(
  run: Run,
  place: OldPlace,
  facts: SessionFacts,
  folders: readonly OldFolder[],
): Promise<number> {
  const { hold } = folders[0]!
  const made = run.goal ? (await needHold(run.goal, place, facts, hold)) === 'made' : true
  if (made && hold.on === 'scan') run.tally.scans++
  let fresh = 0
  for (const folder of folders) {
    if (run.stopped()) return fresh
    fresh += await adoptFolder(run, addressOf(place, folder.hold), folder)
  }
  return fresh
}

function addressOf({ project, name }: OldPlace, hold: Hold): ParentAddress {
  const at = { project, experiment: name }
  switch (hold.on) {
    case 'place':
      return { kind: 'experiment', at }
    case 'scan':
      return { kind: 'scan', at, scans: hold.name }
    case 'assessor':
      return { kind: 'assessor', at, assessors: hold.name, direction: hold.direction }
    case 'reconstruction':
      return { kind: 'reconstruction', at, reconstructions: hold.name, direction: hold.direction }
  }
}

type Taken = Readonly<{ facts: SessionFacts; folders: readonly OldFolder[]; fresh: number }>

/** Fills the records from the headers where anything new came, or where an earlier run did not get so far. */
async function finish(run: Run, goal: Goal, place: OldPlace, { facts, folders, fresh }: Taken): Promise<void> {
  const { archive, viewer, why } = goal
  const at = { project: place.project, experiment: place.name }
  if (fresh === 0 && (await isAdopted(archive, viewer, at))) return
  const scans = [...new Set(folders.flatMap(({ hold }) => (hold.on === 'scan' ? [hold.name] : [])))]
  if (facts.documented) {
    const described = new Set(facts.record.children['scans/scan']?.map(({ fields }) => String(fields['ID'])))
    await fillScans(
      run,
      goal,
      place,
      scans.filter((scan) => !described.has(scan)),
    )
  } else {
    try {
      await rereadSession(archive, viewer, why, at)
    } catch (error) {
      if (faultOf(error)?.kind !== 'conflict') throw error
      // One scan with the files of several series must not keep the others from being filled.
      await fillScans(run, goal, place, scans)
    }
  }
  await noteAdopted(archive, viewer, why, { at, detail: place.paths.join(', ') })
}

async function fillScans(run: Run, goal: Goal, place: OldPlace, scans: readonly string[]): Promise<void> {
  const { archive, viewer, why } = goal
  for (const scan of scans) {
    const at = { project: place.project, experiment: place.name, scan }
    try {
      const headers = await rereadScan(archive, viewer, at)
      await putScan(archive, viewer, why, { at, patch: { faults: [], assignments: [], removesAbsent: false }, headers })
    } catch (error) {
      const fault = faultOf(error)
      if (fault?.kind !== 'conflict') throw error
      run.tell({ kind: 'headers', path: place.paths[0]!, detail: fault.because })
    }
  }
}
