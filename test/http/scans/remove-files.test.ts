import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { done, keyOf, openSetting, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

/** Which of these contents the storage holds after a sweep. */
async function stored(...contents: string[]): Promise<string[]> {
  await here.site.sweep()
  const keys = new Set(await here.site.blobKeys())
  return contents.filter((content) => keys.has(keyOf(content)))
}

for (const [line, query, stays] of [
  ['120', '', true],
  ['121', '?removeFiles=true', false],
  ['122', '?removeFiles=TRUE', false],
  ['122', '?removeFiles=FALSE', true],
  ['142', '?removeFiles', true],
  ['section 5', '?removeFiles=false', true],
  ['section 5', '?removeFiles=0', true],
  ['section 5', '?removeFiles=1', false],
  ['section 5', '?removeFiles=', false],
  ['section 5', '?removeFiles=yes', false],
] as const) {
  // Titles: scans 120, 121, 122, 142.
  test(`scans ${line}: DELETE with ${query || 'no removeFiles'} ${stays ? 'keeps' : 'removes'} the bytes`, async () => {
    const at = await here.sessionWith('1')
    const content = `bytes of ${at.label}`
    await here.store(at, '1', 'R/files/a.txt', content)
    assert.deepEqual(await stored(content), [content])
    done(await here.own('DELETE', `${at.scans}/1${query}`))
    assert.deepEqual(await here.ids(at), [])
    assert.deepEqual(await stored(content), stays ? [content] : [])
    assert.deepEqual(await stored(content), stays ? [content] : [])
  })
}

test('scans 121: every file of every resource goes', async () => {
  const at = await here.sessionWith('1')
  const contents = ['one', 'two', 'three'].map((word) => `${word} of ${at.label}`)
  for (const [n, content] of contents.entries()) await here.store(at, '1', `R${n % 2}/files/sub/${n}.txt`, content)
  assert.deepEqual(await stored(...contents), contents)
  done(await here.own('DELETE', `${at.scans}/1?removeFiles=true`))
  assert.deepEqual(await stored(...contents), [])
})

test('scans 121: equal bytes of another scan keep them', async () => {
  const at = await here.sessionWith('1', '2')
  const content = `shared bytes of ${at.label}`
  for (const scan of ['1', '2']) await here.store(at, scan, 'R/files/a.txt', content)
  done(await here.own('DELETE', `${at.scans}/1?removeFiles=true`))
  assert.deepEqual(await stored(content), [content])
  assert.equal((await here.own('GET', `${at.scans}/2/resources/R/files/a.txt`)).text, content)
  done(await here.own('DELETE', `${at.scans}/2?removeFiles=true`))
  assert.deepEqual(await stored(content), [])
})

test('scans 121: equal bytes of a scan deleted without its files keep them', async () => {
  const at = await here.sessionWith('1', '2')
  const content = `left bytes of ${at.label}`
  for (const scan of ['1', '2']) await here.store(at, scan, 'R/files/a.txt', content)
  done(await here.own('DELETE', `${at.scans}/1`))
  done(await here.own('DELETE', `${at.scans}/2?removeFiles=true`))
  assert.deepEqual(await stored(content), [content])
})

test('scans 120: files left behind show in no listing', async () => {
  const at = await here.sessionWith('1', '2')
  await here.store(at, '1', 'R/files/a.txt', `left of ${at.label}`)
  done(await here.own('DELETE', `${at.scans}/1`))
  const files = await here.own('GET', `${at.scans}/ALL/files`)
  assert.deepEqual(files.rows(), [])
  const all = await here.own('GET', `${at.path}/files?all=true`)
  assert.deepEqual(all.rows(), [])
})

test('scans 121: after removal the storage is as it was before', async () => {
  const at = await here.sessionWith('1')
  await here.site.sweep()
  const before = (await here.site.blobKeys()).sort()
  await here.store(at, '1', 'R/files/a.txt', `passing bytes of ${at.label}`)
  done(await here.own('DELETE', `${at.scans}/1?removeFiles=true`))
  await here.site.sweep()
  assert.deepEqual((await here.site.blobKeys()).sort(), before)
})

test('scans 121: a refused DELETE removes no bytes', async () => {
  const at = await here.sessionWith('1')
  const content = `kept bytes of ${at.label}`
  await here.store(at, '1', 'R/files/a.txt', content)
  for (const caller of [here.mem, here.col, here.str, here.anon]) {
    await caller('DELETE', `${at.scans}/1?removeFiles=true`)
  }
  await here.own('DELETE', `${at.scans}/ALL?removeFiles=true`)
  await here.own('DELETE', `${at.scans}/1/foo?removeFiles=true`)
  assert.deepEqual(await stored(content), [content])
  assert.equal((await here.own('GET', `${at.scans}/1/resources/R/files/a.txt`)).text, content)
})

test('scans 123: the bytes of other scans stay', async () => {
  const at = await here.sessionWith('1', '2')
  const contents = ['1', '2'].map((scan) => `bytes of scan ${scan} in ${at.label}`)
  for (const [n, content] of contents.entries()) await here.store(at, `${n + 1}`, 'R/files/a.txt', content)
  done(await here.own('DELETE', `${at.scans}/1?removeFiles=true`))
  assert.deepEqual(await stored(...contents), contents.slice(1))
})
