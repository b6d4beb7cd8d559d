import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { done, is, octets, rowsOf, store } from './checks.ts'
import { addAssessor, addReconstruction, addScan, openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr1: Session

before(async () => {
  scene = await openScenery()
  mr1 = await scene.session()
  await addAssessor(scene, mr1, 'A1')
  await addScan(scene, mr1.path, '2')
  await store(scene.own, `${mr1.R}/U/files/a.txt`)
  await store(scene.own, `${mr1.path}/scans/1/resources/DICOM/files/1.dcm`)
  await store(scene.own, `${mr1.path}/scans/2/resources/NIFTI/files/1.nii`)
  await store(scene.own, `${mr1.path}/assessors/A1/resources/QC/files/1.txt`)
})
after(() => scene?.close())

/** The rows at a path are those of `R`, and there are some. */
async function sameRows(path: string): Promise<void> {
  const expected = await rowsOf(scene.own, mr1.R)
  assert.equal(expected.length, 1)
  assert.deepEqual(await rowsOf(scene.own, path), expected)
}

async function sameBody(path: string): Promise<void> {
  const [expected, reply] = [await scene.own('GET', mr1.R), await scene.own('GET', path)]
  is(reply, 200)
  assert.equal(reply.text, expected.text)
}

describe('spellings of one place', () => {
  it('resources 1: a session has a listing', async () => is(await scene.own('GET', mr1.R), 200))
  it('resources 2: by labels', () => sameRows('/data/projects/P/subjects/S1/experiments/MR1/resources'))
  it('resources 3: by ids', () =>
    sameRows(`/data/projects/P/subjects/${scene.subject}/experiments/${mr1.id}/resources`))
  it('resources 4: without the subject', () => sameRows('/data/projects/P/experiments/MR1/resources'))
  it('resources 5: under /REST', () => sameBody(`/REST/experiments/${mr1.id}/resources`))
  it('resources 6: under /data/archive', () => sameBody(`/data/archive/experiments/${mr1.id}/resources`))
  it('resources 7: under /REST/archive', () => sameBody(`/REST/archive/experiments/${mr1.id}/resources`))

  it('resources 5: with the name of the server in front, as proxies may send it', () =>
    sameBody(`http://example.org:81/REST/experiments/${mr1.id}/resources`))

  it('resources 5, 6, 7: uploads and files answer under every prefix', async () => {
    for (const prefix of ['/REST', '/data/archive', '/REST/archive']) {
      const files = `${prefix}/experiments/${mr1.id}/resources/PRE/files`
      done(await scene.own('PUT', `${files}/p.txt?overwrite=true`, octets(prefix)))
      assert.equal((await scene.own('GET', `${files}/p.txt`)).text, prefix)
      const [row] = await rowsOf(scene.own, files)
      assert.match(row?.['URI'] ?? '', /^\/data\/experiments\//)
    }
    done(await scene.own('DELETE', `${mr1.R}/PRE`))
  })

  it('resources 18: project and label without the subject list the files [X]', async () => {
    const rows = await rowsOf(scene.own, '/data/projects/P/experiments/MR1/files')
    assert.deepEqual(
      rows.map((row) => row['Name']),
      ['a.txt'],
    )
  })

  it('resources (1.2): scans and assessors below project and label without the subject [X]', async () => {
    for (const [place, name] of [['scans/1', '1.dcm'] as const, ['assessors/A1', '1.txt'] as const]) {
      const rows = await rowsOf(scene.own, `/data/projects/P/experiments/MR1/${place}/files`)
      assert.deepEqual(
        rows.map((row) => row['Name']),
        [name],
      )
      is(await scene.own('GET', `/data/projects/P/experiments/MR1/${place}/resources`), 200)
    }
  })
})

describe('places that are not there', () => {
  it('resources 8: an unknown experiment', async () =>
    is(await scene.own('GET', '/data/experiments/NOPE/resources'), 404))
  it('resources 9: an unknown experiment is not answered with the subject', async () => {
    is(await scene.own('GET', '/data/projects/P/subjects/S1/experiments/NOPE/resources'), 404)
  })
  it('resources 10: an unknown project', async () => {
    is(await scene.own('GET', '/data/projects/NOPE/subjects/S1/experiments/MR1/resources'), 404)
  })
  it('resources 11: an unknown subject', async () => {
    is(await scene.own('GET', '/data/projects/P/subjects/NOPE/experiments/MR1/resources'), 404)
  })
  it('resources (3.5): files of an unknown experiment', async () => {
    is(await scene.own('GET', '/data/experiments/NOPE/files'), 404)
  })
  it('resources (2.7): an unknown scan is not answered with its session', async () => {
    is(await scene.own('GET', `${mr1.named}/scans/NOPE/resources`), 404)
    is(await scene.own('GET', `${mr1.path}/scans/99/files`), 404)
  })
  it('resources (1.4): an experiment of another subject', async () => {
    is(await scene.own('PUT', '/data/projects/P/subjects/S2'), 201)
    is(await scene.own('GET', `/data/projects/P/subjects/S2/experiments/${mr1.id}/resources`), 404)
    is(await scene.own('GET', '/data/projects/P/subjects/S2/experiments/MR1/files'), 404)
  })
  it('resources (1.4): a subject of another project', async () => {
    is(await scene.own('PUT', '/data/projects/Q2?accessibility=private'), 200)
    is(await scene.own('GET', `/data/projects/Q2/subjects/${scene.subject}/resources`), 404)
    is(await scene.own('GET', `/data/projects/Q2/experiments/${mr1.id}/resources`), 404)
  })
  it('resources (1.4): a subject label without a project', async () => {
    is(await scene.own('GET', '/data/subjects/S1/resources'), 404)
  })
})

describe('parents', () => {
  it('resources 12: project and subject in both forms', async () => {
    const subject = [`/data/projects/P/subjects/S1/resources`, `/data/subjects/${scene.subject}/resources`]
    for (const path of ['/data/projects/P/resources', ...subject]) is(await scene.own('GET', path), 200)
  })

  it('resources 13: a scan by id and by type', async () => {
    const byId = await rowsOf(scene.own, `${mr1.path}/scans/1/resources`)
    assert.deepEqual(
      byId.map((row) => row['label']),
      ['DICOM'],
    )
    assert.deepEqual(await rowsOf(scene.own, `${mr1.path}/scans/T1/resources`), byId)
  })

  for (const word of ['ALL', '*', '1,2', '2,T1']) {
    it(`resources 14: scans ${word} give the rows of every scan`, async () => {
      const rows = await rowsOf(scene.own, `${mr1.path}/scans/${word}/resources`)
      assert.deepEqual(
        rows.map((row) => [row['category'], row['cat_id'], row['cat_desc'], row['label']]),
        [
          ['scans', '1', 'T1', 'DICOM'],
          ['scans', '2', '', 'NIFTI'],
        ],
      )
    })
  }

  it('resources (1.4): NULL selects scans without a type', async () => {
    const rows = await rowsOf(scene.own, `${mr1.path}/scans/NULL/resources`)
    assert.deepEqual(
      rows.map((row) => row['cat_id']),
      ['2'],
    )
  })

  it('resources (1.4): [SLASH] and [COMMA] stand for characters of a type', async () => {
    const mr = await scene.session()
    await addScan(scene, mr.path, '7', 'a/b')
    await addScan(scene, mr.path, '8', 'c,d')
    await store(scene.own, `${mr.path}/scans/7/resources/SEVEN/files/1.txt`)
    await store(scene.own, `${mr.path}/scans/8/resources/EIGHT/files/1.txt`)
    const labelsAt = async (type: string) =>
      (await rowsOf(scene.own, `${mr.path}/scans/${type}/resources`)).map((row) => row['label'])
    assert.deepEqual(await labelsAt('a[SLASH]b'), ['SEVEN'])
    assert.deepEqual(await labelsAt('c%5BCOMMA%5Dd'), ['EIGHT'])
  })

  it('resources 15: an assessor without a direction means out', async () => {
    const plain = await rowsOf(scene.own, `${mr1.path}/assessors/A1/resources`)
    assert.deepEqual(
      plain.map((row) => row['label']),
      ['QC'],
    )
    assert.deepEqual(await rowsOf(scene.own, `${mr1.path}/assessors/A1/out/resources`), plain)
    assert.deepEqual(await rowsOf(scene.own, `${mr1.path}/assessors/A1/in/resources`), [])
  })

  for (const word of ['ALL', '*', 'xnat:qcManualAssessorData']) {
    it(`resources (1.4): assessors ${word} select every such assessor`, async () => {
      const rows = await rowsOf(scene.own, `${mr1.path}/assessors/${word}/files`)
      assert.deepEqual(
        rows.map((row) => row['collection']),
        ['QC'],
      )
    })
  }

  it('resources (1.2): a reconstruction by id and by type, out unless said otherwise', async () => {
    const recon = await addReconstruction(scene, mr1, 'R1', 'Mean')
    await store(scene.own, `${recon}/resources/OUT/files/o.txt`)
    const rows = await rowsOf(scene.own, `${recon}/resources`)
    assert.deepEqual(
      rows.map((row) => [row['label'], row['category'], row['cat_id'], row['cat_desc']]),
      [['OUT', 'reconstructions', 'R1', 'Mean']],
    )
    assert.deepEqual(await rowsOf(scene.own, `${mr1.path}/reconstructions/Mean/resources`), rows)
    assert.deepEqual(await rowsOf(scene.own, `${recon}/out/resources`), rows)
    assert.deepEqual(await rowsOf(scene.own, `${recon}/in/resources`), [])
  })
})

describe('methods', () => {
  const allowed = (text: unknown) =>
    String(text)
      .split(/,\s*/)
      .map((method) => method.trim())

  it('resources 16: DELETE of the collection is 405 with Allow', async () => {
    const reply = await scene.own('DELETE', mr1.R)
    is(reply, 405)
    for (const method of ['GET', 'HEAD', 'PUT', 'POST']) assert.ok(allowed(reply.headers['allow']).includes(method))
    assert.ok(!allowed(reply.headers['allow']).includes('DELETE'))
  })

  it('resources 17: PATCH of a folder is 405 with Allow', async () => {
    const reply = await scene.own('PATCH', `${mr1.R}/X`)
    is(reply, 405)
    assert.ok(allowed(reply.headers['allow']).includes('DELETE'))
  })

  for (const suffix of ['', '/U', '/U/files', '/U/files/a.txt']) {
    it(`resources (1.3): OPTIONS R${suffix} answers 200 with Allow`, async () => {
      const reply = await scene.own('OPTIONS', mr1.R + suffix)
      is(reply, 200)
      for (const method of ['GET', 'PUT', 'POST']) assert.ok(allowed(reply.headers['allow']).includes(method), method)
    })
  }
})

describe('who may look', () => {
  it('resources 19: nobody signed in is asked to, with Basic', async () => {
    const reply = await scene.anon('GET', mr1.R)
    is(reply, 401)
    assert.match(String(reply.headers['www-authenticate']), /^Basic realm=".+"/)
  })
  it('resources 20: a stranger to a private project finds nothing', async () => is(await scene.str('GET', mr1.R), 404))
  it('resources 162: a viewer sees the listing', async () => is(await scene.col('GET', mr1.R), 200))
})
