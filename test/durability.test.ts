import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { sweep } from '../src/archive/sweep.ts'
import { compose } from '../src/compose.ts'
import { readConfig } from '../src/config.ts'
import { serving, settingsOf } from './commands/program.ts'
import { type Caller, callerOf } from './support/caller.ts'
import { testPlace } from './support/database.ts'
import { stagedCopies } from './support/staged-copies.ts'

const UPLOADERS = 32
const PASSWORD = 'kept through everything'
const FOLDER = '/data/projects/crash/resources/RAW'
const DAY_MS = 24 * 3_600_000

type Upload = Readonly<{ name: string; bytes: Buffer; answered: boolean }>

describe('a server that is killed while 32 people upload', () => {
  let settings: Readonly<Record<string, string>>
  let remove: () => Promise<void>
  let uploads: readonly Upload[]
  let listed: readonly Readonly<Record<string, string>>[]

  before(async () => {
    const { place, remove: removePlace } = await testPlace()
    settings = settingsOf(place, { ISOCENTER_ADMIN_PASSWORD: PASSWORD, ISOCENTER_LOG_LEVEL: 'error' })
    remove = removePlace
    uploads = await uploadUntilKilled(settings)
  })
  after(() => remove())

  it('has answered some uploads, and not others', () => {
    const answered = uploads.filter((upload) => upload.answered).length
    assert.ok(answered >= UPLOADERS, `only ${answered} were answered`)
    assert.ok(answered < uploads.length, 'nothing was under way when it was killed')
  })

  it('lists after a restart every file that it answered with 200, with the bytes that were sent', async () => {
    const server = await serving(settings)
    const admin = callerOf(server.url, 'admin', PASSWORD)
    listed = (await admin('GET', `${FOLDER}/files`)).rows()
    const names = new Set(listed.map((row) => row['Name']))
    const lost = uploads.filter((upload) => upload.answered && !names.has(upload.name))
    assert.deepEqual(
      lost.map(({ name }) => name),
      [],
    )
    await assertWhole(admin, listed, uploads)
    await assertTotals(admin, listed)
    server.signal('SIGTERM')
    assert.equal(await server.ended, 0)
  })

  it('leaves to the sweep what came in without a record, and sweeps it', async () => {
    const { archive, close } = await compose(readConfig(settings), () => new Date(Date.now() + 2 * DAY_MS))
    await sweep(archive, 0)
    const wanted = new Set(uploads.filter(({ name }) => listed.some((row) => row['Name'] === name)).map(keyOf))
    const kept = await Array.fromAsync(archive.blobs.list(), ({ key }) => key)
    await close()
    assert.deepEqual(kept.sort(), [...wanted].sort())
    assert.deepEqual(await stagedCopies(settings['ISOCENTER_DATA']!), [])
    assert.deepEqual(await readdir(join(settings['ISOCENTER_DATA']!, 'scratch')), [])
  })

  it('serves what it listed after the sweep, too', async () => {
    const server = await serving(settings)
    const admin = callerOf(server.url, 'admin', PASSWORD)
    assert.deepEqual((await admin('GET', `${FOLDER}/files`)).rows(), listed)
    await assertWhole(admin, listed, uploads)
    server.signal('SIGTERM')
    assert.equal(await server.ended, 0)
  })
})

/** Starts a server, lets people upload for a while, and kills it in the middle of that. */
async function uploadUntilKilled(settings: Readonly<Record<string, string>>): Promise<readonly Upload[]> {
  const server = await serving(settings)
  const admin = callerOf(server.url, 'admin', PASSWORD)
  assert.equal((await admin('PUT', '/data/projects/crash')).status, 200)
  const course = { answered: 0, ended: false }
  const people = Array.from({ length: UPLOADERS }, (_, person) => uploadOn(admin, person, course))
  await setTimeout(2500)
  // A slow machine takes longer until there is something to lose.
  while (!course.ended && course.answered < 2 * UPLOADERS) await setTimeout(100)
  server.signal('SIGKILL')
  await server.ended
  course.ended = true
  return (await Promise.all(people)).flat()
}

type Course = { answered: number; ended: boolean }

/** One file after the other, small and larger ones in turn, until the server is gone. */
async function uploadOn(admin: Caller, person: number, course: Course): Promise<readonly Upload[]> {
  const uploads: Upload[] = []
  for (let number = 0; !course.ended; number++) {
    const bytes = randomBytes(number % 4 === 3 ? 400_000 : 20_000)
    const name = `${person}-${number}.bin`
    const answered = await admin('PUT', `${FOLDER}/files/${name}`, { body: bytes }).then(
      ({ status }) => status === 200,
      () => false,
    )
    uploads.push({ name, bytes, answered })
    if (answered) course.answered += 1
    else course.ended = true
  }
  return uploads
}

/** Every listed file is one that was sent, and its bytes are there, whole. */
async function assertWhole(
  admin: Caller,
  listed: readonly Readonly<Record<string, string>>[],
  uploads: readonly Upload[],
): Promise<void> {
  const sent = new Map(uploads.map((upload) => [upload.name, upload.bytes]))
  for (const { Name: name = '', Size: size, digest } of listed) {
    const bytes = sent.get(name)
    assert.ok(bytes, `${name} was never sent`)
    const answer = await admin('GET', `${FOLDER}/files/${name}`)
    assert.equal(answer.status, 200, name)
    assert.ok(answer.bytes.equals(bytes), `${name} has other bytes`)
    assert.deepEqual({ size, digest }, { size: String(bytes.length), digest: md5(bytes) }, name)
  }
}

/** The totals of the folder are those of its files. */
async function assertTotals(admin: Caller, listed: readonly Readonly<Record<string, string>>[]): Promise<void> {
  const [folder] = (await admin('GET', '/data/projects/crash/resources')).rows()
  const bytes = listed.reduce((sum, row) => sum + Number(row['Size']), 0)
  assert.deepEqual(
    { count: folder?.['file_count'], size: folder?.['file_size'] },
    { count: String(listed.length), size: String(bytes) },
  )
}

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex')

const keyOf = ({ bytes }: Upload): string => createHash('sha256').update(bytes).digest('hex')
