import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { castOf, startSite, type TestSite } from '../../support/site.ts'
import { searchXml } from '../search/documents.ts'
import { subjectXml } from './documents.ts'
import { itemAt, makeSubject, want } from './stage.ts'

let site: TestSite
let own: Caller
const subject = '/data/projects/ENC/subjects/S1'

before(async () => {
  site = await startSite()
  own = (await castOf(site, 'ENC')).own
  await makeSubject(own, 'ENC', 'S1')
})
after(() => site?.close())

/** A document of the subject without an XML declaration, so that only its sender can say what it is in. */
const plain = (group: string): string =>
  subjectXml(`project="ENC" label="S1" group="${group}"`, '').replace(/^<\?xml[^>]*>\s*/, '')
const declared = (encoding: string, group: string): string =>
  `<?xml version="1.0" encoding="${encoding}"?>${plain(group)}`
const sent = (type: string, body: Uint8Array) => ({ headers: { 'content-type': type }, body })
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()

for (const [what, type, bytes] of [
  ['Latin-1 as the request says', 'text/xml; charset=ISO-8859-1', Buffer.from(plain('Grüße'), 'latin1')],
  ['Latin-1 in quotes', 'application/xml;Charset="iso-8859-1"', Buffer.from(plain('Grüße'), 'latin1')],
  ['Latin-1 as the document says', 'text/xml', Buffer.from(declared('ISO-8859-1', 'Grüße'), 'latin1')],
  ['Latin-1 against the declaration', 'text/xml; charset=latin1', Buffer.from(declared('UTF-8', 'Grüße'), 'latin1')],
  ['UTF-8', 'text/xml', Buffer.from(plain('Grüße'))],
  ['UTF-8 with a mark', 'text/xml; charset=utf-8', Buffer.from(`\ufeff${declared('UTF-8', 'Grüße')}`)],
  ['UTF-8 with a mark against the request', 'text/xml; charset=ISO-8859-1', Buffer.from(`\ufeff${plain('Grüße')}`)],
  ['UTF-16LE with a mark', 'text/xml; charset=utf-16', Buffer.from(`\ufeff${plain('Grüße')}`, 'utf16le')],
  ['UTF-16BE with a mark', 'text/xml', utf16be(`\ufeff${declared('UTF-16', 'Grüße')}`)],
] as const) {
  test(`hierarchy 1.10: a document is read in its encoding: ${what}`, async () => {
    for (const [method, path] of [
      ['PUT', subject],
      ['PUT', '/xapi/archive/upload/xml'],
    ] as const) {
      await want(own('PUT', `${subject}?group=before`), 200)
      await want(own(method, path, sent(type, bytes)), 200)
      assert.equal((await itemAt(own, subject)).data_fields.group, 'Grüße')
    }
  })
}

test('hierarchy 1.10: an encoding that nobody knows is refused by name, and so are bytes that are not in theirs', async () => {
  await want(own('PUT', `${subject}?group=kept`), 200)
  for (const [type, bytes, because] of [
    ['text/xml; charset=klingon', Buffer.from(plain('x')), /Unsupported encoding klingon\./],
    ['text/xml', Buffer.from(declared('x-romulan', 'x')), /Unsupported encoding x-romulan\./],
    ['text/xml; charset=UTF-8', Buffer.from(plain('Grüße'), 'latin1'), /not valid utf-8/],
  ] as const) {
    const reply = await want(own('PUT', subject, sent(type, bytes)), 422)
    assert.match(reply.message() ?? '', because)
    assert.match((await want(own('PUT', '/xapi/archive/upload/xml', sent(type, bytes)), 400)).text, because)
  }
  assert.equal((await itemAt(own, subject)).data_fields.group, 'kept')
})

test('hierarchy 7.5: a search is read in its encoding, too', async () => {
  await want(own('PUT', `${subject}?group=Gr%C3%BC%C3%9Fe`), 200)
  const columns = ['xnat:subjectData/SUBJECT_LABEL']
  const search = searchXml('xnat:subjectData', columns, [['xnat:subjectData/SUB_GROUP', '=', 'Grüße']])
  const bytes = Buffer.from(search.replace(/^<\?xml[^>]*>\s*/, ''), 'latin1')
  const reply = await want(own('POST', '/data/search?format=json', sent('text/xml; charset=ISO-8859-1', bytes)), 200)
  assert.equal(reply.rows().length, 1)
})
