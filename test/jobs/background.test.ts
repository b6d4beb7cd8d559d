import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { openBackground } from '../../src/jobs/background.ts'

it('tells work of the background when the process ends, and waits for it', async () => {
  const failures: unknown[] = []
  const { begin, stop } = openBackground((error) => failures.push(error))
  let rounds = 0
  let ended = false
  begin(async (signal) => {
    for (; !signal.aborted; rounds++) await setTimeout(1)
    await setTimeout(20)
    ended = true
  })
  begin(() => Promise.reject(new Error('this one fails')))
  while (rounds < 2) await setTimeout(1)
  await stop()
  assert.ok(rounds > 1)
  assert.equal(ended, true)
  assert.deepEqual(failures.map(String), ['Error: this one fails'])
})
