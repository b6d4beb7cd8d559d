import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sessionValues, zipped } from '../../support/arrivals.ts'
import type { Values } from '../../support/dicom.ts'
import { type Cast, castOf, startSite, type TestSite } from '../../support/site.ts'

describe('what happens to arrivals by itself', () => {
  let site: TestSite
  let cast: Cast
  before(async () => {
    site = await startSite()
    cast = await castOf(site, 'PRJ1')
    await idleAfter(0)
  })
  after(() => site.close())

  const idleAfter = (minutes: number) =>
    site.as('admin')('POST', '/xapi/siteConfig', {
      body: JSON.stringify({ sessionXmlRebuilderInterval: minutes }),
      headers: { 'content-type': 'application/json' },
    })
  const code = (value: number) => cast.own('PUT', `/data/projects/PRJ1/prearchive_code/${value}`)
  async function send(query: string, number: number, values: Values): Promise<string> {
    const answer = await cast.own('POST', `/data/services/import?project=PRJ1&${query}`, {
      body: zipped(number, 3, values),
      headers: { 'content-type': 'application/zip' },
    })
    assert.equal(answer.status, 200, answer.text)
    return answer.text.trim()
  }
  const statusOf = async (uri: string) => {
    const answer = await cast.own('GET', `${uri}?format=json`)
    return answer.status === 404 ? 'gone' : answer.rows()[0]?.['status']
  }
  const filesIn = async (label: string) =>
    (await cast.own('GET', `/data/projects/PRJ1/experiments/${label}/scans/ALL/resources/DICOM/files`)).rows().length

  it('import 67, 70: what is idle is built, after as long as the site has it now', async () => {
    await code(0)
    const uri = await send('', 1, sessionValues('A67'))
    await idleAfter(5)
    await site.workRound()
    assert.equal(await statusOf(uri), 'RECEIVING')
    await idleAfter(0)
    await site.workRound()
    assert.equal(await statusOf(uri), 'READY')
  })

  it('import 68; import weakness 2: what a sender wants to close itself is left alone', async () => {
    await code(4)
    const first = await send('prevent_auto_commit=true', 1, sessionValues('A68a'))
    const second = await send('SOURCE=uploader', 1, sessionValues('A68b'))
    await site.workRound()
    assert.deepEqual([await statusOf(first), await statusOf(second)], ['RECEIVING', 'RECEIVING'])
  })

  it('import 69, 73: projects that archive by themselves do, and merge what comes later', async () => {
    await code(4)
    const first = await send('', 4, sessionValues('A69'))
    await site.workRound()
    assert.equal(await statusOf(first), 'gone')
    assert.equal(await filesIn('A69'), 3)
    await send('', 5, sessionValues('A69'))
    await send('', 6, sessionValues('A69'))
    await site.workRound()
    assert.equal(await filesIn('A69'), 9)
    const scans = (await cast.own('GET', '/data/projects/PRJ1/experiments/A69/scans')).rows()
    assert.deepEqual(
      scans.map(({ ID }) => ID),
      ['4', '5', '6'],
    )
    const history = (await cast.own('GET', '/data/projects/PRJ1/experiments/A69/history?format=json')).text
    assert.match(history, /Transferred/)
    assert.match(history, /Merged/)
  })

  it('import 71: code 4 leaves what is there twice in conflict, code 5 replaces it', async () => {
    await code(4)
    await send('', 1, sessionValues('A71'))
    await site.workRound()
    const again = await send('', 1, sessionValues('A71'))
    await site.workRound()
    assert.equal(await statusOf(again), 'CONFLICT')
    await code(5)
    assert.equal(await send('', 1, sessionValues('A71')), again)
    await site.workRound()
    assert.equal(await statusOf(again), 'gone')
    assert.equal(await filesIn('A71'), 3)
  })

  it('import 72: a comment of the patient decides before the project does', async () => {
    await code(0)
    const archived = await send('', 1, { ...sessionValues('A72a'), PatientComments: 'Project: PRJ1 AA:true' })
    await site.workRound()
    assert.equal(await statusOf(archived), 'gone')
    await code(4)
    const held = await send('', 1, { ...sessionValues('A72b'), PatientComments: 'AA:false' })
    await site.workRound()
    assert.equal(await statusOf(held), 'READY')
  })

  it('import weakness 8, 20: what was not taken is counted, and what went wrong stands in the log of the entry', async () => {
    await code(4)
    await send('', 1, sessionValues('A20'))
    await site.workRound()
    const again = await send('', 1, sessionValues('A20'))
    await site.workRound()
    assert.equal(await statusOf(again), 'CONFLICT')
    const [entry] = await site.logsOf('A20')
    assert.match(entry ?? '', /Archiving failed: Scan 1 already contains 3 of the files of DICOM/)
  })
})
