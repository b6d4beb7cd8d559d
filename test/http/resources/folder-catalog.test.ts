import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { SaxesParser } from 'saxes'
import { done, folderRow, is, md5, octets, store } from './checks.ts'
import { addAssessor, openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session
const odd = '<&"\'>ü.txt'

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
  done(
    await scene.own(
      'PUT',
      `${mr.R}/U/files/sub/brain.nii.gz?format=NIFTI&content=T1%20NIFTI&tags=one`,
      octets('brain'),
    ),
  )
  await store(scene.own, `${mr.R}/U/files/${encodeURIComponent(odd)}`, 'odd')
})
after(() => scene?.close())

const START = '<?xml version="1.0" encoding="UTF-8"?>\n<cat:Catalog'

type Entry = { attributes: Record<string, string>; fields: Record<string, string>; tags: string[] }

/** The entries of a catalog, read by a strict parser that knows namespaces. */
function entriesOf(xml: string): Entry[] {
  const parser = new SaxesParser({ xmlns: true })
  const entries: Entry[] = []
  let [text, name] = ['', '']
  parser.on('opentag', (tag) => {
    assert.equal(tag.uri, 'http://nrg.wustl.edu/catalog')
    text = ''
    name = tag.attributes['name']?.value ?? ''
    const attributes = Object.values(tag.attributes).map((attribute) => [attribute.name, attribute.value])
    if (tag.local === 'entry') entries.push({ attributes: Object.fromEntries(attributes), fields: {}, tags: [] })
  })
  parser.on('text', (piece) => {
    text += piece
  })
  parser.on('closetag', (tag) => {
    const entry = entries.at(-1)
    if (tag.local === 'metaField' && entry) entry.fields[name] = text
    if (tag.local === 'tag') entry?.tags.push(text)
  })
  parser.write(xml).close()
  return entries
}

describe('GET of a folder', () => {
  it('resources 168: the catalog, beginning as clients expect', async () => {
    const reply = await scene.own('GET', `${mr.R}/U`)
    is(reply, 200)
    assert.equal(reply.type, 'text/xml')
    assert.equal(reply.text.slice(0, START.length), START)
  })

  for (const format of ['json', 'zip', 'html', 'csv', 'xml']) {
    it(`resources 169: format=${format} is ignored`, async () => {
      const reply = await scene.own('GET', `${mr.R}/U?format=${format}`, { headers: { accept: 'application/json' } })
      is(reply, 200)
      assert.equal(reply.type, 'text/xml')
      assert.equal(reply.text, (await scene.own('GET', `${mr.R}/U`)).text)
    })
  }

  it('resources 170: one entry per file', async () => {
    const [first, second, ...none] = entriesOf((await scene.own('GET', `${mr.R}/U`)).text)
    assert.deepEqual(none, [])
    const { createdBy, createdTime, createdEventId, ...rest } = first?.attributes ?? {}
    const path = 'sub/brain.nii.gz'
    const expected = {
      ID: path,
      URI: path,
      cachePath: path,
      name: 'brain.nii.gz',
      content: 'T1 NIFTI',
      format: 'NIFTI',
    }
    assert.deepEqual(rest, { ...expected, digest: md5('brain') })
    assert.equal(createdBy, 'own')
    assert.match(createdTime ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
    assert.match(createdEventId ?? '', /^\d+$/)
    assert.deepEqual([first?.fields['SIZE'], first?.tags], ['5', ['one']])
    assert.deepEqual([second?.attributes['URI'], second?.fields['SIZE']], [odd, '3'])
  })

  it('resources (5): root ID and project', async () => {
    const { text } = await scene.own('GET', `${mr.R}/U`)
    assert.match(text, /<cat:Catalog [^>]*ID="U"/)
    assert.match(text, /<cat:metaField name="PROJECT">P<\/cat:metaField>/)
  })

  it('resources (9.2): attributes of an entry are in alphabetical order', async () => {
    const { text } = await scene.own('GET', `${mr.R}/U`)
    for (const [, attributes = ''] of text.matchAll(/<cat:entry ([^>]*)>/g)) {
      const names = [...attributes.matchAll(/(\w+)="/g)].map((match) => match[1])
      assert.deepEqual(names, names.toSorted())
    }
  })

  it('resources 168: an empty folder', async () => {
    done(await scene.own('PUT', `${mr.R}/EMPTY`))
    const { text } = await scene.own('GET', `${mr.R}/EMPTY`)
    assert.equal(text.slice(0, START.length), START)
    assert.deepEqual(entriesOf(text), [])
  })

  it('resources 160: by id', async () => {
    const id = (await folderRow(scene.own, mr.R, 'U'))['xnat_abstractresource_id']
    assert.equal((await scene.own('GET', `${mr.R}/${id}`)).text, (await scene.own('GET', `${mr.R}/U`)).text)
  })

  it('resources 168: HEAD', async () => {
    const reply = await scene.own('HEAD', `${mr.R}/U`)
    is(reply, 200)
    assert.deepEqual([reply.type, reply.bytes.length], ['text/xml', 0])
  })

  it('resources 12: on project, subject, subject by id', async () => {
    for (const parent of ['/data/projects/P', '/data/projects/P/subjects/S1'])
      await store(scene.own, `${parent}/resources/C/files/c.txt`)
    for (const parent of ['/data/projects/P', '/data/projects/P/subjects/S1', `/data/subjects/${scene.subject}`]) {
      const reply = await scene.own('GET', `${parent}/resources/C`)
      is(reply, 200)
      assert.equal(entriesOf(reply.text).length, 1)
    }
  })
})

describe('which folder', () => {
  it('resources 171: an unknown label', async () => {
    const reply = await scene.own('GET', `${mr.R}/NOPE`)
    is(reply, 404)
    assert.match(reply.message() ?? '', /Unable to find the specified catalog/)
  })

  it('resources 172: more path after the label', async () => is(await scene.own('GET', `${mr.R}/U/extra`), 400))

  it('resources (5): a list with more than one hit', async () => {
    is(await scene.own('GET', `${mr.R}/U,EMPTY`), 404)
    is(await scene.own('GET', `${mr.R}/U,NOPE`), 200)
  })

  it('resources (5): an own folder first, else the only one below the session', async () => {
    const own = await scene.session()
    await addAssessor(scene, own, 'WIDE')
    await store(scene.own, `${own.path}/scans/1/resources/ONLY/files/1.dcm`)
    assert.equal(entriesOf((await scene.own('GET', `${own.R}/ONLY`)).text)[0]?.attributes['URI'], '1.dcm')
    await store(scene.own, `${own.path}/assessors/WIDE/resources/ONLY/files/2.dcm`)
    is(await scene.own('GET', `${own.R}/ONLY`), 404)
    await store(scene.own, `${own.R}/ONLY/files/3.dcm`)
    assert.equal(entriesOf((await scene.own('GET', `${own.R}/ONLY`)).text)[0]?.attributes['URI'], '3.dcm')
  })

  it('resources 162: viewer, stranger, nobody', async () => {
    is(await scene.col('GET', `${mr.R}/U`), 200)
    is(await scene.str('GET', `${mr.R}/U`), 404)
    is(await scene.anon('GET', `${mr.R}/U`), 401)
  })
})
