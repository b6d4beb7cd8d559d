import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type OldArchive, type OldFiles, openOldArchive } from '../adoption/old-archive.ts'
import { zipOf } from '../support/archives.ts'
import { type Caller, callerOf } from '../support/caller.ts'
import { instance, UID_ROOT, type Values } from '../support/dicom.ts'
import { stagedCopies } from '../support/staged-copies.ts'
import { assertMisuse, type Ended, openProgram, program, type Running, serving, start } from './program.ts'

/** Files of a study by name: one series of so many images. */
function study(number: number, count: number, values: Values = {}): Record<string, Buffer> {
  const uid = `${UID_ROOT}.77.${number}`
  const files = Array.from({ length: count }, (_, at) => [
    `${number}-${at + 1}.dcm`,
    instance({
      StudyInstanceUID: uid,
      SeriesInstanceUID: `${uid}.1`,
      SOPInstanceUID: `${uid}.1.${at + 1}`,
      InstanceNumber: at + 1,
      PatientName: `SUBJ${number}`,
      PatientID: `SESS${number}`,
      ...values,
    }),
  ])
  return Object.fromEntries(files)
}

const under = (folder: string, files: OldFiles): OldFiles =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]))

describe('the import command', () => {
  let at: Awaited<ReturnType<typeof openProgram>>
  // It runs all the time: the command works beside it, and sends to it.
  let server: Running
  let admin: Caller
  let from: OldArchive
  before(async () => {
    at = await openProgram()
    from = await openOldArchive()
    server = await serving(at.env)
    admin = callerOf(server.url, 'admin', 'admin-password')
    for (const project of ['P', 'Q', 'R', 'STOP']) await admin('PUT', `/data/projects/${project}`)
  })
  after(async () => {
    server?.signal('SIGTERM')
    await server?.ended
    await at?.remove()
    await from?.remove()
  })

  let reports = 0
  type Imported = Ended & Readonly<{ rows: string[] }>
  async function run(words: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Imported> {
    const file = join(at.place.folder, `import-${++reports}.csv`)
    const ended = await program(['import', ...words, '--report', file], { ...at.env, ...more })
    const report = await readFile(file, 'utf8').catch(() => 'kind,path,detail\n')
    return { ...ended, rows: report.trim().split('\n').slice(1) }
  }
  const labels = async (project: string) =>
    (await admin('GET', `/data/projects/${project}/experiments?format=json`)).rows().map((row) => row['label'])
  const waiting = async (project: string) =>
    (await admin('GET', `/data/prearchive/projects/${project}?format=json`)).rows().map((row) => row['name'])

  it('imports a folder study by study, zips and all, and lists what is no DICOM', async () => {
    const zip = zipOf(Object.entries(study(3, 2)).map(([name, body]) => ({ name: `in/${name}`, body })))
    await from.add({
      ...under('all/a', study(1, 3)),
      ...under('all/b/c', study(2, 2)),
      'all/archive.zip': zip,
      'all/notes.txt': 'no image',
      'all/broken.dcm': study(4, 1)['4-1.dcm']!.subarray(0, 200),
    })
    const { code, out, rows } = await run([from.path('all'), '--project', 'P'])
    assert.equal(code, 0, out)
    assert.match(
      out,
      /^study \S+77\.1 \(3 files, .*\): \/data\/archive\/projects\/P\/subjects\/SUBJ1\/experiments\/SESS1$/m,
    )
    assert.match(out, /^Files that are no DICOM objects: 2$/m)
    assert.deepEqual(
      rows.map((row) => row.split(',').slice(0, 2)),
      [
        ['no-dicom', from.path('all/broken.dcm')],
        ['no-dicom', from.path('all/notes.txt')],
      ],
    )
    assert.deepEqual((await labels('P')).sort(), ['SESS1', 'SESS2', 'SESS3'])
    const files = '/data/projects/P/experiments/SESS1/scans/ALL/files?format=json'
    const found = (await admin('GET', files)).rows()
    const bytes = await Promise.all(found.map(async (row) => (await admin('GET', row['URI']!)).bytes.toString('hex')))
    const sent = Object.values(study(1, 3)).map((body) => body.toString('hex'))
    assert.deepEqual(bytes.sort(), sent.sort())
  })

  it('says what stands in the way of a session, and goes on with the others', async () => {
    await from.add({ ...under('again/a', study(1, 3)), ...under('again/b', study(5, 1)) })
    const { code, out, rows } = await run([from.path('again'), '--project', 'P'])
    assert.equal(code, 1)
    assert.match(out, /77\.1 .*: not imported\.\n {2}Session already exists/)
    assert.match(out, /experiments\/SESS5$/m)
    assert.match(rows[0] ?? '', /^failed,/)
    assert.deepEqual(await waiting('P'), ['SESS1'])
    await from.add(under('more', { 'new.dcm': study(5, 2)['5-2.dcm']! }))
    const appended = await run([from.path('more'), '--project', 'P', '--overwrite', 'append'])
    assert.equal(appended.code, 0, appended.out)
    const files = (await admin('GET', '/data/projects/P/experiments/SESS5/scans/ALL/files?format=json')).rows()
    assert.equal(files.length, 2)
  })

  it('takes names from the terminal, and lets sessions wait in the prearchive', async () => {
    await from.add(under('one', study(6, 1)))
    await run([from.path('one/6-1.dcm'), '--project', 'Q', '--subject', 'MINE', '--session', 'FIRST'])
    assert.equal((await admin('GET', '/data/projects/Q/subjects/MINE/experiments/FIRST')).status, 200)
    const { code, out } = await run([from.path('one'), '--project', 'Q', '--session', 'SECOND', '--prearchive'])
    assert.equal(code, 0)
    assert.match(out, /\/data\/prearchive\/projects\/Q\/\d{8}_\d+\/SECOND$/m)
    assert.deepEqual(await waiting('Q'), ['SECOND'])
    const several = await run([from.path('again'), '--project', 'Q', '--session', 'BOTH'])
    assert.deepEqual([several.code, several.out], [1, ''])
    assert.match(several.err, /--session names one session, but there are 2 studies/)
  })

  it('sends the same to a server elsewhere', async () => {
    const words = [from.path('all'), '--project', 'R', '--url', server.url, '--user', 'admin']
    const elsewhere = { ISOCENTER_DATA: join(at.place.folder, 'none'), ISOCENTER_PASSWORD: 'admin-password' }
    const { code, out } = await run(words, elsewhere)
    assert.equal(code, 0, out)
    assert.deepEqual((await labels('R')).sort(), ['SESS1', 'SESS2', 'SESS3'])
    const again = await run(words, elsewhere)
    assert.equal(again.code, 1)
    assert.match(again.out, /answered 400: Session already exists/)
    const wrong = await run(words, { ...elsewhere, ISOCENTER_PASSWORD: 'wrong' })
    assert.equal(wrong.code, 1)
    assert.match(wrong.err, /answered 401/)
    const nobody = await run([...words.slice(0, -3), 'http://127.0.0.1:1', '--user', 'admin'], elsewhere)
    assert.equal(nobody.code, 1)
    assert.match(nobody.out + nobody.err, /127\.0\.0\.1:1: connect ECONNREFUSED/)
  })

  it('imports nothing with --strict when something is no DICOM, nor into a project that is not there', async () => {
    await from.add({ ...under('strict', study(8, 1)), 'strict/notes.txt': 'no image' })
    const { code, err } = await run([from.path('strict'), '--project', 'P', '--strict'])
    assert.equal(code, 1)
    assert.match(err, /notes\.txt is no DICOM object; nothing was imported/)
    assert.ok(!(await labels('P')).includes('SESS8'))
    assert.match((await run([from.path('strict'), '--project', 'NONE'])).err, /No such project: NONE/)
    assert.match((await run([from.path('nowhere'), '--project', 'P'])).err, /nowhere cannot be read/)
    await from.add({ 'empty/notes.txt': 'no image' })
    const empty = await run([from.path('empty'), '--project', 'P'])
    assert.deepEqual([empty.code, empty.out.split('\n')[0]], [1, 'There is nothing to import.'])
  })

  it('takes back what it was about to import when it is stopped', async () => {
    await from.add(under('stop', study(9, 2500)))
    const before = await blobCount()
    const child = start(
      ['import', from.path('stop'), '--project', 'STOP', '--report', join(at.place.folder, 's')],
      at.env,
    )
    const [said, closed] = [text(child.stdout!), once(child, 'close')]
    while ((await blobCount()) < before + 100 && child.exitCode === null) await pause(5)
    child.kill('SIGINT')
    const [code] = await closed
    assert.deepEqual([code, await said], [1, 'Stopping: what is under way is taken back.\n'])
    assert.deepEqual([await labels('STOP'), await waiting('STOP')], [[], []])
    assert.deepEqual(await stagedCopies(at.place.folder), [])
    const again = await run([from.path('stop'), '--project', 'STOP'])
    assert.equal(again.code, 0, again.out)
    assert.deepEqual(await labels('STOP'), ['SESS9'])
  })

  async function blobCount(): Promise<number> {
    const names = await readdir(join(at.place.folder, 'blobs'), { recursive: true })
    return names.filter((name) => /[0-9a-f]{64}$/.test(name)).length
  }

  it('takes no other words', async () => {
    const folder = from.folder
    for (const words of [
      [],
      [folder],
      ['--project', 'P'],
      [folder, '--project', 'P', '--overwrite', 'all'],
      [folder, '--project', 'P', '--url', server.url],
      [folder, '--project', 'P', '--url', 'nowhere', '--user', 'x'],
    ])
      await assertMisuse(['import', ...words], at.env)
  })
})
