import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { readZip } from '../../support/archives.ts'
import { multipart } from '../../support/caller.ts'
import {
  contentsOf,
  done,
  duplicates,
  is,
  labelsOf,
  namesBelow,
  octets,
  pathsOf,
  rawExchange,
  rawHead,
  refused,
  rowsOf,
  sha256,
  store,
} from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session
let files: string

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
  files = `${mr.R}/U/files`
  await store(scene.own, `${files}/keep.txt`, 'keep')
})
after(() => scene?.close())

const names = [
  'with blank.txt',
  'a+b.txt',
  '100%.txt',
  '%41.txt',
  '%2e%2e',
  'Größe.txt',
  'cafe\u0301.txt',
  '日本語.nii.gz',
  '😀.bin',
  '#hash;semi&amp=eq?.txt',
  "quote'.txt",
  'double".txt',
  '[x]{y}^`~|.txt',
  '<b>.html',
  'comma,name.txt',
  '.hidden',
  '...',
  'a..b',
  '-rf',
  ' leading and trailing ',
  'CON',
  'con:colon*star.txt',
  '__proto__',
  'x'.repeat(200),
  'deep/er/and/deeper/f.txt',
  'dir with blank/ü/f+g.txt',
  'files/resources/files/f.txt',
]

describe('unusual names', () => {
  for (const [at, name] of names.entries()) {
    it(`resources 97: ${name.slice(0, 30)} is stored, listed and fetched`, async () => {
      const folder = `${mr.R}/N${at}/files`
      const path = `${folder}/${name.split('/').map(encodeURIComponent).join('/')}`
      await store(scene.own, path, `content of ${name}`)
      assert.deepEqual(await pathsOf(scene.own, folder), [name])
      const [row] = await rowsOf(scene.own, folder)
      assert.equal(row?.['Name'], name.split('/').at(-1))
      assert.equal((await scene.own('GET', path)).text, `content of ${name}`)
      assert.deepEqual(await contentsOf(scene.own, folder), { [name]: `content of ${name}` })
      const zip = await readZip((await scene.own('GET', `${folder}?format=zip`)).bytes)
      assert.deepEqual(
        zip.map((member) => [member.name, member.text]),
        [[`${mr.label}/resources/N${at}/files/${name}`, `content of ${name}`]],
      )
      done(await scene.own('DELETE', path))
      assert.deepEqual(await pathsOf(scene.own, folder), [])
    })
  }

  it('resources (1.5): a plus sign in the address is a plus sign', async () => {
    await store(scene.own, `${mr.R}/PLUS/files/a+b%20c.txt`, 'plus')
    assert.deepEqual(await pathsOf(scene.own, `${mr.R}/PLUS/files`), ['a+b c.txt'])
    assert.equal((await scene.own('GET', `${mr.R}/PLUS/files/a%2Bb%20c.txt`)).text, 'plus')
    is(await scene.own('GET', `${mr.R}/PLUS/files/a%20b%20c.txt`), 404)
  })

  it('resources (1.5): the address is decoded once', async () => {
    await store(scene.own, `${mr.R}/ONCE/files/%2541.txt`, 'percent')
    assert.deepEqual(await pathsOf(scene.own, `${mr.R}/ONCE/files`), ['%41.txt'])
    is(await scene.own('GET', `${mr.R}/ONCE/files/A.txt`), 404)
  })

  it('resources (9.3): letter case counts', async () => {
    await store(scene.own, `${mr.R}/CASES/files/a.TXT`, 'upper')
    await store(scene.own, `${mr.R}/CASES/files/a.txt`, 'lower')
    assert.deepEqual(await contentsOf(scene.own, `${mr.R}/CASES/files`), { 'a.TXT': 'upper', 'a.txt': 'lower' })
  })

  it('resources 97: UTF-8 names of form parts', async () => {
    done(
      await scene.own('POST', `${mr.R}/FORM/files`, multipart([{ field: 'f', filename: 'Größe 日.txt', body: 'u' }])),
    )
    assert.deepEqual(await contentsOf(scene.own, `${mr.R}/FORM/files`), { 'Größe 日.txt': 'u' })
  })

  it('resources (7.2): names of form parts in another encoding are refused, unless the address names the file', async () => {
    const parts = ['é', 'è'].map((name) => ({ field: 'f', filename: `${name}.txt`, body: name }))
    const form = multipart(parts)
    const body = Buffer.from(form.body.toString(), 'latin1')
    refused(await scene.own('POST', `${mr.R}/LATIN/files`, { ...form, body }))
    refused(await scene.own('POST', `${mr.R}/LATIN/files/dir/`, { ...form, body }))
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('LATIN'))
    duplicates(await scene.own('POST', `${mr.R}/LATIN/files/e.txt`, { ...form, body }), ['e.txt'])
  })
})

/** Paths that must never be taken, as they stand in the address. */
const hostile = [
  '%2e%2e/%2e%2e/x',
  '../../x',
  '..%2f..%2fx',
  '%2e%2e%2f%2e%2e%2fx',
  '.%2e/x',
  'a/../x',
  'a/%2E%2E/x',
  'a/./x',
  './x',
  'a//x',
  'a%5Cx',
  '..%5C..%5Cx',
  'C:%5Cx',
  'a%00x',
  'x%00.txt',
  'a%0Ax',
  'a%0D%0AX-Evil:%201',
  'a%1Bx',
  'a%7Fx',
  'a%C2%80x',
  'a%C2%9Fx',
  'a%EF%BF%BEx',
  'a%EF%BF%BFx',
  'a%zzx',
  'a%x',
  'a%C0%AE%C0%AE/x',
  'a%FFx',
  '..',
  '.',
  '%2e%2e',
]

describe('hostile names', () => {
  for (const path of hostile) {
    it(`resources 98: PUT ${path.slice(0, 30)} is refused and writes nothing`, async () => {
      const evil = `evil ${path}`
      refused(await scene.own('PUT', `${files}/${path}?inbody=true`, { body: evil }))
      assert.deepEqual(await contentsOf(scene.own, files), { 'keep.txt': 'keep' })
      assert.ok(!(await scene.site.blobKeys()).includes(sha256(evil)))
    })

    it(`resources 167: GET ${path.slice(0, 30)} is refused`, async () => {
      refused(await scene.own('GET', `${files}/${path}`))
    })

    it(`resources (10): DELETE ${path.slice(0, 30)} is refused and removes nothing`, async () => {
      refused(await scene.own('DELETE', `${files}/${path}`))
      assert.deepEqual(await pathsOf(scene.own, files), ['keep.txt'])
    })
  }

  for (const path of ['/x', '//etc/x', '%2Fetc%2Fx', '%2F%2Fx']) {
    it(`resources (10): PUT ${path} is refused or kept below the folder`, async () => {
      const reply = await scene.own('PUT', `${mr.R}/ABS/files/${path}?inbody=true&overwrite=true`, {
        body: 'evil absolute',
      })
      if (reply.status !== 200) return refused(reply)
      const stored = path.replaceAll('%2F', '/').replace(/^\/+/, '')
      assert.deepEqual(await contentsOf(scene.own, `${mr.R}/ABS/files`), { [stored]: 'evil absolute' })
      done(await scene.own('DELETE', `${mr.R}/ABS/files`))
    })
  }

  it('resources 98: nothing was written in or beside the data folder', async () => {
    const { folder } = scene.site
    const places = ['x', 'secret', '../x', '../../x', '../../../x', '/x', '/etc/x'].map((place) =>
      resolve(folder, place),
    )
    for (const place of places) assert.doesNotMatch(await readFile(place, 'utf8').catch(() => ''), /^evil/, place)
    assert.deepEqual(
      (await namesBelow(folder)).filter((name) => /(^|\/)x$|evil/i.test(name)),
      [],
    )
  })

  it('resources 167: the shortcut refuses them as well', async () => {
    for (const path of ['../../secret', '%2e%2e/secret', '..%2fsecret', 'a%00', '..%5Csecret'])
      refused(await scene.own('GET', `${mr.path}/files/${path}`))
  })

  for (const target of ['a\tb', 'a b', 'a\u0000b']) {
    it(`resources (10): raw ${JSON.stringify(target)} in the request line stores nothing`, async () => {
      const before = await labelsOf(scene.own, mr.R)
      const head = rawHead('PUT', `${mr.R}/RAW/files/${target}`, 'own', {
        'content-type': 'application/octet-stream',
        'content-length': '3',
      })
      const reply = await rawExchange(scene.site.url, Buffer.from(`${head}raw`, 'latin1'))
      assert.ok(reply.status === 0 || (reply.status >= 400 && reply.status < 500), reply.text)
      assert.deepEqual(await labelsOf(scene.own, mr.R), before)
    })
  }

  it('resources (10): the name of the catalog itself is refused', async () => {
    const own = `${mr.R}/CAT/files`
    await store(scene.own, `${own}/keep.txt`)
    is(await scene.own('PUT', `${own}/CAT_catalog.xml`, octets('<x/>')), 400)
    is(await scene.own('POST', own, multipart([{ field: 'f', filename: 'CAT_catalog.xml', body: '<x/>' }])), 400)
    assert.deepEqual(await pathsOf(scene.own, own), ['keep.txt'])
  })

  for (const filename of ['..', '.', 'a\u0001b', 'a\u0085b', 'a\ufffeb']) {
    it(`resources (10): a part named ${JSON.stringify(filename.slice(0, 10))} is refused`, async () => {
      refused(await scene.own('POST', files, multipart([{ field: 'f', filename, body: 'evil part' }])))
      assert.deepEqual(await pathsOf(scene.own, files), ['keep.txt'])
      assert.ok(!(await scene.site.blobKeys()).includes(sha256('evil part')))
    })
  }

  for (const filename of ['..', '../..', 'dir/']) {
    it(`resources (10): a part named ${filename} takes the others with it, and is named`, async () => {
      const parts = [
        { field: 'f', filename: 'good.txt', body: 'good part' },
        { field: 'g', filename, body: 'evil part' },
      ]
      const reply = await scene.own('POST', files, multipart(parts))
      is(reply, 400)
      assert.match(reply.message() ?? '', /A file path cannot/)
      assert.deepEqual(await pathsOf(scene.own, files), ['keep.txt'])
    })
  }

  it('resources 69: what the part is called is nothing to a path that is given', async () => {
    const own = `${mr.R}/NAMED/files`
    done(await scene.own('PUT', `${own}/x.txt`, multipart([{ field: 'f', filename: '..', body: 'x' }])))
    assert.deepEqual(await contentsOf(scene.own, own), { 'x.txt': 'x' })
  })
})
