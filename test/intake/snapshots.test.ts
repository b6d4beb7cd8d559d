import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { listFiles } from '../../src/archive/file-listing.ts'
import { putFiles } from '../../src/archive/files.ts'
import { putScan } from '../../src/archive/scans.ts'
import { openPictures } from '../../src/intake/pictures.ts'
import { prepareSnapshots } from '../../src/intake/snapshots.ts'
import type { ParentAddress } from '../../src/model/address.ts'
import { admin, makeProject, makeSession, openTestArchive, why } from '../support/archive.ts'
import { imageOf } from '../support/pixels.ts'

test('the snapshots that scans should have are made at once, of what has images', async () => {
  const { archive, close } = await openTestArchive()
  const pictures = openPictures()
  try {
    await makeProject(archive, 'P1')
    const session = await makeSession(archive, 'P1', 'MR01')
    const patch = { faults: [], assignments: [], removesAbsent: false, namedType: 'xnat:mrScanData' }
    for (const scan of ['2', '3']) await putScan(archive, admin, why, { at: { experiment: session, scan }, patch })
    const parentOf = (scans: string): ParentAddress => ({ kind: 'scan', at: { experiment: session }, scans })
    for (const [scan, bytes] of [
      ['1', imageOf({ columns: 4, rows: 4, pixels: new Uint8Array(16) })],
      ['2', Buffer.from('no DICOM')],
    ] as const) {
      const files = (async function* () {
        yield { path: 'a.dcm', bytes: Readable.from([bytes]) }
      })()
      const upload = { parent: parentOf(scan), folder: 'DICOM', files, overwrite: false, described: { tags: [] } }
      await putFiles(archive, admin, why, upload)
    }
    for (const scan of ['1', '2', '3'])
      await prepareSnapshots(pictures, archive, admin, { at: { experiment: session, scan }, contents: [] })
    const everything = { parent: parentOf('ALL'), formats: [], contents: [] }
    const paths = (await listFiles(archive, admin, everything)).map(({ row }) => row.path)
    assert.deepEqual(paths.sort(), [
      'MR01_1_qc.gif',
      'MR01_1_qc.png',
      'MR01_1_qc_t.gif',
      'MR01_1_qc_t.png',
      'a.dcm',
      'a.dcm',
    ])
  } finally {
    await pictures.close()
    await close()
  }
})
