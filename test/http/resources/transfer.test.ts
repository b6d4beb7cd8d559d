import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { multipart } from '../../support/caller.ts'
import { done, is, labelsOf, OCTETS, rawExchange, rawHead, rowsOf, sha256, store, totals } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

const MIB = 1 << 20

let scene: Scenery
let mr: Session

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
})
after(() => scene?.close())

/** Pseudo-random MiB blocks, the same for the same seed; not compressible, not equal to each other. */
function* blocks(count: number, seed: number): Generator<Uint8Array> {
  const block = Buffer.alloc(MIB)
  let state = seed
  for (let at = 0; at < MIB; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    block.writeUInt32LE(state, at)
  }
  for (let at = 0; at < count; at++) {
    block.writeUInt32LE(at, 0)
    yield Buffer.from(block)
  }
}
async function* sent(count: number, seed: number): AsyncGenerator<Uint8Array> {
  yield* blocks(count, seed)
}
function md5Of(count: number, seed: number): string {
  const hash = createHash('md5')
  for (const block of blocks(count, seed)) hash.update(block)
  return hash.digest('hex')
}

/** Length and MD5 of an answer that is not kept. */
function drained(path: string): Promise<{ length: number; md5: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ length: number; md5: string }>()
  const { hostname, port } = new URL(scene.site.url)
  const headers = { authorization: `Basic ${btoa('own:own-password')}` }
  const asked = request({ hostname, port, path, headers, agent: false }, async (response) => {
    const hash = createHash('md5')
    let length = 0
    for await (const chunk of response) {
      hash.update(chunk)
      length += chunk.length
    }
    resolve({ length, md5: hash.digest('hex') })
  })
  asked.on('error', reject)
  asked.end()
  return promise
}

/** Highest resident memory above the start, in MiB, while `act` runs. */
async function growth(act: () => Promise<void>): Promise<number> {
  const start = process.memoryUsage.rss()
  let peak = start
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 20)
  await act().finally(() => clearInterval(timer))
  return (peak - start) / MIB
}

describe('large files', () => {
  for (const chunked of [false, true]) {
    it(`resources 95: 64 MiB, ${chunked ? 'chunked' : 'of known length'}, there and back`, async () => {
      const path = `${mr.R}/BIG/files/${chunked}.bin`
      const length: Record<string, string> = chunked ? {} : { 'content-length': String(64 * MIB) }
      done(await scene.own('PUT', path, { headers: { 'content-type': OCTETS, ...length }, body: sent(64, 7) }))
      assert.deepEqual(await drained(path), { length: 64 * MIB, md5: md5Of(64, 7) })
      const row = (await rowsOf(scene.own, `${mr.R}/BIG/files`)).find((each) => each['Name'] === `${chunked}.bin`)
      assert.deepEqual([row?.['Size'], row?.['digest']], [String(64 * MIB), md5Of(64, 7)])
      const tail = await scene.own('GET', path, { headers: { range: 'bytes=-16' } })
      assert.equal(tail.headers['content-range'], `bytes ${64 * MIB - 16}-${64 * MIB - 1}/${64 * MIB}`)
      assert.deepEqual(tail.bytes, Buffer.from([...blocks(64, 7)].at(-1)?.subarray(-16) ?? []))
    })
  }

  it('resources 95: 160 MiB through a form', async () => {
    const { headers, body } = multipart([{ field: 'f', filename: 'form.bin', body: '' }])
    const [head, tail] = [body.subarray(0, body.indexOf('\r\n\r\n') + 4), body.subarray(body.indexOf('\r\n\r\n') + 4)]
    async function* form() {
      yield head
      yield* blocks(160, 8)
      yield tail
    }
    done(await scene.own('PUT', `${mr.R}/BIG/files/form.bin`, { headers, body: form() }))
    assert.deepEqual(await drained(`${mr.R}/BIG/files/form.bin`), { length: 160 * MIB, md5: md5Of(160, 8) })
  })

  it('resources 95: 200 MiB do not pass through memory', async () => {
    const path = `${mr.R}/BIG/files/stream.bin`
    const upload = await growth(async () =>
      done(await scene.own('PUT', path, { headers: { 'content-type': OCTETS }, body: sent(200, 9) })),
    )
    assert.ok(upload < 120, `memory grew by ${upload.toFixed()} MiB while uploading`)
    const download = await growth(async () => assert.equal((await drained(path)).length, 200 * MIB))
    assert.ok(download < 120, `memory grew by ${download.toFixed()} MiB while downloading`)
    const zip = await growth(async () => assert.ok((await drained(`${mr.R}/BIG/files?format=zip`)).length > 400 * MIB))
    assert.ok(zip < 120, `memory grew by ${zip.toFixed()} MiB while zipping`)
  })
})

describe('a connection that is cut', () => {
  /** Sends a beginning, waits until it has surely arrived, and tears the connection down. */
  async function cut(text: string | Uint8Array): Promise<void> {
    const { hostname, port } = new URL(scene.site.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    socket.write(text)
    await wait(300)
    socket.resetAndDestroy()
  }

  const part = 'the first part of something longer, and never more '.repeat(2000)
  const starts: [string, (folder: string) => string][] = [
    [
      'of known length',
      (folder) =>
        rawHead('PUT', `${folder}/cut.bin`, 'own', { 'content-type': OCTETS, 'content-length': '9999999' }) + part,
    ],
    [
      'chunked',
      (folder) =>
        `${rawHead('PUT', `${folder}/cut.bin`, 'own', { 'content-type': OCTETS, 'transfer-encoding': 'chunked' })}${part.length.toString(16)}\r\n${part}\r\n`,
    ],
    [
      'in a form, after a whole part',
      (folder) => {
        const { headers, body } = multipart(
          ['a', 'b'].map((name) => ({ field: name, filename: `${name}.bin`, body: part })),
        )
        return (
          rawHead('POST', folder, 'own', { ...headers, 'content-length': '9999999' }) +
          body.subarray(0, body.length - 5000)
        )
      },
    ],
    [
      'of an archive to extract',
      (folder) =>
        rawHead('PUT', `${folder}/cut.tar?extract=true`, 'own', {
          'content-type': OCTETS,
          'content-length': '9999999',
        }) + part,
    ],
  ]
  for (const [what, start] of starts) {
    it(`resources (10): an upload ${what} leaves nothing`, async () => {
      const own = await scene.session()
      await scene.site.sweep()
      const [keys, names] = [await scene.site.blobKeys(), await onDisk()]
      await cut(start(`${own.R}/CUT/files`))
      for (let patience = 50; patience > 0 && (await onDisk()).some((name) => !names.includes(name)); patience--) {
        await wait(100)
        await scene.site.sweep()
      }
      assert.deepEqual(await labelsOf(scene.own, own.R), [])
      assert.deepEqual(await rowsOf(scene.own, `${own.path}/files`), [])
      assert.deepEqual((await scene.site.blobKeys()).sort(), keys.sort())
      assert.ok(!(await scene.site.blobKeys()).includes(sha256(part)))
      assert.deepEqual(
        (await onDisk()).filter((name) => !names.includes(name)),
        [],
      )
    })
  }

  it('resources (10): an overwrite that is cut leaves the old file', async () => {
    const own = await scene.session()
    await store(scene.own, `${own.R}/U/files/a.txt`, 'old bytes')
    const headers = { 'content-type': OCTETS, 'content-length': '9999999' }
    await cut(rawHead('PUT', `${own.R}/U/files/a.txt?overwrite=true`, 'own', headers) + part)
    await wait(300)
    assert.equal((await scene.own('GET', `${own.R}/U/files/a.txt`)).text, 'old bytes')
    assert.deepEqual(await totals(scene.own, own.R, 'U'), ['1', '9'])
  })

  /** Every file below the data folder but those of the database. */
  async function onDisk(): Promise<string[]> {
    const found = await readdir(scene.site.folder, { recursive: true, withFileTypes: true })
    const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    return files.filter((name) => !/-(wal|shm|journal)$/.test(name))
  }
})

describe('a slow sender', () => {
  it('resources (9.2): does not hold up others in the same folder', async () => {
    const own = await scene.session()
    const { hostname, port } = new URL(scene.site.url)
    const socket = connect(Number(port), hostname)
    const answer = Promise.withResolvers<string>()
    let text = ''
    socket.on('data', (chunk) => {
      text += String(chunk)
    })
    socket.on('close', () => answer.resolve(text))
    socket.on('error', answer.reject)
    socket.write(
      `${rawHead('PUT', `${own.R}/U/files/slow.txt`, 'own', { 'content-type': OCTETS, 'content-length': '8' })}slow`,
    )
    await store(scene.own, `${own.R}/U/files/quick.txt`, 'quick')
    assert.deepEqual(await totals(scene.own, own.R, 'U'), ['1', '5'])
    socket.write('ness')
    assert.match(await answer.promise, /^HTTP\/1\.1 200 /)
    assert.equal((await scene.own('GET', `${own.R}/U/files/slow.txt`)).text, 'slowness')
    assert.deepEqual(await totals(scene.own, own.R, 'U'), ['2', '13'])
  })

  it('resources (7.1): one who waits to be told to continue', async () => {
    const own = await scene.session()
    const headers = { 'content-type': OCTETS, 'content-length': '5', expect: '100-continue' }
    const reply = await rawExchange(scene.site.url, `${rawHead('PUT', `${own.R}/U/files/e.txt`, 'own', headers)}asked`)
    assert.match(reply.text, /^HTTP\/1\.1 (100 Continue\r\n\r\nHTTP\/1\.1 )?200 /)
    assert.equal((await scene.own('GET', `${own.R}/U/files/e.txt`)).text, 'asked')
    is(await scene.own('GET', own.R), 200)
  })
})
