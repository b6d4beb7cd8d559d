import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { zipOf } from '../../support/archives.ts'
import { done, folderRow, is, md5, octets, rowsOf, store } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session
let files: string
const bytes = 'the bytes of a\n'

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
  files = `${mr.R}/U/files`
  await store(scene.own, `${files}/a.txt`, bytes)
})
after(() => scene?.close())

const get = (path: string, headers: Record<string, string> = {}) => scene.own('GET', path, { headers })

describe('headers', () => {
  it('resources 153: length, cache rule, modification time', async () => {
    const { headers, text } = await get(`${files}/a.txt`)
    assert.equal(text, bytes)
    assert.equal(headers['content-length'], String(bytes.length))
    assert.equal(headers['cache-control'], 'must-revalidate')
    const modified = Date.parse(String(headers['last-modified']))
    assert.ok(Math.abs(Date.now() - modified) < 120_000, String(headers['last-modified']))
  })

  it('resources 154: disposition with its final semicolon', async () => {
    assert.equal((await get(`${files}/a.txt`)).headers['content-disposition'], 'attachment; filename="a.txt";')
    await store(scene.own, `${files}/sub/dir/n.txt`)
    assert.equal((await get(`${files}/sub/dir/n.txt`)).headers['content-disposition'], 'attachment; filename="n.txt";')
  })

  const types: Record<string, string> = {
    bmp: 'image/bmp',
    gif: 'image/gif',
    html: 'text/html',
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
    pdf: 'application/pdf',
    png: 'image/png',
    svg: 'image/svg+xml',
    tiff: 'image/tiff',
    txt: 'text/plain',
    xml: 'text/xml',
    TXT: 'text/plain',
    Xml: 'text/xml',
    dcm: 'application/octet-stream',
    json: 'application/octet-stream',
    csv: 'application/octet-stream',
    'nii.gz': 'application/octet-stream',
    zip: 'application/octet-stream',
    tif: 'application/octet-stream',
  }
  for (const [extension, type] of Object.entries(types)) {
    it(`resources 155: .${extension} is ${type}`, async () => {
      await store(scene.own, `${mr.R}/TYPES/files/f.${extension}`, 'not really')
      const reply = await get(`${mr.R}/TYPES/files/f.${extension}`)
      assert.equal(reply.type, type)
      assert.equal(reply.text, 'not really')
    })
  }

  it('resources 155: no extension', async () => {
    await store(scene.own, `${mr.R}/TYPES/files/README`)
    assert.equal((await get(`${mr.R}/TYPES/files/README`)).type, 'application/octet-stream')
  })

  it('resources 156: HEAD has the headers of GET and no body', async () => {
    const [gotten, headed] = [await get(`${files}/a.txt`), await scene.own('HEAD', `${files}/a.txt`)]
    is(headed, 200)
    assert.equal(headed.bytes.length, 0)
    const names = ['content-type', 'content-length', 'last-modified', 'content-disposition', 'cache-control', 'etag']
    for (const name of names) assert.equal(headed.headers[name], gotten.headers[name], name)
  })

  it('resources 156: HEAD has the status of GET', async () => {
    is(await scene.own('HEAD', `${files}/none.txt`), 404)
    is(await scene.str('HEAD', `${files}/a.txt`), 404)
    is(await scene.anon('HEAD', `${files}/a.txt`), 401)
  })

  it('resources (4.2): ETag is the MD5 in quotes', async () => {
    assert.equal((await get(`${files}/a.txt`)).headers['etag'], `"${md5(bytes)}"`)
  })

  it('resources (10): browsers are told not to guess', async () => {
    assert.equal((await get(`${files}/a.txt`)).headers['x-content-type-options'], 'nosniff')
  })

  for (const name of ['Größe 日.txt', 'q"uo\'te.txt', 'a;b=c.txt', '%0d%0a.txt']) {
    it(`resources (10): ${JSON.stringify(name)} is safe in the disposition`, async () => {
      const path = `${mr.R}/NAMES/files/${encodeURIComponent(name)}`
      await store(scene.own, path)
      const header = String((await get(path)).headers['content-disposition'])
      assert.match(header, /^attachment; filename="(?:[^"\\\r\n]|\\.)*";/)
      const star = /filename\*=UTF-8''([^;]*)/.exec(header)?.[1]
      if (/[^ -~]/.test(name)) assert.equal(decodeURIComponent(star ?? ''), name)
    })
  }
})

describe('which file', () => {
  it('resources 158: an odd Accept is no 406', async () => {
    for (const accept of ['application/octet-stream', 'image/*', 'application/json', 'x/y']) {
      const reply = await get(`${files}/a.txt`, { accept })
      is(reply, 200)
      assert.equal(reply.text, bytes)
    }
  })

  it('resources (4.1): format does not change the bytes', async () => {
    for (const format of ['json', 'xml', 'html', 'csv'])
      assert.equal((await get(`${files}/a.txt?format=${format}`)).text, bytes)
  })

  it('resources 159: an unknown file', async () => {
    is(await get(`${files}/none.txt`), 404)
    const reply = await get(`${files}/none.txt?accept-not-found=true`)
    is(reply, 204)
    assert.equal(reply.text, '')
    is(await get(`${files}/none.txt?accept-not-found=false`), 404)
  })

  it('resources 160, 161: by id, by label, by project and subject', async () => {
    const id = (await folderRow(scene.own, mr.R, 'U'))['xnat_abstractresource_id']
    const paths = [`${mr.R}/${id}`, `${mr.named}/resources/U`, `${mr.named}/resources/${id}`]
    paths.push(`/data/projects/P/experiments/${mr.label}/resources/U`)
    paths.push(`/data/projects/P/subjects/${scene.subject}/experiments/${mr.id}/resources/U`)
    for (const path of paths) assert.equal((await get(`${path}/files/a.txt`)).text, bytes, path)
  })

  it('resources 162: viewer, stranger, nobody', async () => {
    assert.equal((await scene.col('GET', `${files}/a.txt`)).text, bytes)
    is(await scene.str('GET', `${files}/a.txt`), 404)
    is(await scene.anon('GET', `${files}/a.txt`), 401)
  })

  it('resources 166: the shortcut looks in every own folder, the oldest first', async () => {
    const other = await scene.session()
    await store(scene.own, `${other.R}/FIRST/files/one.txt`, 'one in first')
    await store(scene.own, `${other.R}/SECOND/files/two.txt`, 'two in second')
    await store(scene.own, `${other.R}/SECOND/files/one.txt`, 'one in second')
    await store(scene.own, `${other.R}/THIRD/files/sub/three.txt`, 'three in third')
    assert.equal((await get(`${other.path}/files/one.txt`)).text, 'one in first')
    assert.equal((await get(`${other.path}/files/two.txt`)).text, 'two in second')
    assert.equal((await get(`${other.named}/files/sub/three.txt`)).text, 'three in third')
    is(await get(`${other.path}/files/four.txt`), 404)
    is(await get(`${other.path}/files/four.txt?accept-not-found=true`), 204)
  })

  it('resources 166: the shortcut does not look into scans', async () => {
    const other = await scene.session()
    await store(scene.own, `${other.path}/scans/1/resources/DICOM/files/1.dcm`)
    is(await get(`${other.path}/files/1.dcm`), 404)
  })
})

describe('members of a stored zip', () => {
  let zips: string

  before(async () => {
    zips = `${mr.R}/ZIPS/files`
    const zip = zipOf([
      { name: 'm.txt', body: 'member m' },
      { name: 'deep/er/n.png', body: 'member n', method: 0 },
      { name: 'dir/' },
    ])
    await store(scene.own, `${zips}/x.zip`, zip)
    await store(scene.own, `${zips}/Y.ZIP`, zip)
    await store(scene.own, `${zips}/sub/z.jar`, zip)
    await store(scene.own, `${zips}/broken.zip`, 'no zip at all')
    await store(scene.own, `${zips}/data.zip/real.txt`, 'in a directory of that name')
  })

  for (const path of [
    'x.zip!m.txt',
    'x.zip/m.txt',
    'x.zip!/m.txt',
    'Y.ZIP!m.txt',
    'sub/z.jar!m.txt',
    'x.zip%21m.txt',
  ]) {
    it(`resources 164: ${path}`, async () => {
      const reply = await get(`${zips}/${path}`)
      is(reply, 200)
      assert.equal(reply.text, 'member m')
      assert.equal(reply.type, 'text/plain')
      assert.equal(reply.headers['content-disposition'], undefined)
    })
  }

  it('resources 164: a member in directories, typed by its extension', async () => {
    for (const path of ['x.zip!deep/er/n.png', 'x.zip/deep/er/n.png']) {
      const reply = await get(`${zips}/${path}`)
      assert.deepEqual([reply.text, reply.type], ['member n', 'image/png'])
    }
  })

  it('resources 164: unknown or empty members', async () => {
    for (const path of ['x.zip!no.txt', 'x.zip/no.txt', 'x.zip!', 'x.zip/', 'no.zip!m.txt'])
      is(await get(`${zips}/${path}`), 404)
  })

  it('resources (4.5): what is no zip', async () => is(await get(`${zips}/broken.zip!m.txt`), 415))

  it('resources (4.5): a directory named like a zip is reached', async () => {
    assert.equal((await get(`${zips}/data.zip/real.txt`)).text, 'in a directory of that name')
  })

  it('resources 165: listContents', async () => {
    const reply = await get(`${zips}/x.zip?listContents=true&format=json`)
    is(reply, 200)
    assert.equal(reply.json().ResultSet.title, 'Files')
    const rows = reply.rows().filter((row) => !row['File Name']?.endsWith('/'))
    assert.deepEqual(rows, [
      { 'File Name': 'm.txt', Size: '8' },
      { 'File Name': 'deep/er/n.png', Size: '8' },
    ])
    assert.match((await get(`${zips}/x.zip?listContents=true&format=csv`)).text, /^File Name,Size\nm\.txt,8\n/)
  })
})

describe('an upload and its file', () => {
  it('resources (7.9): the digest is in the listing at once', async () => {
    done(await scene.own('PUT', `${mr.R}/NOW/files/now.txt`, octets('now')))
    const [row] = await rowsOf(scene.own, `${mr.R}/NOW/files`)
    assert.equal(row?.['digest'], md5('now'))
  })
})
