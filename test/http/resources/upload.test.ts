import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { multipart } from '../../support/caller.ts'
import {
  contentsOf,
  done,
  duplicates,
  folderRow,
  is,
  labelsOf,
  octets,
  pathsOf,
  rowsOf,
  store,
  totals,
} from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session
/** The files of folder `U`. */
let files: string

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
  files = `${mr.R}/U/files`
})
after(() => scene?.close())

const bytesAt = async (path: string) => {
  const reply = await scene.own('GET', path)
  is(reply, 200)
  return reply.bytes
}
const every = Buffer.from(Array.from({ length: 256 }, (_, at) => at))

describe('in the body', () => {
  it('resources 67: inbody=true stores and makes the folder', async () => {
    const reply = await scene.own('PUT', `${files}/a.txt?inbody=true`, { body: every })
    done(reply)
    assert.equal(reply.type, 'text/plain')
    assert.deepEqual(await labelsOf(scene.own, mr.R), ['U'])
  })

  it('resources 68: the same bytes come back', async () => assert.deepEqual(await bytesAt(`${files}/a.txt`), every))

  it('resources 72: octets without inbody (xnatpy)', async () => {
    done(await scene.own('PUT', `${files}/xnatpy.bin`, octets(every)))
    assert.deepEqual(await bytesAt(`${files}/xnatpy.bin`), every)
  })

  it('resources 73: POST without Content-Type (pyxnat)', async () => {
    const query = 'format=U&content=U&tags=U&overwrite=true&inbody=true'
    done(await scene.own('POST', `${files}/pyxnat.bin?${query}`, { body: every }))
    assert.deepEqual(await bytesAt(`${files}/pyxnat.bin`), every)
  })

  const types = ['application/json', 'application/xml', 'application/gzip', 'text/xml', 'text/csv', 'image/png', 'x/y']
  types.push('application/x-www-form-urlencoded', 'text/plain; charset=latin1', '', 'dicom', 'a b/c', ';')
  for (const type of types) {
    it(`resources 74: ${type || 'an empty type'} without inbody is the file as it is`, async () => {
      const path = `${files}/type-${type.replaceAll(/\W/g, '_')}`
      done(await scene.own('PUT', path, { headers: { 'content-type': type }, body: 'a=1&b={"<x>": "\xfc"}' }))
      assert.equal((await bytesAt(path)).toString(), 'a=1&b={"<x>": "\xfc"}')
    })
  }

  it('resources (7.1): no Content-Type, no inbody, yet a body', async () => {
    done(await scene.own('PUT', `${files}/untyped`, { body: 'untyped' }))
    assert.equal((await bytesAt(`${files}/untyped`)).toString(), 'untyped')
  })

  it('resources 75: nested paths', async () => {
    await store(scene.own, `${files}/sub/dir/e.txt`, 'nested')
    const row = (await rowsOf(scene.own, files)).find((each) => each['URI']?.endsWith('/files/sub/dir/e.txt'))
    assert.equal(row?.['Name'], 'e.txt')
    assert.equal((await bytesAt(`${files}/sub/dir/e.txt`)).toString(), 'nested')
  })

  it('resources 88: chunked, of unknown length', async () => {
    const reply = await scene.own('PUT', `${files}/chunked.bin`, { ...octets(every), chunked: true })
    done(reply)
    assert.deepEqual(await bytesAt(`${files}/chunked.bin`), every)
  })

  it('resources 89: by resource id', async () => {
    const id = (await folderRow(scene.own, mr.R, 'U'))['xnat_abstractresource_id']
    await store(scene.own, `${mr.R}/${id}/files/i.txt`, 'by id')
    assert.equal((await bytesAt(`${files}/i.txt`)).toString(), 'by id')
    assert.deepEqual(await labelsOf(scene.own, mr.R), ['U'])
  })

  for (const [type, name] of [
    ['application/zip', 'upload.zip'],
    ['text/plain', 'upload.txt'],
    ['application/dicom', 'upload.dcm'],
  ] as const) {
    it(`resources (7.2): without a path ${type} is stored as ${name}`, async () => {
      done(await scene.own('PUT', `${mr.R}/BARE/files`, { headers: { 'content-type': type }, body: type }))
      assert.equal((await bytesAt(`${mr.R}/BARE/files/${name}`)).toString(), type)
    })
  }

  it('resources 205: an empty file, by its Content-Type or by inbody', async () => {
    const empty = `${mr.R}/NIL/files`
    done(await scene.own('PUT', `${empty}/empty.txt`, octets('')))
    done(await scene.own('PUT', `${empty}/empty2.txt?inbody=true`))
    const rows = await rowsOf(scene.own, empty)
    assert.deepEqual(
      rows.map((row) => [row['Name'], row['Size']]),
      [
        ['empty.txt', '0'],
        ['empty2.txt', '0'],
      ],
    )
    assert.deepEqual(await contentsOf(scene.own, empty), { 'empty.txt': '', 'empty2.txt': '' })
    assert.deepEqual(await totals(scene.own, mr.R, 'NIL'), ['2', '0'])
  })
})

describe('as a form', () => {
  it('resources 69: the path names the file, not the part', async () => {
    const body = multipart([{ field: 'file', filename: 'orig.bin', type: 'application/octet-stream', body: every }])
    done(await scene.own('PUT', `${files}/b.txt`, body))
    assert.deepEqual(await bytesAt(`${files}/b.txt`), every)
    assert.ok(!(await pathsOf(scene.own, files)).includes('orig.bin'))
  })

  it('resources 70: any field name', async () => {
    done(
      await scene.own('PUT', `${files}/field.txt`, multipart([{ field: 'archive', filename: 'x', body: 'any field' }])),
    )
    assert.equal((await bytesAt(`${files}/field.txt`)).toString(), 'any field')
  })

  it('resources 71: two parts under their own names', async () => {
    const parts = ['c.txt', 'd.txt'].map((name) => ({ field: name, filename: name, body: `this is ${name}` }))
    done(await scene.own('POST', `${mr.R}/PARTS/files`, multipart(parts)))
    const expected = { 'c.txt': 'this is c.txt', 'd.txt': 'this is d.txt' }
    assert.deepEqual(await contentsOf(scene.own, `${mr.R}/PARTS/files`), expected)
  })

  it('resources (7.1): a part name is reduced to its last component', async () => {
    const parts = ['/tmp/x/one.txt', '../../two.txt', 'C:\\\\dir\\\\three.txt'].map((filename) => ({
      field: 'file',
      filename,
      body: filename,
    }))
    done(await scene.own('POST', `${mr.R}/LAST/files`, multipart(parts)))
    assert.deepEqual(await pathsOf(scene.own, `${mr.R}/LAST/files`), ['one.txt', 'three.txt', 'two.txt'])
  })

  it('resources 94: form fields are ignored', async () => {
    const parts = [
      { field: 'content', body: 'C1' },
      { field: 'overwrite', body: 'true' },
      { field: 'file', filename: 'f.txt', body: 'f' },
    ]
    done(await scene.own('POST', `${mr.R}/FORM/files`, multipart(parts)))
    const [row] = await rowsOf(scene.own, `${mr.R}/FORM/files`)
    assert.equal(row?.['file_content'], '')
    duplicates(await scene.own('POST', `${mr.R}/FORM/files`, multipart(parts)), ['f.txt'])
  })

  it('resources (7.2): several parts with one path: the first counts, the rest are duplicates', async () => {
    const parts = ['first', 'second'].map((body) => ({ field: 'file', filename: `${body}.txt`, body }))
    duplicates(await scene.own('PUT', `${mr.R}/ONEPATH/files/n.txt`, multipart(parts)), ['n.txt'])
    assert.deepEqual(await contentsOf(scene.own, `${mr.R}/ONEPATH/files`), { 'n.txt': 'first' })
  })

  it('resources (7.2): a path that ends in a slash takes the part name', async () => {
    done(await scene.own('PUT', `${mr.R}/DIR/files/sub/`, multipart([{ field: 'file', filename: 'p.txt', body: 'p' }])))
    assert.deepEqual(await contentsOf(scene.own, `${mr.R}/DIR/files`), { 'sub/p.txt': 'p' })
    is(await scene.own('PUT', `${mr.R}/DIR/files/sub/`, octets('x')), 400)
  })

  it('resources (7.9): an empty part is stored', async () => {
    done(
      await scene.own('PUT', `${mr.R}/VOID/files/v.txt`, multipart([{ field: 'file', filename: 'v.txt', body: '' }])),
    )
    assert.deepEqual(await contentsOf(scene.own, `${mr.R}/VOID/files`), { 'v.txt': '' })
  })
})

describe('nothing usable was sent', () => {
  it('resources 86: no body, no inbody, no Content-Type', async () => {
    const reply = await scene.own('PUT', `${mr.R}/NONE/files/x.txt`)
    is(reply, 400)
    assert.match(
      reply.message() ?? '',
      /didn't provide any data|didn&#39;t provide any data|didn&apos;t provide any data/,
    )
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('NONE'))
  })

  it('resources 87: a form with inbody', async () => {
    const body = multipart([{ field: 'file', filename: 'x.txt', body: 'x' }])
    is(await scene.own('PUT', `${mr.R}/NONE/files/x.txt?inbody=true`, body), 400)
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('NONE'))
  })

  it('resources (7.9): a form without a file', async () => {
    is(await scene.own('PUT', `${mr.R}/NONE/files/x.txt`, multipart([{ field: 'content', body: 'C' }])), 400)
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('NONE'))
  })

  it('resources (7.1): a field named reference', async () => {
    const parts = [
      { field: 'reference', body: '/etc/passwd' },
      { field: 'file', filename: 'x.txt', body: 'x' },
    ]
    const reply = await scene.own('PUT', `${mr.R}/NONE/files/x.txt`, multipart(parts))
    is(reply, 400)
    assert.match(reply.message() ?? '', /on the disk of the server cannot be referred to/)
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('NONE'))
  })

  it('resources (10): reference to a path on the server is refused', async () => {
    for (const caller of [scene.own, scene.admin])
      is(await caller('PUT', `${mr.R}/NONE/files?reference=/etc/passwd`), 400)
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('NONE'))
  })

  it('resources (7.1): a form that breaks off stores nothing', async () => {
    const { headers, body } = multipart([
      { field: 'file', filename: 'whole.txt', body: 'whole' },
      { field: 'file', filename: 'cut.txt', body: 'x'.repeat(1000) },
    ])
    is(await scene.own('POST', `${mr.R}/NONE/files`, { headers, body: body.subarray(0, body.length - 400) }), 400)
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('NONE'))
  })

  it('resources 90: an unknown resource id', async () => {
    const before = await labelsOf(scene.own, mr.R)
    is(await scene.own('PUT', `${mr.R}/99999999/files/x.txt`, octets('x')), 404)
    assert.deepEqual(await labelsOf(scene.own, mr.R), before)
  })
})
