import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cellFilter } from '../../src/archive/cell-filters.ts'
import { faultOf } from '../../src/errors.ts'
import type { Cell, ColumnKind } from '../../src/model/table.ts'
import { parseXmlPath } from '../../src/model/xml-path.ts'

const path = parseXmlPath('xnat:imageScanData/validation/date')!

describe('a filter over cells', () => {
  for (const [kind, value, passing, others] of [
    ['string', 'T1', ['T1'], ['t1', 'T12', 'T', null, '']],
    ['string', 'T1,T2', ['T1', 'T2'], ['T1,T2']],
    ['string', 'a*b*c', ['abc', 'a-b-b-c', 'abbc'], ['ab', 'acb', 'xabc']],
    ['string', '%a', ['a', 'ba'], ['ab']],
    ['string', 'a*a', ['aa', 'aba'], ['a']],
    ['string', '*', ['x'], [null, '']],
    ['string', 'a.c', ['a.c'], ['abc']],
    ['string', ' a, b', [' a', 'a', ' b', 'b'], ['a ']],
    ['time', '101233,11:00:00.000,1*', ['10:12:33', '11:00:00', '12:00:00'], ['09:00:00']],
    ['integer', '9-10', [9, 10], [8, 11, null]],
    ['integer', '1,3-4', [1, 3, 4], [2]],
    ['integer', '-3--1', [-3, -1], [0, 1]],
    ['integer', '5,', [5], [0]],
    ['integer', ',', [0, null], []],
    ['float', '2.5', [2.5], [2]],
    ['float', '-1.5-1e2', [-1.5, 0, 100], [-2, 101]],
    ['date', '02/01/2024-03/31/2024', ['2024-02-01', '2024-03-31'], ['2024-04-01', null]],
    ['date', '2024-02-01', ['2024-02-01'], ['2024-02-02']],
    ['date', '2024-02-01-2024-02-03', ['2024-02-02'], ['2024-02-04']],
    ['datetime', '20240201', ['2024-02-01 10:00:00.0'], ['2024-02-02 10:00:00.0']],
    ['boolean', '1', [true], [false]],
    ['boolean', 'false', [false], [true, null]],
  ] as const satisfies readonly (readonly [ColumnKind, string, readonly Cell[], readonly Cell[]])[]) {
    it(`${kind} ${value} lets pass what it means`, () => {
      const passes = cellFilter({ path, kind, value })
      assert.deepEqual(
        passing.map((cell) => passes(cell)),
        passing.map(() => true),
      )
      assert.deepEqual(
        others.map((cell) => passes(cell)),
        others.map(() => false),
      )
    })
  }

  it('of many wildcards takes no long time', () => {
    const passes = cellFilter({ path, kind: 'string', value: `${'a*'.repeat(60)}b` })
    const started = performance.now()
    assert.equal(passes('a'.repeat(10_000)), false)
    assert.ok(performance.now() - started < 1000)
  })

  for (const [kind, value, wrong] of [
    ['integer', 'x', 'numbers and ranges such as 10-20, not x'],
    ['integer', '1,2-', 'numbers and ranges such as 10-20, not 2-'],
    ['float', '1..2', 'numbers and ranges such as 1.5-2, not 1..2'],
    ['date', 'soon', 'dates and ranges such as 2024-01-31 or 01/01/2024-12/31/2024, not soon'],
    ['datetime', '2024-02-30', 'dates and ranges such as 2024-01-31 or 01/01/2024-12/31/2024, not 2024-02-30'],
    ['boolean', 'maybe', 'true and false, not maybe'],
  ] as const) {
    it(`${kind} ${value} is refused, and the field named`, () => {
      const because = `A filter on validation/date takes ${wrong}.`
      assert.throws(
        () => cellFilter({ path, kind, value }),
        (error) => {
          assert.deepEqual(faultOf(error), { kind: 'invalid', field: 'validation/date', because })
          return true
        },
      )
    })
  }
})
