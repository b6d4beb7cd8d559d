import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keepAndName } from '../../src/archive/blobs.ts'
import type { Staged } from '../../src/blobs/blob-store.ts'

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
})
