import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { faultOf } from '../../src/errors.ts'
import { readCatalog } from '../../src/formats/catalog-read.ts'
import { catalogToXml } from '../../src/formats/catalog-xml.ts'

const read = (text: string) => readCatalog([Buffer.from(text)])
const spaces = 'xmlns="http://nrg.wustl.edu/catalog" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

describe('reading catalogs', () => {
  it('finds the files of a DICOM catalog, by any prefix', async () => {
    const entries = `<entry xsi:type="dcmEntry" URI="a.dcm" UID="1.2" digest="D41D8CD98F00B204E9800998ECF8427E"/>`
    const [file] = (await read(`<DCMCatalog UID="1" ${spaces}><entries>${entries}</entries></DCMCatalog>`)) ?? []
    assert.deepEqual([file?.uri, file?.md5], ['a.dcm', 'd41d8cd98f00b204e9800998ecf8427e'])
  })

  it('finds the files of sets within sets, and their tags', async () => {
    const set = (inner: string) => `<sets><entrySet>${inner}</entrySet></sets>`
    const entry = (uri: string) => `<entries><entry URI="${uri}"><tags><tag>t ${uri}</tag></tags></entry></entries>`
    const files = await read(`<Catalog ${spaces}>${set(entry('a') + set(entry('b')))}${entry('c')}</Catalog>`)
    assert.deepEqual(
      files?.map(({ uri, tags }) => [uri, ...tags]),
      [
        ['a', 't a'],
        ['b', 't b'],
        ['c', 't c'],
      ],
    )
  })

  it('takes no other digest for an MD5, and no entry without a place', async () => {
    const files = await read(`<Catalog ${spaces}><entries><entry/><entry URI="a" digest="abc"/></entries></Catalog>`)
    assert.deepEqual(
      files?.map(({ uri, md5 }) => [uri, md5]),
      [['a', undefined]],
    )
  })

  it('reads what it writes', async () => {
    const entry = { path: 'a & b/ü.txt', name: 'ü.txt', size: 3, digest: 'd'.repeat(32), format: 'TXT', tags: ['one'] }
    const [file] = (await read(catalogToXml({ id: 1, label: 'R', project: 'P', entries: [entry] } as never))) ?? []
    assert.deepEqual([file?.uri, file?.md5, file?.format, file?.tags], [entry.path, entry.digest, 'TXT', ['one']])
  })

  it('knows what is no catalog, and refuses what is no XML', async () => {
    assert.equal(await read('<Catalog/>'), undefined)
    assert.equal(await read(`<other ${spaces}><entry URI="a"/></other>`), undefined)
    await assert.rejects(read('<Catalog'), (error) => faultOf(error)?.kind === 'unreadable')
  })

  it('reads a catalog of a hundred thousand files', async () => {
    const chunks = function* () {
      yield Buffer.from(`<Catalog ${spaces}><entries>`)
      for (let at = 0; at < 100_000; at++)
        yield Buffer.from(
          `<entry URI="${at}.dcm"><metaFields><metaField name="SIZE">1</metaField></metaFields></entry>`,
        )
      yield Buffer.from('</entries></Catalog>')
    }
    assert.equal((await readCatalog(chunks()))?.length, 100_000)
  })
})
