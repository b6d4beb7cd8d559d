import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { contentsOf, done, is, labelsOf, octets, pathsOf, rowsOf, store } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery

before(async () => {
  scene = await openScenery()
})
after(() => scene?.close())

/** A session of a new private project of `own`; resolves to its address by id. */
async function foreignSession(project: string, label: string, caller = scene.own): Promise<string> {
  is(await caller('PUT', `/data/projects/${project}?accessibility=private`), 200)
  const made = await caller(
    'PUT',
    `/data/projects/${project}/subjects/X1/experiments/${label}?xsiType=xnat:mrSessionData`,
  )
  is(made, 201)
  return `/data/experiments/${made.text}`
}

describe('an experiment label without a project', () => {
  let mr: Session
  let labelled: string

  before(async () => {
    mr = await scene.session('ALONE')
    labelled = '/data/experiments/ALONE'
    await store(scene.own, `${mr.R}/U/files/a.txt`, 'a')
  })

  it('resources 201: reads nothing', async () => {
    for (const tail of [
      '/resources',
      '/files',
      '/resources/U',
      '/resources/U/files',
      '/resources/U/files/a.txt',
      '/files/a.txt',
    ])
      is(await scene.own('GET', labelled + tail), 404)
  })

  it('resources 201: makes no folder', async () => {
    is(await scene.own('PUT', `${labelled}/resources/NEW4`), 404)
    assert.deepEqual(await labelsOf(scene.own, mr.R), ['U'])
  })

  it('resources 202: takes an upload when one readable experiment bears it', async () => {
    done(await scene.own('PUT', `${labelled}/resources/U/files/l.txt?inbody=true`, { body: 'by label' }))
    done(await scene.own('POST', `${labelled}/resources/U/files/m.txt`, octets('by label, too')))
    assert.deepEqual(await contentsOf(scene.own, `${mr.R}/U/files`), {
      'a.txt': 'a',
      'l.txt': 'by label',
      'm.txt': 'by label, too',
    })
  })

  it('resources 202: deletes a file, then the folder', async () => {
    done(await scene.own('DELETE', `${labelled}/resources/U/files/l.txt`))
    assert.deepEqual(await pathsOf(scene.own, `${mr.R}/U/files`), ['a.txt', 'm.txt'])
    done(await scene.own('DELETE', `${labelled}/resources/U`))
    assert.deepEqual(await labelsOf(scene.own, mr.R), [])
  })

  it('resources 202: an experiment that the caller cannot read does not count', async () => {
    await foreignSession('HIDDEN', 'ALONE', scene.str)
    done(await scene.own('PUT', `${labelled}/resources/U/files/n.txt`, octets('still one')))
    assert.deepEqual(await contentsOf(scene.own, `${mr.R}/U/files`), { 'n.txt': 'still one' })
    done(await scene.own('DELETE', `${mr.R}/U`))
  })

  it('resources 202: borne by nobody', async () => {
    is(await scene.own('PUT', '/data/experiments/NOBODY/resources/U/files/l.txt', octets('x')), 404)
    is(await scene.own('DELETE', '/data/experiments/NOBODY/resources/U'), 404)
  })

  it('resources 202: borne by two, nothing is done', async () => {
    const one = await scene.session('TWICE')
    const two = await foreignSession('Q', 'TWICE')
    for (const path of [one.path, two]) await store(scene.own, `${path}/resources/U/files/a.txt`, 'a')
    is(await scene.own('PUT', '/data/experiments/TWICE/resources/U/files/l.txt?inbody=true', { body: 'x' }), 404)
    is(await scene.own('DELETE', '/data/experiments/TWICE/resources/U/files/a.txt'), 404)
    is(await scene.own('DELETE', '/data/experiments/TWICE/resources/U'), 404)
    for (const path of [one.path, two])
      assert.deepEqual(await contentsOf(scene.own, `${path}/resources/U/files`), { 'a.txt': 'a' })
  })

  it('resources 178: rights hold for labels as for ids', async () => {
    const own = await scene.session('RIGHTS')
    await store(scene.own, `${own.R}/U/files/a.txt`, 'a')
    done(await scene.col('PUT', '/data/experiments/RIGHTS/resources/U/files/v.txt', octets('viewer')))
    is(await scene.col('DELETE', '/data/experiments/RIGHTS/resources/U'), 403)
    is(await scene.str('PUT', '/data/experiments/RIGHTS/resources/U/files/v.txt', octets('stranger')), 404)
    is(await scene.str('DELETE', '/data/experiments/RIGHTS/resources/U'), 404)
    assert.deepEqual(await contentsOf(scene.own, `${own.R}/U/files`), { 'a.txt': 'a' })
  })
})

describe('a session shared into another project', () => {
  let mr: Session
  const shared = '/data/projects/SHARED/experiments/THEIRS'

  before(async () => {
    mr = await scene.session('OURS')
    await store(scene.own, `${mr.R}/U/files/a.txt`, 'shared bytes')
    is(await scene.own('PUT', '/data/projects/SHARED?accessibility=private'), 200)
    is(await scene.own('PUT', '/data/projects/SHARED/users/member/str'), 200)
    is(await scene.own('PUT', '/data/projects/P/subjects/S1/projects/SHARED'), 200)
    is(await scene.own('PUT', `${mr.named}/projects/SHARED?label=THEIRS`), 200)
  })

  it('resources (1.4): answers to its label there', async () => {
    assert.deepEqual(await rowsOf(scene.own, `${shared}/files`), await rowsOf(scene.own, `${mr.path}/files`))
    is(await scene.own('GET', '/data/projects/SHARED/experiments/OURS/resources'), 404)
  })

  it('resources (10): a member there reads', async () => {
    assert.equal((await scene.str('GET', `${shared}/resources/U/files/a.txt`)).text, 'shared bytes')
    assert.equal((await scene.str('GET', `${mr.R}/U/files/a.txt`)).text, 'shared bytes')
  })

  it('resources (10): and uploads in silence, makes and deletes nothing', async () => {
    done(await scene.str('PUT', `${shared}/resources/U/files/s.txt`, octets('from there')))
    is(await scene.str('PUT', `${shared}/resources/NEW`), 403)
    is(await scene.str('DELETE', `${shared}/resources/U`), 403)
    assert.deepEqual(await labelsOf(scene.own, mr.R), ['U'])
    assert.deepEqual(await contentsOf(scene.own, `${mr.R}/U/files`), { 'a.txt': 'shared bytes' })
  })
})

describe('a project alias', () => {
  it('resources (1.4): stands for the id', async () => {
    is(await scene.own('PUT', '/data/projects/P?alias=NICK'), 200)
    await store(scene.own, '/data/projects/NICK/resources/AL/files/a.txt', 'by alias')
    assert.equal((await scene.own('GET', '/data/projects/P/resources/AL/files/a.txt')).text, 'by alias')
    const [row] = await rowsOf(scene.own, '/data/projects/NICK/resources/AL/files')
    assert.match(row?.['URI'] ?? '', /^\/data\/projects\/P\/resources\/\d+\/files\/a\.txt$/)
  })
})
