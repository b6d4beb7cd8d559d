import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { schemaFile, schemas } from '../../src/model/schemas.ts'
import { readZip } from '../support/archives.ts'
import { startSite, type TestSite } from '../support/site.ts'
import { validated, withoutXmllint } from '../support/xmllint.ts'
import { type Desktop, desktopOf } from './desktop.ts'

let site: TestSite
const ids: string[] = []
const contents = new Map<string, string>()
const without = await withoutXmllint()

before(async () => {
  site = await startSite()
  for (const login of ['own', 'str']) await site.addUser(login)
  const own = site.as('own')
  await own('PUT', '/data/projects/DC39?accessibility=private')
  for (const label of ['E1', 'E2']) {
    const at = `/data/projects/DC39/subjects/S1/experiments/${label}`
    ids.push((await own('PUT', `${at}?xsiType=xnat:mrSessionData`)).text)
    for (const [scan, type] of [
      ['1', 'T1'],
      ['2', 'T2'],
    ]) {
      await own('PUT', `${at}/scans/${scan}?xsiType=xnat:mrScanData&type=${type}`)
      for (const name of ['a.dcm', 'deep/b.dcm']) {
        const body = `${label} ${scan} ${name}`
        await own('PUT', `${at}/scans/${scan}/resources/DICOM/files/${name}`, { body })
        contents.set(`${label}/scans/${scan}-${type}/resources/DICOM/${name}`, body)
      }
    }
    await own('PUT', `${at}/resources/NOTES/files/n.txt`, { body: label })
    contents.set(`${label}/resources/NOTES/n.txt`, label)
  }
})
after(() => site?.close())

const json = (body: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

async function linkTo(wish: unknown): Promise<string> {
  const made = await site.as('own')('POST', '/xapi/archive/downloadwithsize', json(wish))
  assert.equal(made.status, 200, made.text)
  return made.json().id
}

/** What a link in a page hands over: alias and secret instead of a name and a password. */
async function withToken(): Promise<Desktop> {
  const { alias, secret } = (await site.as('own')('GET', '/data/services/tokens/issue')).json()
  return desktopOf(site.url, alias, secret)
}

/** Follows a manifest as the client does: what it saved by path, and the entries that were not there. */
async function followed(
  desktop: Desktop,
  manifest: string,
): Promise<{ saved: Map<string, string>; missing: string[] }> {
  const saved = new Map<string, string>()
  const missing: string[] = []
  for (const [, uri = '', name = ''] of manifest.matchAll(/<cat:entry URI="([^"]+)" name="([^"]+)"\/>/g)) {
    assert.match(uri, /^\/archive\//)
    const reply = await desktop.get(`${uri.replace('/archive/', '/data/')}?format=zip`)
    if (reply.status === 404) missing.push(name)
    else
      for (const member of await readZip(reply.bytes))
        saved.set(`${name}/${member.name.slice(member.name.lastIndexOf('/files/') + '/files/'.length)}`, member.text)
  }
  return { saved, missing }
}

test('clients 39: a list of downloads is fetched piece by piece with a token, and what is gone is told', async () => {
  const link = await linkTo({ sessions: ids, options: [] })
  const desktop = await withToken()
  const manifest = await desktop.get(`/xapi/archive/download/${link}/xml`)
  assert.equal(manifest.status, 200)
  assert.equal(manifest.type, 'application/xml')
  await site.as('own')('DELETE', `/data/experiments/${ids[1]}/scans/2/resources/DICOM?removeFiles=true`)
  const { saved, missing } = await followed(desktop, manifest.text)
  assert.deepEqual(missing, ['E2/scans/2-T2/resources/DICOM'])
  const wanted = [...contents].filter(([path]) => !path.startsWith('E2/scans/2-'))
  assert.deepEqual([...saved].sort(), wanted.sort())
})

test('clients 39: a list names what was asked for, with project and subject in the paths', async () => {
  const options = ['projectIncludedInPath', 'subjectIncludedInPath']
  const link = await linkTo({
    sessions: [`DC39:S1:E1:${ids[0]}`],
    scan_types: ['T1'],
    scan_formats: ['DICOM'],
    options,
  })
  const desktop = await withToken()
  const { text } = await desktop.get(`/xapi/archive/download/${link}/xml`)
  assert.match(text, /description="projectIncludedInPath subjectIncludedInPath"/)
  const { saved } = await followed(desktop, text)
  assert.deepEqual(
    [...saved.keys()].sort(),
    ['a.dcm', 'deep/b.dcm'].map((name) => `DC39/S1/E1/scans/1-T1/resources/DICOM/${name}`),
  )
})

test('clients section 5.5: a link opens nothing that its reader may not see', async () => {
  const link = await linkTo({ sessions: ids })
  assert.equal((await site.as('str')('GET', `/xapi/archive/download/${link}/xml`)).status, 404)
  assert.equal((await site.as(null)('GET', `/xapi/archive/download/${link}/xml`)).status, 401)
  const own = site.as('own')
  for (const other of ['nothing', 'AAAA', link.slice(1)])
    assert.equal((await own('GET', `/xapi/archive/download/${other}/xml`)).status, 404)
  const wishes: [unknown, number][] = [
    [{ sessions: [] }, 400],
    [{}, 400],
    [{ sessions: [1] }, 400],
    [{ sessions: ['XNAT_E99999'] }, 404],
  ]
  for (const [wish, status] of wishes) {
    const refused = await own('POST', '/xapi/archive/downloadwithsize', json(wish))
    assert.equal(refused.status, status, JSON.stringify(wish))
  }
  const size = (
    await own('POST', '/xapi/archive/downloadwithsize', json({ sessions: [ids[0]], resources: ['NOTES'] }))
  ).json().size
  assert.equal(size, 2)
  assert.match((await own('POST', '/xapi/archive/download', json({ sessions: ids }))).text, /^[\w-]+$/)
})

test('clients section 5.5: a list satisfies the schema of catalogs', { skip: without }, async () => {
  const own = site.as('own')
  const { text } = await own('GET', `/xapi/archive/download/${await linkTo({ sessions: ids })}/xml`)
  const catalog = schemas.filter(({ name }) => name === 'catalog')
  const files: Record<string, string> = {}
  for (const schema of catalog) files[schemaFile(schema)] = (await own('GET', `/xapi/schemas/${schema.name}`)).text
  const { code, said } = await validated(
    files,
    { 'catalog/catalog.xsd': 'http://nrg.wustl.edu/catalog' },
    { 'list.xml': text },
  )
  assert.equal(code, 0, said)
})
