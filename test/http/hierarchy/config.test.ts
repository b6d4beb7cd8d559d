import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Caller, multipart } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import { readXml } from '../../support/xml-tree.ts'
import { headerAt, makeProject, rowsAt, setPreference, textBody, want, xmlBody } from './stage.ts'

let site: TestSite
let cast: Cast
let admin: Caller
let own: Caller

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'CFG')
  admin = cast.admin
  own = cast.own
})
after(() => site?.close())

const put = (call: Caller, place: string, contents: string, ...statuses: number[]) =>
  want(call('PUT', `${place}${place.includes('?') ? '&' : '?'}inbody=true`, textBody(contents)), ...statuses)
const contents = async (call: Caller, place: string) => {
  const reply = await want(call('GET', `${place}${place.includes('?') ? '&' : '?'}contents=true`), 200)
  assert.equal(reply.type, 'text/plain')
  return reply.text
}
const json = (body: object) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const entry = async (call: Caller, place: string) => (await rowsAt(call, place))[0]!
const ofProject = (tail: string) => `/data/projects/CFG/config/${tail}`

test('hierarchy 191: a new text is 201, its successor 200, and it comes back as it was sent', async () => {
  const text = 'first line\r\n\tsecond <line> & "quotes" ü\n'
  assert.equal((await put(admin, '/data/config/t191/a/b/c', text, 201)).text, '')
  assert.equal(await contents(own, '/data/config/t191/a/b/c'), text)
  await put(admin, '/data/config/t191/a/b/c', 'other', 200)
  assert.equal(await contents(own, '/data/config/t191/a/b/c'), 'other')
})

test('hierarchy 191: contents come by content type, as a file of a form and as JSON', async () => {
  await want(admin('PUT', '/data/config/t191/plain', textBody('by type')), 201)
  await want(
    admin('PUT', '/data/config/t191/form', multipart([{ field: 'f', filename: 'c.txt', body: 'a file' }])),
    201,
  )
  await want(admin('PUT', '/data/config/t191/json', json({ contents: 'in JSON', status: 'enabled' })), 201)
  const wrapped = { headers: { 'content-type': 'application/json' }, body: '{"contents":1}' }
  await want(admin('PUT', '/data/config/t191/raw?inbody=true', wrapped), 201)
  for (const [path, text] of Object.entries({
    plain: 'by type',
    form: 'a file',
    json: 'in JSON',
    raw: '{"contents":1}',
  }))
    assert.equal(await contents(admin, `/data/config/t191/${path}`), text)
  const two = multipart(['1', '2'].map((name) => ({ field: name, filename: name, body: name })))
  await want(admin('PUT', '/data/config/t191/two', two), 400)
  await want(admin('GET', '/data/config/t191/two'), 404)
})

test('hierarchy 191: a table tells who, when and why, and meta leaves the contents out', async () => {
  await put(admin, '/data/config/t191b/p?reason=because', 'text', 201)
  const columns = 'tool,path,project,user,create_date,reason,contents,unversioned,version,status'
  assert.equal((await headerAt(own, '/data/config/t191b/p')).join(), columns)
  const { create_date: at, ...rest } = await entry(own, '/data/config/t191b/p')
  assert.match(at!, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/)
  assert.deepEqual(rest, {
    ...{ tool: 't191b', path: 'p', project: '', user: 'admin', reason: 'because', contents: 'text' },
    ...{ unversioned: 'false', version: '1', status: 'enabled' },
  })
  assert.equal((await entry(own, '/data/config/t191b/p?meta=true&contents=true')).contents, '')
})

test('hierarchy 191: tools are listed, and the entries of one', async () => {
  await put(own, ofProject('t2/x'), 'x', 201)
  await put(own, ofProject('t2'), 'of the tool', 201)
  await put(own, ofProject('t1/y/z'), 'y', 201)
  assert.deepEqual(
    (await rowsAt(own, '/data/projects/CFG/config')).filter((row) => /^t[12]$/.test(row.tool!)),
    [{ tool: 't1' }, { tool: 't2' }],
  )
  const rows = await rowsAt(own, ofProject('t2'))
  assert.deepEqual(
    rows.map((row) => [row.path, row.project, row.contents]),
    [
      ['', 'CFG', 'of the tool'],
      ['x', 'CFG', 'x'],
    ],
  )
  assert.equal(await contents(own, ofProject('t2')), 'of the tool')
})

test('hierarchy 192: the same text makes no version, another one does', async () => {
  const place = '/data/config/t192/p'
  for (const [text, version] of [
    ['a', '1'],
    ['a', '1'],
    ['b', '2'],
    ['a', '3'],
  ] as const) {
    await put(admin, place, text, 200, 201)
    assert.equal((await entry(admin, place)).version, version)
  }
})

test('hierarchy 192: texts sent at once each become a version', async () => {
  const place = '/data/config/t192/at-once'
  await Promise.all(['1', '2', '3', '4'].map((text) => put(admin, place, text, 200, 201)))
  const rows = await rowsAt(admin, `${place}?action=getHistory`)
  assert.deepEqual(
    rows.map((row) => row.version),
    ['1', '2', '3', '4'],
  )
  assert.deepEqual(rows.map((row) => row.contents).sort(), ['1', '2', '3', '4'])
})

test('hierarchy 193: version gives an old text, getHistory all of them', async () => {
  const place = '/data/config/t193/p'
  for (const text of ['one', 'two', 'three']) await put(admin, place, text, 200, 201)
  assert.equal(await contents(own, `${place}?version=2`), 'two')
  assert.equal((await entry(own, `${place}?version=1`)).contents, 'one')
  const history = await rowsAt(own, `${place}?action=getHistory`)
  assert.deepEqual(
    history.map((row) => row.contents),
    ['one', 'two', 'three'],
  )
  await want(own('GET', `${place}?version=4`), 404)
  await want(own('GET', `${place}?version=x`), 400)
})

test('hierarchy 193: unversioned=true replaces the newest text', async () => {
  const place = '/data/config/t193/u'
  for (const text of ['one', 'two']) await put(admin, place, text, 200, 201)
  await put(admin, `${place}?unversioned=true`, 'instead of two', 200)
  const { version, unversioned } = await entry(admin, place)
  assert.deepEqual([version, unversioned, await contents(admin, place)], ['2', 'true', 'instead of two'])
  assert.equal(await contents(admin, `${place}?version=1`), 'one')
  await put(admin, place, 'still in place', 200)
  await put(admin, `${place}?unversioned=false`, 'three', 200)
  assert.equal((await entry(admin, place)).version, '3')
})

test('hierarchy 194: disabled hides the contents, enabled brings them back', async () => {
  const place = '/data/config/t194/p'
  await put(admin, place, 'kept', 201)
  await want(admin('PUT', `${place}?status=disabled`), 200)
  await want(admin('GET', `${place}?contents=true`), 404)
  const { status, contents: text, version } = await entry(admin, place)
  assert.deepEqual([status, text, version], ['disabled', 'kept', '1'])
  await want(admin('PUT', place, json({ status: 'true' })), 200)
  assert.equal(await contents(admin, place), 'kept')
  for (const answer of [admin('PUT', `${place}?status=x`), admin('PUT', place, json({ status: 'Yes' }))])
    await want(answer, 400)
  assert.equal(await contents(admin, place), 'kept')
})

test('hierarchy 194: neither status nor contents is 400, the status of nothing 404', async () => {
  await want(admin('PUT', '/data/config/t194/none'), 400)
  await want(admin('PUT', '/data/config/t194/none', json({})), 400)
  await want(admin('PUT', '/data/config/t194/none?status=enabled'), 404)
  await want(admin('DELETE', '/data/config/t194/none'), 404)
})

test('hierarchy 194: DELETE disables, and the same contents once more enable', async () => {
  const place = '/data/config/t194/d'
  await put(admin, place, 'kept', 201)
  await want(admin('DELETE', place), 200)
  assert.equal((await entry(admin, place)).status, 'disabled')
  await put(admin, place, 'kept', 200)
  const { status, version } = await entry(admin, place)
  assert.deepEqual([status, version], ['enabled', '1'])
})

test('hierarchy 195: what is unknown is 404, with accept-not-found an empty 204', async () => {
  await makeProject(own, 'CFGEMPTY')
  for (const place of ['/data/config/none', '/data/config/none/p', '/data/projects/CFGEMPTY/config']) {
    await want(own('GET', place), 404)
    for (const more of ['', '&contents=true'])
      assert.equal((await want(own('GET', `${place}?accept-not-found=true${more}`), 204)).text, '')
  }
})

test('hierarchy 195: a project falls back on the site only where asked', async () => {
  await put(admin, '/data/config/t195/p', 'of the site', 201)
  await want(own('GET', ofProject('t195/p')), 404)
  assert.equal(await contents(own, ofProject('t195/p?defaultToSiteWide=true')), 'of the site')
  await put(own, ofProject('t195/p'), 'of the project', 201)
  assert.equal(await contents(own, ofProject('t195/p?defaultToSiteWide=true')), 'of the project')
  assert.equal(await contents(own, '/data/config/t195/p'), 'of the site')
})

test('hierarchy 196: members may read and not write, strangers neither', async () => {
  await put(own, ofProject('t196/p'), 'kept', 201)
  for (const caller of [cast.mem, cast.col]) {
    assert.equal(await contents(caller, ofProject('t196/p')), 'kept')
    await put(caller, ofProject('t196/p'), 'changed', 403)
    await want(caller('DELETE', ofProject('t196/p')), 403)
  }
  await want(cast.str('GET', ofProject('t196/p')), 404)
  await want(cast.str('GET', ofProject('t196/p?accept-not-found=true')), 404)
  await put(cast.str, ofProject('t196/p'), 'changed', 403)
  assert.equal(await contents(own, ofProject('t196/p')), 'kept')
})

test('hierarchy 196: of a protected project a stranger reads none, of a public one all', async () => {
  for (const [level, status] of [
    ['protected', 403],
    ['public', 200],
  ] as const) {
    await makeProject(own, `CFG${level}`, { accessibility: level })
    await put(own, `/data/projects/CFG${level}/config/t/p`, 'text', 201)
    await want(cast.str('GET', `/data/projects/CFG${level}/config/t/p`), status)
    await want(cast.str('GET', `/data/projects/CFG${level}/config`), status)
  }
})

test('hierarchy 196: entries of the site are for administrators to write', async () => {
  await put(own, '/data/config/t196/site', 'text', 403)
  await want(own('GET', '/data/config/t196/site'), 404)
  await want(cast.anon('GET', '/data/config/t196/site'), 401)
})

test('hierarchy 196: entries go with their project', async () => {
  const lenient = await startSite({ reuseProjectIds: true })
  try {
    const call = lenient.as('admin')
    await makeProject(call, 'GONE')
    await put(call, '/data/projects/GONE/config/t/p', 'text', 201)
    await want(call('DELETE', '/data/projects/GONE'), 200)
    await makeProject(call, 'GONE')
    await want(call('GET', '/data/projects/GONE/config'), 404)
  } finally {
    await lenient.close()
  }
})

test('hierarchy (7.7): names and contents that cannot be stored are refused', async () => {
  await put(admin, '/data/config/t/%01', 'text', 400)
  await want(admin('GET', '/data/config/t/%01'), 404)
  await put(admin, `/data/config/t/${'x'.repeat(2000)}`, 'text', 400)
  await put(admin, '/data/config/t/nul', 'a\0b', 400)
  await put(admin, '/data/config/t/long', 'x'.repeat(1024 * 1024 + 1), 413)
  const latin = { headers: { 'content-type': 'text/plain' }, body: Buffer.from([0xfc, 0x62]) }
  await want(admin('PUT', '/data/config/t/latin?inbody=true', latin), 400)
})

test('hierarchy (1.11): a change of configuration needs a reason where the site asks for one', async () => {
  await setPreference(admin, 'requireChangeJustification', 'true')
  try {
    for (const [call, place] of [
      [own, ofProject('t111/p')],
      [admin, '/data/config/t111/p'],
    ] as const) {
      await put(call, place, 'text', 403)
      await put(call, `${place}?event_reason=why`, 'text', 201)
    }
  } finally {
    await setPreference(admin, 'requireChangeJustification', 'false')
  }
})

test('hierarchy (3.10): the archive settings of a project are a document', async () => {
  await want(own('PUT', '/data/projects/CFG/quarantine_code/1'), 200)
  for (const place of ['/data/projects/CFG/archive_spec', '/data/config/CFG/archive_spec']) {
    const reply = await want(cast.col('GET', place), 200)
    assert.equal(reply.type, 'text/xml')
    const root = readXml(reply.text)
    assert.deepEqual([root.name, root.attributes['id']], ['arc:Project', 'CFG'])
    const values = Object.fromEntries(root.children.map((child) => [child.name, child.text]))
    assert.deepEqual(values, {
      ...{ 'arc:pipelines': '', 'arc:current_arc': 'arc001', 'arc:prearchive_code': '4', 'arc:quarantine_code': '1' },
    })
    await want(cast.str('GET', place), 404)
  }
})

test('hierarchy (3.10): the archive settings can be put as a document, all or none', async () => {
  const place = '/data/projects/CFG/archive_spec'
  const sent = (await want(own('GET', place), 200)).text
  const changed = sent.replace('arc001', 'arc007').replace(/(?<=prearchive_code>)\d+/, '0')
  assert.equal((await want(own('PUT', place, xmlBody(changed)), 200)).text, '')
  assert.equal((await want(own('GET', place), 200)).text, changed)
  for (const caller of [cast.mem, cast.col]) await want(caller('PUT', place, xmlBody('<x/>')), 403)
  await want(cast.str('PUT', place, xmlBody(sent)), 404)
  await want(own('PUT', place, xmlBody(sent.replace('"CFG"', '"OTHER"'))), 417)
  await want(own('PUT', place, xmlBody(sent.replace(/(?<=quarantine_code>)\d+/, 'many'))), 400)
  await want(own('PUT', place, xmlBody('<xnat:Project xmlns:xnat="http://nrg.wustl.edu/xnat"/>')), 422)
  assert.equal((await want(own('GET', place), 200)).text, changed)
  await want(own('PUT', '/data/config/CFG/archive_spec', xmlBody(sent)), 200)
  assert.equal((await want(own('GET', place), 200)).text, sent)
})
