import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import fs, { mkdtempSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it, mock } from 'node:test'
import { NewFile } from '../../src/blobs/new-file.ts'
import { Slots } from '../../src/blobs/slots.ts'

const folder = mkdtempSync(join(tmpdir(), 'new-file-'))
after(() => rm(folder, { recursive: true }))

describe('a new file', () => {
  for (const [name, begin] of [
    ['memory that begins with a page', 0],
    ['memory that no disk takes directly', 1],
  ] as const) {
    it(`has all that was written from ${name}, in whatever order`, async () => {
      const path = join(folder, `from-${begin}`)
      const bytes = new Uint8Array(new Slots('small').take()).subarray(begin, begin + 300_001)
      bytes.set(randomBytes(bytes.length))
      const file = NewFile.make(path)
      await Promise.all([
        file.write(bytes.subarray(131_072), 131_072),
        file.write(bytes.subarray(0, 65_536), 0),
        file.write(bytes.subarray(65_536, 131_072), 65_536),
      ])
      await file.sync()
      file.close()
      assert.ok((await readFile(path)).equals(bytes))
    })
  }

  it('is not made where there is one', async () => {
    const path = join(folder, 'twice')
    const file = NewFile.make(path)
    assert.throws(() => NewFile.make(path), { code: 'EEXIST' })
    await file.write(Buffer.from('x'), 0)
    file.close()
    assert.equal(await readFile(path, 'utf8'), 'x')
  })

  it('is not left behind when it cannot be opened a second time', async () => {
    const before = await readdir(folder)
    const open = fs.openSync
    const full = mock.method(fs, 'openSync', (path: string, flags: string | number, mode?: number) => {
      if (flags === 'wx') return open(path, flags, mode)
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' })
    })
    try {
      assert.throws(() => NewFile.make(join(folder, 'one-too-many')), { code: 'EMFILE' })
    } finally {
      full.mock.restore()
    }
    assert.deepEqual(await readdir(folder), before)
  })
})
