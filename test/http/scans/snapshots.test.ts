import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Reply } from '../../support/caller.ts'
import { type Element, imageOf, readPng } from '../../support/pixels.ts'
import { COLUMNS, withImages as imagesIn, ROWS, shaded, window, xapi } from './pictured.ts'
import { is, openSetting, type Session, type Setting, sideBySide } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

const withImages = (...shades: number[]): Promise<Session> => imagesIn(here, shades)

const store = (at: Session, name: string, bytes: Buffer): Promise<void> =>
  here.store(at, '1', `DICOM/files/${name}`, bytes)

async function png(at: Session, rest: string): Promise<ReturnType<typeof readPng>> {
  const reply = await here.own('GET', `${xapi(at, rest)}?format=png`)
  is(reply, 200)
  assert.equal(reply.type, 'image/png')
  return readPng(reply.bytes)
}

/** Size of a GIF: columns, then rows. */
const gifSize = ({ bytes }: Reply): number[] => [bytes.readUInt16LE(6), bytes.readUInt16LE(8)]

async function kept(at: Session, scan = '1'): Promise<string[]> {
  const reply = await here.own('GET', `${at.scans}/${scan}/resources/SNAPSHOTS/files?format=json`)
  is(reply, 200)
  return reply.rows().map((row) => `${row['Name']} ${row['file_content']} ${row['file_format']}`)
}

const usual = (label: string): string[] => [
  `${label}_1_qc.gif ORIGINAL GIF`,
  `${label}_1_qc_t.gif THUMBNAIL GIF`,
  `${label}_1_qc.png ORIGINAL PNG`,
  `${label}_1_qc_t.png THUMBNAIL PNG`,
]

describe('a snapshot', () => {
  it('import 150: is the middle slice by instance number, a GIF; its thumbnail has half the size', async () => {
    const at = await withImages(50, 100, 200, 250)
    const snapshot = await here.own('GET', xapi(at, 'snapshot'))
    is(snapshot, 200)
    assert.equal(snapshot.type, 'image/gif')
    assert.deepEqual(gifSize(snapshot), [COLUMNS, ROWS])
    // Of four slices the third in order of their numbers.
    assert.deepEqual(await png(at, 'snapshot'), { ...slice(COLUMNS, ROWS, 100), channels: 1 })
    const thumbnail = await here.own('GET', xapi(at, 'thumbnail'))
    assert.equal(thumbnail.type, 'image/gif')
    assert.deepEqual(gifSize(thumbnail), [COLUMNS / 2, ROWS / 2])
    assert.deepEqual(await png(at, 'thumbnail'), { ...slice(COLUMNS / 2, ROWS / 2, 100), channels: 1 })
  })

  it('import 150: is kept with the scan under SNAPSHOTS, and counted', async () => {
    const at = await withImages(50, 100, 200)
    is(await here.own('GET', xapi(at, 'thumbnail')), 200)
    assert.deepEqual(await kept(at), usual(at.label))
    const folders = (await here.own('GET', `${at.scans}/1/resources?format=json`)).rows()
    const folder = folders.find(({ label }) => label === 'SNAPSHOTS')!
    const files = (await here.own('GET', `${at.scans}/1/resources/SNAPSHOTS/files?format=json`)).rows()
    const bytes = files.reduce((sum, { Size }) => sum + Number(Size), 0)
    assert.deepEqual([folder['file_count'], folder['file_size']], ['4', String(bytes)])
  })

  it('import 151: is the file of its content, also when nobody has asked for it before', async () => {
    for (const [content, size] of [
      ['ORIGINAL', [COLUMNS, ROWS]],
      ['THUMBNAIL', [COLUMNS / 2, ROWS / 2]],
      ['2X1', [2 * COLUMNS, ROWS]],
      ['2X1_THUMBNAIL', [COLUMNS, ROWS / 2]],
    ] as const) {
      const at = await withImages(50, 100, 200)
      const files = `${at.byId}/1/resources/SNAPSHOTS/files`
      const reply = await here.own('GET', `${files}?file_content=${content}&index=0`)
      is(reply, 200)
      assert.deepEqual([reply.type, gifSize(reply)], ['image/gif', size])
    }
  })

  it('stands in the catalog of its folder, also when nobody has asked for it before', async () => {
    const at = await withImages(50)
    const reply = await here.col('GET', `${at.byId}/1/resources/SNAPSHOTS`)
    is(reply, 200)
    for (const name of usual(at.label)) assert.ok(reply.text.includes(`name="${name.split(' ')[0]}"`), reply.text)
  })

  it('is found through project and subject as well', async () => {
    const at = await withImages(50)
    for (const path of ['/projects/PRJ1', '/projects/PRJ1/subjects/S01']) {
      const reply = await here.own('GET', `/xapi${path}/experiments/${at.label}/scan/1/snapshot`)
      is(reply, 200)
      assert.equal(reply.type, 'image/gif')
    }
  })

  it('comes as PNG or JPEG for those who ask for nothing else', async () => {
    const at = await withImages(50)
    for (const [query, accept, type] of [
      ['', '*/*', 'image/gif'],
      ['', 'image/avif,image/webp,image/*,*/*;q=0.8', 'image/gif'],
      ['', 'image/png', 'image/png'],
      ['', 'image/jpeg', 'image/jpeg'],
      ['?format=jpg', '*/*', 'image/jpeg'],
      ['?format=image/png', '*/*', 'image/png'],
      ['?format=json', '*/*', 'image/gif'],
    ] as const) {
      const reply = await here.own('GET', `${xapi(at, 'snapshot')}${query}`, { headers: { accept } })
      is(reply, 200)
      assert.deepEqual([reply.type, Number(reply.headers['content-length'])], [type, reply.bytes.length])
      const head = await here.own('HEAD', `${xapi(at, 'snapshot')}${query}`, { headers: { accept } })
      assert.deepEqual([head.type, head.headers['content-length']], [type, String(reply.bytes.length)])
    }
  })

  it('is not sent again to somebody who has it', async () => {
    const place = xapi(await withImages(50), 'snapshot')
    const { etag } = (await here.own('GET', place)).headers
    is(await here.own('GET', place, { headers: { 'if-none-match': etag! } }), 304)
  })
})

const slice = (columns: number, rows: number, shade: number) => ({
  columns,
  rows,
  shades: new Array<number>(columns * rows).fill(shade),
})

describe('a view of several slices', () => {
  it('shows them row by row, each as large as the largest, the rest black', async () => {
    const at = await here.sessionWith('1')
    for (const [index, shade] of [10, 60, 110, 160, 210].entries()) {
      await store(at, `${index}.dcm`, shaded(shade, index, index === 2 ? 2 * COLUMNS : COLUMNS))
    }
    // ⌊5/4⌋·i + ⌊5/8⌋: the first four of five.
    const { columns, rows, shades } = await png(at, 'snapshot/2X2')
    assert.deepEqual([columns, rows], [4 * COLUMNS, 2 * ROWS])
    const line = (row: number): number[] => shades.slice(row * columns, (row + 1) * columns)
    const cells = (...all: (readonly [number, number])[]): number[] =>
      all.flatMap(([shade, width]) => new Array<number>(width).fill(shade))
    const upper = cells([10, COLUMNS], [0, COLUMNS], [60, COLUMNS], [0, COLUMNS])
    const lower = cells([110, 2 * COLUMNS], [160, COLUMNS], [0, COLUMNS])
    for (let row = 0; row < 2 * ROWS; row++) assert.deepEqual(line(row), row < ROWS ? upper : lower)
  })

  it('has black cells where the scan has fewer slices', async () => {
    const at = await withImages(200)
    const { columns, rows, shades } = await png(at, 'snapshot/2X1')
    assert.deepEqual([columns, rows], [2 * COLUMNS, ROWS])
    assert.deepEqual([shades[0], shades[COLUMNS - 1], shades[COLUMNS], shades.at(-1)], [200, 200, 0, 0])
  })

  it('is kept under its own name and content', async () => {
    const at = await withImages(50, 100)
    is(await here.own('GET', xapi(at, 'thumbnail/3X2')), 200)
    const names = (await kept(at)).filter((name) => name.includes('3x2'))
    assert.deepEqual(names, [
      `${at.label}_1_3x2_qc.gif 3X2 GIF`,
      `${at.label}_1_3x2_qc_t.gif 3X2_THUMBNAIL GIF`,
      `${at.label}_1_3x2_qc.png 3X2 PNG`,
      `${at.label}_1_3x2_qc_t.png 3X2_THUMBNAIL PNG`,
    ])
  })

  it('is kept for sixteen views of a scan, and drawn each time for more', async () => {
    const at = await withImages(50)
    for (let columns = 1; columns <= 18; columns++) {
      const reply = await here.col('GET', xapi(at, `snapshot/${columns}X1`))
      assert.deepEqual(gifSize(reply), [columns * COLUMNS, ROWS])
    }
    assert.equal((await kept(at)).length, 16 * 4)
  })

  it('import 150: is one slice where its text is malformed', async () => {
    const at = await withImages(50, 100)
    const plain = await here.own('GET', xapi(at, 'snapshot'))
    for (const view of ['1X1', 'nonsense', '0X2', '2X', '2Y2', '-1X3', '99999X99999']) {
      const reply = await here.own('GET', xapi(at, `snapshot/${view}`))
      is(reply, 200)
      assert.deepEqual(reply.bytes, plain.bytes, view)
    }
    assert.deepEqual(await kept(at), usual(at.label))
  })

  it('takes the frames of one file as slices', async () => {
    const at = await here.sessionWith('1')
    const frames = Uint8Array.from({ length: 3 * COLUMNS * ROWS }, (_, index) => 40 * Math.ceil((index + 1) / 24))
    const elements: readonly Element[] = [...window, ['00280008', 'IS', 3]]
    await store(at, 'all.dcm', imageOf({ columns: COLUMNS, rows: ROWS, pixels: frames, elements }))
    assert.deepEqual((await png(at, 'snapshot')).shades, slice(COLUMNS, ROWS, 80).shades)
    const { shades } = await png(at, 'snapshot/3X1')
    assert.deepEqual([shades[0], shades[COLUMNS], shades[2 * COLUMNS]], [40, 80, 120])
  })
})

describe('snapshots are made by the archive', () => {
  it('for whoever may read the scan, and for nobody else', async () => {
    const at = await withImages(50)
    is(await here.str('GET', xapi(at, 'snapshot')), 404)
    is(await here.anon('GET', xapi(at, 'snapshot')), 401)
    is(await here.str('GET', `${at.byId}/1/resources/SNAPSHOTS/files?file_content=ORIGINAL&index=0`), 404)
    assert.deepEqual((await here.own('GET', `${at.scans}/1/resources?format=json`)).rows().length, 1)
    is(await here.col('GET', xapi(at, 'snapshot')), 200)
    assert.deepEqual(await kept(at), usual(at.label))
  })

  it('once for all who ask at the same time', async () => {
    const at = await withImages(50, 100, 200)
    const replies = await sideBySide(6, (index) => here.col('GET', xapi(at, index % 2 ? 'snapshot' : 'thumbnail')))
    for (const reply of replies) is(reply, 200)
    assert.deepEqual(await kept(at), usual(at.label))
    const { history } = (await here.own('GET', `/data/experiments/${at.id}/history`)).json()
    const made = history.filter(({ action }: { action: string }) => action === 'Created Snapshots')
    assert.deepEqual(
      made.map(({ user, type }: { user: string; type: string }) => [user, type]),
      [['isocenter', 'PROCESS']],
    )
  })

  it('again when the DICOM files of the scan have changed', async () => {
    const at = await withImages(50)
    assert.equal((await png(at, 'snapshot')).shades[0], 50)
    const place = `${at.scans}/1/resources/DICOM/files/0.dcm`
    const headers = { 'content-type': 'application/octet-stream' }
    is(await here.own('PUT', `${place}?overwrite=true`, { headers, body: shaded(90, 1) }), 200)
    assert.equal((await png(at, 'snapshot')).shades[0], 90)
    await store(at, 'next.dcm', shaded(140, 2))
    assert.equal((await png(at, 'snapshot')).shades[0], 140)
    assert.deepEqual(await kept(at), usual(at.label))
    is(await here.own('DELETE', `${at.scans}/1/resources/DICOM/files/next.dcm`), 200)
    assert.equal((await png(at, 'snapshot')).shades[0], 90)
  })

  it('and never in place of what people have put there', async () => {
    const at = await withImages(50)
    const bytes = Buffer.from('GIF89a of a pipeline')
    const name = `${at.label}_1_qc.gif`
    await here.store(at, '1', `SNAPSHOTS/files/${name}?content=ORIGINAL&format=GIF`, bytes)
    assert.deepEqual((await here.own('GET', xapi(at, 'snapshot'))).bytes, bytes)
    assert.deepEqual(gifSize(await here.own('GET', xapi(at, 'thumbnail'))), [COLUMNS / 2, ROWS / 2])
    assert.deepEqual(await kept(at), [`${name} ORIGINAL GIF`])
  })

  it('of a locked session they are shown and not kept', async () => {
    const at = await withImages(50)
    is(await here.own('PUT', `/data/experiments/${at.id}?_lock=true`), 200)
    for (const _ of [1, 2]) assert.equal((await png(at, 'snapshot')).shades[0], 50)
    const folders = (await here.own('GET', `${at.scans}/1/resources?format=json`)).rows()
    assert.deepEqual(
      folders.map(({ label }) => label),
      ['DICOM'],
    )
  })
})
