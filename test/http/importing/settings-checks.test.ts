import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { image, sessionValues, zipped } from '../../support/arrivals.ts'
import type { Caller } from '../../support/caller.ts'
import { openImportSite } from '../../support/import-site.ts'
import type { Cast, TestSite } from '../../support/site.ts'

const json = { 'content-type': 'application/json' }
const text = { 'content-type': 'text/plain' }
const RULES = '/data/config/dicom/subjectRules'
const FILTER = '/data/projects/PRJ1/config/seriesImportFilter/config'

describe('rules and filters that nobody could use', () => {
  let site: TestSite
  let cast: Cast
  before(async () => {
    ;({ site, cast } = await openImportSite())
  })
  after(() => site.close())

  const put = (who: Caller, path: string, contents: string, query = '') =>
    who('PUT', `${path}?inbody=true${query}`, { body: contents, headers: text })
  const stored = (path: string) => cast.admin('GET', `${path}?contents=true&accept-not-found=true`)
  const set = (values: object) =>
    cast.admin('POST', '/xapi/siteConfig', { body: JSON.stringify(values), headers: json })

  it('import 88: rules of the site are refused where they are saved, by their lines', async () => {
    const good = '(0010,0020):(.*)_.*\n\n(0010,0010):(.*)'
    assert.equal((await put(cast.admin, RULES, good)).status, 201)
    const bad = {
      '(0010,0020):(.*)\nno rule': /Line 2: .*no rule.*should read \(gggg,eeee\):REGEX/,
      '\n(0010,0020):(': /Line 2: This is no regular expression: \(/,
      '(0010,0020):(.*):3': /Line 1: .*has no group 3/,
    }
    for (const [contents, message] of Object.entries(bad)) {
      const refused = await put(cast.admin, RULES, contents)
      assert.equal(refused.status, 400, contents)
      assert.match(refused.message() ?? '', message)
    }
    assert.equal((await stored(RULES)).text, good)
    assert.equal((await put(cast.own, RULES, 'no rule')).status, 403)
  })

  it('rules that are switched off may be anything, until they are switched on', async () => {
    const path = '/data/config/dicom/sessionRules'
    assert.equal((await put(cast.admin, path, 'no rule', '&status=disabled')).status, 201)
    const refused = await cast.admin('PUT', `${path}?status=enabled`)
    assert.equal(refused.status, 400)
    assert.match(refused.message() ?? '', /Line 1/)
    // Other tools, and projects, whose rules nobody reads, keep what they like.
    assert.equal((await put(cast.admin, '/data/config/mine/projectRules', 'no rule')).status, 201)
    assert.equal((await put(cast.own, '/data/projects/PRJ1/config/dicom/projectRules', 'no rule')).status, 201)
  })

  it('import 148: filters of projects are refused where they are saved', async () => {
    const filter = (contents: object | string) =>
      put(cast.own, FILTER, typeof contents === 'string' ? contents : JSON.stringify(contents))
    const list = (lines: string, mode = 'blacklist') => ({ enabled: 'true', mode, list: lines })
    assert.equal((await filter(list('localizer\n[Modality]\n^MR$'))).status, 201)
    const bad = [
      [list('localizer\n('), /Line 2: This is no regular expression: \(/],
      [list('# one\n[NoSuchKeyword]\nx'), /Line 2: There is no DICOM attribute NoSuchKeyword/],
      [list('x', 'greylist'), /must be blacklist, whitelist or modalityMap, not greylist/],
      [{ enabled: 'true', mode: 'modalityMap', MR: "'#Modality#' = 'MR'" }, /no condition of an import filter/],
      ['localizer', /must be a JSON object/],
      ['["localizer"]', /must be a JSON object/],
    ] as const
    for (const [contents, message] of bad) {
      const refused = await filter(contents)
      assert.equal(refused.status, 400, JSON.stringify(contents))
      assert.match(refused.message() ?? '', message)
    }
    assert.match((await stored(FILTER)).text, /\^MR\$/)
    assert.equal((await filter({ enabled: 'false', mode: 'blacklist', list: '(' })).status, 200)
  })

  it('import 148: the filter of the site is refused when it would be in force', async () => {
    const [on, mode, list] = [
      'enableSitewideSeriesImportFilter',
      'sitewideSeriesImportFilterMode',
      'sitewideSeriesImportFilter',
    ]
    const map = JSON.stringify({ MR: "'#Modality#' == 'MR'", default: 'OT' })
    // What is off may be anything: clients send mode and text one after the other.
    assert.equal((await set({ [list]: '(' })).status, 200)
    const refused = await set({ [on]: true })
    assert.equal(refused.status, 400)
    assert.match(refused.text, /Line 1: This is no regular expression/)
    assert.equal((await cast.admin('GET', `/xapi/siteConfig/${on}`)).text, 'false')
    assert.equal((await set({ [on]: true, [mode]: 'modalityMap', [list]: map })).status, 200)
    const one = await cast.admin('POST', `/xapi/siteConfig/${mode}`, { body: 'greylist', headers: text })
    assert.equal(one.status, 400)
    assert.equal((await set({ [on]: 'false', [list]: '', [mode]: 'blacklist' })).status, 200)
    assert.equal((await set({ dicomFileNameTemplate: ' ' })).status, 400)
  })

  it('what is passed over all the same, such as rules that were there before, stands in the log of what comes', async () => {
    // As it would be after an upgrade.
    await site.storeConfiguration({ tool: 'dicom', path: 'projectRules' }, '(0010,0020):(NONE)\nno rule')
    const headers = { 'content-type': 'application/zip' }
    const values = sessionValues('LOGGED')
    const zip = () => cast.own('POST', '/data/services/import?project=PRJ1', { body: zipped(1, 2, values), headers })
    const uri = (await zip()).text.trim()
    assert.deepEqual(await site.logsOf('LOGGED'), [
      'Passed over: projectRules: Line 2: The routing rule no rule cannot be used: it should read (gggg,eeee):REGEX:GROUP t:TARGET r:REPLACEMENT.',
    ])
    await zip()
    assert.equal((await site.logsOf('LOGGED')).length, 1, 'once an entry')
    const log = await cast.own('GET', `${uri}/logs?format=json`)
    assert.equal(log.rows().length, 1)
    const object = { body: image(1, 1, sessionValues('ALONE')), headers: { 'content-type': 'application/dicom' } }
    assert.equal((await cast.own('POST', '/data/services/import?project=PRJ1', object)).status, 200)
    assert.match((await site.logsOf('ALONE')).join('\n'), /^Passed over: projectRules: Line 2/)
  })
})
