import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { done, folderRow, is, labelsOf, octets, refused, rowsOf, store } from './checks.ts'
import { addAssessor, addReconstruction, addScan, openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
})
after(() => scene?.close())

describe('making a folder', () => {
  it('resources 49: PUT makes it, with a new integer id', async () => {
    done(await scene.own('PUT', `${mr.R}/NEW`))
    assert.match((await folderRow(scene.own, mr.R, 'NEW'))['xnat_abstractresource_id'] ?? '', /^[1-9]\d*$/)
  })

  it('resources 50: a second PUT is a conflict and changes nothing', async () => {
    const rows = await rowsOf(scene.own, mr.R)
    is(await scene.own('PUT', `${mr.R}/NEW`), 409)
    assert.deepEqual(await rowsOf(scene.own, mr.R), rows)
  })

  it('resources 51: format, content and tags', async () => {
    done(await scene.own('PUT', `${mr.R}/F?format=NIFTI&content=T1&tags=a,b`))
    const row = await folderRow(scene.own, mr.R, 'F')
    assert.deepEqual([row['format'], row['content'], row['tags']], ['NIFTI', 'T1', 'a,b'])
  })

  it('resources 52: descriptors cannot be modified by another PUT', async () => {
    is(await scene.own('PUT', `${mr.R}/F?format=OTHER&content=C&tags=z`), 409)
    const row = await folderRow(scene.own, mr.R, 'F')
    assert.deepEqual([row['format'], row['content'], row['tags']], ['NIFTI', 'T1', 'a,b'])
  })

  it('resources 53: POST makes one, too', async () => {
    done(await scene.own('POST', `${mr.R}/NEW2`))
    assert.ok((await labelsOf(scene.own, mr.R)).includes('NEW2'))
    is(await scene.own('POST', `${mr.R}/NEW2`), 409)
  })

  it('resources 54: through project and subject, seen by id', async () => {
    done(await scene.own('PUT', `${mr.named}/resources/NEW3`))
    assert.ok((await labelsOf(scene.own, mr.R)).includes('NEW3'))
  })

  it('resources 66: a new folder is empty and counts zero', async () => {
    done(await scene.own('PUT', `${mr.R}/EMPTY`))
    const listing = await scene.own('GET', `${mr.R}/EMPTY/files?format=json`)
    assert.deepEqual(listing.json(), {
      ResultSet: { Columns: [{ key: 'URI', serverRoot: '' }], Result: [], title: 'Files' },
    })
    const row = await folderRow(scene.own, mr.R, 'EMPTY')
    assert.deepEqual([row['file_count'], row['file_size']], ['0', '0'])
  })

  it('resources (1.3): ids are unique over the server and rise', async () => {
    done(await scene.own('PUT', `${mr.R}/RISE1`))
    done(await scene.own('PUT', '/data/projects/P/resources/RISE2'))
    const one = (await folderRow(scene.own, mr.R, 'RISE1'))['xnat_abstractresource_id']
    const two = (await folderRow(scene.own, '/data/projects/P/resources', 'RISE2'))['xnat_abstractresource_id']
    assert.ok(Number(two) > Number(one))
  })
})

describe('where folders live', () => {
  it('resources 55: every parent lists its own folder only', async () => {
    const own = await scene.session()
    await addAssessor(scene, own, 'PLACES')
    const recon = await addReconstruction(scene, own, 'R1', 'Mean')
    const parents: Record<string, string> = {
      PROJ: '/data/projects/P',
      SUBJ: '/data/projects/P/subjects/S1',
      SESS: own.path,
      SCAN: `${own.path}/scans/1`,
      ASSE: `${own.path}/assessors/PLACES`,
      ASIN: `${own.path}/assessors/PLACES/in`,
      REC: recon,
      RECIN: `${recon}/in`,
    }
    for (const [label, parent] of Object.entries(parents)) done(await scene.own('PUT', `${parent}/resources/${label}`))
    for (const [label, parent] of Object.entries(parents)) {
      const labels = await labelsOf(scene.own, `${parent}/resources`)
      assert.deepEqual(
        labels.filter((each) => each in parents),
        [label],
      )
    }
  })

  it('resources (6.4): a folder put under in is not out', async () => {
    const own = await scene.session()
    await addAssessor(scene, own, 'INSIDE')
    done(await scene.own('PUT', `${own.path}/assessors/INSIDE/in/resources/X`))
    assert.deepEqual(await labelsOf(scene.own, `${own.path}/assessors/INSIDE/out/resources`), [])
    assert.deepEqual(await labelsOf(scene.own, `${own.path}/assessors/INSIDE/in/resources`), ['X'])
  })

  it('resources 56: one label on session, scan, subject and project', async () => {
    for (const parent of [mr.path, `${mr.path}/scans/1`, '/data/projects/P/subjects/S1', '/data/projects/P'])
      done(await scene.own('PUT', `${parent}/resources/SAME`))
  })

  it('resources 63: the first folder of a typed scan is RAW', async () => {
    const scan = await addScan(scene, mr.path, '63', 'T1')
    done(await scene.own('PUT', `${scan}/resources/DICOM`))
    done(await scene.own('PUT', `${scan}/resources/SECOND`))
    assert.equal((await folderRow(scene.own, `${scan}/resources`, 'DICOM'))['content'], 'RAW')
    assert.equal((await folderRow(scene.own, `${scan}/resources`, 'SECOND'))['content'], '')
  })

  it('resources (6.1): not RAW when content is given or the scan has no type', async () => {
    const typed = await addScan(scene, mr.path, '64', 'T1')
    done(await scene.own('PUT', `${typed}/resources/DICOM?content=MINE`))
    assert.equal((await folderRow(scene.own, `${typed}/resources`, 'DICOM'))['content'], 'MINE')
    const untyped = await addScan(scene, mr.path, '65')
    done(await scene.own('PUT', `${untyped}/resources/DICOM`))
    assert.equal((await folderRow(scene.own, `${untyped}/resources`, 'DICOM'))['content'], '')
  })
})

describe('refusals', () => {
  it('resources 57: a viewer may not', async () => {
    const reply = await scene.col('PUT', `${mr.R}/V`)
    is(reply, 403)
    assert.match(reply.message() ?? '', /permission to modify this session/)
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('V'))
  })
  it('resources (10): a member may', async () => done(await scene.mem('PUT', `${mr.R}/BYMEMBER`)))
  it('resources 58: a stranger finds no parent', async () => is(await scene.str('PUT', `${mr.R}/V`), 404))
  it('resources (7.9): nobody is asked to sign in', async () => is(await scene.anon('PUT', `${mr.R}/V`), 401))
  it('resources 59: an unknown experiment', async () =>
    is(await scene.own('PUT', '/data/experiments/NOPE/resources/X'), 404))

  it('resources 60: more path after the label', async () => {
    const reply = await scene.own('PUT', `${mr.R}/NEW/extra`)
    is(reply, 400)
    assert.match(reply.message() ?? '', /append '\/files'/)
    is(await scene.own('PUT', `${mr.R}/NEWER/extra`), 400)
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('NEWER'))
  })

  for (const label of ['%20', '%20A', 'A%20', '%C2%A0A']) {
    it(`resources 62: ${label} could never be asked for`, async () => {
      const own = await scene.session()
      is(await scene.own('PUT', `${own.R}/${label}`), 400)
      is(await scene.own('PUT', `${own.R}/${label}/files/a.txt`, octets('a')), 400)
      is(await scene.own('POST', `${own.R}?xnat:resourceCatalog/label=${label}`), 400)
      assert.deepEqual(await labelsOf(scene.own, own.R), [])
    })
  }

  it('resources 64: an unknown scan', async () => {
    is(await scene.own('PUT', `${mr.path}/scans/NOPE/resources/X`), 404)
    is(await scene.own('PUT', `${mr.named}/scans/NOPE/resources/X`), 404)
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('X'))
  })

  it('resources (1.4): several scans at once', async () => {
    const own = await scene.session()
    await addScan(scene, own.path, '2', 'T2')
    for (const scans of ['ALL', '1,2', '*']) is(await scene.own('PUT', `${own.path}/scans/${scans}/resources/X`), 404)
    assert.deepEqual(await labelsOf(scene.own, `${own.path}/scans/ALL/resources`), [])
  })

  it('resources (6.1): a list naming an existing label', async () => {
    refused(await scene.own('PUT', `${mr.R}/FRESH,NEW`))
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('FRESH'))
  })
})

describe('POST of the collection', () => {
  it('resources 65: answers with the address of the new folder', async () => {
    const reply = await scene.own('POST', `${mr.R}?xnat:resourceCatalog/label=COLL&format=NIFTI&content=C&tags=t`)
    is(reply, 200)
    const row = await folderRow(scene.own, mr.R, 'COLL')
    assert.deepEqual([row['format'], row['content'], row['tags']], ['NIFTI', 'C', 't'])
    assert.equal(reply.type, 'text/plain')
    assert.equal(reply.headers['location'], reply.text)
    const address = new URL(reply.text)
    assert.equal(address.pathname, `${mr.R}/${row['xnat_abstractresource_id']}`)
    is(await scene.own('GET', address.pathname), 200)
  })

  it('resources (6.3): a label that is there is a conflict', async () => {
    is(await scene.own('POST', `${mr.R}?xnat:resourceCatalog/label=COLL`), 409)
  })

  it('resources (6.3): a viewer may not', async () => {
    is(await scene.col('POST', `${mr.R}?xnat:resourceCatalog/label=COLL2`), 403)
    assert.ok(!(await labelsOf(scene.own, mr.R)).includes('COLL2'))
  })

  it('resources (6.3): without a label, an unlabelled folder that NULL finds', async () => {
    const own = await scene.session()
    is(await scene.own('POST', own.R), 200)
    assert.deepEqual(await labelsOf(scene.own, own.R), [''])
    await store(scene.own, `${own.R}/NULL/files/n.txt`, 'in the nameless one')
    assert.deepEqual(await labelsOf(scene.own, own.R), [''])
    assert.equal((await scene.own('GET', `${own.R}/null/files/n.txt`)).text, 'in the nameless one')
  })
})
