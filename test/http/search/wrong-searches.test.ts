import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { makeSubject, want } from '../hierarchy/stage.ts'
import { found, searchXml } from './documents.ts'

let site: TestSite
let cast: Cast
const mr = 'xnat:mrSessionData'
const subject = 'xnat:subjectData'

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'WRO')
  await makeSubject(cast.own, 'WRO', 'S1')
})
after(() => site?.close())

test('hierarchy 189: POST /data/search with another document is 422', async () => {
  const wrong: Record<string, RegExp> = {
    '': /none came/,
    'no xml': /./,
    '<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat"/>': /xdat:bundle/,
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>': /DOCTYPE/,
    '<xdat:bundle xmlns:xdat="http://nrg.wustl.edu/security"/>': /root_element_name/,
    [searchXml(subject, ['xnat:subjectData/NOTHING'])]: /NOTHING/,
    [searchXml(subject, [], [['xnat:subjectData/NOTHING', '=', '1']])]: /NOTHING/,
    [searchXml(subject, [], [['xnat:subjectData/AGE', '>', 'old']])]: /AGE .*old/,
    [searchXml(subject, [], [['xnat:subjectData/DOB', '>', 'old']])]: /DOB .*old/,
    [searchXml(subject, [], [['xnat:subjectData/AGE', 'AROUND', '5']])]: /AROUND/,
    [searchXml(subject, [], [['xnat:subjectData/AGE', 'BETWEEN', '5']])]: /BETWEEN/,
    [searchXml(mr, ['xnat:mrScanData/ID', 'xnat:qcManualAssessorData/LABEL'])]: /apart/,
  }
  for (const [document, message] of Object.entries(wrong)) {
    const reply = await want(cast.own('POST', '/data/search?format=csv', { body: document }), 422)
    assert.match(reply.message() ?? '', message)
  }
  assert.equal((await cast.own('GET', '/data/search')).status, 405)
  for (const type of ['xnat:investigatorData', 'xdat:user', 'xnat:nothing'])
    await want(cast.own('POST', '/data/search', { body: searchXml(type, []) }), 403)
})

test('hierarchy 189: what no statement could hold is 422, and what one can is found', async () => {
  const one = ['xnat:subjectData/SUBJECT_LABEL', '!=', 'X'] as const
  const many = (count: number) =>
    searchXml(subject, ['xnat:subjectData/SUBJECT_LABEL'], [...Array(count).fill(one), 'AND'])
  assert.equal((await found(cast.own, many(300))).length, 1)
  const columns = Array.from({ length: 400 }, (_, at) => `xnat:subjectData/XNAT_SUBJECTDATA_FIELD_MAP=v${at}`)
  assert.equal((await found(cast.own, searchXml(subject, columns, [])))[0]?.length, 400)
  const values = (count: number) => Array.from({ length: count }, (_, at) => `v${at}`).join(',')
  const among = (count: number) => searchXml(subject, [], [['xnat:subjectData/GROUP', 'IN', values(count)]])
  assert.deepEqual(await found(cast.own, among(10_000)), [])
  const either = (value: string) => ['xnat:subjectData/SUBJECT_LABEL', '=', value] as const
  const all = [...Array.from({ length: 6000 }, (_, at) => either(`S${at}`)), either('with a blank'), 'OR'] as const
  assert.equal((await found(cast.own, searchXml(subject, [], [all, 'AND']))).length, 1, 'as pyxnat asks for subjects')
  const refused = [
    many(301),
    among(10_001),
    searchXml(subject, [], [['xnat:subjectData/GROUP', 'LIKE', 'x'.repeat(2000)]]),
  ]
  for (const document of refused) await want(cast.own('POST', '/data/search', { body: document }), 422)
})
