import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { multipart } from '../../support/caller.ts'
import { contentsOf, done, is, labelsOf, octets, sha256, store } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session
let files: string

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
  files = `${mr.R}/U/files`
  await store(scene.own, `${files}/a.txt`, 'old bytes')
})
after(() => scene?.close())

const untouched = async () => {
  assert.deepEqual(await contentsOf(scene.own, files), { 'a.txt': 'old bytes' })
  assert.deepEqual(await labelsOf(scene.own, mr.R), ['U'])
}

describe('a viewer uploads', () => {
  it('resources 81: 200, and the file is absent', async () => {
    done(await scene.col('PUT', `${files}/v.txt?inbody=true`, { body: 'viewer 81' }))
    is(await scene.own('GET', `${files}/v.txt`), 404)
    await untouched()
  })

  it('resources 82: to a new label: 200, and no folder', async () => {
    done(await scene.col('PUT', `${mr.R}/VIEWER/files/v.txt?inbody=true`, { body: 'viewer 82' }))
    await untouched()
  })

  it('resources 81: a form, an archive, by id of the folder', async () => {
    done(await scene.col('POST', files, multipart([{ field: 'file', filename: 'v.txt', body: 'viewer form' }])))
    done(await scene.col('PUT', `${files}/x.zip?extract=true`, octets('not even a zip')))
    await untouched()
  })

  it('resources 208: an existing name with overwrite=true keeps its bytes', async () => {
    done(await scene.col('PUT', `${files}/a.txt?overwrite=true`, octets('viewer 208')))
    await untouched()
  })

  it('resources 208: of a large body nothing is kept', async () => {
    const keys = await scene.site.blobKeys()
    const large = Buffer.alloc(8 << 20, 'v')
    // The answer may come before the body was read; then the connection closes under the sender.
    const reply = await scene.col('PUT', `${files}/large.bin`, octets(large)).catch(() => undefined)
    if (reply) done(reply)
    assert.ok(!(await scene.site.blobKeys()).includes(sha256(large)))
    assert.deepEqual((await scene.site.blobKeys()).sort(), keys.sort())
    await untouched()
  })
})

describe('others upload', () => {
  it('resources 83: a stranger finds nothing', async () => {
    is(await scene.str('PUT', `${files}/s.txt?inbody=true`, { body: 'stranger' }), 404)
    await untouched()
  })

  it('resources 85: nobody signed in is asked to', async () => {
    const reply = await scene.anon('PUT', `${files}/s.txt?inbody=true`, { body: 'anonymous' })
    is(reply, 401)
    assert.match(String(reply.headers['www-authenticate']), /^Basic/)
    await untouched()
  })

  it('resources 84: a member stores', async () => {
    await store(scene.mem, `${mr.R}/M/files/m.txt`, 'by member')
    assert.deepEqual(await contentsOf(scene.own, `${mr.R}/M/files`), { 'm.txt': 'by member' })
    done(await scene.own('DELETE', `${mr.R}/M`))
  })

  it('resources 84: a site administrator stores', async () => {
    await store(scene.admin, `${mr.R}/ADM/files/m.txt`, 'by admin')
    assert.deepEqual(await contentsOf(scene.own, `${mr.R}/ADM/files`), { 'm.txt': 'by admin' })
    done(await scene.own('DELETE', `${mr.R}/ADM`))
  })
})

describe('a project of another accessibility', () => {
  it('resources (10): strangers read public files and upload in silence', async () => {
    const place = await foreignFile('PUBP', 'public')
    assert.equal((await scene.str('GET', `${place}/a.txt`)).text, 'public')
    done(await scene.str('PUT', `${place}/s.txt`, octets('stranger')))
    is(await scene.own('GET', `${place}/s.txt`), 404)
    is(await scene.str('PUT', place.replace('/U/files', '/NEW')), 403)
    is(await scene.str('DELETE', `${place}/a.txt`), 403)
  })

  it('resources (10): strangers see nothing of protected files', async () => {
    const place = await foreignFile('PROT', 'protected')
    is(await scene.str('GET', `${place}/a.txt`), 404)
    is(await scene.str('PUT', `${place}/s.txt`, octets('stranger')), 404)
    is(await scene.str('DELETE', `${place}/a.txt`), 404)
  })

  /** A session of a new project with one file; resolves to the address of its folder's files. */
  async function foreignFile(project: string, accessibility: string): Promise<string> {
    is(await scene.own('PUT', `/data/projects/${project}?accessibility=${accessibility}`), 200)
    const at = `/data/projects/${project}/subjects/X1/experiments/X1_MR?xsiType=xnat:mrSessionData`
    const made = await scene.own('PUT', at)
    is(made, 201)
    await store(scene.own, `/data/experiments/${made.text}/resources/U/files/a.txt`, accessibility)
    return `/data/experiments/${made.text}/resources/U/files`
  }
})

describe('an open site', () => {
  let open: Scenery
  before(async () => {
    open = await openScenery({ requireLogin: false })
  })
  after(() => open?.close())

  it('resources (7.9): anonymous where the guest can read: 200, nothing stored', async () => {
    const mr1 = await open.session()
    await store(open.own, `${mr1.R}/U/files/a.txt`, 'a')
    is(await open.own('PUT', '/data/projects/P/accessibility/public'), 200)
    assert.equal((await open.anon('GET', `${mr1.R}/U/files/a.txt`)).text, 'a')
    done(await open.anon('PUT', `${mr1.R}/U/files/g.txt`, octets('guest')))
    assert.deepEqual(await contentsOf(open.own, `${mr1.R}/U/files`), { 'a.txt': 'a' })
    is(await open.anon('PUT', `${mr1.R}/GUEST`), 403)
    is(await open.anon('DELETE', `${mr1.R}/U/files/a.txt`), 403)
  })

  it('resources (7.9): anonymous where the guest cannot read: 404', async () => {
    const mr2 = await open.session()
    is(await open.own('PUT', '/data/projects/P/accessibility/private'), 200)
    is(await open.anon('GET', mr2.R), 404)
    is(await open.anon('PUT', `${mr2.R}/U/files/g.txt`, octets('guest')), 404)
  })
})
