import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Reply } from '../../support/caller.ts'
import { MR, openSetting, type Setting, sideBySide } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

const statuses = (replies: readonly Reply[]) => replies.map((reply) => reply.status).sort()

const times = (count: number, status: number) => Array.from({ length: count }, () => status)

test('scans 136: two PUTs of one new scan at once make one scan', async () => {
  const at = await here.session()
  const replies = await sideBySide(2, () => here.own('PUT', `${at.scans}/1?${MR}`))
  assert.deepEqual(statuses(replies), times(2, 200))
  assert.deepEqual(await here.ids(at), ['1'])
})

test('scans 136: eight PUTs of one new scan at once make one scan with the values of all', async () => {
  const at = await here.session()
  const names = ['type', 'UID', 'note', 'quality', 'condition', 'series_description', 'documentation', 'modality']
  const replies = await Promise.all(
    names.map((name, n) => here.own('PUT', `${n % 2 ? at.scans : at.byId}/1?${MR}&${name}=v${n}`)),
  )
  assert.deepEqual(statuses(replies), times(8, 200))
  assert.deepEqual(await here.ids(at), ['1'])
  const fields = await here.fields(at, '1')
  assert.deepEqual(
    names.map((name) => fields[name]),
    names.map((_, n) => `v${n}`),
  )
})

test('scans 136: eight different new scans at once are all there, with keys of their own', async () => {
  const at = await here.session()
  const replies = await sideBySide(8, (n) => here.own('PUT', `${at.scans}/${n}?${MR}`))
  assert.deepEqual(statuses(replies), times(8, 200))
  const rows = await here.rows(at, 'sortBy=ID')
  assert.deepEqual(rows.map((row) => row['ID']).join(), '1,2,3,4,5,6,7,8')
  assert.equal(new Set(rows.map((row) => row['xnat_imagescandata_id'])).size, 8)
})

test('scans 136: one scan ID in eight sessions at once is eight scans', async () => {
  const sessions = []
  for (let n = 0; n < 8; n += 1) sessions.push(await here.session())
  const replies = await Promise.all(sessions.map((at) => here.own('PUT', `${at.scans}/1?${MR}`)))
  assert.deepEqual(statuses(replies), times(8, 200))
  for (const at of sessions) assert.deepEqual(await here.ids(at), ['1'])
})

test('scans section 4.9: eight POSTs at once get eight IDs', async () => {
  const at = await here.session()
  const replies = await sideBySide(8, () => here.own('POST', `${at.scans}?${MR}`))
  assert.deepEqual(statuses(replies), times(8, 200))
  assert.equal(new Set(replies.map((reply) => reply.text)).size, 8)
  assert.deepEqual((await here.ids(at)).sort().join(), '1,2,3,4,5,6,7,8')
})

test('scans section 4.9: POSTs beside PUTs of the same numbers get other numbers, and change nothing of theirs', async () => {
  for (let round = 0; round < 8; round += 1) {
    const at = await here.session()
    const replies = await sideBySide(12, (n) =>
      n % 2
        ? here.own('POST', `${at.scans}?${MR}&note=posted`)
        : here.own('PUT', `${at.scans}/${n / 2}?${MR}&quality=put`),
    )
    assert.deepEqual(statuses(replies), times(12, 200))
    const rows = await here.rows(at)
    const both = rows.filter((row) => row['note'] === 'posted' && row['quality'] === 'put')
    // A PUT may come after the POST that took its number, and then changes that scan; never the other way round.
    assert.equal(rows.length + both.length, 12)
  }
})

test('scans 113: of eight POSTs of one ID at once one makes it', async () => {
  const at = await here.session()
  const replies = await sideBySide(8, () => here.own('POST', `${at.scans}?${MR}&ID=x`))
  assert.deepEqual(statuses(replies), [200, ...times(7, 409)])
  assert.deepEqual(await here.ids(at), ['x'])
})

test('scans 88: of two types put on one new scan at once one stays', async () => {
  const at = await here.session()
  const replies = await sideBySide(2, (n) =>
    here.own('PUT', `${at.scans}/1?xsiType=xnat:${n % 2 ? 'mr' : 'ct'}ScanData`),
  )
  assert.deepEqual(statuses(replies), [200, 409])
  assert.deepEqual(await here.ids(at), ['1'])
})

test('scans 115: of eight DELETEs at once one deletes', async () => {
  const at = await here.sessionWith('1', '2')
  const replies = await sideBySide(8, () => here.own('DELETE', `${at.scans}/1`))
  assert.deepEqual(statuses(replies), [200, ...times(7, 404)])
  assert.deepEqual(await here.ids(at), ['2'])
})

test('scans 124: PUT and DELETE of one scan at once leave it whole or gone', async () => {
  const at = await here.sessionWith('1')
  const replies = await sideBySide(8, (n) => here.own(n % 2 ? 'PUT' : 'DELETE', `${at.scans}/1?${n % 2 ? MR : ''}`))
  for (const { status, text } of replies) assert.ok(status === 200 || status === 404, `${status}: ${text}`)
  for (const id of await here.ids(at)) assert.equal((await here.fields(at, id))['ID'], id)
})

test('scans 97: eight addParams at once are eight entries', async () => {
  const at = await here.sessionWith('1')
  const replies = await sideBySide(8, (n) =>
    here.own('PUT', `${at.scans}/1?xnat:mrScanData/parameters/addParam[name=P${n}]/addField=v${n}`),
  )
  assert.deepEqual(statuses(replies), times(8, 200))
  const [child] = (await here.item(at, '1')).children
  const names: string[] = child.items.map((item: { data_fields: { name: string } }) => item.data_fields.name)
  assert.equal(names.sort().join(), 'P1,P2,P3,P4,P5,P6,P7,P8')
})

test('scans 83: eight changes of one scan at once all stay', async () => {
  const at = await here.sessionWith('1')
  const names = ['type', 'UID', 'note', 'quality', 'condition', 'series_description', 'documentation', 'coil']
  const replies = await Promise.all(names.map((name) => here.own('PUT', `${at.scans}/1?${name}=new`)))
  assert.deepEqual(statuses(replies), times(8, 200))
  const fields = await here.fields(at, '1')
  assert.deepEqual(
    names.map((name) => fields[name]),
    names.map(() => 'new'),
  )
})

test('scans 3: listings beside writes are always whole', async () => {
  const at = await here.sessionWith('0')
  const replies = await sideBySide(16, (n) =>
    n % 2 ? here.own('PUT', `${at.scans}/${n}?${MR}`) : here.own('GET', at.scans),
  )
  assert.deepEqual(statuses(replies), times(16, 200))
  for (const reply of replies.filter((each) => each.text !== '')) {
    const { Result, totalRecords } = reply.json().ResultSet
    assert.equal(totalRecords, String(Result.length))
  }
})
