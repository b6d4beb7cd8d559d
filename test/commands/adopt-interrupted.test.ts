import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type OldArchive, openOldArchive, scanOf } from '../adoption/old-archive.ts'
import { stagedCopies } from '../support/staged-copies.ts'
import { besideServer, openProgram, program, start } from './program.ts'

const SESSIONS = 30
const FILES = 20
/** So many bytes have come in when it is interrupted, in files. */
const BEGUN = 100

describe('the adopt command, interrupted', () => {
  let at: Awaited<ReturnType<typeof openProgram>>
  let old: OldArchive
  before(async () => {
    at = await openProgram()
    old = await openOldArchive()
    for (let session = 1; session <= SESSIONS; session++)
      for (const project of ['KILLED', 'ENDED', 'TWICE'])
        await old.add(scanOf(`${project}/arc001/S${session}`, 1, { count: FILES }))
  })
  after(async () => {
    await at?.remove()
    await old?.remove()
  })

  const words = (project: string) => [
    'adopt',
    old.folder,
    '--project',
    project,
    '--report',
    join(at.place.folder, 'r.csv'),
  ]

  async function blobCount(): Promise<number> {
    const names = await readdir(join(at.place.folder, 'blobs'), { recursive: true }).catch(() => [])
    return names.filter((name) => /[0-9a-f]{64}$/.test(name)).length
  }

  /** Begins, and sends the signal when some files are in; resolves to the exit code and what it said. */
  async function interrupt(project: string, signal: NodeJS.Signals): Promise<readonly [number | null, string]> {
    const known = await blobCount()
    const child = start(words(project), at.env)
    const said = text(child.stdout!)
    const closed = once(child, 'close')
    while ((await blobCount()) < known + BEGUN && child.exitCode === null) await pause(5)
    child.kill(signal)
    const [code] = await closed
    return [code as number | null, await said]
  }

  async function assertWhole(project: string): Promise<void> {
    const { code, out } = await program(words(project), at.env)
    assert.equal(code, 0, out)
    const taken = Number(/^Files taken: (\d+)/m.exec(out)?.[1])
    const there = Number(/^Files that were there already: (\d+)/m.exec(out)?.[1])
    assert.equal(taken + there, SESSIONS * FILES)
    assert.ok(taken > 0 && there > 0, out)
    await besideServer(at.env, async (admin) => {
      const query = 'columns=ID,series_description,frames&format=json'
      for (let session = 1; session <= SESSIONS; session++) {
        const address = `/data/projects/${project}/experiments/S${session}/scans`
        const [scan] = (await admin('GET', `${address}?${query}`)).rows()
        assert.deepEqual([scan?.['series_description'], scan?.['frames']], ['series 1', String(FILES)])
        const files = (await admin('GET', `${address}/1/files?format=json`)).rows()
        assert.equal(new Set(files.map((row) => row['Name'])).size, FILES)
        assert.equal(files.length, FILES)
      }
    })
  }

  it('goes on where it was killed, with every file whole and once', async () => {
    await interrupt('KILLED', 'SIGKILL')
    await assertWhole('KILLED')
  })

  it('ends in order when it is told to, says so, and goes on the next time', async () => {
    const staged = () => stagedCopies(at.place.folder)
    // The killed run may have left some, for a later sweep.
    const before = await staged()
    const [code, out] = await interrupt('ENDED', 'SIGINT')
    assert.equal(code, 1)
    assert.match(out, /Stopped before the end: run the same command again to go on/)
    assert.deepEqual(await staged(), before)
    await assertWhole('ENDED')
  })

  it('runs twice at once, and takes in every file once', async () => {
    const both = await Promise.all([1, 2].map(() => program(words('TWICE'), at.env)))
    assert.deepEqual(
      both.map(({ code, err }) => [code, err]),
      [
        [0, ''],
        [0, ''],
      ],
    )
    const taken = both.map(({ out }) => Number(/^Files taken: (\d+)/m.exec(out)?.[1]))
    assert.equal((taken[0] ?? 0) + (taken[1] ?? 0), SESSIONS * FILES)
    const third = await program(words('TWICE'), at.env)
    assert.match(third.out, new RegExp(`^Files that were there already: ${SESSIONS * FILES}$`, 'm'))
  })
})
