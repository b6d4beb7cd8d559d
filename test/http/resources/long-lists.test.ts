import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { zipOf } from '../../support/archives.ts'
import { done, is, octets } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

/** More than is read from the catalog, or written, at once. */
const COUNT = 2345
const names = Array.from({ length: COUNT }, (_, at) => `${at % 7}/${at}.txt`)

let scene: Scenery
let mr: Session
before(async () => {
  scene = await openScenery()
  mr = await scene.session()
  const zip = zipOf(names.map((name) => ({ name, body: name, method: 0 })))
  done(await scene.own('PUT', `${mr.R}/LONG/files/x.zip?extract=true`, octets(zip)))
  done(await scene.own('PUT', `${mr.R}/SHORT/files/a.txt`, octets('a')))
})
after(() => scene?.close())

const listed = async (path: string) => (await scene.own('GET', path)).rows().map((row) => row['Name'])
const plain = names.map((name) => name.replace(/.*\//, ''))

describe('lists of more files than are read at once', () => {
  it('resources 116: have every file once, in the order in which they came, in each format', async () => {
    const path = `${mr.R}/LONG/files`
    assert.deepEqual(await listed(path), plain)
    assert.deepEqual(await listed(`${mr.path}/files`), [...plain, 'a.txt'])
    const csv = await scene.own('GET', `${path}?format=csv`)
    assert.deepEqual(
      csv.text
        .trim()
        .split(/\r?\n/)
        .slice(1)
        .map((line) => line.split(',')[0]?.replaceAll('"', '')),
      plain,
    )
    const xml = await scene.own('GET', `${path}?format=xml`)
    assert.equal(xml.text.match(/<row>/g)?.length, COUNT)
    const html = await scene.own('GET', `${path}?format=html`)
    for (const reply of [csv, xml, html]) is(reply, 200)
    for (const name of plain) assert.ok(html.text.includes(`>${name}<`), name)
  })

  it('resources 116: are sorted as a whole', async () => {
    const down = await listed(`${mr.R}/LONG/files?sortBy=Name&sortOrder=DESC`)
    assert.deepEqual(down, plain.toSorted().reverse())
  })

  it('resources 117: are one document for HEAD and for directories, too', async () => {
    const head = await scene.own('HEAD', `${mr.R}/LONG/files`)
    is(head, 200)
    assert.equal(head.bytes.length, 0)
    assert.deepEqual(
      await listed(`${mr.R}/LONG/files/3/`),
      plain.filter((_, at) => at % 7 === 3),
    )
  })
})
