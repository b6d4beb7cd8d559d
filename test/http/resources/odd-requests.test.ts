import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { zipOf } from '../../support/archives.ts'
import { multipart } from '../../support/caller.ts'
import { contentsOf, done, folderRow, is, labelsOf, octets, pathsOf, refused, rowsOf, store, totals } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session
let id = ''

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
  await store(scene.own, `${mr.R}/U/files/a.txt`, 'file a')
  await store(scene.own, `${mr.R}/U/files/x.zip`, zipOf([{ name: 'm.txt', body: 'm' }]))
  id = (await folderRow(scene.own, mr.R, 'U'))['xnat_abstractresource_id'] ?? ''
})
after(() => scene?.close())

describe('odd parameters break nothing', () => {
  const queries = [
    'format=%zz',
    'format=%FF',
    'format=%00',
    'format=',
    'format=../../x',
    'format=application/',
    'sortBy=%00,,label,',
    "sortBy=label'--",
    'sortOrder=%F0',
    'index=-1',
    'index=abc',
    'index=1.5',
    'index=99999999999999999999',
    'index=',
    'compression=5&format=zip',
    'compression=abc&format=zip',
    'structure=nope&format=zip',
    'structure=__proto__&format=zip',
    'locator=/etc/passwd',
    'locator=__proto__',
    'file_content=%00',
    "file_content=' or 1=1 --",
    'file_format[]=x',
    'recursive=maybe',
    'all=true&all=false',
    'accept-not-found=%00',
    '&&&==&=x&%',
    '__proto__=x&constructor=y',
    `format=${'x'.repeat(2000)}`,
  ]
  for (const query of queries) {
    it(`resources (3.1): ?${query.slice(0, 40)}`, async () => {
      const encoded = query.replaceAll(' ', '%20')
      for (const path of [mr.R, `${mr.R}/U`, `${mr.R}/U/files`, `${mr.path}/files`, `${mr.R}/U/files/a.txt`]) {
        const reply = await scene.own('GET', `${path}?${encoded}`)
        assert.ok(reply.status < 500, `${path}: ${reply.status} ${reply.text.slice(0, 300)}`)
      }
    })
  }

  const written = [
    'content=%00',
    'format=a%00b',
    'tags=%00',
    'content=%FF',
    'description=%zz',
    'event_id=x',
    'tags=,,,',
  ]
  written.push(`content=${'c'.repeat(300)}`, `tags=${'t,'.repeat(300)}`, `description=${'d'.repeat(3000)}`)
  for (const query of written) {
    it(`resources (6.1): writing with ?${query.slice(0, 40)}`, async () => {
      const own = await scene.session()
      for (const target of [`${own.R}/W`, `${own.R}/V/files/v.txt`]) {
        const reply = await scene.own('PUT', `${target}?${query}`, octets('v'))
        assert.ok(reply.status < 500, `${reply.status} ${reply.text.slice(0, 300)}`)
      }
      for (const format of ['json', 'xml', 'csv']) is(await scene.own('GET', `${own.R}?format=${format}`), 200)
      assert.doesNotMatch((await scene.own('GET', `${own.R}?format=xml`)).text, /\u0000/)
    })
  }

  for (const odd of [
    '99999999999999999999999',
    '2147483648',
    '9223372036854775808',
    '0',
    '00',
    '-1',
    '1e3',
    '0x1',
    '%D9%A1',
  ]) {
    it(`resources 90: resource ${odd} is not there`, async () => {
      is(await scene.own('GET', `${mr.R}/${odd}/files`), 404)
      is(await scene.own('DELETE', `${mr.R}/${odd}`), 404)
    })
  }

  for (const tail of [
    '/resources/%00',
    '/resources/%FF/files',
    '/files/%00',
    '/scans/%00/resources',
    '/scans/%FF/files',
  ]) {
    it(`resources (10): GET ${tail}`, async () => refused(await scene.own('GET', mr.path + tail)))
  }

  it('resources (10): a path of a thousand segments', async () => {
    const reply = await scene.own('PUT', `${mr.R}/DEEP/files/${'d/'.repeat(1000)}f.txt`, octets('deep'))
    assert.ok(reply.status < 500, String(reply.status))
  })

  it('resources (7.2): a file and a directory of one name', async () => {
    const own = `${(await scene.session()).R}/FD/files`
    await store(scene.own, `${own}/x`, 'file')
    const reply = await scene.own('PUT', `${own}/x/y`, octets('below'))
    assert.ok(reply.status < 500, String(reply.status))
    assert.equal((await scene.own('GET', `${own}/x`)).text, 'file')
    if (reply.status === 200) assert.deepEqual(await contentsOf(scene.own, own), { x: 'file', 'x/y': 'below' })
  })

  it('resources (4.5): members of archives do not lead out', async () => {
    for (const path of ['x.zip!../../etc/passwd', 'x.zip!/etc/passwd', 'x.zip!%2e%2e/a.txt', 'x.zip%2F..%2Fa.txt'])
      refused(await scene.own('GET', `${mr.R}/U/files/${path}`))
  })
})

describe('odd forms', () => {
  const send = (body: string, boundary = 'b') =>
    scene.own('POST', `${mr.R}/ODD/files?overwrite=true`, {
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body,
    })
  const part = (head: string, body: string) => `--b\r\n${head}\r\n\r\n${body}\r\n`

  it('resources (7.1): a quoted boundary, a preamble, an epilogue', async () => {
    const disposition = 'Content-Disposition: form-data; name="f"; filename="q.txt"'
    done(await send(`preamble\r\n${part(disposition, 'quoted')}--b--\r\nepilogue`, '"b"'))
    assert.equal((await scene.own('GET', `${mr.R}/ODD/files/q.txt`)).text, 'quoted')
  })

  it('resources (7.1): a part with its own name in UTF-8 (filename*)', async () => {
    const disposition = `content-disposition: form-data; name=f; filename*=UTF-8''Gr%C3%B6%C3%9Fe.txt`
    done(await send(`${part(disposition, 'star')}--b--\r\n`))
    assert.ok((await pathsOf(scene.own, `${mr.R}/ODD/files`)).includes('Größe.txt'))
  })

  it('resources (7.9): a part with an empty file name is no file', async () => {
    const disposition = 'Content-Disposition: form-data; name="f"; filename=""'
    is(await send(`${part(disposition, '')}--b--\r\n`), 400)
  })

  it('resources (7.1): something that only claims to be a form', async () => {
    for (const body of ['', 'no form at all', '--b\r\n', '--b--\r\n']) is(await send(body), 400)
    const reply = await scene.own('POST', `${mr.R}/ODD/files`, {
      headers: { 'content-type': 'multipart/form-data' },
      body: 'x',
    })
    is(reply, 400)
  })

  it('resources 71: two hundred parts', async () => {
    const parts = Array.from({ length: 200 }, (_, at) => ({ field: 'file', filename: `${at}.txt`, body: `${at}` }))
    done(await scene.own('POST', `${mr.R}/MANY/files`, multipart(parts)))
    assert.equal((await totals(scene.own, mr.R, 'MANY'))[0], '200')
  })

  it('resources (7.1): bytes that look like a boundary', async () => {
    const body = 'x\r\n--isocenter-boundary-7f3\r\n--isocenter\r\n\r\n--\r\ny'
    done(await scene.own('PUT', `${mr.R}/ODD/files/bound.bin`, multipart([{ field: 'f', filename: 'b', body }])))
    assert.equal((await scene.own('GET', `${mr.R}/ODD/files/bound.bin`)).text, body)
  })
})

describe('several experiments', () => {
  it('resources (1.4): a list is accepted for GET only', async () => {
    const [one, two] = [await scene.session(), await scene.session()]
    await store(scene.own, `${one.R}/A/files/a.txt`)
    await store(scene.own, `${two.R}/B/files/b.txt`)
    const both = `/data/experiments/${one.id},${two.id}`
    assert.deepEqual((await labelsOf(scene.own, `${both}/resources`)).sort(), ['A', 'B'])
    assert.deepEqual(await pathsOf(scene.own, `${both}/files`), ['a.txt', 'b.txt'])
    is(await scene.own('PUT', `${both}/resources/C`), 404)
    is(await scene.own('DELETE', `${both}/resources/A`), 404)
  })
})

describe('while it changes', () => {
  it('resources (4.1): a download goes on when its file is deleted and swept', async () => {
    const own = await scene.session()
    const bytes = Buffer.alloc(48 << 20, 'download ')
    await store(scene.own, `${own.R}/U/files/big.bin`, bytes)
    const { hostname, port } = new URL(scene.site.url)
    const headers = { authorization: `Basic ${btoa('own:own-password')}` }
    const asked = request({ hostname, port, path: `${own.R}/U/files/big.bin`, headers, agent: false }).end()
    const [response] = await new Promise<[import('node:http').IncomingMessage]>((resolve) =>
      asked.on('response', (incoming) => resolve([incoming])),
    )
    response.pause()
    await wait(200)
    done(await scene.own('DELETE', `${own.R}/U`))
    await scene.site.sweep()
    let length = 0
    for await (const chunk of response) length += chunk.length
    assert.equal(length, bytes.length)
  })

  it('resources (1.4): the folders of a deleted session are gone', async () => {
    const own = await scene.session()
    await store(scene.own, `${own.R}/U/files/a.txt`)
    is(await scene.own('DELETE', `${own.named}?removeFiles=true`), 200)
    is(await scene.own('GET', own.R), 404)
    is(await scene.own('GET', `${own.R}/U/files/a.txt`), 404)
  })

  it('resources (3.6): a renamed session gives its new name to downloads', async () => {
    const own = await scene.session()
    await store(scene.own, `${own.R}/U/files/a.txt`)
    is(await scene.own('PUT', `${own.named}?label=RENAMED`), 200)
    const reply = await scene.own('GET', `${own.R}/U/files?format=zip`)
    assert.equal(reply.headers['content-disposition'], 'attachment; filename="RENAMED.zip";')
    const [row] = await rowsOf(scene.own, `${own.R}/U/files?locator=projectPath`)
    assert.equal(row?.['projectPath'], 'arc001/RENAMED/RESOURCES/U/a.txt')
  })

  it('resources 160: ids stay what they were', async () => {
    assert.equal((await folderRow(scene.own, mr.R, 'U'))['xnat_abstractresource_id'], id)
    assert.equal((await scene.own('GET', `${mr.R}/${id}/files/a.txt`)).text, 'file a')
  })
})
