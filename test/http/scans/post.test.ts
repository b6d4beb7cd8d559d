import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Reply } from '../../support/caller.ts'
import { is, MR, openSetting, refused, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

/** 200 and the absolute address of this scan, twice. */
function created(reply: Reply, path: string): void {
  is(reply, 200)
  assert.equal(reply.type, 'text/plain')
  assert.match(reply.text, /^https?:\/\/[^/]+\/[^?\s]+$/)
  assert.equal(new URL(reply.text).pathname, path)
  assert.equal(reply.headers.location, reply.text)
}

test('scans 112: POST makes scan 1 in an empty MR session and answers its address', async () => {
  const at = await here.session()
  created(await here.own('POST', `${at.scans}?type=T1`), `${at.scans}/1`)
  const row = await here.row(at, '1')
  assert.deepEqual([row['type'], row['xsiType']], ['T1', 'xnat:mrScanData'])
})

test('scans 112: the ID is the smallest free integer', async () => {
  const at = await here.sessionWith('1', '2', '4', 'x')
  created(await here.own('POST', `${at.scans}?type=T1`), `${at.scans}/3`)
  created(await here.own('POST', `${at.scans}?type=T1`), `${at.scans}/5`)
})

test('scans section 4.9: the address has the form and the prefix of the request', async () => {
  const at = await here.session()
  created(await here.own('POST', `${at.byId}?${MR}`), `${at.byId}/1`)
  const archive = at.scans.replace('/data', '/data/archive')
  created(await here.own('POST', `${archive}?${MR}`), `${archive}/2`)
  const rest = at.scans.replace('/data', '/REST')
  created(await here.own('POST', `${rest}/?${MR}`), `${rest}/3`)
})

test('scans section 4.9: the address leads to the scan', async () => {
  const at = await here.session()
  const { text } = await here.own('POST', `${at.scans}?${MR}&note=n`)
  const reply = await here.own('GET', `${new URL(text).pathname}?format=json`)
  assert.equal(reply.json().items[0].data_fields.note, 'n')
})

for (const [session, scan] of [
  ['xnat:petSessionData', 'xnat:petScanData'],
  ['xnat:ctSessionData', 'xnat:ctScanData'],
] as const) {
  test(`scans section 4.9: in a session of type ${session} the scan is of type ${scan}`, async () => {
    const at = await here.session({ type: session })
    created(await here.own('POST', `${at.scans}?type=x`), `${at.scans}/1`)
    assert.equal((await here.row(at, '1'))['xsiType'], scan)
  })
}

test('scans section 4.9: other sessions need the type of the scan', async () => {
  const at = await here.session({ type: 'xnat:crSessionData' })
  refused(await here.own('POST', `${at.scans}?type=x`), 417, 'Need POST Contents')
  assert.deepEqual(await here.ids(at), [])
  created(await here.own('POST', `${at.scans}?type=x&xsiType=xnat:crScanData`), `${at.scans}/1`)
})

test('scans section 4.9: a given type wins over that of the session', async () => {
  const at = await here.session()
  created(await here.own('POST', `${at.scans}?xsiType=xnat:srScanData`), `${at.scans}/1`)
  assert.equal((await here.row(at, '1'))['xsiType'], 'xnat:srScanData')
})

test('scans section 4.9: ID in the query names the new scan', async () => {
  const at = await here.session()
  created(await here.own('POST', `${at.scans}?ID=a-5&${MR}`), `${at.scans}/a-5`)
  assert.deepEqual(await here.ids(at), ['a-5'])
})

test('scans 113: an ID that exists is a conflict and changes nothing', async () => {
  const at = await here.session()
  await here.put(at, '5', `${MR}&note=old`)
  refused(await here.own('POST', `${at.scans}?ID=5&${MR}&note=new`), 409, 'Specified scan already exists.')
  assert.equal((await here.row(at, '5'))['note'], 'old')
})

test('scans section 4.9: what is no scan is refused', async () => {
  const at = await here.session()
  const message = 'Only Scan documents can be PUT to this address.'
  refused(await here.own('POST', `${at.scans}?xsiType=xnat:mrSessionData`), 422, message)
  assert.deepEqual(await here.ids(at), [])
})

test('scans section 4.9: a document makes a scan', async () => {
  const at = await here.session()
  const body = `<xnat:CTScan xmlns:xnat="http://nrg.wustl.edu/xnat" type="T1"><xnat:note>n</xnat:note></xnat:CTScan>`
  const reply = await here.own('POST', at.scans, { headers: { 'content-type': 'text/xml' }, body })
  created(reply, `${at.scans}/1`)
  const row = await here.row(at, '1')
  assert.deepEqual([row['xsiType'], row['type'], row['note']], ['xnat:ctScanData', 'T1', 'n'])
})

test('scans section 4.9: the ID of a document names the new scan', async () => {
  const at = await here.session()
  const body = `<xnat:MRScan xmlns:xnat="http://nrg.wustl.edu/xnat" ID="77"/>`
  const options = { headers: { 'content-type': 'text/xml' }, body }
  created(await here.own('POST', at.scans, options), `${at.scans}/77`)
  refused(await here.own('POST', at.scans, options), 409, 'Specified scan already exists.')
})

test('scans section 4.8: wrong values are refused by POST too', async () => {
  const at = await here.session()
  refused(await here.own('POST', `${at.scans}?${MR}&frames=abc`), 400, /Must Be A Valid Integer/)
  refused(await here.own('POST', `${at.scans}?${MR}&ID=a.b`), 400, 'Identifiers cannot use special characters: a.b')
  assert.deepEqual(await here.ids(at), [])
})

test('scans section 4.9: POST into an unknown session is not found', async () => {
  refused(await here.own('POST', `/data/experiments/NOPE/scans?${MR}`), 404)
  refused(await here.own('POST', `/data/projects/PRJ1/subjects/S01/experiments/NOPE/scans?${MR}`), 404)
})
