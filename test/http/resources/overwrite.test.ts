import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { multipart } from '../../support/caller.ts'
import { contentsOf, done, duplicates, folderRow, is, labelsOf, md5, octets, rowsOf, store, totals } from './checks.ts'
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
  files = `${mr.R}/U/files`
  await store(scene.own, `${files}/a.txt`, 'old bytes')
})

describe('a name that is taken', () => {
  it('resources 76: is not written, and named', async () => {
    duplicates(await scene.own('PUT', `${files}/a.txt`, octets('new')), ['a.txt'])
    assert.deepEqual(await contentsOf(scene.own, files), { 'a.txt': 'old bytes' })
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['1', '9'])
  })

  it('resources 76: by POST and by form as well', async () => {
    duplicates(await scene.own('POST', `${files}/a.txt?inbody=true`, { body: 'new' }), ['a.txt'])
    duplicates(await scene.own('PUT', `${files}/a.txt`, multipart([{ field: 'f', filename: 'z', body: 'n' }])), [
      'a.txt',
    ])
    assert.deepEqual(await contentsOf(scene.own, files), { 'a.txt': 'old bytes' })
  })

  it('resources 207: the answer is JSON; the other parts are stored', async () => {
    const parts = ['new1.txt', 'a.txt', 'new2.txt'].map((name) => ({
      field: 'file',
      filename: name,
      body: `part ${name}`,
    }))
    const reply = await scene.own('POST', files, multipart(parts))
    duplicates(reply, ['a.txt'])
    assert.equal(reply.type, 'application/json')
    const expected = { 'a.txt': 'old bytes', 'new1.txt': 'part new1.txt', 'new2.txt': 'part new2.txt' }
    assert.deepEqual(await contentsOf(scene.own, files), expected)
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['3', '35'])
  })

  it('resources (7.4): < is escaped in the answer', async () => {
    await store(scene.own, `${files}/%3Cb%3E.txt`, 'x')
    const reply = await scene.own('PUT', `${files}/%3Cb%3E.txt`, octets('y'))
    duplicates(reply, ['<b>.txt'])
    assert.ok(!reply.text.includes('<'))
    assert.ok(reply.text.includes('\\u003c'))
  })

  it('resources (7.4): duplicates carry the stored path', async () => {
    await store(scene.own, `${files}/sub/a.txt`, 'x')
    duplicates(await scene.own('PUT', `${files}/sub/a.txt`, octets('y')), ['sub/a.txt'])
  })

  for (const value of ['false', 'FALSE', '0']) {
    it(`resources 80: overwrite=${value} is as absent`, async () => {
      duplicates(await scene.own('PUT', `${files}/a.txt?overwrite=${value}`, octets('new')), ['a.txt'])
      assert.deepEqual(await contentsOf(scene.own, files), { 'a.txt': 'old bytes' })
    })
  }

  it('resources (1.6): overwrite without a value is as absent', async () => {
    duplicates(await scene.own('PUT', `${files}/a.txt?overwrite`, octets('new')), ['a.txt'])
  })
})

describe('overwrite=true', () => {
  for (const [line, method] of [
    ['77', 'POST'],
    ['78', 'PUT'],
  ] as const) {
    // Titles: resources 77, 78.
    it(`resources ${line}: ${method} replaces bytes, digest and size, not the count`, async () => {
      done(await scene.own(method, `${files}/a.txt?overwrite=true`, octets('entirely new bytes')))
      const [row] = await rowsOf(scene.own, files)
      assert.deepEqual([row?.['Size'], row?.['digest']], ['18', md5('entirely new bytes')])
      assert.deepEqual(await contentsOf(scene.own, files), { 'a.txt': 'entirely new bytes' })
      assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['1', '18'])
    })
  }

  it('resources 79: a name that was not there is stored', async () => {
    done(await scene.own('POST', `${files}/n.txt?overwrite=true`, octets('new')))
    assert.deepEqual(await contentsOf(scene.own, files), { 'a.txt': 'old bytes', 'n.txt': 'new' })
  })

  it('resources (1.6): an empty value counts as true', async () => {
    done(await scene.own('PUT', `${files}/a.txt?overwrite=`, octets('new')))
    assert.deepEqual(await contentsOf(scene.own, files), { 'a.txt': 'new' })
  })

  it('resources 77: with an empty file', async () => {
    done(await scene.own('PUT', `${files}/a.txt?overwrite=true`, octets('')))
    assert.deepEqual(await totals(scene.own, mr.R, 'U'), ['1', '0'])
  })

  it('resources (7.5): format and content change only if given, tags are appended', async () => {
    done(await scene.own('PUT', `${files}/m.txt?format=A&content=B&tags=one`, octets('1')))
    done(await scene.own('PUT', `${files}/m.txt?overwrite=true&tags=two`, octets('2')))
    const row = (await rowsOf(scene.own, files)).find((each) => each['Name'] === 'm.txt')
    assert.deepEqual([row?.['file_format'], row?.['file_content'], row?.['file_tags']], ['A', 'B', 'one,two'])
    done(await scene.own('PUT', `${files}/m.txt?overwrite=true&format=C`, octets('3')))
    const again = (await rowsOf(scene.own, files)).find((each) => each['Name'] === 'm.txt')
    assert.deepEqual([again?.['file_format'], again?.['file_content']], ['C', 'B'])
  })

  it('resources (7.5): the catalog keeps the creation and notes the change', async () => {
    done(await scene.mem('PUT', `${files}/a.txt?overwrite=true`, octets('new')))
    const entry = /<cat:entry [^>]*>/.exec((await scene.own('GET', `${mr.R}/U`)).text)?.[0] ?? ''
    assert.match(entry, /createdBy="own"/)
    assert.match(entry, /modifiedBy="mem"/)
    assert.match(entry, /modifiedTime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}"/)
  })
})

describe('descriptors', () => {
  it('resources 91: format and content of the file', async () => {
    done(await scene.own('PUT', `${files}/d.txt?format=NIFTI&content=C1`, octets('d')))
    const row = (await rowsOf(scene.own, files)).find((each) => each['Name'] === 'd.txt')
    assert.deepEqual([row?.['file_format'], row?.['file_content']], ['NIFTI', 'C1'])
  })

  it('resources 92: of a new folder', async () => {
    done(await scene.own('PUT', `${mr.R}/FRESH/files/d.txt?format=NIFTI&content=C1&tags=x,y`, octets('d')))
    const row = await folderRow(scene.own, mr.R, 'FRESH')
    assert.deepEqual([row['format'], row['content'], row['tags']], ['NIFTI', 'C1', 'x,y'])
  })

  it('resources 93: tags of the file', async () => {
    done(await scene.own('PUT', `${files}/t.txt?tags=x`, octets('t')))
    const row = (await rowsOf(scene.own, files)).find((each) => each['Name'] === 't.txt')
    assert.equal(row?.['file_tags'], 'x')
  })

  it('resources (7.7): each tags value is one tag, not split at commas', async () => {
    done(await scene.own('PUT', `${files}/t.txt?tags=a,b&tags=c`, octets('t')))
    const catalog = (await scene.own('GET', `${mr.R}/U`)).text
    assert.match(catalog, /<cat:tag>a,b<\/cat:tag>\s*<cat:tag>c<\/cat:tag>/)
  })

  it('resources (7.7): values are stored raw', async () => {
    done(await scene.own('PUT', `${files}/raw.txt?content=${encodeURIComponent('a&b<c>"')}`, octets('d')))
    const row = (await rowsOf(scene.own, files)).find((each) => each['Name'] === 'raw.txt')
    assert.equal(row?.['file_content'], 'a&b<c>"')
  })

  it('resources (7.7): what no catalog can show is refused, and nothing stored', async () => {
    for (const field of ['format', 'content', 'description', 'tags']) {
      const upload = `${mr.R}/UNFIT/files/u.txt?${field}=a%EF%BF%BEb`
      const reply = await scene.own('PUT', upload, octets('unfit'))
      is(reply, 400)
      assert.match(reply.message() ?? '', /^Format, content, description and tags cannot contain control characters\.$/)
      is(await scene.own('PUT', `${mr.R}/UNFIT?${field}=a%EF%BF%BFb`), 400)
    }
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('UNFIT'))
  })

  it('resources 203: an upload does not change descriptors that a folder has', async () => {
    done(await scene.own('PUT', `${mr.R}/F?format=NIFTI&content=T1&tags=a,b`))
    done(await scene.own('PUT', `${mr.R}/F/files/f1.txt?inbody=true&format=OTHER&content=C2&tags=z`, { body: 'f' }))
    const [file] = await rowsOf(scene.own, `${mr.R}/F/files`)
    assert.deepEqual([file?.['file_format'], file?.['file_content'], file?.['file_tags']], ['OTHER', 'C2', 'z'])
    const folder = await folderRow(scene.own, mr.R, 'F')
    assert.deepEqual([folder['format'], folder['content'], folder['tags']], ['NIFTI', 'T1', 'a,b'])
  })

  it('resources 204: it fills those that are empty, once', async () => {
    done(await scene.own('PUT', `${mr.R}/G`))
    done(await scene.own('PUT', `${mr.R}/G/files/f1.txt?inbody=true&format=OTHER&content=C2&tags=z`, { body: 'f' }))
    const filled = await folderRow(scene.own, mr.R, 'G')
    assert.deepEqual([filled['format'], filled['content'], filled['tags']], ['OTHER', 'C2', 'z'])
    done(await scene.own('PUT', `${mr.R}/G/files/f2.txt?inbody=true&format=THIRD`, { body: 'f' }))
    assert.equal((await folderRow(scene.own, mr.R, 'G'))['format'], 'OTHER')
  })

  it('resources (7.7): a duplicate upload leaves the file descriptors alone', async () => {
    const before = await rowsOf(scene.own, files)
    is(await scene.own('PUT', `${files}/a.txt?format=X&content=Y&tags=Z`, octets('new')), 200)
    assert.deepEqual(await rowsOf(scene.own, files), before)
  })
})
