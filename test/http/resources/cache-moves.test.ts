import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'
import {
  bytesBody,
  column,
  formBody,
  makeSession,
  makeSubject,
  query,
  rowsAt,
  sessionAt,
  storeFile,
  want,
} from '../hierarchy/stage.ts'

let site: TestSite
let cast: Cast
let own: Caller
let count = 0

before(async () => {
  site = await startSite()
  cast = await castOf(site, 'MOV')
  own = cast.own
  await makeSubject(own, 'MOV', 'S1')
})
after(() => site?.close())

const service = '/data/services/move-files'
const move = (call: Caller, pairs: Record<string, string>) => call('POST', `${service}${query(pairs)}`)

/** Puts a file into the caller's cache; resolves to its address. */
async function cached(call: Caller, name: string, body = name): Promise<string> {
  await want(call('PUT', `/data/user/cache/resources/C/files/${name}?inbody=true`, bytesBody(body)), 200)
  return `/user/cache/resources/C/files/${name}`
}

/** A new session; resolves to its address for requests and to its address as a parameter. */
async function session(): Promise<readonly [path: string, uri: string]> {
  const place = `MOV/S1/M${++count}`
  await makeSession(own, place)
  return [sessionAt(place), sessionAt(place).replace('/data', '/archive')]
}

test('resources (9.5): the folder counts the file, and the sweep keeps its bytes', async () => {
  const [path, uri] = await session()
  const src = await cached(own, 'sum.txt', 'twelve bytes')
  await want(move(own, { src: `/data${src}`, dest: `${uri}/resources/R/files/a/b.txt` }), 200)
  await site.sweep()
  assert.equal((await want(own('GET', `${path}/resources/R/files/a/b.txt`), 200)).text, 'twelve bytes')
  const [folder] = await rowsAt(own, `${path}/resources`)
  assert.deepEqual([folder?.label, folder?.file_count, folder?.file_size], ['R', '1', '12'])
})

test('resources (9.5): src and dest come in a form, too, and may be repeated', async () => {
  const [path, uri] = await session()
  const [one, two] = [await cached(own, 'f1'), await cached(own, 'f2')]
  await want(own('POST', service, formBody({ src: one, dest: `${uri}/resources/F/files/1` })), 200)
  const again = await cached(own, 'f1')
  const repeated = `?src=${again}&dest=${uri}/resources/F/files/3&src=${two}&dest=${uri}/resources/F/files/2`
  await want(own('POST', service + repeated), 200)
  assert.deepEqual(column(await rowsAt(own, `${path}/resources/F/files`), 'Name'), ['1', '2', '3'])
  await want(own('POST', `${service}?src=${one}&src=${two}&dest=${uri}/resources/F/files/4`), 400)
})

test('resources (9.5): all files move, or none', async () => {
  const [path, uri] = await session()
  const good = await cached(own, 'good.txt')
  for (const [bad, status] of [
    [{ '/user/cache/resources/C/files/none.txt': `${uri}/resources/R/files/n.txt` }, 404],
    [{ [await cached(own, 'x.txt')]: '/archive/experiments/NOSUCH/resources/R/files/x.txt' }, 404],
    [{ [await cached(own, 'y.txt')]: `${uri}/resources/R/files/../y.txt` }, 400],
    [{ [await cached(own, 'z.txt')]: `${uri}/resources/R/files/R_catalog.xml` }, 400],
  ] as const) {
    await want(move(own, { [good]: `${uri}/resources/R/files/good.txt`, ...bad }), status)
    assert.deepEqual(await rowsAt(own, `${path}/resources`), [])
    assert.equal((await want(own('GET', `/data${good}`), 200)).text, 'good.txt')
  }
})

test('resources (9.5): a file whose name is taken stays in the cache and is named', async () => {
  const [path, uri] = await session()
  await storeFile(own, path, 'R/files/t.txt', 'old')
  const src = await cached(own, 'taken.txt', 'new')
  const reply = await want(move(own, { src, dest: `${uri}/resources/R/files/t.txt` }), 200)
  assert.deepEqual(reply.json(), { duplicates: ['t.txt'] })
  assert.equal((await want(own('GET', `${path}/resources/R/files/t.txt`), 200)).text, 'old')
  assert.equal((await want(own('GET', `/data${src}`), 200)).text, 'new')
})

test('resources (9.5): the right to edit is asked for, and only the own cache is reached', async () => {
  const [path, uri] = await session()
  const dest = `${uri}/resources/R/files/f.txt`
  const src = await cached(cast.col, 'col.txt')
  await want(move(cast.col, { src, dest }), 403)
  await want(move(cast.str, { src: await cached(cast.str, 'str.txt'), dest }), 404)
  await want(move(own, { src, dest }), 404)
  await want(own('GET', `${path}/resources/R/files/f.txt`), 404)
  assert.equal((await want(cast.col('GET', `/data${src}`), 200)).text, 'col.txt')
  await want(move(cast.mem, { src: await cached(cast.mem, 'mem.txt'), dest }), 200)
})

test('resources (9.5): of two moves of one file at once one succeeds', async () => {
  const [path, uri] = await session()
  const src = await cached(own, 'once.txt')
  const moves = ['1', '2', '3'].map((name) => move(own, { src, dest: `${uri}/resources/R/files/${name}` }))
  const statuses = (await Promise.all(moves)).map((reply) => reply.status)
  assert.deepEqual(statuses.sort(), [200, 404, 404])
  assert.equal((await rowsAt(own, `${path}/resources/R/files`)).length, 1)
})
