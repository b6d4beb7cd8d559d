import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { is, MR, openSetting, refused, rowsAt, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
  const at = await here.session({ query: 'xnat:mrSessionData/scanner=Trio' })
  await here.put(at, '1', `${MR}&type=LOCALIZER&series_description=localizer`)
  await here.put(at, '2', `${MR}&type=T1&series_description=t1_mprage`)
  const second = await here.session()
  await here.put(second, '1', `${MR}&type=LOCALIZER&series_description=loc2`)
  await here.put(second, '2', 'xsiType=xnat:petScanData&type=EMISSION&series_description=em')
  await here.own('PUT', '/data/projects/PRJ2?accessibility=private')
  const other = await here.session({ project: 'PRJ2' })
  await here.put(other, '1', `${MR}&type=T2&series_description=t2`)
})
after(() => here?.site.close())

const PATH = '/data/projects/PRJ1/scan_types'

/** Type and sorted series descriptions of each row. */
const summary = (rows: readonly Record<string, string>[]) =>
  rows.map((row) => [row['type'], row['series_descriptions']?.split(',').sort().join()])

test('scans 129: the scan types of a project with the descriptions of each', async () => {
  for (const path of [PATH, PATH.replace('/data', '/data/archive'), PATH.replace('/data', '/REST')]) {
    const reply = await here.own('GET', path)
    is(reply, 200)
    assert.equal(reply.type, 'application/json')
    const { ResultSet } = reply.json()
    assert.deepEqual([ResultSet.title, ResultSet.totalRecords], ['Scan Types', '2'])
    for (const row of reply.rows()) assert.deepEqual(Object.keys(row).sort(), ['series_descriptions', 'type'])
    assert.deepEqual(summary(reply.rows()), [
      ['LOCALIZER', ',loc2,localizer'],
      ['T1', ',t1_mprage'],
    ])
  }
})

test('scans 129: every description is followed by a comma', async () => {
  const rows = await rowsAt(here.own, PATH)
  assert.equal(rows.find((row) => row['type'] === 'T1')?.['series_descriptions'], 't1_mprage,')
})

test('scans section 6.1: total and title follow the rows', async () => {
  const { text } = await here.own('GET', PATH)
  assert.match(text, /\], "totalRecords": "2", ?"title": "Scan Types"}}$/)
})

test('scans section 6.1: the XML and CSV tables', async () => {
  const xml = await here.own('GET', `${PATH}?format=xml`)
  assert.equal(xml.type, 'text/xml')
  assert.ok(xml.text.startsWith('<ResultSet totalRecords="2" title="Scan Types"><results><columns>'), xml.text)
  assert.ok(xml.text.includes('<column>series_descriptions</column><column>type</column>'), xml.text)
  const csv = await here.own('GET', `${PATH}?format=csv`)
  assert.match(csv.text, /^series_descriptions,type\n/)
  assert.ok(csv.text.endsWith('\n"t1_mprage,",T1\n'), csv.text)
})

test('scans section 6.1: table chooses the kind of scan in any letter case', async () => {
  for (const table of ['xnat_petScanData', 'XNAT_PETSCANDATA']) {
    assert.deepEqual(summary(await rowsAt(here.own, `${PATH}?table=${table}`)), [['EMISSION', ',em']])
  }
  assert.equal((await rowsAt(here.own, `${PATH}?table=xnat_mrScanData`)).length, 2)
})

test('scans 130: any other table is refused', async () => {
  refused(await here.own('GET', '/data/scan_types?table=xnat_ctScanData'), 403)
  refused(await here.own('GET', `${PATH}?table=xnat_ctScanData`), 403)
  refused(await here.own('GET', `${PATH}?table=xdat_user`), 403)
})

test('scans section 6.1: an unknown or unreadable project is not found', async () => {
  refused(await here.own('GET', '/data/projects/NOPE/scan_types'), 404)
  refused(await here.str('GET', PATH), 404)
})

test('scans section 6.1: the list of the site counts readable sessions only', async () => {
  const types = async (caller: Setting['own']) => (await rowsAt(caller, '/data/scan_types')).map((row) => row['type'])
  assert.deepEqual(await types(here.own), ['LOCALIZER', 'T1', 'T2'])
  assert.deepEqual(await types(here.mem), ['LOCALIZER', 'T1'])
  assert.deepEqual(await types(here.str), [])
})

test('scans section 6.1: the scanners of MR sessions', async () => {
  const reply = await here.own('GET', '/data/scanners')
  is(reply, 200)
  assert.equal(reply.json().ResultSet.title, 'Scanners')
  assert.deepEqual(reply.rows(), [{ scanner: 'Trio' }])
  assert.deepEqual(await rowsAt(here.own, '/data/scanners?table=xnat_petSessionData'), [])
  refused(await here.own('GET', '/data/scanners?table=xnat_crSessionData'), 403)
})

test('scans section 6.1: the quality labels of the site and of a project', async () => {
  const labels = ['usable', 'questionable', 'unusable']
  const site = await here.own('GET', '/data/services/scan-quality-labels')
  is(site, 200)
  assert.deepEqual(site.json(), { site: labels })
  const project = await here.own('GET', '/data/services/scan-quality-labels/PRJ1')
  is(project, 200)
  assert.deepEqual(project.json(), { PRJ1: labels })
})
