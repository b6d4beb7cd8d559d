import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { zipOf } from '../../support/archives.ts'
import { image, sessionValues } from '../../support/arrivals.ts'
import type { Caller, Reply } from '../../support/caller.ts'
import type { Values } from '../../support/dicom.ts'
import { openImportSite } from '../../support/import-site.ts'
import type { TestSite } from '../../support/site.ts'

const handlers = ['DICOM-zip', 'SI']

describe('objects that come more than once', () => {
  let site: TestSite
  let own: Caller
  before(async () => {
    const opened = await openImportSite()
    site = opened.site
    own = opened.cast.own
  })
  after(() => site.close())

  const post = (handler: string, query: string, files: Readonly<Record<string, Buffer>>): Promise<Reply> =>
    own('POST', `/data/services/import?import-handler=${handler}&${query}`, {
      body: zipOf(Object.entries(files).map(([name, body]) => ({ name, body }))),
      headers: { 'content-type': 'application/zip' },
    })
  const labelOf = (test: string, handler: string) => `${test}${handler.slice(0, 2)}`
  /** Name to size of the files of the DICOM folder of scan 1, wherever the address leads. */
  async function filesAt(uri: string): Promise<readonly (readonly [string, string])[]> {
    const reply = await own('GET', `${uri.trim()}/scans/1/resources/DICOM/files?format=json`)
    assert.equal(reply.status, 200, reply.text)
    return reply.rows().map(({ Name = '', Size = '' }) => [Name, Size] as const)
  }
  const bytesOf = async (uri: string, name: string) =>
    (await own('GET', `${uri.trim()}/scans/1/resources/DICOM/files/${name}`)).bytes
  const long = (values: Values, number = 1) => image(1, number, { ...values, ProtocolName: 'sent later' })

  for (const handler of handlers) {
    it(`import 106: of the same object twice in one upload the last one stays (${handler})`, async () => {
      const label = labelOf('D1', handler)
      const values = sessionValues(label)
      const last = long(values)
      const sent = { 'a/1.dcm': image(1, 1, values), 'b/2.dcm': image(1, 2, values), 'c/1.dcm': last }
      const { text: uri } = await post(handler, 'project=PRJ1&action=commit', sent)
      assert.deepEqual((await filesAt(uri)).map(([name]) => name).sort(), ['1.dcm', '2.dcm'])
      assert.deepEqual(await bytesOf(uri, '1.dcm'), last)
      const archived = await own('POST', `/data/services/archive?src=${uri.trim()}`)
      assert.equal(archived.status, 200, archived.text)
      assert.equal((await filesAt(archived.text)).length, 2)
      assert.deepEqual(await bytesOf(archived.text, '1.dcm'), last)
    })

    it(`import 106: of the same object under two names one stays, under the name it had last (${handler})`, async () => {
      const values = sessionValues(labelOf('D2', handler))
      const sent = { 'first.dcm': image(1, 1, values), 'second.dcm': image(1, 1, values) }
      const { text: uri } = await post(handler, 'project=PRJ1&action=commit', sent)
      assert.deepEqual(
        (await filesAt(uri)).map(([name]) => name),
        ['second.dcm'],
      )
      await post(handler, 'project=PRJ1&action=commit', { 'third.dcm': image(1, 1, values) })
      assert.deepEqual(
        (await filesAt(uri)).map(([name]) => name),
        ['third.dcm'],
      )
    })

    it(`import 106, 107: in uploads at the same time, too, and other objects of one name are all kept (${handler})`, async () => {
      const values = sessionValues(labelOf('D3', handler))
      const uploads = Array.from({ length: 6 }, (_, at) => ({
        'same.dcm': image(1, 1, values),
        'mine.dcm': image(1, 10 + at, values),
      }))
      const answers = await Promise.all(uploads.map((files) => post(handler, 'project=PRJ1', files)))
      const uris = new Set(answers.map(({ status, text }) => `${status} ${text.trim()}`))
      assert.equal(uris.size, 1, [...uris].join('\n'))
      const [uri = ''] = [...uris].map((line) => line.replace(/^200 /, ''))
      assert.equal((await own('POST', `${uri}?action=build`)).status, 200)
      const names = (await filesAt(uri)).map(([name]) => name)
      assert.equal(names.length, 7, names.join())
      assert.equal(new Set(names).size, 7)
      assert.equal(names.filter((name) => name === 'same.dcm').length, 1)
      const archived = await own('POST', `/data/services/archive?src=${uri}`)
      assert.equal((await filesAt(archived.text)).length, 7, archived.text)
    })

    it(`import 21: the same upload twice at once, into the archive, leaves each object once (${handler})`, async () => {
      const values = sessionValues(labelOf('D4', handler))
      const files = { '1.dcm': image(1, 1, values), '2.dcm': image(1, 2, values) }
      const query = 'dest=/archive/projects/PRJ1&overwrite=delete'
      const answers = await Promise.all([1, 2, 3, 4].map(() => post(handler, query, files)))
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200], answers.map(({ text }) => text).join())
      assert.equal((await filesAt(answers[0]!.text)).length, 2)
    })
  }

  it('import 106: where names tell objects apart, the same one under two names is there twice, and is not archived unasked', async () => {
    const name = 'useSopInstanceUidToUniquelyIdentifyDicom'
    const setting = (value: boolean) =>
      site.as('admin')('POST', '/xapi/siteConfig', {
        body: JSON.stringify({ [name]: value }),
        headers: { 'content-type': 'application/json' },
      })
    await setting(false)
    const values = sessionValues('D5')
    const files = { 'first.dcm': image(1, 1, values), 'second.dcm': image(1, 1, values) }
    const { text: uri } = await post('DICOM-zip', 'project=PRJ1&action=commit', files)
    assert.equal((await filesAt(uri)).length, 2)
    const refused = await post('DICOM-zip', 'dest=/archive/projects/PRJ1', files)
    assert.equal(refused.status, 400)
    assert.match(refused.message() ?? '', /hold the same object/)
    const archived = await own('POST', `/data/services/archive?src=${uri.trim()}&overwrite=delete`)
    assert.equal((await filesAt(archived.text)).length, 2, archived.text)
    await setting(true)
  })
})
