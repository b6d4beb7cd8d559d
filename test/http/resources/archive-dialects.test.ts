import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { gnuTar, oldTar, tarOf, zipOf } from '../../support/archives.ts'
import { contentsOf, done, is, labelsOf, octets, totals } from './checks.ts'
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
  files = `${mr.R}/Z/files`
})

const extract = (name: string, body: Uint8Array) => scene.own('PUT', `${files}/${name}?extract=true`, octets(body))
const holds = async (expected: Record<string, string>) => assert.deepEqual(await contentsOf(scene.own, files), expected)

describe('archives as different tools write them', () => {
  it('resources 102: a zip by a writer that cannot seek', async () => {
    const members = [
      { name: 'a.txt', body: 'streamed a', streamed: true },
      { name: 'nil.txt', body: '', streamed: true },
      { name: 'dir/', streamed: true },
      { name: 'dir/b.txt', body: 'streamed b'.repeat(1000), streamed: true },
    ] as const
    done(await extract('x.zip', zipOf(members)))
    await holds({ 'a.txt': 'streamed a', 'dir/b.txt': 'streamed b'.repeat(1000), 'nil.txt': '' })
  })

  it('resources 102: a zip with a comment', async () => {
    const zip = zipOf([{ name: 'a.txt', body: 'a' }])
    zip.writeUInt16LE(7, zip.length - 2)
    done(await extract('x.zip', Buffer.concat([zip, Buffer.from('comment')])))
    await holds({ 'a.txt': 'a' })
  })

  it('resources 102: a zip without members', async () => {
    const reply = await extract('x.zip', zipOf([]))
    assert.ok([200, 400].includes(reply.status), reply.text)
    if (reply.status === 200 && (await labelsOf(scene.own, mr.R)).length > 0)
      assert.deepEqual(await totals(scene.own, mr.R, 'Z'), ['0', '0'])
  })

  it('resources 103: a tar with a long name, as GNU tar writes it', async () => {
    const name = `${'long-directory/'.repeat(12)}Größe.txt`
    done(await extract('x.tar', gnuTar(name, 'long')))
    await holds({ [name]: 'long' })
  })

  it('resources 103: a tar whose extended header gives the name', async () => {
    done(await extract('x.tar', await tarOf([{ name: 'short', body: 'p', pax: { path: 'dir/日本.txt' } }])))
    await holds({ 'dir/日本.txt': 'p' })
  })

  it('resources 103: a tar with names in UTF-8, and one with names in Latin-1', async () => {
    done(await extract('x.tar', oldTar({ 'Größe.txt': 'u' }, 'utf8')))
    done(await extract('x.tar', oldTar({ 'é.txt': '1', 'è.txt': '2', 'à/b.txt': '3' }, 'latin1')))
    await holds({ 'Größe.txt': 'u', 'à/b.txt': '3', 'è.txt': '2', 'é.txt': '1' })
  })

  it('resources 104: a tar.gz in several gzip members', async () => {
    const tar = await tarOf([{ name: 'a.txt', body: 'in two pieces '.repeat(500) }])
    done(await extract('x.tar.gz', Buffer.concat([gzipSync(tar.subarray(0, 1000)), gzipSync(tar.subarray(1000))])))
    await holds({ 'a.txt': 'in two pieces '.repeat(500) })
  })

  it('resources 107: a gz in several gzip members', async () => {
    done(await extract('y.txt.gz', Buffer.concat([gzipSync('one '), gzipSync('two')])))
    await holds({ 'y.txt': 'one two' })
  })

  it('resources 107: a gz of nothing', async () => {
    done(await extract('y.txt.gz', gzipSync('')))
    await holds({ 'y.txt': '' })
  })

  it('resources 103: a tar with padding behind its end', async () => {
    const tar = await tarOf([{ name: 'a.txt', body: 'a' }])
    done(await extract('x.tar', Buffer.concat([tar, Buffer.alloc(10_240)])))
    await holds({ 'a.txt': 'a' })
  })

  it('resources 104: a tar.gz that is a plain tar is damaged', async () => {
    is(await extract('x.tar.gz', await tarOf([{ name: 'a.txt', body: 'a' }])), 400)
    assert.deepEqual(await labelsOf(scene.own, mr.R), [])
  })
})

describe('names that hide', () => {
  for (const [what, name, bytes] of [
    ['in an extended header', 'x.tar', () => tarOf([{ name: 'harmless', body: 'evil', pax: { path: '../../evil' } }])],
    ['in a GNU long name', 'x.tar', async () => gnuTar(`${'../'.repeat(40)}evil`, 'evil')],
    ['behind dots in a directory', 'x.zip', async () => zipOf([{ name: '../dir/' }, { name: 'a.txt', body: 'a' }])],
  ] as const) {
    it(`resources 113: ${what}`, async () => {
      is(await extract(name, await bytes()), 400)
      assert.deepEqual(await labelsOf(scene.own, mr.R), [])
    })
  }

  it('resources 113: in front of the bytes of a zip member', async () => {
    const reply = await extract('x.zip', zipOf([{ name: 'good.txt', localName: '../evil', body: 'x' }]))
    if (reply.status === 200) await holds({ 'good.txt': 'x' })
    else is(reply, 400)
  })

  it('resources (7.2): a form part that is an archive with a path is extracted to the root', async () => {
    done(await extract('deep/er/x.zip', zipOf([{ name: 'in/a.txt', body: 'a' }])))
    await holds({ 'in/a.txt': 'a' })
  })
})
