import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { Caller } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { makeProject, makeSession, makeSubject, sessionAt, want } from '../hierarchy/stage.ts'
import { type Criteria, found, searchXml } from './documents.ts'

let site: TestSite
let own: Caller

type Scan = Readonly<{ type: string; quality: string }>
type Session = Readonly<{
  label: string
  scanner: string
  age: number | undefined
  gender: string
  scans: readonly Scan[]
}>

const scan = (type: string, quality: string): Scan => ({ type, quality })
/** Everything that the criteria below are about, as a program without a database would hold it. */
const sessions: readonly Session[] = [
  { label: 'M1', scanner: 'Trio', age: 9, gender: 'M', scans: [scan('T1', 'good'), scan('T2', 'bad')] },
  { label: 'M2', scanner: 'Prisma', age: 30.5, gender: 'M', scans: [scan('T1', 'bad')] },
  { label: 'M3', scanner: '', age: 100, gender: 'F', scans: [] },
  { label: 'M4', scanner: 'Trio', age: undefined, gender: 'F', scans: [scan('T2', 'good'), scan('', 'good')] },
]

before(async () => {
  site = await startSite()
  await site.addUser('own')
  own = site.as('own')
  await makeProject(own, 'CRI')
  for (const { label, scanner, age, gender, scans } of sessions) {
    await makeSubject(own, 'CRI', `S${label}`, { gender: gender === 'M' ? 'male' : 'female' })
    const given: Record<string, string> = age === undefined ? {} : { 'xnat:mrSessionData/age': String(age) }
    await makeSession(own, `CRI/S${label}/${label}`, { ...given, ...(scanner && { scanner }) })
    for (const [at, { type, quality }] of scans.entries()) {
      const place = `${sessionAt(`CRI/S${label}/${label}`)}/scans/${at + 1}`
      await want(own('PUT', `${place}?xsiType=xnat:mrScanData&quality=${quality}${type && `&type=${type}`}`), 200)
    }
  }
})
after(() => site?.close())

const mr = 'xnat:mrSessionData'
type Leaf = Readonly<{
  about: 'session' | 'subject' | 'scan'
  triple: readonly [string, string, string]
  fits: (of: never) => boolean
}>

const leaves: readonly Leaf[] = [
  { about: 'session', triple: [`${mr}/SCANNER`, '=', 'Trio'], fits: ({ scanner }: Session) => scanner === 'Trio' },
  { about: 'session', triple: [`${mr}/SCANNER`, 'IS NULL', ''], fits: ({ scanner }: Session) => scanner === '' },
  { about: 'session', triple: [`${mr}/age`, '>', '10'], fits: ({ age }: Session) => age !== undefined && age > 10 },
  { about: 'session', triple: [`${mr}/LABEL`, 'IN', 'M1,M3'], fits: ({ label }: Session) => 'M1 M3'.includes(label) },
  {
    about: 'subject',
    triple: ['xnat:subjectData/GENDER_TEXT', '=', 'F'],
    fits: ({ gender }: Session) => gender === 'F',
  },
  { about: 'scan', triple: ['xnat:mrScanData/TYPE', '=', 'T1'], fits: (of: Scan | undefined) => of?.type === 'T1' },
  { about: 'scan', triple: ['xnat:mrScanData/TYPE', 'IS NULL', ''], fits: (of: Scan | undefined) => !of?.type },
  {
    about: 'scan',
    triple: ['xnat:mrScanData/QUALITY', 'LIKE', 'GO%'],
    fits: (of: Scan | undefined) => of?.quality === 'good',
  },
]

type Tree = Readonly<{ method: 'AND' | 'OR'; parts: readonly (Leaf | Tree)[] }>
const isLeaf = (part: Leaf | Tree): part is Leaf => 'triple' in part

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    method: fc.constantFrom('AND', 'OR'),
    parts: fc.array(fc.oneof({ maxDepth: 3 }, fc.constantFrom(...leaves), tie('tree')), { minLength: 1, maxLength: 3 }),
  }),
}))

const criteriaOf = (of: Tree): Criteria => [
  ...of.parts.map((part) => (isLeaf(part) ? part.triple : criteriaOf(part))),
  of.method,
]

/** The one kind of record that a part is about, if there is but one. */
function kindOf(part: Leaf | Tree): string | undefined {
  if (isLeaf(part)) return part.about
  const kinds = new Set(part.parts.map(kindOf))
  return kinds.size === 1 ? [...kinds][0] : undefined
}

/** Criteria of one set on scans speak of the same scan; a session without any is one without values. */
function fits(part: Leaf | Tree, session: Session): boolean {
  const kind = kindOf(part)
  if (kind === 'scan') {
    const scans = session.scans.length > 0 ? session.scans : [undefined]
    return scans.some((one) => holds(part, one))
  }
  if (kind !== undefined) return holds(part, session)
  const { method, parts } = part as Tree
  const ofScans = parts.filter((one) => kindOf(one) === 'scan')
  const others = parts.filter((one) => kindOf(one) !== 'scan').map((one) => fits(one, session))
  const all = ofScans.length === 0 ? others : [...others, fits({ method, parts: ofScans }, session)]
  return method === 'AND' ? all.every(Boolean) : all.some(Boolean)
}

function holds(part: Leaf | Tree, of: unknown): boolean {
  if (isLeaf(part)) return part.fits(of as never)
  const all = part.parts.map((one) => holds(one, of))
  return part.method === 'AND' ? all.every(Boolean) : all.some(Boolean)
}

test('hierarchy 188: nested criteria find what they would find one by one', async () => {
  await fc.assert(
    fc.asyncProperty(tree, async (generated) => {
      const document = searchXml(mr, [`${mr}/LABEL`], criteriaOf(generated))
      const wanted = sessions.filter((session) => fits(generated, session)).map(({ label }) => [label])
      assert.deepEqual(await found(own, document), wanted)
    }),
    { numRuns: 60 },
  )
})
