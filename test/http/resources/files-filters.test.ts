import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { done, is, octets, pathOf, pathsOf, rowsOf, store } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery

before(async () => {
  scene = await openScenery()
})
after(() => scene?.close())

describe('filters', () => {
  let mr: Session
  let files: string

  before(async () => {
    mr = await scene.session()
    files = `${mr.R}/T/files`
    const contents = ['TEST1', 'TEST1', 'TEST2', 'TEST2', 'TEST3']
    for (const [at, content] of contents.entries()) {
      const format = ['A', 'B', 'A', 'C', ''][at]
      const query = `content=${content}${format ? `&format=${format}` : ''}`
      done(await scene.own('PUT', `${files}/${at}.txt?${query}`, octets(`bytes of ${at}`)))
    }
  })

  const found: [number | string, string, string[]][] = [
    [131, 'file_content=TEST2', ['2.txt', '3.txt']],
    [131, 'file_content=TEST3', ['4.txt']],
    [131, '', ['0.txt', '1.txt', '2.txt', '3.txt', '4.txt']],
    ['(3.1)', 'file_content=test2', []],
    [134, 'file_format=A&file_format=B', ['0.txt', '1.txt', '2.txt']],
    ['(3.1)', 'file_format=A,B', []],
    ['(3.1)', 'file_content=TEST1&file_format=A', ['0.txt']],
    ['(3.1)', 'file_format=NULL', ['4.txt']],
    ['(3.1)', 'file_format=NULL&file_format=C', ['3.txt', '4.txt']],
  ]
  for (const [line, query, names] of found) {
    // Titles: resources 130, 131, 134, 138, 139.
    it(`resources ${line}: ?${query} gives ${names.length} rows, of the folder and of the session`, async () => {
      assert.deepEqual(await pathsOf(scene.own, `${files}?${query}`), names)
      assert.deepEqual(await pathsOf(scene.own, `${mr.path}/files?${query}`), names)
    })
  }

  it('resources (3.1): file_content=NULL keeps entries without content', async () => {
    const other = await scene.session()
    await store(scene.own, `${other.R}/N/files/none.txt`)
    done(await scene.own('PUT', `${other.R}/N/files/some.txt?content=C`, octets('x')))
    assert.deepEqual(await pathsOf(scene.own, `${other.R}/N/files?file_content=NULL`), ['none.txt'])
  })

  it('resources 132: an index out of range', async () => {
    is(await scene.own('GET', `${files}?file_content=TEST3&index=1`), 404)
    is(await scene.own('GET', `${files}?file_content=TEST3&index=1&accept-not-found=true`), 204)
  })

  it('resources 133: the n-th file itself', async () => {
    assert.equal((await scene.own('GET', `${files}?file_content=TEST2&index=1`)).text, 'bytes of 3')
    assert.equal((await scene.own('GET', `${files}?file_content=TEST2&index=0`)).text, 'bytes of 2')
  })

  it('resources (3.1): index without a filter, of the folder and of the session', async () => {
    assert.equal((await scene.own('GET', `${files}?index=4`)).text, 'bytes of 4')
    assert.equal((await scene.own('GET', `${mr.path}/files?index=0`)).text, 'bytes of 0')
    is(await scene.own('GET', `${files}?index=5`), 404)
  })

  it('resources (3.1): filters hold for zips', async () => {
    is(await scene.own('GET', `${files}?file_content=NOPE&format=zip`), 404)
    is(await scene.own('GET', `${files}?file_content=NOPE&format=zip&accept-not-found=true`), 204)
  })
})

describe('order', () => {
  let mr: Session

  before(async () => {
    mr = await scene.session()
    await store(scene.own, `${mr.R}/Y/files/b.txt`, '123456789')
    await store(scene.own, `${mr.R}/Y/files/a.txt`, '1234567890')
    await store(scene.own, `${mr.R}/X/files/C.txt`, '')
    await store(scene.own, `${mr.R}/X/files/b.txt`, 'x'.repeat(100))
  })

  const orders: [number | string, string, string[]][] = [
    ['(3.2)', '', ['Y/b.txt', 'Y/a.txt', 'X/C.txt', 'X/b.txt']],
    [130, '?sortBy=Name', ['X/C.txt', 'Y/a.txt', 'Y/b.txt', 'X/b.txt']],
    [130, '?sortBy=collection,Name', ['X/C.txt', 'X/b.txt', 'Y/a.txt', 'Y/b.txt']],
    [130, '?sortBy=Size', ['X/C.txt', 'Y/b.txt', 'Y/a.txt', 'X/b.txt']],
    [130, '?sortBy=size&sortOrder=DESC', ['X/b.txt', 'Y/a.txt', 'Y/b.txt', 'X/C.txt']],
    ['(3.1)', '?sortBy=nope', ['Y/b.txt', 'Y/a.txt', 'X/C.txt', 'X/b.txt']],
  ]
  for (const [line, query, names] of orders) {
    it(`resources ${line}: /files${query}`, async () => {
      const rows = await rowsOf(scene.own, `${mr.path}/files${query}`)
      assert.deepEqual(
        rows.map((row) => `${row['collection']}/${row['Name']}`),
        names,
      )
    })
  }
})

describe('directories', () => {
  let files: string

  before(async () => {
    const mr = await scene.session()
    files = `${mr.R}/D/files`
    for (const path of ['1.dcm', 'sub/2.dcm', 'sub/folder/3.dcm', 'sub2/4.dcm'])
      await store(scene.own, `${files}/${path}`)
  })

  const listed: [number | string, string, string[]][] = [
    [138, '/sub/?format=json', ['sub/2.dcm', 'sub/folder/3.dcm']],
    [139, '/sub/?format=json&recursive=false', ['sub/2.dcm']],
    ['(4.6)', '/sub/?recursive=0', ['sub/2.dcm']],
    ['(4.6)', '/sub/?recursive=true', ['sub/2.dcm', 'sub/folder/3.dcm']],
    ['(4.6)', '/sub/folder/', ['sub/folder/3.dcm']],
    ['(4.6)', '/nothing/', []],
  ]
  for (const [line, tail, paths] of listed) {
    it(`resources ${line}: files${tail} lists ${paths.length}`, async () => {
      const rows = await rowsOf(scene.own, files + tail)
      assert.deepEqual(rows.map(pathOf).sort(), paths)
    })
  }

  it('resources 140: without the slash there is nothing', async () => is(await scene.own('GET', `${files}/sub`), 404))

  it('resources (4.6): the directory listing comes in other formats', async () => {
    assert.equal((await scene.own('GET', `${files}/sub/?format=csv`)).text.trimEnd().split('\n').length, 3)
  })
})
