import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Archive } from '../../src/archive/archive.ts'
import { deleteFiles } from '../../src/archive/file-deletion.ts'
import { putFiles } from '../../src/archive/files.ts'
import { createResource, deleteResources, listResources } from '../../src/archive/resources.ts'
import { faultOf } from '../../src/errors.ts'
import type { ParentAddress } from '../../src/model/address.ts'
import type { IncomingFile } from '../../src/model/incoming-file.ts'
import {
  admin,
  makeProject,
  makeSession,
  openTestArchive,
  sent,
  storeFiles,
  type TestArchive,
  textsOf,
  why,
} from '../support/archive.ts'
import { loopTurns } from '../support/loop-turns.ts'

let test: TestArchive
let archive: Archive
let count = 0
let parent: ParentAddress

before(async () => {
  test = await openTestArchive()
  archive = test.archive
  await makeProject(archive, 'P')
  parent = { kind: 'experiment', at: { experiment: await makeSession(archive, 'P', 'MR1') } }
})
after(() => test?.close())

/** A folder label that nobody has used. */
const fresh = () => `F${++count}`
const described = { tags: [] }

const upload = (folder: string, files: AsyncIterable<IncomingFile>, overwrite = false) =>
  putFiles(archive, admin, why, { parent, folder, files, overwrite, described })

async function folders(): Promise<Record<string, [unknown, unknown]>> {
  const { rows } = await listResources(archive, admin, parent, false)
  return Object.fromEntries(rows.map((row) => [row[1], [row[6], row[7]]]))
}

const isKind = (kind: string) => (error: unknown) => faultOf(error)?.kind === kind

describe('an upload', () => {
  it('stores every file in one change, many of them as well', async () => {
    const folder = fresh()
    const many = async function* () {
      for (let at = 0; at < 1500; at++) yield { path: `d${at % 10}/${at}`, bytes: sent(String(at % 50)) }
    }
    assert.deepEqual(await upload(folder, many()), { refused: false, stored: 1500, duplicates: [] })
    const [files] = (await folders())[folder] ?? []
    assert.equal(files, 1500)
    const events = await archive.db.reads
      .selectFrom('events')
      .select('detail')
      .where('detail', 'like', `%${folder}%`)
      .execute()
    assert.deepEqual(
      events.map(({ detail }) => detail),
      [`resource ${folder}, 1500 files`],
    )
  })

  it('lets others have their turn while it replaces many', async () => {
    const folder = fresh()
    const many = async function* (text: string) {
      for (let at = 0; at < 1100; at++) yield { path: `${at}`, bytes: sent(text) }
    }
    await upload(folder, many('first'))
    let turns = 0
    const change: Archive['db']['change'] = (act, extent) =>
      archive.db.change(async (tx) => {
        const counting = loopTurns()
        return act(tx).finally(() => {
          turns = counting.end()
        })
      }, extent)
    const watched = { ...archive, db: Object.create(archive.db, { change: { value: change } }) }
    const again = { parent, folder, files: many('second one'), overwrite: true, described: { tags: ['t'] } }
    assert.deepEqual(await putFiles(watched, admin, why, again), { refused: false, stored: 1100, duplicates: [] })
    // Three statements look for the rows, three write them.
    assert.ok(turns >= 4, `${turns} turns`)
    assert.deepEqual((await folders())[folder], [1100, 11_000])
    assert.deepEqual(new Set(Object.values(await textsOf(archive, { parent, folder }))), new Set(['second one']))
  })

  it('leaves nothing when a later file breaks off', async () => {
    const folder = fresh()
    const files = async function* () {
      yield { path: 'whole', bytes: sent('whole') }
      yield { path: 'cut', bytes: sent('cut'), size: 1000 }
    }
    await assert.rejects(upload(folder, files()), isKind('broken-off'))
    assert.equal((await folders())[folder], undefined)
  })

  it('leaves nothing when a later path cannot be', async () => {
    const folder = fresh()
    await assert.rejects(storeFiles(archive, { parent, folder }, { fine: 'x', '../evil': 'y' }), isKind('invalid'))
    assert.equal((await folders())[folder], undefined)
  })

  it('takes the longest path that can be, and none that is longer', async () => {
    const folder = fresh()
    // Letters of three bytes that no database can compress.
    const letters = Array.from({ length: 675 }, (_, at) => String.fromCodePoint(0x4e00 + ((at * 7919) % 20000)))
    const steps = Array.from({ length: 9 }, (_, at) => letters.slice(at * 75, (at + 1) * 75).join(''))
    const path = `${steps.join('/')}/${'x'.repeat(14)}`
    await storeFiles(archive, { parent, folder }, { [path]: 'deep' })
    assert.deepEqual(await textsOf(archive, { parent, folder }), { [path]: 'deep' })
    await assert.rejects(storeFiles(archive, { parent, folder }, { [`${path}y`]: 'x' }), isKind('invalid'))
  })

  it('reads no byte of a file whose name is taken', async () => {
    const folder = fresh()
    await storeFiles(archive, { parent, folder }, { a: 'old' })
    const unread = { [Symbol.asyncIterator]: () => assert.fail('was read') }
    const files = async function* () {
      yield { path: 'a', bytes: unread as unknown as AsyncIterable<Uint8Array> }
    }
    assert.deepEqual(await upload(folder, files()), { refused: false, stored: 0, duplicates: ['a'] })
  })

  it('asks for no file of somebody who may not edit', async () => {
    const stranger = { id: 99, login: 'stranger', admin: false, guest: false }
    const files = { [Symbol.asyncIterator]: () => assert.fail('was asked') }
    const open: ParentAddress = { kind: 'project', at: { project: 'OPEN' } }
    await makeProject(archive, 'OPEN')
    await archive.db.change((db) =>
      db.updateTable('projects').set({ accessibility: 'public' }).where('name', '=', 'OPEN').execute(),
    )
    const asked = { parent: open, folder: 'F', files: files as never, overwrite: true, described }
    assert.deepEqual(await putFiles(archive, stranger, why, asked), { refused: true })
  })

  it('makes the folder again that was deleted while its bytes came', async () => {
    const folder = fresh()
    await createResource(archive, admin, why, { parent, label: folder, described })
    const files = async function* () {
      yield { path: 'a', bytes: sent('a') }
      await deleteResources(archive, admin, why, { parent, folders: folder })
    }
    assert.deepEqual(await upload(folder, files()), { refused: false, stored: 1, duplicates: [] })
    assert.deepEqual((await folders())[folder], [1, 1])
  })

  it('does not bring back a folder addressed by number', async () => {
    const label = fresh()
    const id = await createResource(archive, admin, why, { parent, label, described })
    const files = async function* () {
      yield { path: 'a', bytes: sent('a') }
      await deleteResources(archive, admin, why, { parent, folders: label })
    }
    await assert.rejects(upload(String(id), files()), isKind('not-found'))
  })
})

describe('at the same time', () => {
  it('one of two uploads of one name is a duplicate', async () => {
    for (let round = 0; round < 20; round++) {
      const folder = fresh()
      const both = await Promise.all(['x', 'y'].map((text) => storeFiles(archive, { parent, folder }, { a: text })))
      const stored = both.map((one) => (one.refused ? -1 : one.stored)).sort()
      assert.deepEqual(stored, [0, 1])
      assert.deepEqual((await folders())[folder], [1, 1])
    }
  })

  it('totals come out right, whatever replaces and deletes meanwhile', async () => {
    const folder = fresh()
    const one = (path: string, text: string) =>
      upload(
        folder,
        (async function* () {
          yield { path, bytes: sent(text) }
        })(),
        true,
      )
    for (let round = 0; round < 15; round++) {
      const gone = deleteFiles(archive, admin, why, { parent, folder, path: 'a', removeFiles: true })
      await Promise.all([
        one('a', 'x'.repeat(round)),
        one('a', 'yy'),
        one('b', 'zzz'),
        one(`c${round}`, 'c'),
        gone.catch(() => undefined),
      ])
      const texts = Object.values(await textsOf(archive, { parent, folder }))
      assert.deepEqual((await folders())[folder], [texts.length, texts.join('').length], `round ${round}`)
    }
  })
})
