import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { faultOf } from '../../src/errors.ts'
import { readCsv } from '../../src/formats/csv-read.ts'

describe('reading CSV', () => {
  it('names cells after the first line, whatever ends the lines', () => {
    for (const end of ['\n', '\r\n', '\r'])
      assert.deepEqual(readCsv(['a,b', '1,2', '', '3,4'].join(end)), [
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ])
  })

  it('reads quoted cells with commas, quotes and line ends in them, and passes over a byte order mark', () => {
    assert.deepEqual(readCsv('\uFEFF"a","b ""c"""\n"x, y","1\n2"\n'), [{ a: 'x, y', 'b "c"': '1\n2' }])
  })

  it('leaves cells empty that a row does not have', () => {
    assert.deepEqual(readCsv('a,b,c\n1\n,2,\n'), [
      { a: '1', b: '', c: '' },
      { a: '', b: '2', c: '' },
    ])
  })

  it('refuses an open quote and an empty text', () => {
    for (const text of ['a\n"b', '', '\n\n']) {
      assert.throws(
        () => readCsv(text),
        (error) => faultOf(error)?.kind === 'unreadable',
      )
    }
  })

  it('gives back what was quoted', () => {
    const cell = fc.string().map((text) => text.trim())
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 4 }), (cells) => {
        fc.pre(cells.some((text) => text !== ''))
        const quoted = (texts: readonly string[]) => texts.map((text) => `"${text.replaceAll('"', '""')}"`).join(',')
        const names = cells.map((_, at) => `c${at}`)
        const [row] = readCsv(`${quoted(names)}\n${quoted(cells)}\n`)
        assert.deepEqual(Object.values(row ?? {}), cells)
      }),
    )
  })
})
