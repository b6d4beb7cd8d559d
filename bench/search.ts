/**
 * Medians of typical searches over HTTP in an archive of 200 projects, 1,000 subjects, 10,000 sessions, 100,000 scans.
 * Run: node bench/search.ts [sqlite | postgres | postgres://…]   (postgres alone starts one for the run)
 */
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { compose } from '../src/compose.ts'
import type { Tables } from '../src/db/schema.ts'
import { buildServer } from '../src/http/server.ts'
import { createUser } from '../src/site/accounts.ts'
import { prepareFirstStart } from '../src/site/first-start.ts'
import { type Criteria, searchXml } from '../test/http/search/documents.ts'
import { startPostgres } from '../test/support/postgres.ts'

const PROJECTS = 200
const SUBJECTS = 5
const SESSIONS = 10
const SCANS = 10
const ROUNDS = 9

const types = ['localizer', 'T1', 'T2', 'FLAIR', 'DWI', 'BOLD', 'SWI', 'ASL', 'fieldmap', 'angio']
const at = '2026-01-02 03:04:05.678'
const recorded = { created_at: at, created_by: 'admin', modified_at: at, event_id: 1 }

/** Rows as an archive of that size would have them; made in bulk, since searches are what is measured. */
async function seed(db: Kysely<Tables>, member: number): Promise<void> {
  for (let p = 1; p <= PROJECTS; p += 1) {
    const name = `P${String(p).padStart(3, '0')}`
    const settings = { prearchive_code: 0, quarantine_code: 0, current_arc: 'arc001', scan_type_mapping: 1 }
    const project = {
      name,
      accessibility: 'private',
      ...settings,
      doc: JSON.stringify({ name: `Study ${p}` }),
      ...recorded,
    }
    const { id } = await db.insertInto('projects').values(project).returning('id').executeTakeFirstOrThrow()
    const group = { project_id: id, name: `${name}_member`, display_name: 'Members', role: 'member' }
    const made = await db.insertInto('groups').values(group).returning('id').executeTakeFirstOrThrow()
    // A user who may see a tenth of the projects.
    if (p % 10 === 0) await db.insertInto('group_members').values({ group_id: made.id, user_id: member }).execute()
    for (let s = 1; s <= SUBJECTS; s += 1)
      await seedSubject(db, { project: id, name: `${name}_${s}`, number: p * 10 + s })
  }
}

type Planned = Readonly<{ project: number; name: string; number: number }>

async function seedSubject(db: Kysely<Tables>, { project, name, number }: Planned): Promise<void> {
  const demographics = [
    { '@type': 'xnat:demographicData', gender: number % 2 ? 'male' : 'female', yob: 1940 + (number % 60) },
  ]
  const doc = JSON.stringify({ group: number % 3 ? 'patient' : 'control', demographics })
  const row = { accession: `XNAT_S${name}`, project_id: project, status: 'active', doc, ...recorded }
  const { id } = await db.insertInto('subjects').values(row).returning('id').executeTakeFirstOrThrow()
  const place = { project_id: project, owner: 1, share_label: null, created_at: at }
  await db
    .insertInto('subject_projects')
    .values({ subject_id: id, label: name, ...place })
    .execute()
  for (let e = 1; e <= SESSIONS; e += 1) {
    const date = `20${10 + e}-${String((number % 12) + 1).padStart(2, '0')}-15`
    const session = JSON.stringify({
      date,
      scanner: `MR${number % 7}`,
      session_type: 'brain',
      modality: 'MR',
      age: 20 + (number % 50),
    })
    const values = {
      accession: `XNAT_E${name}_${e}`,
      project_id: project,
      subject_id: id,
      session_id: null,
      xsi_type: 'xnat:mrSessionData',
      status: 'active',
      doc: session,
      ...recorded,
    }
    const made = await db.insertInto('experiments').values(values).returning('id').executeTakeFirstOrThrow()
    await db
      .insertInto('experiment_projects')
      .values({ experiment_id: made.id, label: `${name}_MR${e}`, ...place })
      .execute()
    const scans = Array.from({ length: SCANS }, (_, scan) => ({
      session_id: made.id,
      scan_id: String(scan + 1),
      xsi_type: 'xnat:mrScanData',
      doc: scanDoc(number + e, scan),
      ...recorded,
    }))
    await db.insertInto('scans').values(scans).execute()
  }
}

const scanDoc = (number: number, scan: number): string =>
  JSON.stringify({
    type: types[scan],
    quality: number % 4 ? 'usable' : 'unusable',
    series_description: `${types[scan]} ${number % 9}`,
    'parameters/tr': 100 * ((number % 30) + scan),
    frames: 20 + scan,
  })

const subject = 'xnat:subjectData'
const mr = 'xnat:mrSessionData'
const scan = 'xnat:mrScanData'
const search = (type: string, columns: readonly string[], criteria: Criteria) => searchXml(type, columns, criteria)

/** What is asked, in words, and how. */
const questions: readonly (readonly [says: string, path: string, document?: string])[] = [
  ['default listing of 1,000 subjects', `/data/search/saved/@${subject}/results?format=json`],
  [
    'sessions of one project',
    '/data/search?format=csv',
    search(mr, [`${mr}/LABEL`, `${subject}/SUBJECT_LABEL`, `${mr}/DATE`], [[`${mr}/PROJECT`, '=', 'P100']]),
  ],
  [
    'one session by its label',
    '/data/search?format=csv',
    search(mr, [`${mr}/SESSION_ID`], [[`${mr}/LABEL`, '=', 'P100_3_MR7']]),
  ],
  [
    'subjects by gender and group',
    '/data/search?format=csv',
    search(
      subject,
      [`${subject}/SUBJECT_LABEL`],
      [[`${subject}/GENDER_TEXT`, '=', 'F'], [`${subject}/GROUP`, '=', 'control'], 'AND'],
    ),
  ],
  [
    '100 of 10,000 sessions by date',
    '/data/search?format=csv&limit=100',
    search(mr, [`${mr}/LABEL`, `${mr}/DATE`], [[`${mr}/DATE`, '>', '2015-01-01']]),
  ],
  [
    'sessions with a usable T1 of women',
    '/data/search?format=csv&limit=100',
    search(
      mr,
      [`${mr}/LABEL`],
      [[`${scan}/TYPE`, '=', 'T1'], [`${scan}/QUALITY`, '=', 'usable'], [`${subject}/GENDER_TEXT`, '=', 'F'], 'AND'],
    ),
  ],
  [
    'scans by repetition time',
    '/data/search?format=csv&limit=100',
    search(
      scan,
      [`${scan}/ID`, `${mr}/LABEL`, `${scan}/TYPE`],
      [[`${scan}/PARAMETERS_TR`, 'BETWEEN', '3500 AND 3600']],
    ),
  ],
  [
    'subjects with sessions of one scanner',
    '/data/search?format=csv',
    search(subject, [`${subject}/SUBJECT_LABEL`], [[`${mr}/SCANNER`, '=', 'MR3']]),
  ],
  ['all 10,000 sessions with their columns', `/data/search/saved/@${mr}/results?format=csv`],
  ['all 100,000 scans', '/data/search?format=csv', search(scan, [`${scan}/ID`, `${scan}/TYPE`, `${mr}/LABEL`], [])],
  [
    '10,000 sessions sorted by scanner, first 100',
    '/data/search?format=csv&sortBy=SCANNER&limit=100',
    search(mr, [`${mr}/LABEL`, `${mr}/SCANNER`], []),
  ],
  ['types that can be searched', '/data/search/elements?format=json'],
  ['fields of MR sessions', `/data/search/elements/${mr}?format=json`],
]

type Asker = (path: string, document?: string) => Promise<string>

const askerOf =
  (url: string, login: string): Asker =>
  async (path, document) => {
    const headers = { authorization: `Basic ${btoa(`${login}:${login}-password`)}` }
    const reply = await fetch(url + path, { method: document ? 'POST' : 'GET', headers, body: document })
    const text = await reply.text()
    if (reply.status !== 200) throw new Error(`${reply.status} ${text}`)
    return text
  }

async function median(work: () => Promise<string>): Promise<{ ms: number; lines: number; slowest: number }> {
  const times: number[] = []
  let text = await work()
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now()
    text = await work()
    times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  return { ms: times[Math.floor(ROUNDS / 2)]!, slowest: times.at(-1)!, lines: text.split('\n').length }
}

/** The longest that another request had to wait while something ran. */
async function longestWait(during: () => Promise<unknown>): Promise<number> {
  let [longest, last] = [0, performance.now()]
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last - 1)
    last = performance.now()
  }, 1)
  await during()
  clearInterval(timer)
  return longest
}

async function measure(url: string): Promise<void> {
  for (const login of ['admin', 'member']) {
    const ask = askerOf(url, login)
    for (const [says, path, document] of questions) {
      const { ms, slowest, lines } = await median(() => ask(path, document))
      const wait = await longestWait(() => ask(path, document))
      console.log(
        `${login}: ${says}: ${ms.toFixed(1)} ms (slowest ${slowest.toFixed(0)}, held up ${wait.toFixed(0)}), ${lines} lines`,
      )
    }
  }
}

const asked = process.argv[2] ?? 'sqlite'
const postgres = asked === 'postgres' ? await startPostgres() : undefined
const databaseUrl = postgres?.url ?? (asked === 'sqlite' ? undefined : asked)
const dataFolder = await mkdtemp(join(tmpdir(), 'search-bench-'))
try {
  const containers = { maxEntries: 100, maxBytes: 1e6, maxRatio: 10 }
  const plan = {
    dataFolder,
    databaseUrl,
    siteId: 'XNAT',
    requireLogin: true,
    url: undefined,
    containers,
    reuseProjectIds: false,
  }
  const composed = await compose({ ...plan, blobFolders: 'as-needed' })
  const { archive, site } = composed
  await prepareFirstStart(site, 'admin-password')
  await createUser(site, 'member', { password: 'member-password', enabled: true, verified: true, email: 'm@x.example' })
  const member = await archive.db.reads
    .selectFrom('users')
    .select('id')
    .where('login', '=', 'member')
    .executeTakeFirstOrThrow()
  const began = performance.now()
  await archive.db.change((tx) => seed(tx, member.id))
  if (databaseUrl) await sql`analyze`.execute(archive.db.reads)
  console.log(`seeded in ${((performance.now() - began) / 1000).toFixed(0)} s`)
  const server = buildServer(composed)
  await server.listen({ host: '127.0.0.1', port: 0 })
  await measure(`http://127.0.0.1:${(server.server.address() as AddressInfo).port}`)
  await server.close()
  await composed.close()
  console.log(`${(process.memoryUsage.rss() / 1024 ** 2).toFixed(0)} MiB resident at the end`)
} finally {
  await rm(dataFolder, { recursive: true, force: true })
  await postgres?.stop()
}
