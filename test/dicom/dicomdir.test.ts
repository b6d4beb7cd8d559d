import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { directoryEntry, writeDicomdir } from '../../src/dicom/dicomdir.ts'
import { readHeader } from '../../src/dicom/header.ts'
import { instance, type Values } from '../support/dicom.ts'

type Record = Readonly<{ kind: string; values: Readonly<{ [tag: string]: string }>; below: readonly Record[] }>

/** The records from an offset on, followed as a reader of media does: next sibling, first below. */
function recordsAt(bytes: Buffer, offset: number): Record[] {
  const records: Record[] = []
  for (let at = offset; at !== 0; ) {
    assert.equal(bytes.readUInt32LE(at), 0xe000fffe, `no item at byte ${at}`)
    const values = elementsIn(bytes, at + 8, at + 8 + bytes.readUInt32LE(at + 4))
    const number = (tag: string) => Buffer.from(values[tag] ?? '', 'latin1').readUInt32LE()
    records.push({ kind: text(values['00041430']), values, below: recordsAt(bytes, number('00041420')) })
    at = number('00041400')
  }
  return records
}

function elementsIn(bytes: Buffer, start: number, end: number): { [tag: string]: string } {
  const values: { [tag: string]: string } = {}
  let last = ''
  for (let at = start; at < end; ) {
    const tag = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)]
      .map((part) => part.toString(16).padStart(4, '0'))
      .join('')
    assert.ok(tag > last, `${tag} after ${last}`)
    last = tag
    const long = ['SQ', 'OB'].includes(bytes.toString('latin1', at + 4, at + 6))
    const [length, value] = long ? [bytes.readUInt32LE(at + 8), at + 12] : [bytes.readUInt16LE(at + 6), at + 8]
    assert.equal(length % 2, 0)
    values[tag] = bytes.toString('latin1', value, value + length)
    at = value + length
  }
  return values
}

const text = (value: string | undefined) => (value ?? '').replace(/[ \0]$/, '')

function patientsOf(...all: Values[]): Record[] {
  const entries = all.map((values, at) =>
    directoryEntry(readHeader(instance(values)), ['DICOM', 'SC000001', `IM${at}`]),
  )
  const bytes = writeDicomdir(entries, '2.25.7')
  assert.equal(bytes.toString('latin1', 128, 132), 'DICM')
  const body = 132 + 12 + bytes.readUInt32LE(140)
  const head = elementsIn(bytes, body, bytes.length)
  return recordsAt(bytes, Buffer.from(head['00041200'] ?? '', 'latin1').readUInt32LE())
}

describe('a DICOMDIR', () => {
  it('leads from patients over studies and series to the files', () => {
    const [patient, ...others] = patientsOf(
      {},
      { SOPInstanceUID: '1.2' },
      { SOPInstanceUID: '1.3', SeriesInstanceUID: '1.9' },
    )
    assert.deepEqual(others, [])
    assert.deepEqual([patient?.kind, patient?.below[0]?.kind], ['PATIENT', 'STUDY'])
    const series = patient?.below[0]?.below ?? []
    assert.deepEqual(
      series.map((one) => [one.kind, one.below.length]),
      [
        ['SERIES', 2],
        ['SERIES', 1],
      ],
    )
    const images = series.flatMap((one) => one.below)
    assert.deepEqual(
      images.map((one) => text(one.values['00041500'])),
      ['DICOM\\SC000001\\IM0', 'DICOM\\SC000001\\IM1', 'DICOM\\SC000001\\IM2'],
    )
    assert.deepEqual(text(images[1]?.values['00041511']), '1.2')
  })

  it('keeps patients and studies apart', () => {
    const patients = patientsOf({ PatientID: 'A' }, { PatientID: 'B' }, { PatientID: 'A', StudyInstanceUID: '1.7' })
    assert.deepEqual(
      patients.map((one) => [text(one.values['00100020']), one.below.length]),
      [
        ['A', 2],
        ['B', 1],
      ],
    )
  })

  it('of no files has no records', () => {
    assert.deepEqual(patientsOf(), [])
  })
})
