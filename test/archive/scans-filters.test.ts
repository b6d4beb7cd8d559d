import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cellFilter } from '../../src/archive/cell-filters.ts'
import type { Cell, ColumnKind } from '../../src/model/table.ts'

describe('a filter over cells', () => {
  for (const [kind, value, passing, others] of [
    ['string', 'T1', ['T1'], ['t1', 'T12', 'T', null, '']],
    ['string', 'T1,T2', ['T1', 'T2'], ['T1,T2']],
    ['string', 'a*b*c', ['abc', 'a-b-b-c', 'abbc'], ['ab', 'acb', 'xabc']],
    ['string', '%a', ['a', 'ba'], ['ab']],
    ['string', 'a*a', ['aa', 'aba'], ['a']],
    ['string', '*', ['x'], [null, '']],
    ['string', 'a.c', ['a.c'], ['abc']],
    ['integer', '9-10', [9, 10], [8, 11, null]],
    ['integer', '1,3-4', [1, 3, 4], [2]],
    ['integer', 'x', [], [0, 1]],
    ['float', '2.5', [2.5], [2]],
    ['date', '02/01/2024-03/31/2024', ['2024-02-01', '2024-03-31'], ['2024-04-01', null]],
    ['date', '2024-02-01', ['2024-02-01'], ['2024-02-02']],
    ['date', '2024-02-01-2024-02-03', ['2024-02-02'], ['2024-02-04']],
    ['date', 'soon', [], ['2024-02-02']],
    ['datetime', '20240201', ['2024-02-01 10:00:00.0'], ['2024-02-02 10:00:00.0']],
    ['boolean', '1', [true], [false]],
    ['boolean', 'false', [false], [true, null]],
  ] as const satisfies readonly (readonly [ColumnKind, string, readonly Cell[], readonly Cell[]])[]) {
    it(`${kind} ${value} lets pass what it means`, () => {
      const passes = cellFilter(kind, value)
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
    const passes = cellFilter('string', `${'a*'.repeat(60)}b`)
    const started = performance.now()
    assert.equal(passes('a'.repeat(10_000)), false)
    assert.ok(performance.now() - started < 1000)
  })
})
