import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { contentsOf, done, folderRow, is, labelsOf, octets, pathsOf, rowsOf, sha256, store, totals } from './checks.ts'
import { openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session
let files: string

before(async () => {
  scene = await openScenery()
})
after(() => scene?.close())

const paths = ['1.dcm', 'a.txt', 'sub/2.dcm', 'sub/folder/3.dcm', 'subway.txt']

beforeEach(async () => {
  mr = await scene.session()
  files = `${mr.R}/U/files`
  for (const path of paths) await store(scene.own, `${files}/${path}`, path)
})

const left = async (...expected: string[]) => {
  assert.deepEqual(await pathsOf(scene.own, files), expected)
  const size = expected.reduce((sum, path) => sum + path.length, 0)
  assert.deepEqual(await totals(scene.own, mr.R, 'U'), [String(expected.length), String(size)])
}
const allLeft = () => left(...paths)

describe('a file', () => {
  it('resources 173: is gone, count and size reduced', async () => {
    done(await scene.own('DELETE', `${files}/a.txt`))
    is(await scene.own('GET', `${files}/a.txt`), 404)
    await left('1.dcm', 'sub/2.dcm', 'sub/folder/3.dcm', 'subway.txt')
  })

  it('resources 174: again there is nothing', async () => {
    done(await scene.own('DELETE', `${files}/a.txt`))
    const reply = await scene.own('DELETE', `${files}/a.txt`)
    is(reply, 404)
    assert.match(reply.message() ?? '', /No matched files/)
    is(await scene.own('DELETE', `${files}/a.txt?accept-not-found=true`), 204)
  })

  it('resources 175: the beginning of a name is no match', async () => {
    for (const path of ['1.d', '1', 's', 'subwa', 'sub/fold', 'sub/2'])
      is(await scene.own('DELETE', `${files}/${path}`), 404)
    await allLeft()
  })

  for (const directory of ['sub/folder', 'sub/folder/']) {
    it(`resources 176: the directory ${directory}`, async () => {
      done(await scene.own('DELETE', `${files}/${directory}`))
      await left('1.dcm', 'a.txt', 'sub/2.dcm', 'subway.txt')
    })
  }

  it('resources (8.2): a directory with all below it, not its namesakes', async () => {
    done(await scene.own('DELETE', `${files}/sub`))
    await left('1.dcm', 'a.txt', 'subway.txt')
  })

  it('resources (8.2): an explicit trailing star', async () => {
    done(await scene.own('DELETE', `${files}/sub*`))
    await left('1.dcm', 'a.txt')
  })

  it('resources 188: DELETE of files empties the folder and keeps it', async () => {
    done(await scene.own('DELETE', files))
    await left()
    is(await scene.own('GET', `${mr.R}/U`), 200)
  })

  it('resources (8.2): without a folder in the address', async () => {
    is(await scene.own('DELETE', `${mr.path}/files/a.txt`), 400)
    await allLeft()
  })

  it('resources (8.2): in an unknown folder', async () =>
    is(await scene.own('DELETE', `${mr.R}/NOPE/files/a.txt`), 404))

  it('resources (8.2): of a subject without the project', async () => {
    await store(scene.own, '/data/projects/P/subjects/S1/resources/SD/files/s.txt')
    done(await scene.own('DELETE', `/data/subjects/${scene.subject}/resources/SD/files/s.txt`))
    done(await scene.own('DELETE', `/data/subjects/${scene.subject}/resources/SD`))
  })

  it('resources 173: an equal file elsewhere keeps its bytes, whatever is swept', async () => {
    await store(scene.own, `${mr.R}/TWIN/files/t.txt`, 'twin bytes')
    await store(scene.own, `${files}/t.txt`, 'twin bytes')
    done(await scene.own('DELETE', `${files}/t.txt`))
    await scene.site.sweep()
    assert.deepEqual(await contentsOf(scene.own, `${mr.R}/TWIN/files`), { 't.txt': 'twin bytes' })
    done(await scene.own('DELETE', `${mr.R}/TWIN/files/t.txt`))
    await scene.site.sweep()
    assert.ok(!(await scene.site.blobKeys()).includes(sha256('twin bytes')))
  })

  it('resources 77: after an overwrite the old bytes go with the sweep', async () => {
    await store(scene.own, `${files}/o.txt`, 'bytes before the overwrite')
    done(await scene.own('PUT', `${files}/o.txt?overwrite=true`, octets('bytes after the overwrite')))
    await scene.site.sweep()
    const keys = await scene.site.blobKeys()
    assert.ok(!keys.includes(sha256('bytes before the overwrite')))
    assert.ok(keys.includes(sha256('bytes after the overwrite')))
  })

  it('resources 173: the name is free for another file', async () => {
    done(await scene.own('DELETE', `${files}/a.txt`))
    await store(scene.own, `${files}/a.txt`, 'A.TXT')
    assert.equal((await scene.own('GET', `${files}/a.txt`)).text, 'A.TXT')
    await allLeft()
  })
})

describe('a folder', () => {
  it('resources 180: is gone with its files', async () => {
    done(await scene.own('DELETE', `${mr.R}/U`))
    assert.deepEqual(await labelsOf(scene.own, mr.R), [])
    is(await scene.own('GET', `${files}/a.txt`), 404)
    is(await scene.own('GET', files), 404)
    assert.deepEqual(await rowsOf(scene.own, `${mr.path}/files`), [])
  })

  it('resources (8.1): removeFiles is not consulted', async () => {
    await store(scene.own, `${mr.R}/RF/files/r.txt`, 'removed with its folder')
    done(await scene.own('DELETE', `${mr.R}/RF?removeFiles=false`))
    await scene.site.sweep()
    assert.ok(!(await scene.site.blobKeys()).includes(sha256('removed with its folder')))
  })

  it('resources 182: several', async () => {
    for (const label of ['A', 'B', 'C']) done(await scene.own('PUT', `${mr.R}/${label}`))
    done(await scene.own('DELETE', `${mr.R}/A,%20B`))
    assert.deepEqual(await labelsOf(scene.own, mr.R), ['U', 'C'])
  })

  it('resources 182: named twice, by label and by id', async () => {
    const id = (await folderRow(scene.own, mr.R, 'U'))['xnat_abstractresource_id']
    done(await scene.own('DELETE', `${mr.R}/U,${id}`))
    assert.deepEqual(await labelsOf(scene.own, mr.R), [])
  })

  it('resources (1.4): NULL means every folder without a label', async () => {
    for (let count = 0; count < 2; count++) is(await scene.own('POST', mr.R), 200)
    assert.deepEqual(await labelsOf(scene.own, mr.R), ['U', '', ''])
    done(await scene.own('DELETE', `${mr.R}/NULL`))
    assert.deepEqual(await labelsOf(scene.own, mr.R), ['U'])
    is(await scene.own('DELETE', `${mr.R}/NULL`), 404)
  })

  it('resources 183: an unknown one among known ones: nothing is deleted', async () => {
    is(await scene.own('DELETE', `${mr.R}/U,NOPE`), 404)
    assert.deepEqual(await labelsOf(scene.own, mr.R), ['U'])
  })

  it('resources 183: an unknown one', async () => is(await scene.own('DELETE', `${mr.R}/NOPE`), 404))

  it('resources 184: by id', async () => {
    const id = (await folderRow(scene.own, mr.R, 'U'))['xnat_abstractresource_id']
    done(await scene.own('DELETE', `${mr.R}/${id}`))
    assert.deepEqual(await labelsOf(scene.own, mr.R), [])
  })

  it('resources 185: a forgotten /files deletes nothing', async () => {
    is(await scene.own('DELETE', `${mr.R}/U/a.txt`), 400)
    await allLeft()
  })

  it('resources 186: made again it has a new id', async () => {
    const before = (await folderRow(scene.own, mr.R, 'U'))['xnat_abstractresource_id']
    done(await scene.own('DELETE', `${mr.R}/U`))
    done(await scene.own('PUT', `${mr.R}/U`))
    const row = await folderRow(scene.own, mr.R, 'U')
    assert.ok(Number(row['xnat_abstractresource_id']) > Number(before))
    assert.deepEqual([row['file_count'], row['file_size']], ['0', '0'])
  })
})

describe('who may delete', () => {
  for (const [line, target] of [
    ['178', '/U/files/a.txt'],
    ['181', '/U'],
    ['178', '/U/files'],
  ] as const) {
    // Titles: resources 178, 181.
    it(`resources ${line}: a viewer not R${target}`, async () => {
      const reply = await scene.col('DELETE', mr.R + target)
      is(reply, 403)
      assert.match(reply.message() ?? '', /User account doesn(.|&#39;|&apos;)t have permission to modify this session/)
      await allLeft()
    })

    it(`resources 179: a member not R${target}`, async () => {
      is(await scene.mem('DELETE', mr.R + target), 403)
      await allLeft()
    })

    it(`resources 189: R${target}: a stranger finds nothing, nobody is asked to sign in`, async () => {
      is(await scene.str('DELETE', mr.R + target), 404)
      is(await scene.anon('DELETE', mr.R + target), 401)
      await allLeft()
    })
  }

  it('resources 178: a viewer learns by 404 what is not there', async () => {
    is(await scene.col('DELETE', `${mr.R}/NOPE`), 404)
  })
})

describe('deleting something else', () => {
  it('resources 187: a sibling session and its folders of the same name', async () => {
    const sibling = await scene.session()
    for (const path of paths) await store(scene.own, `${sibling.R}/U/files/${path}`, path)
    is(await scene.own('DELETE', `${sibling.named}?removeFiles=true`), 200)
    await scene.site.sweep()
    const expected = Object.fromEntries(paths.map((path) => [path, path]))
    assert.deepEqual(await contentsOf(scene.own, files), expected)
  })

  it('resources 187: a sibling subject', async () => {
    const at = '/data/projects/P/subjects/S9/experiments/S9_MR'
    const made = await scene.own('PUT', `${at}?xsiType=xnat:mrSessionData`)
    await store(scene.own, `/data/experiments/${made.text}/resources/U/files/a.txt`, 'a.txt')
    is(await scene.own('DELETE', '/data/projects/P/subjects/S9?removeFiles=true'), 200)
    await scene.site.sweep()
    is(await scene.own('GET', `/data/experiments/${made.text}/resources`), 404)
    await allLeft()
    assert.equal((await scene.own('GET', `${files}/a.txt`)).text, 'a.txt')
  })
})
