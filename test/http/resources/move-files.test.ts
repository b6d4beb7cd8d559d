import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { contentsOf, is, labelsOf, octets, store } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
})
after(() => scene?.close())

const move = (query: Record<string, string>) =>
  scene.own('POST', `/data/services/move-files?${new URLSearchParams(query).toString()}`)

/** Puts a file into the cache of `own`; resolves to the name that move-files knows it by. */
async function cached(name: string, body: string): Promise<string> {
  is(await scene.own('PUT', `/data/user/cache/resources/C/files/${name}?inbody=true`, octets(body)), 200)
  return `/user/cache/resources/C/files/${name}`
}

describe('moving files out of the cache of the user', () => {
  it('resources (9.5): one file', async () => {
    const src = await cached('one.txt', 'from the cache')
    is(await move({ src, dest: `/archive/experiments/${mr.id}/resources/U/files/sub/moved.txt` }), 200)
    assert.deepEqual(await contentsOf(scene.own, `${mr.R}/U/files`), { 'sub/moved.txt': 'from the cache' })
    is(await scene.own('GET', `/data${src}`), 404)
  })

  it('resources (9.5): pairs of source and destination', async () => {
    const other = await scene.session()
    const to = (name: string) => `/archive/experiments/${other.id}/resources/W/files/${name}`
    const pairs = { [await cached('a.txt', 'a')]: to('x.txt'), [await cached('b.txt', 'b')]: to('y.txt') }
    is(await move(pairs), 200)
    assert.deepEqual(await contentsOf(scene.own, `${other.R}/W/files`), { 'x.txt': 'a', 'y.txt': 'b' })
  })

  it('resources (9.5): a name that is taken stays, unless overwrite says so', async () => {
    const other = await scene.session()
    await store(scene.own, `${other.R}/U/files/t.txt`, 'old')
    const dest = `/archive/experiments/${other.id}/resources/U/files/t.txt`
    await move({ src: await cached('t.txt', 'new'), dest })
    assert.deepEqual(await contentsOf(scene.own, `${other.R}/U/files`), { 't.txt': 'old' })
    is(await move({ src: await cached('t2.txt', 'new'), dest, overwrite: 'true' }), 200)
    assert.deepEqual(await contentsOf(scene.own, `${other.R}/U/files`), { 't.txt': 'new' })
  })

  it('resources (9.5): missing or invalid ends', async () => {
    const other = await scene.session()
    const src = await cached('bad.txt', 'bad')
    const dest = `/archive/experiments/${other.id}/resources/U/files/t.txt`
    const queries: Record<string, string>[] = [
      {},
      { src },
      { dest },
      { src: '/etc/passwd', dest },
      { src, dest: '/nonsense' },
    ]
    for (const query of queries) is(await move(query), 400)
    is(await move({ src: '/user/cache/resources/../../../etc/files/passwd', dest }), 400)
    assert.deepEqual(await labelsOf(scene.own, other.R), [])
  })
})
