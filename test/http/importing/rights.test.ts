import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sessionValues, zipped } from '../../support/arrivals.ts'
import type { Caller, Reply } from '../../support/caller.ts'
import { openImportSite } from '../../support/import-site.ts'
import type { Cast, TestSite } from '../../support/site.ts'

const headers = { 'content-type': 'application/zip' }
const body = zipped(1, 1, sessionValues('SENT'))

/** What may be read of an entry, and what may be done with it; `E` stands for its address. */
const reading = [
  'E',
  'E?format=json',
  'E?format=zip',
  'E/logs',
  'E/scans',
  'E/scans/1',
  'E/scans/1/resources',
  'E/scans/1/resources/DICOM/files',
  'E/resources',
]
const actions = ['build', 'commit', 'commit&http-session-listener=L', 'move&newProject=SECRET', 'reset-status']
const services = ['archive', 'archive?http-session-listener=L', 'validate-archive', ...errands()]
const acting: readonly (readonly [string, string])[] = [
  ['DELETE', 'E/scans/1'],
  ['DELETE', 'E/resources/NOTES'],
  ['DELETE', 'E/resources/NOTES/files/a.txt'],
  ['PUT', 'E/resources/NOTES/files/a.txt?inbody=true'],
  ...[...actions, 'set-status&status=ERROR'].map((action) => ['POST', `E?action=${action}`] as const),
  ...services.map((name) => ['POST', `/data/services/${withSource(name)}`] as const),
  ['POST', '/data/services/import?dest=E'],
  ['POST', '/data/services/import?project=SECRET'],
  ['POST', '/data/services/import?dest=/archive/projects/SECRET'],
  ['POST', '/data/services/import?dest=/archive/projects/SECRET/subjects/S/experiments/X'],
  ['DELETE', 'E'],
]

function errands(): readonly string[] {
  return ['move?newProject=SECRET', 'delete', 'rebuild'].map((name) => `prearchive/${name}`)
}

function withSource(name: string): string {
  return `${name}${name.includes('?') ? '&' : '?'}src=E`
}

describe('who may do what with what waits', () => {
  let site: TestSite
  let cast: Cast
  let reader: Caller
  let off: Caller
  let entry: string
  let direct: string
  let number: number

  before(async () => {
    ;({ site, cast } = await openImportSite(['SECRET'], { requireLogin: false }))
    for (const login of ['reader', 'off']) await site.addUser(login)
    ;[reader, off] = [site.as('reader'), site.as('off')]
    await cast.admin('PUT', '/xapi/users/reader/groups/ALL_DATA_ACCESS')
    await cast.admin('PUT', '/xapi/users/off/enabled/false')
    entry = await send('project=SECRET&action=commit', 'HIDDEN')
    direct = await send('project=SECRET&Direct-Archive=true', 'STRAIGHT')
    number = (await cast.own('POST', '/xapi/direct-archive')).json()[0].id
  })
  after(() => site.close())

  async function send(query: string, label: string): Promise<string> {
    const options = { body: zipped(1, 2, sessionValues(label)), headers }
    const answer = await cast.own('POST', `/data/services/import?${query}`, options)
    assert.equal(answer.status, 200, answer.text)
    return answer.text.trim()
  }
  const ask = (who: Caller, [method, path]: readonly [string, string], at = entry): Promise<Reply> =>
    who(method, path.replace(/\bE\b/, at), method === 'PUT' || method === 'POST' ? { body, headers } : {})

  it('shows it to members and to readers of all data, and to nobody else', async () => {
    const statuses = async (who: Caller) => {
      const found = new Set<number>()
      for (const path of reading) found.add((await ask(who, ['GET', path])).status)
      return [...found]
    }
    for (const who of [cast.own, cast.mem, cast.admin, reader]) assert.deepEqual(await statuses(who), [200])
    assert.deepEqual(await statuses(cast.col), [403])
    for (const who of [cast.str, cast.anon]) assert.deepEqual(await statuses(who), [404])
    assert.deepEqual(await statuses(off), [401])
  })

  it('lets nobody but members change it, and those who do not see the project learn nothing of it', async () => {
    for (const act of acting) {
      const said = async (who: Caller) => (await ask(who, act)).status
      const named = act.join(' ')
      assert.equal(await said(cast.col), 403, named)
      assert.equal(await said(reader), 403, named)
      assert.equal(await said(cast.str), 404, named)
      assert.ok([403, 404].includes(await said(cast.anon)), named)
      assert.equal(await said(off), 401, named)
    }
    const row = (await cast.own('GET', `${entry}?format=json`)).rows()[0]
    assert.deepEqual([row?.['status'], row?.['name']], ['READY', 'HIDDEN'])
    assert.equal((await cast.own('GET', `${entry}/scans`)).rows().length, 1)
    assert.equal((await cast.own('GET', '/data/prearchive')).rows().length, 1)
  })

  it('answers strangers the same whether or not there is such a project or entry', async () => {
    const plain = (reply: Reply, names: readonly string[]): string =>
      names.reduce((text, name) => text.replaceAll(name, 'X'), `${reply.status} ${reply.message() ?? reply.text}`)
    const elsewhere = [entry.replace('HIDDEN', 'NOTHING'), entry.replace('SECRET', 'NOWHERE')]
    const names = ['HIDDEN', 'NOTHING', 'SECRET', 'NOWHERE']
    for (const act of [...reading.map((path) => ['GET', path] as const), ...acting])
      for (const who of [cast.str, cast.anon]) {
        const answer = plain(await ask(who, act), names)
        for (const other of elsewhere) {
          const project = other.includes('NOWHERE') ? 'NOWHERE' : 'SECRET'
          const same = [act[0], act[1].replaceAll('SECRET', project)] as const
          assert.equal(plain(await ask(who, same, other), names), answer, act.join(' '))
        }
      }
  })

  it('hides direct arrivals from others, by their addresses as by their numbers', async () => {
    for (const [who, status] of [
      [cast.str, 404],
      [cast.anon, 404],
      [cast.col, 403],
      [off, 401],
    ] as const) {
      for (const method of ['GET', 'POST']) assert.equal((await who(method, direct)).status, status)
      assert.equal((await who('DELETE', `/xapi/direct-archive/${number}`)).status, status)
    }
    const [there, gone] = [number, 999_999].map((id) => cast.str('DELETE', `/xapi/direct-archive/${id}`))
    assert.equal((await there)?.text, (await gone)?.text)
    assert.deepEqual((await cast.str('POST', '/xapi/direct-archive')).json(), [])
    assert.deepEqual((await cast.col('POST', '/xapi/direct-archive')).json(), [])
    const named = { body: JSON.stringify({ page: Number.MAX_SAFE_INTEGER, filters: { project: 'SECRET' } }) }
    assert.equal((await cast.str('POST', '/xapi/direct-archive', named)).status, 404)
    assert.deepEqual((await cast.own('POST', '/xapi/direct-archive', named)).json(), [])
    assert.equal((await cast.own('GET', direct)).json().name, 'STRAIGHT')
  })

  it('lists only what the caller may edit, or read as data', async () => {
    const names = async (who: Caller, query = '') =>
      (await who('GET', `/data/prearchive${query}`)).rows().map(({ name }) => name)
    assert.deepEqual(await names(cast.mem), ['HIDDEN'])
    assert.deepEqual(await names(reader), ['HIDDEN'])
    assert.deepEqual(await names(cast.col), [])
    assert.deepEqual(await names(cast.str), [])
    assert.equal((await cast.anon('GET', '/data/prearchive')).status, 403)
    assert.equal((await cast.str('GET', '/data/prearchive/projects/SECRET')).status, 404)
    assert.equal((await cast.own('GET', '/data/prearchive/projects/SECRET,Unassigned')).status, 403)
    assert.equal((await reader('GET', '/data/prearchive/projects/SECRET,Unassigned')).status, 200)
    assert.deepEqual(await names(cast.own, '?limit=1'), ['HIDDEN'])
    assert.deepEqual(await names(cast.own, '?limit=1&offset=1'), [])
    for (const days of ['true', '3', '0', '1e400', '-5', '99999'])
      assert.deepEqual(await names(cast.own, `/experiments?recent=${days}`), ['HIDDEN'], days)
  })

  it('keeps headers from those who may not read the session or the entry', async () => {
    const session = await send('dest=/archive/projects/SECRET', 'ARCHIVED')
    const dump = async (who: Caller, src: string) => (await who('GET', `/data/services/dicomdump?src=${src}`)).status
    const places = [entry, session.replace(/subjects\/\w+\//, ''), session]
    for (const who of [cast.mem, reader])
      assert.deepEqual(await Promise.all(places.map((src) => dump(who, src))), [200, 200, 200])
    assert.deepEqual(await Promise.all(places.map((src) => dump(cast.col, src))), [403, 200, 200])
    for (const who of [cast.str, cast.anon])
      assert.deepEqual(await Promise.all(places.map((src) => dump(who, src))), [404, 404, 404])
  })

  it('tells who may not act on several entries of all projects that are not theirs', async () => {
    await cast.own('PUT', '/data/projects/SECOND?accessibility=private')
    await cast.own('PUT', '/data/projects/SECOND/users/collaborator/col')
    const src = [entry, entry.replace('SECRET', 'SECOND')].map((uri) => `src=${uri}`).join('&')
    const refused = await cast.col('POST', `/data/services/prearchive/delete?${src}`)
    assert.equal(refused.status, 403)
    assert.match(refused.message() ?? '', /SECRET, SECOND/)
  })

  it('import 30: a commit or archiving that goes on after its answer can be followed to its end', async () => {
    const end = async (listener: string): Promise<Record<string, string>> => {
      for (;;) {
        const { msgs } = (await cast.own('GET', `/data/status/${listener}`)).json()
        if (msgs[0].at(-1).terminal) return msgs[0].at(-1)
      }
    }
    const [one, other] = [await send('project=SECRET', 'F1'), await send('project=SECRET', 'F2')]
    assert.equal((await cast.own('POST', `${one}?action=commit&http-session-listener=c1`)).status, 200)
    const waits = await end('c1')
    assert.deepEqual([waits['status'], waits['msg']], ['COMPLETED', `Prearchive:${one.replace('/data', '')}`])
    const archive = (uri: string, listener: string) =>
      cast.own('POST', `/data/services/archive?src=${uri}&http-session-listener=${listener}`)
    assert.equal((await archive(other, 'c2')).status, 303)
    const { status, msg } = await end('c2')
    assert.deepEqual([status, msg], ['COMPLETED', 'Archive:/archive/projects/SECRET/subjects/Doe_Jo/experiments/F2'])
    await cast.own('DELETE', `${one}/scans/1`)
    await archive(one, 'c3')
    const failed = await end('c3')
    assert.deepEqual([failed['status'], failed['msg']], ['FAILED', 'Empty sessions cannot be archived.'])
    assert.equal((await cast.mem('GET', '/data/status/c3')).status, 404)
  })
})
