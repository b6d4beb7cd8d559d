import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { contentsOf, done, duplicates, is, labelsOf, octets, pathsOf, sha256, store, totals } from './checks.ts'
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
})

const numbers = async (...expected: [string, string]) => assert.deepEqual(await totals(scene.own, mr.R, 'U'), expected)
const refresh = (options: string) =>
  scene.own('POST', `/data/services/refresh/catalog?resource=/archive/experiments/${mr.id}&options=${options}`)

describe('count and size', () => {
  it('resources (9.3): after every step', async () => {
    await store(scene.own, `${files}/a.txt`, '12345')
    await numbers('1', '5')
    await store(scene.own, `${files}/b.txt`, '1234567')
    await numbers('2', '12')
    duplicates(await scene.own('PUT', `${files}/a.txt`, octets('123')), ['a.txt'])
    await numbers('2', '12')
    done(await scene.own('PUT', `${files}/a.txt?overwrite=true`, octets('123')))
    await numbers('2', '10')
    done(await scene.col('PUT', `${files}/c.txt`, octets('refused')))
    await numbers('2', '10')
    done(await scene.own('DELETE', `${files}/b.txt`))
    await numbers('1', '3')
    is(await scene.own('DELETE', `${files}/b.txt`), 404)
    await numbers('1', '3')
    done(await scene.own('DELETE', files))
    await numbers('0', '0')
  })

  it('resources (9.3): an upload counts anew what an earlier one left uncounted', async () => {
    await store(scene.own, `${files}/a.txt`, '1')
    done(await scene.own('PUT', `${files}/b.txt?update-stats=false`, octets('22')))
    await numbers('1', '1')
    await store(scene.own, `${files}/c.txt`, '333')
    await numbers('3', '6')
  })

  it('resources (9.3): a deletion counts anew what an upload left uncounted', async () => {
    await store(scene.own, `${files}/a.txt`, '1')
    done(await scene.own('PUT', `${files}/b.txt?update-stats=false`, octets('22')))
    done(await scene.own('DELETE', `${files}/b.txt`))
    await numbers('1', '1')
  })

  it('resources (9.3): a file whose bytes are lost is not counted', async () => {
    await store(scene.own, `${files}/a.txt`, 'stays')
    await store(scene.own, `${files}/b.txt`, `lost ${mr.id}`)
    await scene.site.loseBlob(sha256(`lost ${mr.id}`))
    done(await refresh('populateStats'))
    await numbers('1', '5')
  })

  it('resources 180: eight deletions of one folder at once: one finds it', async () => {
    await store(scene.own, `${files}/a.txt`)
    const replies = await Promise.all(Array.from({ length: 8 }, () => scene.own('DELETE', `${mr.R}/U`)))
    assert.deepEqual(replies.map((reply) => reply.status).sort(), [200, 404, 404, 404, 404, 404, 404, 404])
  })

  it('resources 176: overlapping deletions of directories at once count each file once', async () => {
    const paths = ['d/1', 'd/2', 'd/e/3', 'd/e/4', 'k/5']
    for (const path of paths) await store(scene.own, `${files}/${path}`, '12345')
    const targets = ['/d', '/d/e', '/d*', '/d/1', '/d/e/3', '/d/']
    const replies = await Promise.all(targets.map((target) => scene.own('DELETE', files + target)))
    for (const reply of replies) assert.ok([200, 404].includes(reply.status), String(reply.status))
    assert.deepEqual(await pathsOf(scene.own, files), ['k/5'])
    await numbers('1', '5')
  })
})

describe('bytes that are shared', () => {
  it('resources (9.2): content that was lost behind the back of the server comes back with its next upload', async () => {
    const bytes = `lost and found ${mr.id}`
    await store(scene.own, `${files}/a.txt`, bytes)
    await scene.site.loseBlob(sha256(bytes))
    is(await scene.own('GET', `${files}/a.txt`), 404)
    await store(scene.own, `${files}/b.txt`, bytes)
    assert.deepEqual(await contentsOf(scene.own, files), { 'a.txt': bytes, 'b.txt': bytes })
  })

  it('resources (9.2): uploads, deletions and sweeps of equal content lose nothing', async () => {
    const bytes = `now you see me ${mr.id}`
    for (let round = 0; round < 15; round++) {
      const acts = [
        scene.own('PUT', `${files}/${round}.txt`, octets(bytes)),
        scene.site.sweep(),
        round > 0 ? scene.own('DELETE', `${files}/${round - 1}.txt`) : undefined,
        scene.site.sweep(),
      ]
      await Promise.all(acts)
      await scene.site.sweep()
      assert.deepEqual(await contentsOf(scene.own, files), { [`${round}.txt`]: bytes }, `round ${round}`)
    }
    await numbers('1', String(bytes.length))
  })
})

describe('files left behind', () => {
  const left = async () => {
    await store(scene.own, `${files}/keep.txt`, 'keep')
    await store(scene.own, `${files}/a.txt`, 'old')
    done(await scene.own('DELETE', `${files}/a.txt?removeFiles=false`))
    await numbers('1', '4')
  }

  it('resources 192: a newer file of the name stays when the older is found again', async () => {
    await left()
    done(await scene.own('PUT', `${files}/a.txt?overwrite=true`, octets('new')))
    done(await refresh('append'))
    assert.deepEqual(await contentsOf(scene.own, files), { 'a.txt': 'new', 'keep.txt': 'keep' })
    await numbers('2', '7')
  })

  it('resources 192: they go with their folder', async () => {
    await left()
    done(await scene.own('DELETE', `${mr.R}/U`))
    done(await scene.own('PUT', `${mr.R}/U`))
    done(await refresh('append'))
    assert.deepEqual(await pathsOf(scene.own, files), [])
  })

  it('resources 192: a directory and everything, twice', async () => {
    for (const path of ['d/1.txt', 'd/2.txt', '3.txt']) await store(scene.own, `${files}/${path}`, path)
    for (const target of ['/d', '']) {
      done(await scene.own('DELETE', `${files}${target}?removeFiles=false`))
      await scene.site.sweep()
      done(await refresh('append,populateStats'))
      const expected = { '3.txt': '3.txt', 'd/1.txt': 'd/1.txt', 'd/2.txt': 'd/2.txt' }
      assert.deepEqual(await contentsOf(scene.own, files), expected)
      await numbers('3', '19')
    }
  })
})

describe('a list where one label is wanted', () => {
  for (const list of ['A,B', 'A%2CB', 'A,%20B']) {
    it(`resources (6.2): PUT ${list} makes nothing`, async () => {
      is(await scene.own('PUT', `${mr.R}/${list}`), 400)
      assert.deepEqual(await labelsOf(scene.own, mr.R), [])
    })
  }

  it('resources (7.3): an upload to unknown labels makes nothing', async () => {
    const reply = await scene.own('PUT', `${mr.R}/A,B/files/x.txt`, octets('x'))
    assert.ok([400, 404].includes(reply.status), String(reply.status))
    assert.deepEqual(await labelsOf(scene.own, mr.R), [])
  })
})

describe('a locked session', () => {
  it('resources (8.1): loses no folder and no file until it is unlocked', async () => {
    await store(scene.own, `${files}/a.txt`, 'a')
    is(await scene.own('PUT', `${mr.named}?_lock=true`), 200)
    is(await scene.own('DELETE', `${files}/a.txt`), 403)
    is(await scene.own('DELETE', `${mr.R}/U`), 403)
    assert.deepEqual(await contentsOf(scene.own, files), { 'a.txt': 'a' })
    is(await scene.own('PUT', `${mr.named}?_unlock=true`), 200)
    done(await scene.own('DELETE', `${mr.R}/U`))
  })
  it('is no way to the files of an assessor that is locked itself', async () => {
    const assessor = `${mr.named}/assessors/LOCKED`
    const inside = `${assessor}/out/resources/R/files`
    is(await scene.own('PUT', `${assessor}?xsiType=xnat:qcAssessmentData`), 201)
    await store(scene.own, `${inside}/a.txt`, 'a')
    is(await scene.own('PUT', `${assessor}?_lock=true`), 200)
    // Uploads without the right are passed over in silence (resources 7.9).
    is(await scene.own('PUT', `${inside}/a.txt?inbody=true&overwrite=true`, { body: 'b' }), 200)
    is(await scene.own('DELETE', `${inside}/a.txt`), 403)
    is(await scene.own('DELETE', `${assessor}/out/resources/R`), 403)
    is(await scene.own('PUT', `${assessor}/out/resources/NEW`), 403)
    assert.deepEqual(await contentsOf(scene.own, inside), { 'a.txt': 'a' })
    is(await scene.own('PUT', `${assessor}?_unlock=true`), 200)
    is(await scene.own('DELETE', `${inside}/a.txt`), 200)
  })
})
