import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { sweep } from '../src/archive/sweep.ts'
import { compose } from '../src/compose.ts'
import { readConfig } from '../src/config.ts'
import { workRound } from '../src/intake/work.ts'
import { serving, settingsOf } from './commands/program.ts'
import { image, sessionValues, zipped } from './support/arrivals.ts'
import { type Caller, callerOf } from './support/caller.ts'
import { testPlace } from './support/database.ts'
import { stagedCopies } from './support/staged-copies.ts'

const PASSWORD = 'kept through everything'
const IMPORT = '/data/services/import'
const SENDERS = 8
const DAY_MS = 24 * 3_600_000
const IMAGES = 5

type Sent = Readonly<{ label: string; how: 'zip' | 'object' | 'archived'; number: number; answered: boolean }>

describe('a server that is killed while people import', () => {
  let settings: Readonly<Record<string, string>>
  let remove: () => Promise<void>
  let sent: readonly Sent[]
  let stop = (): void => undefined

  before(async () => {
    const { place, remove: removePlace } = await testPlace()
    settings = settingsOf(place, { ISOCENTER_ADMIN_PASSWORD: PASSWORD, ISOCENTER_LOG_LEVEL: 'error' })
    remove = removePlace
    sent = await importUntilKilled(settings)
  })
  after(() => {
    stop()
    return remove()
  })

  it('has answered some imports, and not others', () => {
    const answered = sent.filter((one) => one.answered).length
    assert.ok(answered >= SENDERS, `only ${answered} were answered`)
    assert.ok(answered < sent.length, 'nothing was under way when it was killed')
  })

  it('has after a restart all that it answered, and of every other zip all or nothing', async () => {
    const server = await serving(settings)
    stop = () => server.signal('SIGKILL')
    const admin = callerOf(server.url, 'admin', PASSWORD)
    await workTakenUp(admin)
    const waiting = await waitingCounts(admin)
    for (const one of sent) {
      const archived = one.how === 'archived' ? await archivedCount(admin, one) : 0
      assertThere(one, archived || (waiting.get(`${one.label} ${one.number}`) ?? 0))
    }
    server.signal('SIGTERM')
    assert.equal(await server.ended, 0)
  })

  it('drops what requests brought that broke off, takes up work that broke off, and sweeps the rest', async () => {
    const { archive, close } = await compose(readConfig(settings), () => new Date(Date.now() + 2 * DAY_MS))
    await workRound(archive)
    const loose = await archive.db.reads
      .selectFrom('arrived_files')
      .select('id')
      .where('arrival_id', 'is', null)
      .execute()
    const running = await archive.db.reads.selectFrom('imports').select('id').where('state', '=', 'running').execute()
    const stuck = await archive.db.reads
      .selectFrom('arrivals')
      .select(['name', 'status'])
      .where('lease_owner', 'is not', null)
      .execute()
    await sweep(archive, 0)
    const named = await archive.db.reads
      .selectFrom('files')
      .select('blob')
      .union(archive.db.reads.selectFrom('arrived_files').select('blob'))
      .execute()
    const kept = await Array.fromAsync(archive.blobs.list(), ({ key }) => key)
    await close()
    assert.deepEqual([loose, running, stuck], [[], [], []])
    assert.deepEqual(kept.sort(), [...new Set(named.map(({ blob }) => blob))].sort())
    assert.deepEqual(await stagedCopies(settings['ISOCENTER_DATA']!), [])
    assert.deepEqual(await readdir(join(settings['ISOCENTER_DATA']!, 'scratch')), [])
  })
})

/** Starts a server, lets people import for a while, and kills it in the middle of that. */
async function importUntilKilled(settings: Readonly<Record<string, string>>): Promise<readonly Sent[]> {
  const server = await serving(settings)
  const admin = callerOf(server.url, 'admin', PASSWORD)
  assert.equal((await admin('PUT', '/data/projects/crash')).status, 200)
  assert.equal((await admin('PUT', '/data/projects/crash/prearchive_code/0')).status, 200)
  const course = { answered: 0, ended: false }
  const people = Array.from({ length: SENDERS }, (_, person) => importOn(admin, person, course))
  await setTimeout(2500)
  // A slow machine takes longer until there is something to lose.
  while (!course.ended && course.answered < 2 * SENDERS) await setTimeout(100)
  server.signal('SIGKILL')
  await server.ended
  course.ended = true
  return (await Promise.all(people)).flat()
}

type Course = { answered: number; ended: boolean }

/** One after the other, zips and single objects, into the prearchive or the archive, until the server is gone. */
async function importOn(admin: Caller, person: number, course: Course): Promise<readonly Sent[]> {
  const sent: Sent[] = []
  for (let number = 1; !course.ended; number++) {
    const how = (['zip', 'object', 'archived'] as const)[(number + person) % 3]!
    const label = how === 'archived' ? `K${person}x${number}` : `K${person}`
    const answered = await sendOne(admin, { label, how, number }).then(
      (status) => status === 200,
      () => false,
    )
    sent.push({ label, how, number, answered })
    if (answered) course.answered += 1
    else course.ended = true
  }
  return sent
}

async function sendOne(admin: Caller, { label, how, number }: Omit<Sent, 'answered'>): Promise<number> {
  const values = sessionValues(label)
  const single = how === 'object'
  const body = single ? image(number, 1, values) : zipped(number, IMAGES, values)
  const headers = { 'content-type': single ? 'application/dicom' : 'application/zip' }
  const where = how === 'archived' ? 'dest=/archive/projects/crash' : 'project=crash'
  return (await admin('POST', `${IMPORT}?${where}`, { body, headers })).status
}

/** Resolves when no entry is locked any more: the server has taken up what the killed one left. */
async function workTakenUp(admin: Caller): Promise<void> {
  const locked = async () =>
    (await admin('GET', '/data/prearchive')).rows().filter(({ status }) => !/^(RECEIVING|READY)$/.test(status ?? ''))
  while ((await locked()).length > 0) await setTimeout(100)
}

/** Objects by label and series, of every session that waits. */
async function waitingCounts(admin: Caller): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const { name: label, url } of (await admin('GET', '/data/prearchive/projects/crash')).rows()) {
    const built = await admin('POST', `/data${url}?action=build`)
    assert.equal(built.status, 200, built.text)
    const xml = (await admin('GET', `/data${url}`)).text
    for (const [, series, scan = ''] of xml.matchAll(/<xnat:scan [^>]*ID="(\d+)"(.*?)<\/xnat:scan>/gs))
      counts.set(`${label} ${series}`, Number(/<xnat:frames>(\d+)</.exec(scan)?.[1]))
  }
  return counts
}

/** What was answered is there; a zip that was not is there whole or not at all. */
function assertThere({ label, how, number, answered }: Sent, count: number): void {
  const whole = how === 'object' ? 1 : IMAGES
  if (answered) assert.equal(count, whole, `${how} ${label}, series ${number}`)
  else assert.ok(count === 0 || count === whole, `${how} ${label} has ${count} of ${whole}`)
}

async function archivedCount(admin: Caller, { label, number }: Sent): Promise<number> {
  const files = await admin('GET', `/data/projects/crash/experiments/${label}/scans/${number}/files`)
  return files.status === 200 ? files.rows().length : 0
}
