import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compilePattern } from '../../src/dicom/patterns.ts'
import { faultOf } from '../../src/errors.ts'

describe('a regular expression of an administrator', () => {
  for (const [regex, text, expected] of [
    ['.*_([\\w]+)', 'ab_cd', ['ab_cd', 'cd']],
    ['(a)|b', 'b', ['b', undefined]],
    ['(?i)ab', 'AB', ['AB']],
    ['\\Qa.b\\E(.*)', 'a.bc', ['a.bc', 'c']],
    ['\\p{Upper}([\\p{Digit}_]*+)', 'A1_2', ['A1_2', '1_2']],
    ['\\Aab\\z', 'ab', ['ab']],
    ['(?!x).*', 'y', ['y']],
    ['ab', 'xab', undefined],
    ['a|ab', 'ab', ['ab']],
  ] as const) {
    it(`${regex} finds ${JSON.stringify(expected)} in all of ${text}`, () => {
      assert.deepEqual(compilePattern(regex, 'x').whole(text), expected)
    })
  }

  it('replaces every match, with groups and signs taken as they are', () => {
    assert.equal(compilePattern('6', 'x').replace('1656', 'X'), '1X5X')
    assert.equal(compilePattern('(b)(c)', 'x').replace('abcd', '$2\\$$1'), 'ac$bd')
  })

  it('is refused when it is none', () => {
    assert.throws(
      () => compilePattern('(', 'rules'),
      (error) => faultOf(error)?.kind === 'invalid',
    )
  })

  it('that would run away matches nothing instead', () => {
    const runaway = compilePattern('(a+)+b', 'x')
    assert.equal(runaway.whole('a'.repeat(64)), undefined)
    assert.equal(runaway.occursIn('a'.repeat(1024)), false)
    assert.equal(runaway.replace('a'.repeat(64), 'c'), 'a'.repeat(64))
    assert.deepEqual(runaway.whole('aab'), ['aab', 'aa'])
    assert.equal(compilePattern('.*.*.*.*.*.*x', 'x').whole('a'.repeat(1024)), undefined)
  })
})
