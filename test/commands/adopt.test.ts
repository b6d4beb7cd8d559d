import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { folderOf, md5, type OldArchive, openOldArchive, scanOf } from '../adoption/old-archive.ts'
import type { Reply } from '../support/caller.ts'
import { CT_STORAGE } from '../support/dicom.ts'
import { type Adopting, kindsOf, openAdopting } from './adopting.ts'
import { assertMisuse, program } from './program.ts'

describe('the adopt command', () => {
  let at: Adopting
  let old: OldArchive
  before(async () => {
    at = await openAdopting()
    old = await openOldArchive()
  })
  after(async () => {
    await at?.close()
    await old?.remove()
  })

  it('takes in projects, subjects, sessions, scans and files as they lie, beside a running server', async () => {
    const notes = { 'notes.txt': 'some notes', 'sub/deep file.txt': 'deep' }
    await old.add({
      ...scanOf('P1/arc001/MR1', 1),
      ...scanOf('P1/arc001/MR1', 2, { SeriesDescription: 'T2' }),
      ...folderOf('P1/arc001/MR1/RESOURCES/NOTES', notes, 'NOTES_catalog.xml'),
      ...scanOf('P1/arc001/CT1', 7, { SOPClassUID: CT_STORAGE, Modality: 'CT', PatientName: 'Other^One' }),
      ...folderOf('P1/resources/DOCS', { 'protocol.txt': 'do it' }),
      ...folderOf('P1/subjects/SUBJ/CONSENT', { 'c.txt': 'yes' }),
      ...folderOf('P1/arc001/MR1/ASSESSORS/QC1/out/RESULT', { 'r.txt': 'fine' }),
      ...folderOf('P1/arc001/MR1/PROCESSED/RECON1/in/RAW', { 'v.img': 'voxels' }),
    })
    const { code, out, findings } = await at.adopt(old.folder)
    assert.deepEqual([code, findings], [0, []], out)
    assert.match(out, /^Made: projects 1, subjects 2, sessions 2, scans 3, folders 8$/m)
    assert.match(out, /^Files taken: 15 \(.*\), 15 of them without a copy$/m)
    const session = '/data/projects/P1/subjects/SUBJ/experiments/MR1'
    const document = (await at.admin('GET', `${session}?format=json`)).json().items[0]
    assert.equal(document.meta['xsi:type'], 'xnat:mrSessionData')
    assert.equal(document.data_fields.date, '2024-03-05')
    const scans = (await at.admin('GET', `${session}/scans?format=json`)).rows()
    assert.deepEqual(
      scans.map((row) => [row['ID'], row['series_description'], row['xsiType']]),
      [
        ['1', 'series 1', 'xnat:mrScanData'],
        ['2', 'T2', 'xnat:mrScanData'],
      ],
    )
    const other = (await at.admin('GET', '/data/projects/P1/subjects/Other_One/experiments/CT1?format=json')).json()
    assert.equal(other.items[0].meta['xsi:type'], 'xnat:ctSessionData')
    await assertBytes(session)
    const history = (await at.admin('GET', `${session}/history?format=json`)).text
    assert.match(history, /isocenter adopt/)
  })

  async function assertBytes(session: string): Promise<void> {
    const places: Readonly<Record<string, string>> = {
      [`${session}/scans/1/resources/DICOM/files/2.dcm`]: 'P1/arc001/MR1/SCANS/1/DICOM/2.dcm',
      [`${session}/resources/NOTES/files/sub/deep%20file.txt`]: 'P1/arc001/MR1/RESOURCES/NOTES/sub/deep file.txt',
      '/data/projects/P1/resources/DOCS/files/protocol.txt': 'P1/resources/DOCS/protocol.txt',
      '/data/projects/P1/subjects/SUBJ/resources/CONSENT/files/c.txt': 'P1/subjects/SUBJ/CONSENT/c.txt',
      [`${session}/assessors/QC1/out/resources/RESULT/files/r.txt`]: 'P1/arc001/MR1/ASSESSORS/QC1/out/RESULT/r.txt',
      [`${session}/reconstructions/RECON1/in/resources/RAW/files/v.img`]: 'P1/arc001/MR1/PROCESSED/RECON1/in/RAW/v.img',
    }
    for (const [address, path] of Object.entries(places)) {
      const reply: Reply = await at.admin('GET', address)
      assert.equal(reply.status, 200, address)
      assert.ok(reply.bytes.equals(await readFile(old.path(path))), address)
    }
  }

  it('gives the files a second name instead of a copy, which nobody may write to', async () => {
    const { ino, nlink, mode } = await stat(old.path('P1/resources/DOCS/protocol.txt'))
    const key = await sha256('do it')
    const blob = await stat(join(at.dataFolder, 'blobs', key.slice(0, 3), key))
    assert.deepEqual([blob.ino, nlink, mode & 0o222], [ino, 2, 0])
  })

  it('passes over what is there already, and takes what is new', async () => {
    const again = await at.adopt(old.folder)
    assert.deepEqual([again.code, again.findings], [0, []])
    assert.match(again.out, /^Made: projects 0, subjects 0, sessions 0, scans 0, folders 0\nFiles taken: 0 /m)
    assert.match(again.out, /^Files that were there already: 15$/m)
    await old.add(scanOf('P1/arc001/MR1', 3))
    const third = await at.adopt(old.folder, '--project', 'P1')
    assert.match(third.out, /^Made: projects 0, subjects 0, sessions 0, scans 1, folders 1\nFiles taken: 3 /m)
    const scans = (await at.admin('GET', '/data/projects/P1/experiments/MR1/scans?format=json')).rows()
    assert.deepEqual(
      scans.map((row) => row['series_description']),
      ['series 1', 'T2', 'series 3'],
    )
    await at.admin('DELETE', '/data/projects/P1/resources/DOCS/files/protocol.txt?removeFiles=true')
    await program(['sweep', '--grace', '0'], at.env)
    await program(['sweep', '--grace', '0'], at.env)
    // The old file is its owner's, whatever happens to the blob.
    assert.equal(await readFile(old.path('P1/resources/DOCS/protocol.txt'), 'utf8'), 'do it')
  })

  it('takes no file whose MD5 is not the one in its catalog, unless told to', async () => {
    const folder = 'BAD/resources/R'
    const good = { 'good.txt': 'good', 'bad.txt': 'bad' }
    const other = await openOldArchive({ ...folderOf(folder, good), [`${folder}/bad.txt`]: 'rotten' })
    const { code, findings, out } = await at.adopt(other.folder)
    assert.equal(code, 1)
    assert.deepEqual(findings, [
      ['damaged', `${folder}/bad.txt`, `"Its MD5 is ${md5('rotten')}, the catalog says ${md5('bad')}."`],
    ])
    assert.match(out, /^Not taken:\n {2}1 damaged: /m)
    assert.deepEqual(await at.files('/data/projects/BAD/resources/R/files'), ['good.txt'])
    const told = await at.adopt(other.folder, '--take-damaged')
    assert.deepEqual([told.code, kindsOf(told.findings)], [0, [`damaged-taken ${folder}/bad.txt`]])
    assert.equal((await at.admin('GET', '/data/projects/BAD/resources/R/files/bad.txt')).text, 'rotten')
    await other.remove()
  })

  it('copies when asked, and leaves the old file alone', async () => {
    const other = await openOldArchive(folderOf('COPY/resources/R', { 'a.txt': 'copied' }))
    const before = await stat(other.path('COPY/resources/R/a.txt'))
    const { out } = await at.adopt(other.folder, '--copy')
    assert.match(out, /^Files taken: 1 \(6 bytes\), 0 of them without a copy$/m)
    const now = await stat(other.path('COPY/resources/R/a.txt'))
    assert.deepEqual([now.nlink, now.mode, now.mtimeMs], [1, before.mode, before.mtimeMs])
    await other.remove()
  })

  it('only says what it would take, and writes nothing', async () => {
    const other = await openOldArchive({ ...scanOf('DRY/arc001/MR1', 1), ...scanOf('DRY/arc001/MR2', 1) })
    const folder = join(at.dataFolder, 'untouched')
    const env = { ...at.env, ISOCENTER_DATA: folder }
    const { code, out } = await program(
      ['adopt', other.folder, '--dry-run', '--report', join(at.dataFolder, 'dry.csv')],
      env,
    )
    assert.equal(code, 0)
    assert.match(out, /^Would be taken: projects 1, subjects 1, sessions 2, scans 2, folders 2\nwith 6 files /m)
    await assert.rejects(stat(folder), { code: 'ENOENT' })
    await other.remove()
  })

  it('takes no other words, and says what is wrong with a folder', async () => {
    for (const words of [[], [old.folder, 'more'], [old.folder, '--move']])
      await assertMisuse(['adopt', ...words], at.env)
    const wrong: Readonly<Record<string, RegExp>> = {
      [old.path('nowhere')]: /is no folder/,
      [old.path('P1')]: /is the folder of one project: name the folder above it/,
    }
    for (const [folder, expected] of Object.entries(wrong)) {
      const { code, err } = await at.adopt(folder)
      assert.equal(code, 1)
      assert.match(err, expected)
    }
    assert.match((await at.adopt(old.folder, '--project', 'NONE')).err, /There is no project NONE/)
    assert.match((await at.adopt(old.folder, '--subjects', old.path('none.csv'))).err, /--subjects: ENOENT/)
  })
})

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(text))
  return Buffer.from(digest).toString('hex')
}
