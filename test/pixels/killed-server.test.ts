import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { run } from '../support/run.ts'

/** Far less than the picture takes, far more than a thread needs to start and to look. */
const PATIENCE_MS = 10_000

/** A server that has a picture drawn whose bytes must be turned round one by one, half a billion of them. */
const server = `
  import { openPictureProcesses } from '${new URL('../../src/pixels/picture-processes.ts', import.meta.url)}'
  const form = { length: 2 ** 29, word: 1.0001, from: 0, to: 0, bits: 0, compressed: false, float: false }
  const pieces = (async function* () { console.log('drawing') })()
  const cells = (async function* () { yield { frame: { form, look: {}, pieces }, x: 0, y: 0 } })()
  const canvas = { columns: 1, rows: 1, colour: false }
  await openPictureProcesses().draw({ canvas, cells }, async () => undefined)
`

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

it('a process in the middle of a picture ends when its server was killed', async () => {
  const parent = spawn(process.execPath, ['--input-type=module', '-e', server], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(parent.stdout, 'data')
  const { said } = await run('pgrep', ['-P', String(parent.pid)])
  const drawing = Number(said)
  assert.ok(drawing > 0, said)
  try {
    await pause(500)
    assert.ok(lives(drawing), 'it draws')
    parent.kill('SIGKILL')
    for (let waited = 0; lives(drawing) && waited < PATIENCE_MS; waited += 50) await pause(50)
    assert.ok(!lives(drawing), 'it goes on without its server')
  } finally {
    parent.kill('SIGKILL')
    if (lives(drawing)) process.kill(drawing, 'SIGKILL')
  }
})
