import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { tarOf, zipOf } from '../../support/archives.ts'
import { contentsOf, done, is, labelsOf, md5, octets, pathsOf, rowsIfAny, rowsOf, store, totals } from './checks.ts'
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
})

const times = (count: number) => Array.from({ length: count }, (_, at) => at)
const statuses = (replies: readonly { status: number }[]) => replies.map((reply) => reply.status).sort()

describe('at once', () => {
  it('resources 96: two uploads to one new label', async () => {
    const replies = await Promise.all(['a', 'b'].map((name) => scene.own('PUT', `${files}/${name}.txt`, octets(name))))
    for (const reply of replies) done(reply)
    assert.deepEqual(await labelsOf(scene.own, mr.R), ['U'])
    assert.deepEqual(await contentsOf(scene.own, files), { 'a.txt': 'a', 'b.txt': 'b' })
  })

  it('resources 96: sixteen uploads into one resource', async () => {
    const body = (at: number) => `${at} `.repeat(1000 + at)
    for (const reply of await Promise.all(
      times(16).map((at) => scene.own('PUT', `${files}/${at}.txt`, octets(body(at)))),
    ))
      done(reply)
    const expected = Object.fromEntries(times(16).map((at) => [`${at}.txt`, body(at)]))
    assert.deepEqual(await contentsOf(scene.own, files), expected)
    const size = times(16).reduce((sum, at) => sum + body(at).length, 0)
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['16', String(size)])
    assert.deepEqual(await labelsOf(scene.own, mr.R), ['U'])
  })

  it('resources (7.3): eight uploads that name no folder make one', async () => {
    const at = `${mr.path}/files`
    for (const reply of await Promise.all(times(8).map((n) => scene.own('PUT', `${at}/${n}.txt`, octets(`${n}`)))))
      done(reply)
    assert.deepEqual(await labelsOf(scene.own, mr.R), [''])
    assert.deepEqual(await totals(scene.own, mr.R, ''), ['8', '8'])
  })

  it('resources 50: eight creations of one label', async () => {
    const replies = await Promise.all(times(8).map(() => scene.own('PUT', `${mr.R}/ONE`)))
    assert.deepEqual(statuses(replies), [200, 409, 409, 409, 409, 409, 409, 409])
    assert.deepEqual(await labelsOf(scene.own, mr.R), ['ONE'])
  })

  it('resources 65: eight POSTs of one label to the collection', async () => {
    const replies = await Promise.all(times(8).map(() => scene.own('POST', `${mr.R}?xnat:resourceCatalog/label=ONE`)))
    assert.deepEqual(statuses(replies), [200, 409, 409, 409, 409, 409, 409, 409])
    assert.deepEqual(await labelsOf(scene.own, mr.R), ['ONE'])
  })

  it('resources 76: one name twice: one is stored, the other told', async () => {
    const bodies = ['x'.repeat(50_000), 'y'.repeat(60_000)]
    const replies = await Promise.all(bodies.map((body) => scene.own('PUT', `${files}/same.txt`, octets(body))))
    for (const reply of replies) is(reply, 200)
    const winners = replies.map((reply, at) => (reply.text === '' ? at : -1)).filter((at) => at >= 0)
    assert.equal(winners.length, 1)
    const loser = replies[1 - (winners[0] ?? 0)]
    assert.deepEqual(loser?.json(), { duplicates: ['same.txt'] })
    const winner = bodies[winners[0] ?? 0] ?? ''
    assert.deepEqual(await contentsOf(scene.own, files), { 'same.txt': winner })
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['1', String(winner.length)])
  })

  it('resources 77: eight overwrites: the last one stands, whole', async () => {
    await store(scene.own, `${files}/same.txt`, 'old')
    const bodies = times(8).map((at) => String(at).repeat(10_000 + at))
    const send = (body: string) => scene.own('PUT', `${files}/same.txt?overwrite=true`, octets(body))
    for (const reply of await Promise.all(bodies.map(send))) done(reply)
    const { 'same.txt': text = '' } = await contentsOf(scene.own, files)
    assert.ok(bodies.includes(text))
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['1', String(text.length)])
  })

  it('resources 77: who reads during overwrites gets one version, whole', async () => {
    const bodies = times(6).map((at) => String(at).repeat(200_000 + at))
    await store(scene.own, `${files}/same.txt`, bodies[0])
    const writing = bodies.map((body) => scene.own('PUT', `${files}/same.txt?overwrite=true`, octets(body)))
    const reading = times(12).map(() => scene.own('GET', `${files}/same.txt`))
    for (const reply of await Promise.all(reading)) {
      is(reply, 200)
      assert.ok(bodies.includes(reply.text))
      assert.equal(reply.headers['etag'], `"${md5(reply.bytes)}"`)
    }
    await Promise.all(writing)
  })

  it('resources 111: four extractions of one archive', async () => {
    const members = times(30).map((at) => ({ name: `d/${at}.txt`, body: `member ${at}` }))
    const zip = zipOf(members)
    const replies = await Promise.all(times(4).map(() => scene.own('PUT', `${files}/x.zip?extract=true`, octets(zip))))
    for (const reply of replies) is(reply, 200)
    assert.deepEqual(
      await contentsOf(scene.own, files),
      Object.fromEntries(members.map(({ name, body }) => [name, body])),
    )
    const size = members.reduce((sum, { body }) => sum + body.length, 0)
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['30', String(size)])
  })

  it('resources 115: different archives into one new folder', async () => {
    const archive = async (at: number) =>
      gzipSync(await tarOf(times(10).map((n) => ({ name: `${at}/${n}.txt`, body: `${at}.${n}` }))))
    const send = async (at: number) => scene.own('PUT', `${files}/x${at}.tgz?extract=true`, octets(await archive(at)))
    for (const reply of await Promise.all(times(6).map(send))) done(reply)
    assert.equal((await pathsOf(scene.own, files)).length, 60)
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['60', '180'])
  })

  it('resources 173: deletions of different files', async () => {
    for (const at of times(12)) await store(scene.own, `${files}/${at}.txt`, '12345')
    const replies = await Promise.all(times(10).map((at) => scene.own('DELETE', `${files}/${at}.txt`)))
    for (const reply of replies) done(reply)
    assert.deepEqual(await pathsOf(scene.own, files), ['10.txt', '11.txt'])
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['2', '10'])
  })

  it('resources 174: eight deletions of one file: one finds it', async () => {
    await store(scene.own, `${files}/a.txt`)
    const replies = await Promise.all(times(8).map(() => scene.own('DELETE', `${files}/a.txt`)))
    assert.deepEqual(statuses(replies), [200, 404, 404, 404, 404, 404, 404, 404])
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['0', '0'])
  })

  it('resources (9.2): uploads beside the deletion of their folder leave the numbers right', async () => {
    await store(scene.own, `${files}/first.txt`, '12345')
    const uploads = times(8).map((at) => scene.own('PUT', `${files}/${at}.txt`, octets('12345')))
    const deletion = scene.own('DELETE', `${mr.R}/U`)
    is(await deletion, 200)
    for (const reply of await Promise.all(uploads))
      assert.ok([200, 404].includes(reply.status), `${reply.status} ${reply.text}`)
    const [row, ...others] = await rowsOf(scene.own, mr.R)
    assert.deepEqual(others, [])
    const rows = await rowsIfAny(scene.own, files)
    assert.deepEqual(
      [row?.['file_count'] ?? '0', row?.['file_size'] ?? '0'],
      [String(rows.length), String(rows.length * 5)],
    )
    if (row) await contentsOf(scene.own, files)
  })

  it('resources (9.2): equal bytes under many names while the sweep runs', async () => {
    const uploads = times(24).map((at) =>
      scene.own('PUT', `${files}/${at}.txt?overwrite=true`, octets(`equal ${at % 3}`)),
    )
    const sweeps = times(6).map(() => scene.site.sweep())
    await Promise.all(sweeps)
    for (const reply of await Promise.all(uploads)) done(reply)
    await scene.site.sweep()
    const expected = Object.fromEntries(times(24).map((at) => [`${at}.txt`, `equal ${at % 3}`]))
    assert.deepEqual(await contentsOf(scene.own, files), expected)
  })

  it('resources 56: folders on many parents', async () => {
    const parents = [mr.path, `${mr.path}/scans/1`, '/data/projects/P', '/data/projects/P/subjects/S1']
    const replies = await Promise.all(
      parents.map((parent) => scene.own('PUT', `${parent}/resources/MANY/files/a.txt`, octets('a'))),
    )
    for (const reply of replies) done(reply)
    const ids = await Promise.all(
      parents.map(async (parent) => (await rowsOf(scene.own, `${parent}/files`))[0]?.['cat_ID']),
    )
    assert.equal(new Set(ids).size, 4)
  })
})
