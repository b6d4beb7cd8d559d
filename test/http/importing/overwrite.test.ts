import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { zipOf } from '../../support/archives.ts'
import { image, sessionValues, zipped } from '../../support/arrivals.ts'
import type { Caller, Reply } from '../../support/caller.ts'
import type { Values } from '../../support/dicom.ts'
import { openImportSite } from '../../support/import-site.ts'
import type { TestSite } from '../../support/site.ts'

const PET_STORAGE = '1.2.840.10008.5.1.4.1.1.128'
const ARCHIVE = 'dest=/archive/projects/PRJ1'

/** A zip of the images of series 1 with these numbers. */
const numbered = (numbers: readonly number[], values: Values): Buffer =>
  zipOf(numbers.map((number) => ({ name: `${number}.dcm`, body: image(1, number, values) })))

const upTo = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at)

/** Both importers do the same, but say conflicts with other statuses (import 1.5). */
for (const [handler, conflict] of [
  ['SI', 409],
  ['DICOM-zip', 400],
] as const) {
  describe(`imports of ${handler} into sessions that are there`, () => {
    let site: TestSite
    let own: Caller
    before(async () => {
      const opened = await openImportSite()
      site = opened.site
      own = opened.cast.own
    })
    after(() => site.close())

    const post = (query: string, body: Uint8Array): Promise<Reply> =>
      own('POST', `/data/services/import?import-handler=${handler}&${query}`, {
        body,
        headers: { 'content-type': 'application/zip' },
      })
    const filesOf = async (label: string, scan = '1') =>
      (await own('GET', `/data/projects/PRJ1/experiments/${label}/scans/${scan}/resources/DICOM/files`)).rows()
    const scansOf = async (label: string) =>
      (await own('GET', `/data/projects/PRJ1/experiments/${label}/scans?columns=ID,xsiType`)).rows().map(({ ID }) => ID)

    it('import 11, 12, 13: the destination names subject and session', async () => {
      const first = await post(ARCHIVE, zipped(1, 2, sessionValues('D11')))
      assert.equal(first.text, '/data/archive/projects/PRJ1/subjects/Doe_Jo/experiments/D11\r\n')
      const second = await post(`${ARCHIVE}/subjects/SUBJ`, zipped(1, 2, sessionValues('D12')))
      assert.equal(second.text, '/data/archive/projects/PRJ1/subjects/SUBJ/experiments/D12\r\n')
      const third = await post(`${ARCHIVE}/subjects/SUBJ/experiments/NAMED`, zipped(1, 2, sessionValues('D13')))
      assert.equal(third.text, '/data/archive/projects/PRJ1/subjects/SUBJ/experiments/NAMED\r\n')
      const more = await post(
        'dest=/data/archive/projects/PRJ1/experiments/NAMED&overwrite=append',
        zipped(2, 2, sessionValues('D13')),
      )
      assert.equal(more.text, third.text)
      assert.deepEqual(await scansOf('NAMED'), ['1', '2'])
      const id = (await own('GET', '/data/projects/PRJ1/experiments/NAMED?format=json')).json().items[0].data_fields.ID
      for (const [number, dest] of [
        [3, `/archive/experiments/${id}`],
        [4, `/archive/projects/PRJ1/experiments/${id}`],
      ] as const) {
        const byId = await post(`dest=${dest}&overwrite=append`, zipped(number, 1, sessionValues('D13')))
        assert.equal(byId.text, third.text)
      }
      assert.deepEqual(await scansOf('NAMED'), ['1', '2', '3', '4'])
      assert.equal(
        (await own('GET', '/data/projects/PRJ1/experiments/NAMED?format=json')).json().items[0].meta['xsi:type'],
        'xnat:mrSessionData',
      )
    })

    it('import 33: project, subject and session go without a destination', async () => {
      const answer = await post(
        'project=PRJ1&subject=S33&session=E%2033&AA=true&action=commit',
        zipped(1, 1, sessionValues('D33')),
      )
      assert.equal(answer.text, '/data/archive/projects/PRJ1/subjects/S33/experiments/E_33\r\n')
    })

    it('import 18: without overwrite, what is there already is refused and waits', async () => {
      const values = sessionValues('D18')
      assert.equal((await post(ARCHIVE, zipped(1, 2, values))).status, 200)
      const again = await post(ARCHIVE, zipped(1, 2, values))
      assert.equal(again.status, conflict)
      const [row] = (await own('GET', '/data/prearchive/projects/PRJ1')).rows()
      assert.equal(row?.['status'], 'CONFLICT')
      await own('DELETE', `/data${row?.['url']}`)
    })

    it('import 19, 20, 21: files that are there are refused, or replaced', async () => {
      const values = sessionValues('D19')
      assert.equal((await post(ARCHIVE, zipped(1, 3, values))).status, 200)
      assert.equal((await post(`${ARCHIVE}&overwrite=append`, zipped(1, 3, values))).status, conflict)
      const replaced = await post(`${ARCHIVE}&overwrite=append&overwrite_files=true`, zipped(1, 3, values))
      assert.equal(replaced.status, 200, replaced.text)
      assert.equal((await filesOf('D19')).length, 3)
      assert.equal((await post(`${ARCHIVE}&overwrite=delete`, zipped(1, 3, { ...values, EchoTime: 7 }))).status, 200)
      const files = await filesOf('D19')
      assert.equal(files.length, 3)
      const bytes = await own('GET', files[0]!['URI']!)
      assert.ok(bytes.bytes.equals(image(1, 1, { ...values, EchoTime: 7 })))
    })

    it('import 22, 23: parts of a series are put together; an overlap is refused, or replaced', async () => {
      const values = sessionValues('D22')
      assert.equal((await post(ARCHIVE, numbered(upTo(1, 11), values))).status, 200)
      assert.equal((await post(`${ARCHIVE}&overwrite=append`, numbered(upTo(11, 16), values))).status, conflict)
      assert.equal((await post(`${ARCHIVE}&overwrite=delete`, numbered(upTo(11, 16), values))).status, 200)
      assert.equal((await filesOf('D22')).length, 16)
      const other = sessionValues('D23')
      assert.equal((await post(ARCHIVE, numbered(upTo(1, 11), other))).status, 200)
      assert.equal((await post(`${ARCHIVE}&overwrite=append`, numbered(upTo(12, 16), other))).status, 200)
      assert.equal((await filesOf('D23')).length, 16)
      for (const label of ['D22', 'D23']) {
        const [scan] = (await own('GET', `/data/projects/PRJ1/experiments/${label}/scans?columns=ID,frames`)).rows()
        assert.equal(scan?.['frames'], '16', label)
      }
    })

    it('import 24, 25: MR joins a PET session only where sites allow it', async () => {
      const values = sessionValues('D24')
      const pet = { ...values, SOPClassUID: PET_STORAGE, Modality: 'PT' }
      assert.equal((await post(ARCHIVE, zipped(2, 1, pet))).status, 200)
      assert.equal((await post(`${ARCHIVE}&overwrite=delete`, zipped(1, 1, values))).status, conflict)
      const admin = site.as('admin')
      await admin('POST', '/xapi/siteConfig', {
        body: JSON.stringify({ preventCrossModalityMerge: false }),
        headers: { 'content-type': 'application/json' },
      })
      const joined = await post(`${ARCHIVE}&overwrite=delete`, zipped(1, 1, values))
      await admin('POST', '/xapi/siteConfig', {
        body: JSON.stringify({ preventCrossModalityMerge: true }),
        headers: { 'content-type': 'application/json' },
      })
      assert.equal(joined.status, 200, joined.text)
      const scans = (await own('GET', '/data/projects/PRJ1/experiments/D24/scans?columns=ID,xsiType')).rows()
      assert.deepEqual(scans.map((row) => row['xsiType']).sort(), ['xnat:mrScanData', 'xnat:petScanData'])
      const item = (await own('GET', '/data/projects/PRJ1/experiments/D24?format=json')).json().items[0]
      assert.equal(item.meta['xsi:type'], 'xnat:petSessionData')
    })

    it('import 26, 27: what the session has, and its own resources, survive a merge', async () => {
      const values = sessionValues('D26')
      await post(ARCHIVE, zipped(1, 1, values))
      await own('PUT', '/data/projects/PRJ1/experiments/D26?date=1999-12-31')
      await own('PUT', '/data/projects/PRJ1/experiments/D26/resources/NOTES/files/a.txt?inbody=true', { body: 'kept' })
      assert.equal((await post(`${ARCHIVE}&overwrite=append`, zipped(2, 1, values))).status, 200)
      const { data_fields: fields } = (await own('GET', '/data/projects/PRJ1/experiments/D26?format=json')).json()
        .items[0]
      assert.equal(fields.date, '1999-12-31')
      assert.equal((await own('GET', '/data/projects/PRJ1/experiments/D26/resources/NOTES/files/a.txt')).text, 'kept')
      assert.deepEqual(await scansOf('D26'), ['1', '2'])
    })

    it('import 14, 15, 16, 17: an exact entry takes what comes; another study only through SI', async () => {
      const values = sessionValues('D14')
      const dest = 'dest=/prearchive/projects/PRJ1/20000101_050505/NAME&overwrite=append'
      const uri = '/data/prearchive/projects/PRJ1/20000101_050505/NAME'
      assert.equal((await post(dest, zipped(1, 2, values))).text, `${uri}\r\n`)
      assert.equal((await post(dest, zipped(2, 2, values))).text, `${uri}\r\n`)
      const listed = (await own('GET', '/data/prearchive/projects/PRJ1'))
        .rows()
        .filter(({ folderName }) => folderName === 'NAME')
      assert.equal(listed.length, 1)
      assert.match((await own('GET', uri)).text, /ID="1".*ID="2"/s)
      const other = { ...values, StudyInstanceUID: '1.2.3.99', PatientID: 'D14' }
      const answer = await post(dest, zipped(3, 2, other))
      assert.equal(answer.status, handler === 'SI' ? 200 : 400)
      const scans = (await own('GET', uri)).text.match(/<xnat:scan /g)?.length
      assert.equal(scans, handler === 'SI' ? 3 : 2)
      assert.equal((await own('DELETE', uri)).status, 200)
      assert.equal((await own('GET', `${uri}?format=json`)).status, 404)
    })

    it('import 107: another object in a file of the same name is refused even with override', async () => {
      const values = sessionValues('D107')
      assert.equal((await post(ARCHIVE, numbered([1], values))).status, 200)
      const other = zipOf([{ name: '1.dcm', body: image(1, 2, values) }])
      assert.equal((await post(`${ARCHIVE}&overwrite=delete`, other)).status, conflict)
    })
  })
}
