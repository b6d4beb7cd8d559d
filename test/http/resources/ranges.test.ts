import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Reply } from '../../support/caller.ts'
import { done, is, md5, octets, store } from './checks.ts'
import { openScenery, type Scenery } from './scenery.ts'

let scene: Scenery
let path: string
let etag = ''
let modified = ''
const bytes = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 251))

before(async () => {
  scene = await openScenery()
  path = `${(await scene.session()).R}/U/files/a.bin`
  await store(scene.own, path, bytes)
  const { headers } = await get({})
  etag = String(headers['etag'])
  modified = String(headers['last-modified'])
})
after(() => scene?.close())

const get = (headers: Record<string, string>) => scene.own('GET', path, { headers })

const whole = (reply: Reply) => {
  is(reply, 200)
  assert.deepEqual(reply.bytes, bytes)
  assert.equal(reply.headers['content-range'], undefined)
}
const slice = (reply: Reply, start: number, end: number) => {
  is(reply, 206)
  assert.deepEqual(reply.bytes, bytes.subarray(start, end + 1))
  assert.equal(reply.headers['content-range'], `bytes ${start}-${end}/1000`)
  assert.equal(reply.headers['content-length'], String(end + 1 - start))
}

describe('one range', () => {
  for (const [range, start, end] of [
    ['bytes=0-3', 0, 3],
    ['bytes=0-0', 0, 0],
    ['bytes=500-', 500, 999],
    ['bytes=-100', 900, 999],
    ['bytes=-5000', 0, 999],
    ['bytes=990-5000', 990, 999],
    ['bytes=999-999', 999, 999],
    ['BYTES=5-6', 5, 6],
  ] as const) {
    it(`resources 163: ${range}`, async () => slice(await get({ range }), start, end))
  }

  it('resources (4.3): a partial answer keeps the headers of the file', async () => {
    const { headers } = await get({ range: 'bytes=0-3' })
    assert.equal(headers['etag'], etag)
    assert.equal(headers['last-modified'], modified)
    assert.equal(headers['content-disposition'], 'attachment; filename="a.bin";')
    assert.equal(headers['accept-ranges'], 'bytes')
  })

  it('resources (4.3): a whole answer says that ranges are possible', async () => {
    assert.equal((await get({})).headers['accept-ranges'], 'bytes')
  })

  for (const range of ['bytes=1000-', 'bytes=5000-6000', 'bytes=-0']) {
    it(`resources (4.3): ${range} cannot be satisfied`, async () => {
      const reply = await get({ range })
      is(reply, 416)
      assert.equal(reply.headers['content-range'], 'bytes */1000')
    })
  }

  for (const range of ['bytes=abc', 'bytes=5-2', 'bytes=', 'lines=1-2', 'bytes=1-2-3', 'bytes=--5', 'bytes']) {
    it(`resources (4.3): ${range} means nothing, so the whole file`, async () => whole(await get({ range })))
  }

  it('resources (4.3): of an empty file', async () => {
    const empty = path.replace('a.bin', 'empty.bin')
    await store(scene.own, empty, '')
    const reply = await scene.own('GET', empty, { headers: { range: 'bytes=0-' } })
    assert.ok([200, 416].includes(reply.status), String(reply.status))
  })

  it('resources (4.3): HEAD with a range has no body', async () => {
    const reply = await scene.own('HEAD', path, { headers: { range: 'bytes=0-3' } })
    assert.equal(reply.bytes.length, 0)
    assert.ok([200, 206].includes(reply.status), String(reply.status))
  })

  it('resources (4.3): listings have no ranges', async () => {
    const reply = await scene.own('GET', path.replace('/a.bin', ''), { headers: { range: 'bytes=0-3' } })
    is(reply, 200)
    assert.ok(reply.rows().length > 0)
  })
})

describe('several ranges', () => {
  /** `Content-Range` and bytes of each part of a multipart/byteranges answer. */
  function partsOf(reply: Reply): { range: string; bytes: Buffer }[] {
    is(reply, 206)
    assert.equal(reply.type, 'multipart/byteranges')
    assert.equal(reply.headers['content-length'], String(reply.bytes.length))
    const boundary = /boundary="?([^";]+)"?/.exec(String(reply.headers['content-type']))?.[1]
    const text = reply.bytes.toString('latin1')
    assert.ok(text.trimEnd().endsWith(`--${boundary}--`), 'ends with the closing boundary')
    const pieces = text.split(`--${boundary}`).slice(1, -1)
    return pieces.map((piece) => {
      const [head = '', ...rest] = piece.split('\r\n\r\n')
      const body = rest.join('\r\n\r\n').replace(/\r\n$/, '')
      return { range: /content-range: *([^\r]*)/i.exec(head)?.[1] ?? '', bytes: Buffer.from(body, 'latin1') }
    })
  }

  it('resources (4.3): two ranges come as multipart/byteranges', async () => {
    assert.deepEqual(partsOf(await get({ range: 'bytes=0-3,990-' })), [
      { range: 'bytes 0-3/1000', bytes: bytes.subarray(0, 4) },
      { range: 'bytes 990-999/1000', bytes: bytes.subarray(990) },
    ])
  })

  it('resources (4.3): in the order asked for, blanks allowed', async () => {
    const parts = partsOf(await get({ range: 'bytes=-10, 20-29 , 5-5' }))
    assert.deepEqual(
      parts.map((part) => part.range),
      ['bytes 990-999/1000', 'bytes 20-29/1000', 'bytes 5-5/1000'],
    )
  })

  it('resources (4.3): those that cannot be satisfied are left out', async () => {
    const reply = await get({ range: 'bytes=0-3,5000-6000' })
    is(reply, 206)
    if (reply.type === 'multipart/byteranges') assert.equal(partsOf(reply).length, 1)
    else slice(reply, 0, 3)
  })

  it('resources (4.3): none can be satisfied', async () => is(await get({ range: 'bytes=5000-6000,7000-' }), 416))

  it('resources (4.3): a thousand overlapping ranges do not multiply the file', async () => {
    const reply = await get({ range: `bytes=${Array.from({ length: 1000 }, () => '0-').join(',')}` })
    assert.ok([200, 206, 400, 416, 431].includes(reply.status), String(reply.status))
    assert.ok(reply.bytes.length <= 10 * bytes.length, `${reply.bytes.length} bytes`)
  })
})

describe('conditions', () => {
  const past = 'Mon, 01 Jan 2001 00:00:00 GMT'
  const unchanged = (reply: Reply) => {
    is(reply, 304)
    assert.equal(reply.bytes.length, 0)
    assert.equal(reply.headers['etag'], etag)
  }

  it('resources 157: If-Modified-Since with the Last-Modified', async () =>
    unchanged(await get({ 'if-modified-since': modified })))
  it('resources 157: HEAD likewise', async () => {
    is(await scene.own('HEAD', path, { headers: { 'if-modified-since': modified } }), 304)
  })
  it('resources (4.3): If-Modified-Since in the past', async () => whole(await get({ 'if-modified-since': past })))
  it('resources (4.3): If-Modified-Since that is no date', async () =>
    whole(await get({ 'if-modified-since': 'yesterday' })))
  it('resources (4.3): If-None-Match with the tag', async () => unchanged(await get({ 'if-none-match': etag })))
  it('resources (4.3): If-None-Match in a list, weak, or *', async () => {
    for (const tags of [`"x", ${etag}`, `W/${etag}`, '*']) unchanged(await get({ 'if-none-match': tags }))
  })
  it('resources (4.3): If-None-Match with another tag', async () => whole(await get({ 'if-none-match': '"x"' })))
  it('resources (4.3): If-None-Match goes before If-Modified-Since', async () => {
    whole(await get({ 'if-none-match': '"x"', 'if-modified-since': modified }))
  })
  it('resources (4.3): If-Match', async () => {
    whole(await get({ 'if-match': etag }))
    whole(await get({ 'if-match': '*' }))
    is(await get({ 'if-match': '"x"' }), 412)
  })
  it('resources (4.3): If-Unmodified-Since', async () => {
    whole(await get({ 'if-unmodified-since': modified }))
    is(await get({ 'if-unmodified-since': past }), 412)
  })
  it('resources (4.3): If-Range with the tag', async () =>
    slice(await get({ range: 'bytes=0-3', 'if-range': etag }), 0, 3))
  it('resources (4.3): If-Range with another tag, a weak one or an old date: the whole file', async () => {
    for (const validator of ['"x"', `W/${etag}`, past]) whole(await get({ range: 'bytes=0-3', 'if-range': validator }))
  })

  it('resources (4.3): after a change the old tag no longer holds', async () => {
    const other = path.replace('a.bin', 'b.bin')
    await store(scene.own, other, 'old')
    const old = `"${md5('old')}"`
    is(await scene.own('GET', other, { headers: { 'if-none-match': old } }), 304)
    done(await scene.own('PUT', `${other}?overwrite=true`, octets('new')))
    const reply = await scene.own('GET', other, { headers: { 'if-none-match': old } })
    is(reply, 200)
    assert.equal(reply.headers['etag'], `"${md5('new')}"`)
  })

  it('resources (4.3): a stranger learns nothing from a condition', async () => {
    is(await scene.str('GET', path, { headers: { 'if-none-match': etag } }), 404)
    is(await scene.str('GET', path, { headers: { 'if-match': '"x"' } }), 404)
  })
})
