import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { done, is, MR, newSession, openSetting, refused, rowsAt, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

const NO_SCAN = 'Unable to find the specified scan.'

/** The accession id of subject S01. */
async function subjectId(): Promise<string> {
  const reply = await here.own('PUT', '/data/projects/PRJ1/subjects/S01')
  return reply.text
}

test('scans 9: the subject may be named by its accession id', async () => {
  const at = await here.sessionWith('1')
  const path = `/data/projects/PRJ1/subjects/${await subjectId()}/experiments/${at.label}/scans`
  assert.deepEqual(await rowsAt(here.own, path), await here.rows(at))
})

test('scans 10: the session may be named by its accession id', async () => {
  const at = await here.sessionWith('1')
  assert.deepEqual(
    await rowsAt(here.own, `/data/projects/PRJ1/subjects/S01/experiments/${at.id}/scans`),
    await here.rows(at),
  )
})

for (const [line, prefix] of [
  ['11', '/data/archive'],
  ['12', '/REST'],
  ['section 1.1', '/REST/archive'],
  // What clients send when people end the address of the site with a slash.
  ['section 1.1', '//data'],
] as const) {
  // Titles: scans 11, 12.
  test(`scans ${line}: the listings under ${prefix} are identical`, async () => {
    const at = await here.sessionWith('1')
    const { text } = await here.own('GET', at.scans)
    for (const path of [at.scans, at.byId]) {
      const reply = await here.own('GET', path.replace('/data', prefix))
      is(reply, 200)
      assert.equal(reply.text, text)
    }
  })

  test(`scans ${line}: a scan is written, read and deleted under ${prefix}`, async () => {
    const at = await here.session()
    const scan = `${at.scans.replace('/data', prefix)}/1`
    done(await here.own('PUT', `${scan}?${MR}&note=x`))
    assert.equal((await here.own('GET', `${scan}?format=json`)).json().items[0].data_fields.note, 'x')
    done(await here.own('DELETE', scan))
    assert.deepEqual(await here.ids(at), [])
  })
}

test('scans 13: a trailing slash changes nothing', async () => {
  const at = await here.sessionWith('1')
  assert.equal((await here.own('GET', `${at.scans}/`)).text, (await here.own('GET', at.scans)).text)
  const one = await here.own('GET', `${at.scans}/1/?format=json`)
  is(one, 200)
  assert.equal(one.json().items[0].data_fields.ID, '1')
  done(await here.own('PUT', `${at.scans}/1/?note=slash`))
  assert.equal((await here.row(at, '1'))['note'], 'slash')
})

test('scans section 1.1: prefixes are case sensitive', async () => {
  const at = await here.sessionWith('1')
  for (const prefix of ['/DATA', '/rest', '/Data']) {
    assert.equal((await here.own('GET', at.byId.replace('/data', prefix))).status, 404, prefix)
  }
})

test('scans 131: the project form without subject lists the same rows', async () => {
  const at = await here.sessionWith('1')
  const path = `/data/projects/PRJ1/experiments/${at.label}/scans`
  assert.deepEqual(await rowsAt(here.own, `${path}?format=json`), await here.rows(at))
})

test('scans 131: the project form without subject reads, writes and deletes one scan', async () => {
  const at = await here.session()
  const scan = `/data/projects/PRJ1/experiments/${at.label}/scans/1`
  done(await here.own('PUT', `${scan}?${MR}&note=x`))
  assert.equal((await here.own('GET', `${scan}?format=json`)).json().items[0].data_fields.note, 'x')
  done(await here.own('DELETE', scan))
  assert.deepEqual(await here.ids(at), [])
})

test('scans 131: the project form without subject reaches resources and files', async () => {
  const at = await here.sessionWith('1')
  await here.store(at, '1', 'R/files/a.txt', 'a')
  const scans = `/data/projects/PRJ1/experiments/${at.label}/scans`
  assert.equal((await rowsAt(here.own, `${scans}/1/resources`))[0]?.['label'], 'R')
  assert.equal((await rowsAt(here.own, `${scans}/ALL/files`))[0]?.['Name'], 'a.txt')
  assert.equal((await here.own('GET', `${scans}/1/resources/R/files/a.txt`)).text, 'a')
})

test('scans 137: a label without a project is unknown to GET and PUT', async () => {
  const at = await here.sessionWith('1')
  refused(await here.own('GET', `/data/experiments/${at.label}/scans`), 404)
  refused(await here.own('GET', `/data/experiments/${at.label}/scans/1`), 404)
  refused(await here.own('GET', `/data/experiments/${at.label}/scans/1?format=json`), 404)
  refused(await here.own('PUT', `/data/experiments/${at.label}/scans/1?note=x`), 404)
  refused(await here.own('PUT', `/data/experiments/${at.label}/scans/2?${MR}`), 404)
  assert.deepEqual(
    (await here.rows(at)).map((row) => [row['ID'], row['note']]),
    [['1', '']],
  )
})

test('scans 138: DELETE takes a label that one readable session bears', async () => {
  const at = await here.session({ label: 'ONLY_ONE' })
  await here.put(at, '1')
  await here.put(at, '2')
  done(await here.own('DELETE', '/data/experiments/ONLY_ONE/scans/1'))
  assert.deepEqual(await here.ids(at), ['2'])
})

test('scans 138: DELETE by a label that two readable sessions bear deletes nothing', async () => {
  await here.own('PUT', '/data/projects/PRJ2?accessibility=private')
  const first = await here.session({ label: 'TWICE' })
  const second = await here.session({ label: 'TWICE', project: 'PRJ2' })
  for (const at of [first, second]) await here.put(at, '1')
  refused(await here.own('DELETE', '/data/experiments/TWICE/scans/1'), 404)
  assert.deepEqual([await here.ids(first), await here.ids(second)], [['1'], ['1']])
})

test('scans 138: sessions that the caller cannot read do not count', async () => {
  await here.str('PUT', '/data/projects/PRJ_STR?accessibility=private')
  const hidden = await newSession(here.str, { label: 'HALF_SEEN', project: 'PRJ_STR' })
  await here.str('PUT', `${hidden.scans}/1?${MR}`)
  const at = await here.session({ label: 'HALF_SEEN' })
  await here.put(at, '1')
  done(await here.own('DELETE', '/data/experiments/HALF_SEEN/scans/1'))
  assert.deepEqual(await here.ids(at), [])
  assert.equal((await rowsAt(here.str, hidden.scans)).length, 1)
  refused(await here.own('DELETE', '/data/experiments/HALF_SEEN/scans/1'), 404)
})

test('scans 138: DELETE by a label that no session bears is refused', async () => {
  refused(await here.own('DELETE', '/data/experiments/NOBODY/scans/1'), 404, NO_SCAN)
})

for (const [name, change] of [
  ['with another subject of the project', (path: string) => path.replace('/S01/', '/S02/')],
  ['with an unknown subject', (path: string) => path.replace('/S01/', '/NOPE/')],
  ['with an unknown project', (path: string) => path.replace('/PRJ1/', '/NOPE/')],
] as const) {
  test(`scans 139: a session ${name} in the path is not found by any method`, async () => {
    await here.own('PUT', '/data/projects/PRJ1/subjects/S02')
    const at = await here.sessionWith('1')
    const wrong = change(at.scans)
    refused(await here.own('GET', wrong), 404)
    refused(await here.own('GET', `${wrong}/1?format=json`), 404)
    refused(await here.own('GET', `${wrong.replace(at.label, at.id)}/1?format=json`), 404)
    refused(await here.own('PUT', `${wrong}/1?note=x`), 404)
    refused(await here.own('PUT', `${wrong}/2?${MR}`), 404)
    refused(await here.own('DELETE', `${wrong}/1`), 404)
    assert.deepEqual(
      (await here.rows(at)).map((row) => [row['ID'], row['note']]),
      [['1', '']],
    )
  })
}

test('scans section 3.6: an unknown project before a valid accession id is not found', async () => {
  const at = await here.sessionWith('1')
  refused(await here.own('GET', `/data/projects/NOPE/experiments/${at.id}/scans/1?format=json`), 404)
  refused(await here.own('GET', `/data/projects/NOPE/experiments/${at.id}/scans`), 404)
})

test('scans section 1.3: an accession id of another project is not found through this one', async () => {
  await here.own('PUT', '/data/projects/PRJ2?accessibility=private')
  const at = await here.sessionWith('1')
  await here.own('PUT', '/data/projects/PRJ2/subjects/S01')
  refused(await here.own('GET', `/data/projects/PRJ2/subjects/S01/experiments/${at.id}/scans`), 404)
  refused(await here.own('DELETE', `/data/projects/PRJ2/subjects/S01/experiments/${at.id}/scans/1`), 404)
  assert.deepEqual(await here.ids(at), ['1'])
})

test('scans 140: an unknown tail is 404 to GET and 400 to PUT and DELETE', async () => {
  const at = await here.sessionWith('1')
  refused(await here.own('GET', `${at.scans}/1/foo`), 404)
  refused(await here.own('PUT', `${at.scans}/1/foo?note=x`), 400)
  refused(await here.own('DELETE', `${at.scans}/1/foo`), 400)
  assert.equal((await here.row(at, '1'))['note'], '')
})

test('scans section 2.10: an experiment that is no imaging session has no scans', async () => {
  const at = await here.sessionWith('1')
  const assessor = await here.own('PUT', `${at.path}/assessors/QC_${at.label}?xsiType=xnat:qcManualAssessorData`)
  assert.match(assessor.text, /_E\d+$/)
  refused(await here.own('GET', `/data/experiments/${assessor.text}/scans`), 404)
  refused(await here.own('GET', `/data/experiments/${assessor.text}/scans/1?format=json`), 404)
  refused(await here.own('PUT', `/data/experiments/${assessor.text}/scans/1?${MR}`), 404)
})

test('scans section 1.3: an alias of the project stands for it, and letter case counts', async () => {
  const at = await here.sessionWith('1')
  done(await here.own('PUT', '/data/projects/PRJ1?alias=pone'))
  const rows = await here.rows(at)
  assert.deepEqual(await rowsAt(here.own, at.scans.replace('PRJ1', 'pone')), rows)
  assert.deepEqual(await rowsAt(here.own, `/data/projects/pone/experiments/${at.label}/scans`), rows)
  refused(await here.own('GET', at.scans.replace('PRJ1', 'prj1')), 404)
  refused(await here.own('GET', at.scans.replace('S01', 's01')), 404)
  refused(await here.own('GET', at.scans.replace(at.label, at.label.toLowerCase())), 404)
})
