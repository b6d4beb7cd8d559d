import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { done, folderRow, is, labelsOf, RESOURCE_COLUMNS, rowsOf, store, totals } from './checks.ts'
import { addAssessor, addReconstruction, addScan, openScenery, type Scenery, type Session } from './scenery.ts'

let scene: Scenery
let mr: Session

before(async () => {
  scene = await openScenery()
  mr = await scene.session()
  for (const label of ['ONE', 'TWO', 'THREE']) await store(scene.own, `${mr.R}/${label}/files/${label}.txt`, label)
})
after(() => scene?.close())

describe('the table', () => {
  it('resources 21: a session without folders', async () => {
    const reply = await scene.own('GET', `${(await scene.session()).R}?format=json`)
    is(reply, 200)
    assert.deepEqual(reply.json(), { ResultSet: { Result: [], totalRecords: '0', title: 'Resources' } })
  })

  it('resources 22: three new labels, three records', async () => {
    assert.equal((await scene.own('GET', mr.R)).json().ResultSet.totalRecords, '3')
  })

  for (const value of ['true', 'false']) {
    it(`resources 23: file_stats=${value} changes nothing`, async () => {
      const plain = await scene.own('GET', mr.R)
      assert.deepEqual((await scene.own('GET', `${mr.R}?file_stats=${value}`)).json(), plain.json())
    })
  }

  it('resources 24: exactly the eleven keys', async () => {
    for (const row of await rowsOf(scene.own, mr.R))
      assert.deepEqual(Object.keys(row).sort(), RESOURCE_COLUMNS.split(',').sort())
  })

  it('resources 25: every value is a string', async () => {
    for (const row of await rowsOf(scene.own, mr.R))
      for (const [key, value] of Object.entries(row)) assert.equal(typeof value, 'string', key)
  })

  it('resources 26: element name, category and cat_id of own folders', async () => {
    for (const row of await rowsOf(scene.own, mr.R)) {
      assert.deepEqual(
        [row['element_name'], row['category'], row['cat_id'], row['cat_desc']],
        ['xnat:resourceCatalog', 'resources', '', ' '],
      )
    }
  })

  it('resources 26: cat_id and cat_desc of subject and project folders', async () => {
    for (const parent of ['/data/projects/P', '/data/projects/P/subjects/S1']) {
      await store(scene.own, `${parent}/resources/HERE/files/h.txt`)
      const row = await folderRow(scene.own, `${parent}/resources`, 'HERE')
      assert.deepEqual([row['category'], row['cat_id'], row['cat_desc']], ['resources', '', ' '])
    }
  })

  it('resources 27: no Columns', async () => {
    assert.ok(!('Columns' in (await scene.own('GET', mr.R)).json().ResultSet))
  })

  it('resources 43: columns is ignored', async () => {
    const asked = await scene.own('GET', `${mr.R}?columns=ID,URI,label`)
    assert.equal(asked.text, (await scene.own('GET', mr.R)).text)
  })

  it('resources 46: count and size of what was uploaded', async () => {
    await store(scene.own, `${mr.R}/SUM/files/a.bin`, Buffer.alloc(700))
    assert.deepEqual(await totals(scene.own, mr.R, 'SUM'), ['1', '700'])
    await store(scene.own, `${mr.R}/SUM/files/sub/b.bin`, Buffer.alloc(11))
    assert.deepEqual(await totals(scene.own, mr.R, 'SUM'), ['2', '711'])
    done(await scene.own('DELETE', `${mr.R}/SUM`))
  })

  it('resources 47: tags are joined with commas, named ones as name=tag', async () => {
    done(await scene.own('PUT', `${mr.R}/TAGGED?tags=one,site%3DA&tags=color:red`))
    assert.equal((await folderRow(scene.own, mr.R, 'TAGGED'))['tags'], 'one,site=A,color=red')
    done(await scene.own('DELETE', `${mr.R}/TAGGED`))
  })

  it('resources 48: HEAD has no body', async () => {
    const reply = await scene.own('HEAD', mr.R)
    is(reply, 200)
    assert.equal(reply.bytes.length, 0)
    assert.equal(reply.type, 'application/json')
  })

  it('resources (3.8): a negotiated listing says what it varies on', async () => {
    assert.match(String((await scene.own('GET', mr.R)).headers['vary']), /\bAccept\b/)
  })
})

describe('order', () => {
  let sorted: Session

  before(async () => {
    sorted = await scene.session()
    const folders = ['bb?format=X', 'Aa?format=Y', 'cc?format=X', 'dd']
    for (const folder of folders) done(await scene.own('PUT', `${sorted.R}/${folder}`))
    await store(scene.own, `${sorted.R}/bb/files/f`, Buffer.alloc(10))
    await store(scene.own, `${sorted.R}/Aa/files/f`, Buffer.alloc(9))
    await store(scene.own, `${sorted.R}/cc/files/f`, Buffer.alloc(100))
  })

  const orders: [number | string, string, string[]][] = [
    ['(2.1)', '', ['bb', 'Aa', 'cc', 'dd']],
    [38, '?sortBy=label', ['Aa', 'bb', 'cc', 'dd']],
    ['(2.1)', '?sortBy=LABEL', ['Aa', 'bb', 'cc', 'dd']],
    [39, '?sortBy=label&sortOrder=DESC', ['dd', 'cc', 'bb', 'Aa']],
    [41, '?sortBy=file_size', ['dd', 'Aa', 'bb', 'cc']],
    [41, '?sortBy=file_size&sortOrder=DESC', ['cc', 'bb', 'Aa', 'dd']],
    ['(2.1)', '?sortBy=xnat_abstractresource_id&sortOrder=desc', ['dd', 'cc', 'Aa', 'bb']],
    ['(2.1)', '?sortBy=file_count,%20label', ['dd', 'Aa', 'bb', 'cc']],
    [42, '?sortBy=nosuchcolumn', ['bb', 'Aa', 'cc', 'dd']],
    ['(2.1)', '?sortOrder=DESC', ['bb', 'Aa', 'cc', 'dd']],
  ]
  for (const [line, query, labels] of orders) {
    // Titles: resources 38, 39, 40, 41, 42.
    it(`resources ${line}: R${query} gives ${labels}`, async () => {
      assert.deepEqual(await labelsOf(scene.own, sorted.R + query), labels)
    })
  }

  it('resources 40: two columns, the second decides ties', async () => {
    const labels = await labelsOf(scene.own, `${sorted.R}?sortBy=format,label`)
    assert.deepEqual(
      labels.filter((label) => label !== 'dd'),
      ['bb', 'cc', 'Aa'],
    )
  })
})

describe('all=true', () => {
  let whole: Session
  let assessor: string

  before(async () => {
    whole = await scene.session()
    assessor = await addAssessor(scene, whole, 'QC1')
    const recon = await addReconstruction(scene, whole, 'R1', 'Mean')
    await addScan(scene, whole.path, '2', 'T2')
    await store(scene.own, `${whole.R}/OWN/files/o.txt`)
    await store(scene.own, `${whole.path}/scans/1/resources/DICOM/files/1.dcm`)
    await store(scene.own, `${recon}/out/resources/MEAN/files/m.nii`)
    await store(scene.own, `${recon}/in/resources/INPUT/files/i.nii`)
    await store(scene.own, `${whole.path}/assessors/QC1/out/resources/REPORT/files/r.txt`)
    await store(scene.own, `${whole.path}/assessors/QC1/in/resources/SOURCE/files/s.txt`)
  })

  it('resources 44: scan folders only with all=true, with scan id and type', async () => {
    assert.deepEqual(await labelsOf(scene.own, whole.R), ['OWN'])
    const row = await folderRow(scene.own, `${whole.R}?all=true`, 'DICOM')
    assert.deepEqual([row['category'], row['cat_id'], row['cat_desc']], ['scans', '1', 'T1'])
  })

  it('resources 45: out folders of assessors', async () => {
    const row = await folderRow(scene.own, `${whole.R}?all=true`, 'REPORT')
    assert.deepEqual([row['category'], row['cat_id']], ['assessors', assessor])
  })

  it('resources (2.2): out folders of reconstructions, no in folders', async () => {
    const row = await folderRow(scene.own, `${whole.R}?all=true`, 'MEAN')
    assert.deepEqual([row['category'], row['cat_id'], row['cat_desc']], ['reconstructions', 'R1', 'Mean'])
    const labels = await labelsOf(scene.own, `${whole.R}?all=true`)
    assert.deepEqual(labels.sort(), ['DICOM', 'MEAN', 'OWN', 'REPORT'])
  })

  it('resources (2.2): own folders in the union have an empty cat_desc', async () => {
    const row = await folderRow(scene.own, `${whole.R}?all=true`, 'OWN')
    assert.deepEqual([row['category'], row['cat_id'], row['cat_desc']], ['resources', '', ''])
  })

  for (const [query, all] of [
    ['?all', false],
    ['?all=', true],
    ['?all=yes', true],
    ['?all=FALSE', false],
    ['?all=0', false],
  ] as const) {
    // Titles: resources 209.
    it(`resources ${query === '?all' ? '209' : '(1.6)'}: R${query} is ${all ? 'everything' : 'as without it'}`, async () => {
      assert.equal((await labelsOf(scene.own, whole.R + query)).length, all ? 4 : 1)
    })
  }
})
