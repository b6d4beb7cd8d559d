import assert from 'node:assert/strict'
import { type Cast, castOf, type SiteOptions, startSite, type TestSite } from '../../support/site.ts'

/** An imaging session with one scan `1` of type `T1`. */
export type Session = Readonly<{
  id: string
  label: string
  /** `/data/experiments/{id}` */
  path: string
  /** The address by project, subject and label. */
  named: string
  /** `/data/experiments/{id}/resources`: the `R` of the checklist. */
  R: string
}>

export type Scenery = Cast &
  Readonly<{
    site: TestSite
    /** Id of subject `S1` of project `P`. */
    subject: string
    /** Makes an imaging session of `S1` (next free `MRn` when no label is given). */
    session: (label?: string) => Promise<Session>
    close: () => Promise<void>
  }>

/** Project `P` with subject `S1`; owner, member and a collaborator, who is the checklist's viewer. */
export async function openScenery(options: SiteOptions = {}): Promise<Scenery> {
  const site = await startSite(options)
  try {
    const cast = await castOf(site, 'P')
    const subject = await made(cast, '/data/projects/P/subjects/S1')
    let count = 0
    const session = (label = `MR${++count}`) => makeSession(cast, label)
    return { ...cast, site, subject, session, close: () => site.close() }
  } catch (error) {
    await site.close()
    throw error
  }
}

async function makeSession(cast: Cast, label: string): Promise<Session> {
  const named = `/data/projects/P/subjects/S1/experiments/${label}`
  const id = await made(cast, `${named}?xsiType=xnat:mrSessionData`)
  const path = `/data/experiments/${id}`
  await addScan(cast, path, '1', 'T1')
  return { id, label, path, named, R: `${path}/resources` }
}

/** Puts an MR scan into a session; without a type when none is given. */
export async function addScan(cast: Cast, session: string, scan: string, type?: string): Promise<string> {
  const query = type === undefined ? '' : `&type=${encodeURIComponent(type)}`
  const reply = await cast.own('PUT', `${session}/scans/${scan}?xsiType=xnat:mrScanData${query}`)
  assert.equal(reply.status, 200, reply.text)
  return `${session}/scans/${scan}`
}

/** Makes a manual QC assessor of a session; resolves to its id. */
export function addAssessor(cast: Cast, session: Session, label: string): Promise<string> {
  return made(cast, `${session.named}/assessors/${label}?xsiType=xnat:qcManualAssessorData`)
}

/** Makes a reconstruction of a session; resolves to its address. */
export async function addReconstruction(cast: Cast, session: Session, id: string, type: string): Promise<string> {
  const reply = await cast.own('PUT', `${session.path}/reconstructions/${id}?type=${encodeURIComponent(type)}`)
  assert.equal(reply.status, 200, reply.text)
  return `${session.path}/reconstructions/${id}`
}

async function made(cast: Cast, path: string): Promise<string> {
  const reply = await cast.own('PUT', path)
  assert.equal(reply.status, 201, `PUT ${path}: ${reply.status} ${reply.text}`)
  return reply.text
}
