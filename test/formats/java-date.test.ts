import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dateInLayout } from '../../src/formats/java-date.ts'

describe('a date in a layout', () => {
  const at = '2024-03-05T14:02:09.007Z'
  for (const [layout, text] of [
    ['yyyy-MM-dd HH:mm:ss.SSS', '2024-03-05 14:02:09.007'],
    ['EEE MMM dd HH:mm:ss zzz yyyy', 'Tue Mar 05 14:02:09 UTC 2024'],
    ['EEEE, d. MMMM yy', 'Tuesday, 5. March 24'],
    ["h:mm a 'o''clock'", "2:02 PM o'clock"],
    ["yyyy-MM-dd'T'HH:mm:ssZ", '2024-03-05T14:02:09+0000'],
  ] as const) {
    it(`${layout} is ${text}`, () => {
      assert.equal(dateInLayout(layout, at), text)
    })
  }

  it('needs letters that mean something', () => {
    assert.equal(dateInLayout('yyyy-qq', at), undefined)
  })
})
