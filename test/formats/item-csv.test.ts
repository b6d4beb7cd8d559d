import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { itemToCsv } from '../../src/formats/item-csv.ts'
import { mrScan, types } from './items.ts'

describe('itemToCsv', () => {
  it('writes the names of the fields with a value and the values', () => {
    const fields = { note: 'moved,\n"twice"', ID: '2', 'parameters/tr': 2300, frames: 176 }
    assert.equal(
      itemToCsv(types, { ...mrScan, fields }),
      'xnat_imageScanData_id,xnat_imagescandata_id,ID,note,frames,parameters/tr\n42,42,2,"moved, ""twice""",176,2300.0\n',
    )
  })

  it('scans 70: has two lines', () => {
    assert.equal(itemToCsv(types, mrScan).split('\n').length, 3)
  })
})
