import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keepAndName, releaseAll } from '../../src/archive/blobs.ts'
import type { Staged } from '../../src/blobs/blob-store.ts'
import { loopTurns } from '../support/loop-turns.ts'

const db = { soon: <T>(work: () => Promise<T>) => work() }

/** A staged copy that notes what is done with it. */
function copyOf(key: string, notes: string[]): Staged {
  return {
    digest: { key, md5: '', size: 1, crc32: 0 },
    keep: async () => void notes.push(`keep ${key}`),
    release: async () => void notes.push(`release ${key}`),
  }
}

describe('keepAndName', () => {
  it('resources (9.2): keeps equal bytes once, and releases every copy', async () => {
    const notes: string[] = []
    const staged = ['a', 'b', 'a', 'a'].map((key) => copyOf(key, notes))
    await keepAndName(db, staged, async () => void notes.push('named'))
    assert.deepEqual(notes.slice(0, 2).sort(), ['keep a', 'keep b'])
    assert.deepEqual(notes.slice(2), ['named', 'release a', 'release b', 'release a', 'release a'])
  })

  it('resources (10): releases them when naming fails', async () => {
    const notes: string[] = []
    const failing = keepAndName(db, [copyOf('a', notes)], async () => Promise.reject(new Error('full')))
    await assert.rejects(failing, /full/)
    assert.deepEqual(notes, ['keep a', 'release a'])
  })

  it('lets others have their turn while it releases many', async () => {
    const notes: string[] = []
    const staged = Array.from({ length: 100 }, (_, at) => copyOf(`${at}`, notes))
    const turns = loopTurns()
    await releaseAll(staged)
    assert.ok(turns.end() >= 10)
    assert.deepEqual(
      notes,
      staged.map(({ digest }) => `release ${digest.key}`),
    )
  })
})
