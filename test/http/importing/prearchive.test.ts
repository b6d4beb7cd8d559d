import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { sessionValues, zipped } from '../../support/arrivals.ts'
import type { Values } from '../../support/dicom.ts'
import { openImportSite } from '../../support/import-site.ts'
import type { Cast, TestSite } from '../../support/site.ts'

const COLUMNS =
  'project,timestamp,lastmod,uploaded,scan_date,scan_time,subject,folderName,name,tag,status,url,autoarchive,prevent_anon,prevent_auto_commit,SOURCE,VISIT,PROTOCOL,TIMEZONE'

describe('the prearchive', () => {
  let site: TestSite
  let cast: Cast
  before(async () => {
    ;({ site, cast } = await openImportSite(['PRJ1', 'PRJ2']))
  })
  after(() => site.close())

  /** Sends a series; resolves to the address of what it came into. */
  async function send(query: string, number: number, values: Values): Promise<string> {
    const headers = { 'content-type': 'application/zip' }
    const answer = await cast.own('POST', `/data/services/import?${query}`, {
      body: zipped(number, 2, values),
      headers,
    })
    assert.equal(answer.status, 200, answer.text)
    return answer.text.trim()
  }
  const rowOf = async (uri: string) => (await cast.own('GET', `${uri}?format=json`)).rows()[0]
  const statusOf = async (uri: string) => (await rowOf(uri))?.['status']

  it('import 43, 44, 45, 153: lists what waits, in one order of columns under both addresses', async () => {
    const uri = await send('project=PRJ1', 1, sessionValues('L43'))
    const [list, same] = [await cast.own('GET', '/data/prearchive'), await cast.own('GET', '/data/prearchive/projects')]
    assert.equal(list.text, same.text)
    const csv = await cast.own('GET', '/data/prearchive/projects?format=csv')
    assert.equal(csv.text.split('\n')[0], COLUMNS)
    assert.equal(csv.text, (await cast.own('GET', '/data/prearchive?format=csv')).text)
    const row = list.rows().find(({ name }) => name === 'L43')!
    assert.deepEqual(Object.keys(row).join(','), COLUMNS)
    assert.equal(`/data${row['url']}`, uri)
    assert.match(row['lastmod'] ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+$/)
    assert.deepEqual(
      [row['scan_date'], row['scan_time'], row['subject'], row['status'], row['autoarchive'], row['prevent_anon']],
      ['2024-03-05 10:12:00.0', '10:12:00', 'Doe_Jo', 'RECEIVING', 'Manual', 'false'],
    )
  })

  it('import 46, 47, 48, 49, 50: shows entries to those who may edit there, as rows and as documents', async () => {
    const uri = await send('project=PRJ1', 1, sessionValues('L46'))
    const row = await rowOf(uri)
    assert.equal((await cast.own('GET', `/data/prearchive?tag=${row?.['tag']}`)).status, 403)
    assert.equal((await cast.admin('GET', `/data/prearchive?tag=${row?.['tag']}`)).rows().length, 1)
    assert.equal((await cast.col('GET', '/data/prearchive/projects/PRJ1')).status, 403)
    assert.equal((await cast.own('GET', '/data/prearchive/projects/Unassigned')).status, 403)
    assert.equal((await cast.admin('GET', '/data/prearchive/projects/Unassigned')).status, 200)
    assert.equal((await cast.own('GET', uri)).status, 404)
    assert.equal((await cast.own('POST', `${uri}?action=build`)).text, uri)
    assert.match((await cast.own('GET', uri)).text, /<xnat:MRSession.*<xnat:scan /s)
    assert.deepEqual(
      (await cast.own('GET', '/data/prearchive/projects/PRJ1,PRJ2'))
        .rows()
        .map(({ name }) => name)
        .sort(),
      ['L43', 'L46'],
    )
  })

  it('import 55, 56, 60, 61: moves and deletes entries; an unknown action is refused', async () => {
    const values = { ...sessionValues('L55') }
    const headers = { 'content-type': 'application/zip' }
    const first = await cast.admin('POST', '/data/services/import?dest=/prearchive', {
      body: zipped(1, 2, values),
      headers,
    })
    const unassigned = first.text.trim()
    assert.match(unassigned, /Unassigned/)
    const moved = await cast.admin('POST', `${unassigned}?action=move&newProject=PRJ1`)
    assert.equal(moved.status, 301)
    assert.equal(moved.headers.location, undefined)
    assert.match(moved.text, /^\/data\/prearchive\/projects\/PRJ1\/\d{8}_\d{9}\/L55$/)
    const again = await cast.own('POST', `${moved.text}?action=move&newProject=PRJ2`)
    assert.match(again.text, /PRJ2/)
    assert.equal((await cast.own('GET', `${moved.text}?format=json`)).status, 404)
    assert.equal((await cast.mem('POST', `${again.text}?action=move&newProject=PRJ1`)).status, 404)
    assert.equal((await cast.own('POST', `${again.text}?action=fly`)).status, 400)
    assert.equal((await cast.own('DELETE', again.text)).status, 200)
    assert.equal((await cast.own('GET', '/data/prearchive/projects/PRJ2')).rows().length, 0)
    assert.equal((await cast.own('DELETE', again.text)).status, 404)
  })

  it('import 34, 57, 58, 59: commits, with values, and archives where that is wanted', async () => {
    const uri = await send('project=PRJ1&action=commit', 1, sessionValues('L57'))
    assert.equal(await statusOf(uri), 'READY')
    const waits = await cast.own('POST', `${uri}?action=commit`)
    assert.deepEqual([waits.status, waits.text], [200, uri])
    const archived = await cast.own('POST', `${uri}?action=commit&AA=true`, {
      body: JSON.stringify({ 'xnat:mrSessionData/note': 'from the phone', 'xnat:mrSessionData/coil': 'head' }),
      headers: { 'content-type': 'application/json' },
    })
    assert.equal(archived.status, 301, archived.text)
    assert.equal(archived.text, '/data/archive/projects/PRJ1/subjects/Doe_Jo/experiments/L57')
    const session = (await cast.own('GET', `${archived.text}?format=json`)).json().items[0]
    assert.deepEqual([session.data_fields.note, session.data_fields.coil], ['from the phone', 'head'])
    assert.equal((await cast.own('GET', `${uri}?format=json`)).status, 404)
  })

  it('import 65: what comes into an entry that is ready makes it receive again', async () => {
    const uri = await send('project=PRJ1&action=commit', 1, sessionValues('L65'))
    assert.equal(await send('project=PRJ1', 2, sessionValues('L65')), uri)
    assert.equal(await statusOf(uri), 'RECEIVING')
  })

  it('import 74, 75, 77: archives by the service, under other names and with values', async () => {
    const uri = await send('project=PRJ1&action=commit', 1, sessionValues('L74'))
    const src = uri.replace('/data', '')
    const values =
      'xnat:mrSessionData/note=hello&xnat:mrSessionData/scans/scan[0][@xsi:type=xnat:mrScanData]/type=T1&xnat:mrSessionData/subject_id=other'
    const answer = await cast.own('POST', `/data/services/archive?src=${src}&session=L74b&${values}`)
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.text, '/data/archive/projects/PRJ1/subjects/other/experiments/L74b\r\n')
    const session = (await cast.own('GET', `/data/projects/PRJ1/experiments/L74b?format=json`)).json().items[0]
    assert.equal(session.data_fields.note, 'hello')
    const scan = (await cast.own('GET', '/data/projects/PRJ1/experiments/L74b/scans?columns=ID,type')).rows()
    assert.deepEqual(
      scan.map(({ ID, type }) => [ID, type]),
      [['1', 'T1']],
    )
    const headers = { 'content-type': 'application/zip' }
    const loose = await cast.admin('POST', '/data/services/import?dest=/prearchive', {
      body: zipped(1, 1, sessionValues('L77')),
      headers,
    })
    assert.equal((await cast.admin('POST', `/data/services/archive?src=${loose.text.trim()}`)).status, 400)
    assert.equal(
      (await cast.own('POST', '/data/services/archive?src=/prearchive/projects/PRJ1/20000101_000000/none')).status,
      404,
    )
  })

  it('import 62, 74: archives several entries with what goes for all of them, and nowhere that was not asked for', async () => {
    const uris = [
      await send('project=PRJ1', 1, sessionValues('M1')),
      await send('project=PRJ1', 1, sessionValues('M2')),
    ]
    const src = uris.map((uri) => `src=${uri}`).join('&')
    const archive = (query: string) => cast.own('POST', `/data/services/archive?${src}&${query}`)
    for (const query of ['session=M', 'dest=/archive/projects/PRJ2', 'project=PRJ2', 'label=M']) {
      const refused = await archive(query)
      assert.equal(refused.status, 400, query)
      assert.match(refused.message() ?? '', /one by one/)
    }
    assert.deepEqual(await Promise.all(uris.map(statusOf)), ['RECEIVING', 'RECEIVING'])
    const queued = await archive('project=PRJ1&subject=BOTH&quarantine=true')
    assert.deepEqual(
      queued.rows().map(({ status }) => status),
      ['QUEUED_ARCHIVING', 'QUEUED_ARCHIVING'],
    )
    await site.workRound()
    const waiting = async () =>
      (await cast.own('GET', '/data/prearchive')).rows().filter(({ name }) => /^M\d$/.test(name!))
    while ((await waiting()).length > 0) await setTimeout(20)
    for (const label of ['M1', 'M2']) {
      const status = await cast.own('GET', `/data/projects/PRJ1/subjects/BOTH/experiments/${label}/status`)
      assert.equal(status.text, 'quarantine', label)
    }
  })

  it('import 78, 79; import weakness 7: tells what is in the way, as codes, and leaves everything as it was', async () => {
    await send('dest=/archive/projects/PRJ1', 1, sessionValues('L78'))
    const uri = await send('project=PRJ1&action=commit', 1, sessionValues('L78'))
    const validation = await cast.own('POST', `/data/services/validate-archive?src=${uri}`)
    assert.deepEqual(
      validation.rows().map(({ code, type }) => [code, type]),
      [
        ['1', 'CONFLICT'],
        ['14', 'CONFLICT'],
        ['16', 'CONFLICT'],
      ],
    )
    const refused = await cast.own('POST', `/data/services/archive?src=${uri}`)
    assert.equal(refused.status, 409)
    assert.deepEqual(
      JSON.parse(String(refused.headers['x-conflicts'])).map(({ code }: { code: number }) => code),
      [14],
    )
    assert.equal(await statusOf(uri), 'CONFLICT')
    const forced = await cast.own('POST', `/data/services/archive?src=${uri}&overwrite=delete`)
    assert.equal(forced.status, 200, forced.text)
    const files = (await cast.own('GET', '/data/projects/PRJ1/experiments/L78/scans/1/files')).rows()
    assert.equal(files.length, 2)
    const history = await cast.own('GET', '/data/projects/PRJ1/experiments/L78/history?format=json')
    assert.match(history.text, /Merged/)
  })
})
