import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { FieldDecl, Kind } from '../../src/model/dictionary.ts'
import { cellText, compareCells, jsonValue, readValue, xmlText } from '../../src/model/values.ts'

const read = (kind: Kind, text: string, more: Partial<FieldDecl> = {}) => readValue({ kind, ...more }, text)
const fault = (kind: Kind, text: string, more: Partial<FieldDecl> = {}) => {
  const outcome = read(kind, text, more)
  return 'fault' in outcome ? outcome.fault : undefined
}
const value = (kind: Kind, text: string, more: Partial<FieldDecl> = {}) => {
  const outcome = read(kind, text, more)
  return 'value' in outcome ? outcome.value : undefined
}

describe('readValue', () => {
  it('takes whole numbers alone as integers', () => {
    assert.equal(value('integer', ' 176 '), 176)
    assert.equal(value('integer', '-0'), 0)
    assert.equal(value('integer', '-2147483648'), -2147483648)
    assert.equal(value('integer', '2147483648', { readonly: true }), 2147483648)
    for (const bad of ['abc', '12.5', '', '1e3', '0x10', '2147483648', '-2147483649', '9'.repeat(20)]) {
      assert.equal(fault('integer', bad), 'Must Be A Valid Integer', bad)
    }
  })

  it('takes decimal and scientific floats, NaN and infinities', () => {
    assert.equal(value('float', '1.50'), 1.5)
    assert.equal(value('float', '1E10'), 1e10)
    assert.equal(value('float', '.5'), 0.5)
    assert.equal(value('float', 'NaN'), 'NaN')
    assert.equal(value('float', '-Infinity'), '-INF')
    for (const bad of ['abc', '', '1,5', '1.2.3', 'nan', '1e400', '-1e400', '9'.repeat(400)])
      assert.equal(fault('float', bad), 'Must Be A Valid Float', bad)
  })

  it('reads every spelling of a date and keeps one', () => {
    for (const text of ['2024-03-05', '03/05/2024', '03.05.2024', '20240305', 'Tue Mar 05 14:02:29 UTC 2024']) {
      assert.equal(value('date', text), '2024-03-05', text)
    }
  })

  it('refuses what is no date and days that do not exist', () => {
    for (const bad of ['2001', '2023-02-29', '13/01/2024', '0000-01-01', 'yesterday', '2024-03-05T01:02:03', '']) {
      assert.equal(fault('date', bad), 'Must Be A Valid Date', bad)
    }
    assert.equal(value('date', '2024-02-29'), '2024-02-29')
  })

  it('reads times of day', () => {
    assert.equal(value('time', '10:12:33'), '10:12:33')
    assert.equal(value('time', '101233'), '10:12:33')
    assert.equal(value('time', '09:37:11.000'), '09:37:11')
    for (const bad of ['24:00:00', '10:60:00', '10', '']) assert.equal(fault('time', bad), 'Must Be A Valid Time', bad)
  })

  it('reads every spelling of a date-time and keeps one', () => {
    for (const text of [
      '2020-01-01 01:02:03',
      '2020-01-01T01:02:03',
      '2020-01-01T01:02:03Z',
      '2020-01-01 01:02:03.000',
    ]) {
      assert.equal(value('datetime', text), '2020-01-01 01:02:03.0', text)
    }
    assert.equal(value('datetime', '2020-01-01 01:02:03.120'), '2020-01-01 01:02:03.12')
    assert.equal(value('datetime', '01/31/2020'), '2020-01-31 00:00:00.0')
    assert.equal(value('datetime', '2020-01-31'), '2020-01-31 00:00:00.0')
    assert.equal(value('datetime', '2020-01-01T00:30:00+01:00'), '2019-12-31 23:30:00.0')
    assert.equal(fault('datetime', '2020-13-01 01:02:03'), 'Must Be A Valid DateTime')
  })

  it('keeps a time without a date where the field says that it will do', () => {
    const time = '10:12:33'
    assert.deepEqual(readValue({ kind: 'datetime', timeAlone: true }, time), { value: time })
    assert.equal(fault('datetime', time), 'Must Be A Valid DateTime')
  })

  it('takes 0, 1, true and false as booleans', () => {
    assert.deepEqual(
      ['0', '1', 'true', 'false'].map((text) => value('boolean', text)),
      [false, true, true, false],
    )
    assert.equal(fault('boolean', 'yes'), 'Must Be A Valid Boolean')
  })

  it('limits the length of text', () => {
    assert.equal(fault('string', 'x'.repeat(300)), 'Must Be Less Than 255 Characters : Current Length (300)')
    assert.equal(value('string', 'x'.repeat(255)), 'x'.repeat(255))
    assert.equal(fault('string', 'Sagittal', { max: 5 }), 'Must Be Less Than 5 Characters : Current Length (8)')
    assert.equal(value('text', 'x'.repeat(70000)), 'x'.repeat(70000))
  })

  it('refuses text that no document could hold', () => {
    for (const bad of ['a\0b', '\x1b[0m', '\ud800', '\uffff']) {
      assert.equal(fault('string', bad), 'Must Not Contain Control Characters')
    }
    assert.equal(value('string', 'a\tb\r\nc 🧠'), 'a\tb\r\nc 🧠')
  })

  it('holds values to their enumeration and least value', () => {
    assert.equal(fault('string', 'middle', { values: ['left', 'right'] }), 'Must Be One Of: left, right')
    assert.equal(fault('float', '-1', { min: 0 }), 'Must Be Greater Than Or Equal To 0')
    assert.equal(value('float', '0', { min: 0 }), 0)
  })

  it('reads its own texts back', () => {
    const kinds = fc.constantFrom<Kind>('string', 'integer', 'float', 'date', 'time', 'datetime', 'boolean')
    const moment = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    const texts = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.double().map(String),
      moment.map((at) => at.toISOString()),
      moment.map((at) => at.toISOString().slice(0, 10)),
    )
    fc.assert(
      fc.property(kinds, texts, (kind, text) => {
        const once = value(kind, text)
        if (once === undefined) return
        assert.deepEqual(value(kind, cellText(kind, once)), once)
        assert.deepEqual(value(kind, xmlText(kind, once)), once)
      }),
    )
  })
})

describe('texts of values', () => {
  it('writes floats in listings as Java does', () => {
    const cases: [number, string][] = [
      [42, '42.0'],
      [0, '0.0'],
      [-0.5, '-0.5'],
      [0.001, '0.001'],
      [0.00025, '2.5E-4'],
      [9999999, '9999999.0'],
      [1e7, '1.0E7'],
      [1e10, '1.0E10'],
      [12345678.9, '1.23456789E7'],
    ]
    for (const [number, text] of cases) assert.equal(cellText('float', number), text)
  })

  it('writes booleans, date-times and floats of XML documents in their own way', () => {
    assert.equal(xmlText('boolean', true), '1')
    assert.equal(xmlText('boolean', false), '0')
    assert.equal(xmlText('datetime', '2020-01-01 01:02:03.0'), '2020-01-01T01:02:03.0')
    assert.equal(xmlText('float', 2300), '2300.0')
    assert.equal(xmlText('integer', 176), '176')
  })

  it('gives JSON numbers, and strings for booleans and names', () => {
    assert.equal(JSON.stringify(jsonValue('float', 1)), '1')
    assert.equal(jsonValue('float', 'NaN'), 'NaN')
    assert.equal(jsonValue('boolean', true), 'true')
    assert.equal(jsonValue('string', '3.0'), '3.0')
  })
})

describe('compareCells', () => {
  const sorted = (kind: Parameters<typeof compareCells>[0], cells: (string | number | null)[]) =>
    cells.toSorted((a, b) => compareCells(kind, a, b))

  it('orders text by code unit, numbers by size, and empty cells last', () => {
    assert.deepEqual(sorted('string', ['2', null, '10', 'a', 'B', '']), ['10', '2', 'B', 'a', null, ''])
    assert.deepEqual(sorted('integer', [10, null, 2]), [2, 10, null])
    assert.deepEqual(sorted('float', ['NaN', 'INF', 1.5, '-INF', null]), ['-INF', 1.5, 'INF', 'NaN', null])
  })
})
