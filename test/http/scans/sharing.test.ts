import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../support/caller.ts'
import {
  done,
  type ItemJson,
  is,
  itemAt,
  MR,
  openSetting,
  refused,
  rowsAt,
  type Session,
  type Setting,
} from './setting.ts'

let here: Setting
/** Owner and reader of PRJ2; `own` is a member there. */
let owner2: Caller
let reader2: Caller
before(async () => {
  here = await openSetting()
  for (const login of ['owner2', 'reader2']) await here.site.addUser(login)
  owner2 = here.site.as('owner2')
  reader2 = here.site.as('reader2')
  is(await owner2('PUT', '/data/projects/PRJ2?accessibility=private'), 200)
  is(await owner2('PUT', '/data/projects/PRJ2/users/member/own'), 200)
  is(await owner2('PUT', '/data/projects/PRJ2/users/collaborator/reader2'), 200)
  await here.own('PUT', '/data/projects/PRJ1/subjects/S01')
  is(await here.own('PUT', '/data/projects/PRJ1/subjects/S01/projects/PRJ2?label=P2_S01'), 200)
})
after(() => here?.site.close())

const ALREADY = 'Already assigned to project: PRJ2'

/** A session with scans 1 and 2, shared into PRJ2 under another label, and the address of its scans there. */
async function shared(): Promise<{ at: Session; there: string }> {
  const at = await here.sessionWith('1', '2')
  const label = `${at.label}_IN_PRJ2`
  is(await here.own('PUT', `${at.path}/projects/PRJ2?label=${label}`), 200)
  return { at, there: `/data/projects/PRJ2/subjects/P2_S01/experiments/${label}/scans` }
}

/** Projects that the item says it is shared into. */
const sharesOf = (item: ItemJson): string[] =>
  item.children
    .filter((child: ItemJson) => child.field === 'sharing/share')
    .flatMap((child: ItemJson) => child.items.map((each: ItemJson) => each.data_fields.project))

test('scans 134: a user of the other project lists the same scans there', async () => {
  const { at, there } = await shared()
  const rows = await rowsAt(reader2, there)
  assert.deepEqual(rows, await here.rows(at))
  assert.equal(rows[0]?.['URI'], `/data/experiments/${at.id}/scans/1`)
})

test('scans 134: the session is found there by its accession id, and without a project', async () => {
  const { at, there } = await shared()
  const rows = await here.rows(at)
  assert.deepEqual(await rowsAt(reader2, there.replace(/experiments\/[^/]+/, `experiments/${at.id}`)), rows)
  assert.deepEqual(await rowsAt(reader2, at.byId), rows)
})

test('scans 134: labels of one project are not valid in the other', async () => {
  const { at, there } = await shared()
  refused(await reader2('GET', there.replace(/experiments\/[^/]+/, `experiments/${at.label}`)), 404)
  refused(await reader2('GET', there.replace('P2_S01', 'S01')), 404)
  refused(await reader2('GET', at.scans), 404)
})

test('scans 134: one scan is read there and names the session by its accession id', async () => {
  const { at, there } = await shared()
  const fields = (await itemAt(reader2, `${there}/1`)).data_fields
  assert.deepEqual([fields.image_session_ID, fields.project], [at.id, 'PRJ1'])
})

test('scans 134: without a share the other project sees nothing', async () => {
  const at = await here.sessionWith('1')
  refused(await reader2('GET', at.byId), 404)
  refused(await reader2('GET', `/data/projects/PRJ2/subjects/P2_S01/experiments/${at.id}/scans`), 404)
})

test('scans section 6.6: the sharing of a session shares its scans', async () => {
  const { at } = await shared()
  assert.deepEqual(sharesOf(await here.item(at, '1')), ['PRJ2'])
  refused(await here.own('PUT', `${at.scans}/2/projects/PRJ2`), 409, ALREADY)
})

test('scans section 6.6: a scan put through the other project belongs to the project of its session', async () => {
  const { at, there } = await shared()
  done(await here.own('PUT', `${there}/3?${MR}`))
  assert.equal((await here.fields(at, '3'))['project'], 'PRJ1')
})

test('scans section 1.6: rights in the other project alone allow no change', async () => {
  const { at, there } = await shared()
  for (const scans of [there, at.byId]) {
    refused(await owner2('PUT', `${scans}/1?note=x`), 403)
    refused(await owner2('PUT', `${scans}/9?${MR}`), 403)
    refused(await owner2('DELETE', `${scans}/1`), 403)
    refused(await reader2('PUT', `${scans}/1?note=x`), 403)
  }
  assert.deepEqual(
    (await here.rows(at)).map((row) => [row['ID'], row['note']]),
    [
      ['1', ''],
      ['2', ''],
    ],
  )
})

test('scans section 5: DELETE through the other project deletes the scan for all', async () => {
  const { at, there } = await shared()
  done(await here.admin('DELETE', `${there}/1`))
  assert.deepEqual(await here.ids(at), ['2'])
  assert.equal((await rowsAt(reader2, there)).length, 1)
})

test('scans 135: a scan is shared once', async () => {
  const at = await here.sessionWith('1', '2')
  is(await here.own('PUT', `${at.scans}/1/projects/PRJ2`), 200)
  refused(await here.own('PUT', `${at.scans}/1/projects/PRJ2`), 409, ALREADY)
  assert.deepEqual(sharesOf(await here.item(at, '1')), ['PRJ2'])
})

test('scans section 6.6: the answer is the page of the scan', async () => {
  const at = await here.sessionWith('1')
  const reply = await here.own('PUT', `${at.byId}/1/projects/PRJ2`)
  is(reply, 200)
  assert.equal(reply.type, 'text/html')
  assert.ok(reply.text.includes('MRScan Details'), reply.text.slice(0, 300))
})

test('scans section 6.6: the session is shared first, under its own label and without its other scans', async () => {
  const at = await here.sessionWith('1', '2')
  is(await here.own('PUT', `${at.scans}/1/projects/PRJ2`), 200)
  const there = `/data/projects/PRJ2/subjects/P2_S01/experiments/${at.label}`
  is(await reader2('GET', `${there}?format=json`), 200)
  is(await reader2('GET', `${there}/scans/1?format=json`), 200)
  assert.deepEqual(sharesOf(await here.item(at, '2')), [])
  is(await here.own('PUT', `${at.scans}/2/projects/PRJ2`), 200)
  assert.deepEqual(sharesOf(await here.item(at, '2')), ['PRJ2'])
})

test('scans section 6.6: the own project of the scan is a conflict', async () => {
  const at = await here.sessionWith('1')
  refused(await here.own('PUT', `${at.scans}/1/projects/PRJ1`), 409, 'Already assigned to project: PRJ1')
})

test('scans section 6.6: an unknown project is named', async () => {
  const at = await here.sessionWith('1')
  refused(await here.own('PUT', `${at.scans}/1/projects/NOPE`), 404, 'Unable to identify project: NOPE')
})

test('scans section 6.6: without the right to create in the other project sharing is refused', async () => {
  const at = await here.sessionWith('1')
  is(await owner2('PUT', '/data/projects/PRJ2/users/collaborator/mem'), 200)
  refused(await here.mem('PUT', `${at.scans}/1/projects/PRJ2`), 403)
  assert.deepEqual(sharesOf(await here.item(at, '1')), [])
})

test('scans section 6.6: what is missing cannot be shared', async () => {
  const at = await here.sessionWith('1')
  refused(await here.own('PUT', `${at.scans}/99/projects/PRJ2`), 417, 'Could not load scan')
  refused(await here.own('PUT', '/data/experiments/NOPE/scans/1/projects/PRJ2'), 417, 'Could not load session')
  refused(await here.own('PUT', `${at.scans}/1/elsewhere/PRJ2`), 400)
  refused(await here.own('PUT', `${at.scans}/1/projects`), 400)
})

test('scans section 1.2: the shared address reads the scan, and refuses DELETE and POST', async () => {
  const at = await here.sessionWith('1')
  is(await here.own('PUT', `${at.scans}/1/projects/PRJ2`), 200)
  assert.equal((await itemAt(here.own, `${at.scans}/1/projects/PRJ2`)).data_fields.ID, '1')
  refused(await here.own('DELETE', `${at.scans}/1/projects/PRJ2`), 400)
  const post = await here.own('POST', `${at.scans}/1/projects/PRJ2`)
  refused(post, 405)
  assert.ok(post.headers.allow?.includes('PUT'))
  assert.deepEqual(await here.ids(at), ['1'])
})

test('scans section 3.4: a share stands in the document before the session', async () => {
  const { at } = await shared()
  const { text } = await here.own('GET', `${at.scans}/1?format=xml`)
  assert.match(
    text,
    /<xnat:sharing>\s*<xnat:share [^>]*project="PRJ2"[\s\S]*<\/xnat:sharing>\s*<xnat:image_session_ID>/,
  )
})
