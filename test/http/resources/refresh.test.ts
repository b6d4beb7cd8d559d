import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { contentsOf, done, is, md5, octets, pathsOf, rowsOf, sha256, store, totals } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session
let files: string

before(async () => {
  scene = await openScenery()
})
after(() => scene?.close())

beforeEach(async () => {
  mr = await scene.session()
  files = `${mr.R}/U/files`
  await store(scene.own, `${files}/keep.txt`, `keep ${mr.id}`)
  await store(scene.own, `${files}/sub/gone.txt`, `gone ${mr.id}`)
})

const refresh = (query: string, caller = scene.own) => caller('POST', `/data/services/refresh/catalog?${query}`)
/** The session as refresh takes it. */
const session = () => `resource=/archive/experiments/${mr.id}`
const size = (...texts: string[]) => String(texts.join('').length)

describe('a file taken out of the catalog', () => {
  it('resources 177: removeFiles=false takes the entry; append brings it back', async () => {
    done(await scene.own('DELETE', `${files}/sub/gone.txt?removeFiles=false`))
    assert.deepEqual(await pathsOf(scene.own, files), ['keep.txt'])
    is(await scene.own('GET', `${files}/sub/gone.txt`), 404)
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['1', size(`keep ${mr.id}`)])
    await scene.site.sweep()
    done(await refresh(`${session()}&options=append`))
    const expected = { 'keep.txt': `keep ${mr.id}`, 'sub/gone.txt': `gone ${mr.id}` }
    assert.deepEqual(await contentsOf(scene.own, files), expected)
  })

  it('resources 192: listed with digest and counted', async () => {
    done(await scene.own('DELETE', `${files}/sub/gone.txt?removeFiles=false`))
    done(await refresh(`${session()}&options=append,checksum,populateStats`))
    const row = (await rowsOf(scene.own, files)).find((each) => each['Name'] === 'gone.txt')
    assert.equal(row?.['digest'], md5(`gone ${mr.id}`))
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['2', size(`keep ${mr.id}`, `gone ${mr.id}`)])
  })

  for (const [line, query] of [
    ['193', 'options=append&options=checksum'],
    ['193', 'options=append,checksum'],
    ['194', ''],
    ['(9.4)', 'append=true'],
    ['(9.4)', 'options=checksum&append=true'],
  ] as const) {
    // Titles: resources 192, 193, 194.
    it(`resources ${line}: ?${query || 'no option'} appends`, async () => {
      done(await scene.own('DELETE', `${files}/sub/gone.txt?removeFiles=false`))
      done(await refresh(`${session()}&${query}`))
      assert.deepEqual(await pathsOf(scene.own, files), ['keep.txt', 'sub/gone.txt'])
    })
  }

  it('resources 192: other options do not append', async () => {
    done(await scene.own('DELETE', `${files}/sub/gone.txt?removeFiles=false`))
    done(await refresh(`${session()}&options=checksum,delete,populateStats`))
    assert.deepEqual(await pathsOf(scene.own, files), ['keep.txt'])
  })

  it('resources (8.2): removeFiles=true leaves nothing to bring back', async () => {
    done(await scene.own('DELETE', `${files}/sub/gone.txt?removeFiles=true`))
    done(await refresh(`${session()}&options=append`))
    assert.deepEqual(await pathsOf(scene.own, files), ['keep.txt'])
  })
})

describe('bytes lost behind the back of the server', () => {
  const lose = () => scene.site.loseBlob(sha256(`gone ${mr.id}`))

  it('resources 191: delete drops the entry and corrects the count', async () => {
    await lose()
    done(await refresh(`${session()}&options=delete`))
    assert.deepEqual(await pathsOf(scene.own, files), ['keep.txt'])
    done(await refresh(`${session()}&options=populateStats`))
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['1', size(`keep ${mr.id}`)])
  })

  it('resources 194: without options as well', async () => {
    await lose()
    done(await refresh(session()))
    assert.deepEqual(await pathsOf(scene.own, files), ['keep.txt'])
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['1', size(`keep ${mr.id}`)])
  })

  it('resources 191: append alone drops nothing', async () => {
    await lose()
    done(await refresh(`${session()}&options=append`))
    assert.deepEqual(await pathsOf(scene.own, files), ['keep.txt', 'sub/gone.txt'])
  })

  it('resources (4.1): the file is not found', async () => {
    await lose()
    const reply = await scene.own('GET', `${files}/sub/gone.txt`)
    is(reply, 404)
    assert.match(reply.message() ?? '', /Unable to find file/)
  })

  it('resources (3.6): a zip leaves it out or breaks off, but keeps no lie', async () => {
    await lose()
    const reply = await scene.own('GET', `${files}?format=zip`).catch(() => undefined)
    if (reply) assert.ok(!reply.bytes.includes('gone.txt') || reply.status !== 200, 'names a file that is not there')
  })
})

describe('statistics', () => {
  it('resources 190: populateStats', async () => done(await refresh(`${session()}&options=populateStats`)))

  it('resources (7.8): update-stats=false leaves count and size, populateStats corrects them', async () => {
    const before = await totals(scene.own, mr.R, 'U')
    done(await scene.own('PUT', `${files}/late.txt?update-stats=false`, octets('late')))
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), before)
    assert.equal((await scene.own('GET', `${files}/late.txt`)).text, 'late')
    done(await refresh(`${session()}&options=populateStats`))
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['3', size(`keep ${mr.id}`, `gone ${mr.id}`, 'late')])
  })

  for (const [value, counted] of [
    ['true', true],
    ['TRUE', true],
    ['1', true],
    ['0', false],
    ['yes', false],
    ['', false],
  ] as const) {
    it(`resources (1.6): update-stats=${value} ${counted ? 'counts' : 'does not count'}`, async () => {
      done(await scene.own('PUT', `${mr.R}/FLAG`))
      done(await scene.own('PUT', `${mr.R}/FLAG/files/f.txt?update-stats=${value}`, octets('1234')))
      assert.deepEqual(await totals(scene.own, mr.R, 'FLAG'), counted ? ['1', '4'] : ['0', '0'])
    })
  }

  it('resources (7.8): update-stats=false on a new folder counts', async () => {
    done(await scene.own('PUT', `${mr.R}/FRESH/files/f.txt?update-stats=false`, octets('1234')))
    assert.deepEqual(await totals(scene.own, mr.R, 'FRESH'), ['1', '4'])
  })
})

describe('the address', () => {
  for (const resource of [
    () => `/archive/experiments/${mr.id}`,
    () => `/data/archive/experiments/${mr.id}`,
    () => `/REST/archive/experiments/${mr.id}`,
    () => `/data/experiments/${mr.id}`,
    () => `/archive/projects/P/subjects/S1/experiments/${mr.label}`,
    () => `/archive/experiments/${mr.id}/resources/U`,
    () => `/archive/projects/P/subjects/S1/experiments/${mr.label}/resources/U`,
  ]) {
    it(`resources (9.4): ${String(resource).slice(6)}`, async () => {
      done(await scene.own('DELETE', `${files}/sub/gone.txt?removeFiles=false`))
      done(await refresh(`resource=${encodeURIComponent(resource())}&options=append`))
      assert.deepEqual(await pathsOf(scene.own, files), ['keep.txt', 'sub/gone.txt'])
    })
  }

  it('resources (9.4): a session covers its scans', async () => {
    const scan = `${mr.path}/scans/1/resources/DICOM/files`
    await store(scene.own, `${scan}/1.dcm`, 'dicom')
    done(await scene.own('DELETE', `${scan}/1.dcm?removeFiles=false`))
    done(await refresh(`${session()}&options=append`))
    assert.deepEqual(await pathsOf(scene.own, scan), ['1.dcm'])
  })

  it('resources (9.4): several, and from a form body', async () => {
    done(await scene.own('DELETE', `${files}/sub/gone.txt?removeFiles=false`))
    const body = `resource=/archive/projects/P&resource=${encodeURIComponent(`/archive/experiments/${mr.id}`)}&options=append`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    done(await scene.own('POST', '/data/services/refresh/catalog', { headers, body }))
    assert.deepEqual(await pathsOf(scene.own, files), ['keep.txt', 'sub/gone.txt'])
  })

  it('resources 195: a viewer may not', async () => {
    done(await scene.own('DELETE', `${files}/sub/gone.txt?removeFiles=false`))
    is(await refresh(`${session()}&options=append`, scene.col), 403)
    assert.deepEqual(await pathsOf(scene.own, files), ['keep.txt'])
    is(await refresh(session(), scene.anon), 401)
  })

  it('resources 195: what names no parent or folder', async () => {
    const unknown = [
      '/archive/experiments/NOPE',
      '/nonsense',
      `/archive/experiments/${mr.id}/resources/U/files/keep.txt`,
      '',
    ]
    for (const resource of unknown) is(await refresh(`resource=${encodeURIComponent(resource)}`), 400)
  })

  it('resources (9.4): nothing named, nothing done', async () =>
    is(await scene.own('POST', '/data/services/refresh/catalog'), 200))

  it('resources (9.4): GET is no refresh', async () => {
    const reply = await scene.own('GET', `/data/services/refresh/catalog?${session()}`)
    assert.ok([404, 405].includes(reply.status), String(reply.status))
  })
})
