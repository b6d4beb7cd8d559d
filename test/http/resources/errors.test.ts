import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { zipOf } from '../../support/archives.ts'
import { type Caller, multipart, type Options, type Reply } from '../../support/caller.ts'
import { octets, type RawReply, rawExchange, rawHead, store } from './checks.ts'
import { addScan, openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
  await addScan(scene, mr.path, '2', 'T2')
  await store(scene.own, `${mr.R}/U/files/a.txt`)
  await store(scene.own, `${mr.R}/V/files/a.txt`)
})
after(() => scene?.close())

/** The page of 1.8: HTML that clients know for an error, with one `h3`. */
function page(reply: Reply): void {
  assert.equal(reply.type, 'text/html')
  assert.match(reply.text, /^<html>/)
  assert.equal(reply.text.match(/<h3>/g)?.length, 1)
  assert.notEqual(reply.message(), '')
}

type Who = 'own' | 'col' | 'mem' | 'str' | 'anon'
type Case = [who: Who, status: number, method: string, target: string, options?: Options]

const inR: Case[] = [
  ['anon', 401, 'GET', ''],
  ['str', 404, 'GET', ''],
  ['own', 405, 'DELETE', ''],
  ['own', 405, 'PATCH', '/U'],
  ['own', 409, 'PUT', '/U'],
  ['own', 409, 'POST', '?xnat:resourceCatalog/label=U'],
  ['col', 403, 'PUT', '/NEW'],
  ['col', 403, 'DELETE', '/U'],
  ['mem', 403, 'DELETE', '/U/files/a.txt'],
  ['own', 400, 'PUT', '/U/extra'],
  ['own', 400, 'GET', '/U/extra'],
  ['own', 400, 'DELETE', '/U/extra'],
  ['own', 400, 'PUT', '/123456'],
  ['own', 404, 'GET', '/NOPE'],
  ['own', 404, 'GET', '/NOPE/files'],
  ['own', 404, 'GET', '/U,V'],
  ['own', 404, 'DELETE', '/NOPE'],
  ['own', 404, 'GET', '/U/files/none.txt'],
  ['own', 404, 'GET', '/U/files/sub'],
  ['own', 404, 'DELETE', '/U/files/none.txt'],
  ['own', 404, 'GET', '/U/files?index=9'],
  ['own', 404, 'GET', '/U/files?file_content=NOPE&format=zip'],
  ['own', 404, 'GET', '/99999999/files'],
  ['own', 404, 'PUT', '/99999999/files/x.txt', octets('x')],
  ['own', 400, 'PUT', '/U/files/x.txt'],
  ['own', 400, 'PUT', '/U/files/%2e%2e/x', octets('x')],
  ['own', 400, 'GET', '/U/files/%2e%2e/x'],
  ['own', 400, 'GET', '/U/files/a%zz'],
  ['own', 400, 'PUT', '/U/files/x.zip?extract=true', octets('no zip')],
  ['own', 415, 'GET', '/U/files/broken.zip!m.txt'],
  ['own', 416, 'GET', '/U/files/a.txt', { headers: { range: 'bytes=5000-' } }],
  ['own', 422, 'PUT', '/X', { headers: { 'content-type': 'text/xml' }, body: '<x' }],
]

describe('refusals are pages', () => {
  before(() => store(scene.own, `${mr.R}/U/files/broken.zip`, 'no zip'))

  for (const [who, status, method, target, options] of inR) {
    it(`resources 210: ${method} R${target} by ${who} is ${status}`, async () => {
      const reply = await scene[who](method, mr.R + target, options)
      assert.equal(reply.status, status, reply.text.slice(0, 300))
      page(reply)
    })
  }

  for (const target of [
    '/data/projects/NOPE/files',
    '/data/subjects/NOPE/resources',
    '/data/experiments/NOPE/files/a.txt',
  ]) {
    it(`resources 210: GET ${target}`, async () => page(await scene.own('GET', target)))
  }

  it('resources 210: also when JSON was asked for', async () => {
    const headers = { accept: 'application/json' }
    page(await scene.own('GET', `${mr.R}/NOPE/files?format=json`, { headers }))
  })

  it('resources 210: HEAD of an error has no body', async () => {
    const reply = await scene.own('HEAD', `${mr.R}/NOPE`)
    assert.deepEqual([reply.status, reply.bytes.length], [404, 0])
  })

  it('resources (1.8): what is echoed is escaped', async () => {
    for (const target of [
      '/%3Cscript%3Ealert(1)%3C%2Fscript%3E',
      '/U/files/%3Cscript%3E.txt',
      '/U/files/%3Cb%3E!%3Ci%3E',
    ]) {
      const reply = await scene.own('GET', mr.R + target)
      assert.equal(reply.status, 404)
      assert.doesNotMatch(reply.text, /<script>|<b>|<i>/)
    }
  })

  it('resources (1.8): no success begins like an error page', async () => {
    const caller: Caller = scene.own
    for (const target of ['', '?format=html', '/U', '/U/files', '/U/files?format=html', '/U/files?format=xml'])
      assert.doesNotMatch((await caller('GET', mr.R + target)).text, /^<html>|^<!DOCTYPE/i)
  })

  it('resources (10): no refusal shows a path of the machine or a stack', async () => {
    for (const [who, , method, target, options] of inR) {
      const { text } = await scene[who](method, mr.R + target, options)
      assert.ok(!text.includes(scene.site.folder))
      assert.doesNotMatch(text, /\bat .*\.ts:\d+|node_modules|SELECT |sqlite|postgres/i)
    }
  })
})

describe('messages', () => {
  const said: [string, string, RegExp, string?][] = [
    ['GET', '/data/projects/NOPE/resources', /Unable to identify project/],
    ['GET', '/data/projects/P/subjects/NOPE/resources', /Unable to identify subject/],
    ['PUT', '/data/experiments/NOPE/resources/X', /Unable to identify experiment/],
    ['PUT', 'S/scans/NOPE/resources/X', /Unable to identify scan/],
    ['PUT', 'S/scans/ALL/resources/X', /Unable to identify scan/],
    ['PUT', 'S/reconstructions/NOPE/resources/X', /Unable to identify reconstruction/],
    ['PUT', 'S/resources/U', /Specified resource already exists\./],
    ['GET', 'S/resources/NOPE', /Unable to find the specified catalog\./],
    ['GET', 'S/resources/U/files/none.txt', /Unable to find catalog entry for given uri\./],
    ['DELETE', 'S/resources/U/files/none.txt', /No matched files/],
    ['GET', 'S/resources/U/files?index=7', /There is no file number 7: .*the matching files are 2\./],
    ['GET', 'S/resources/U/files/a%zz', /a%zz is not correctly percent-encoded/],
    ['GET', 'S/resources/U/files/a%FF', /a%FF is not correctly percent-encoded/],
    ['GET', 'S/resources/U/files/a%00b', /a%00b cannot contain NUL characters/],
    ['PUT', 'S/resources/%20A', /cannot begin or end with a blank/],
    ['PUT', 'S/resources/U/extra', /works at the catalog level only and does not accept file paths/],
  ]
  for (const [method, target, message] of said) {
    it(`resources (1.4, 6.1): ${method} ${target} says so`, async () => {
      const reply = await scene.own(method, target.replace(/^S/, mr.path))
      assert.match(reply.message() ?? '', message)
    })
  }

  it('resources 113, 114: of several archives in one form, the one that is meant', async () => {
    const good = { field: 'a', filename: 'good.zip', body: zipOf([{ name: 'a.txt', body: 'a' }]) }
    const bad: [string, Uint8Array | string, RegExp][] = [
      ['damaged.tar.gz', 'no gzip', /^damaged\.tar\.gz: The archive is damaged\./],
      ['evil.zip', zipOf([{ name: '../x', body: 'x' }]), /^evil\.zip: The member .*leads out of the archive/],
      [
        'long.zip',
        zipOf([{ name: `dir/${'x'.repeat(256)}`, body: 'x' }]),
        /^dir\/x{76}…: A file name cannot be longer than/,
      ],
    ]
    for (const [filename, body, message] of bad) {
      const form = multipart([good, { field: 'b', filename, body }])
      const reply = await scene.own('POST', `${mr.R}/SEVERAL/files?extract=true`, form)
      assert.equal(reply.status, 400)
      assert.match((reply.message() ?? '').replaceAll('&quot;', '"'), message)
    }
  })
})

describe('what is no HTTP', () => {
  const exchange = (request: string): Promise<RawReply> => rawExchange(scene.site.url, request)
  for (const [what, headers, sentence] of [
    ['a length that is no number', 'Content-Length: many\r\n\r\n', /Content-Length has to be one whole number/],
    ['two lengths', 'Content-Length: 4\r\nContent-Length: 5\r\n\r\nfour', /Content-Length has to come once/],
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n', /has to be chunked/],
    ['chunks that are none', 'Transfer-Encoding: chunked\r\n\r\nfour\r\n', /not correctly chunked/],
  ] as const) {
    it(`resources 210: ${what}`, async () => {
      const { status, text } = await exchange(`PUT ${mr.R}/OVER/files/b.txt HTTP/1.1\r\n${headers}`)
      assert.equal(status, 400, text)
      assert.match(/<h3>(.*)<\/h3>/.exec(text)?.[1] ?? '', sentence)
    })
  }

  it('resources (7.9): more bytes than announced: what was announced is stored and answered first', async () => {
    const head = rawHead('PUT', `${mr.R}/OVER/files/a.txt`, 'own', {
      'content-type': 'text/plain',
      'content-length': '4',
      connection: 'keep-alive',
    })
    const { text } = await exchange(`${head}four and more`)
    assert.deepEqual(
      [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => match[1]),
      ['200', '400'],
    )
    assert.equal((await scene.own('GET', `${mr.R}/OVER/files/a.txt`)).text, 'four')
  })
})
