import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { is, MR, openSetting, refused, type Setting } from './setting.ts'

let here: Setting
before(async () => {
  here = await openSetting()
})
after(() => here?.site.close())

const NOT_FOUND = 'The server has not found anything matching the request URI'
const NOT_ALLOWED = 'The method specified in the request is not allowed for the resource identified by the request URI'

/** The methods of an Allow header, sorted. */
const allowed = (header: string | undefined) => (header ?? '').split(/\s*,\s*/).sort()

test('scans 47: an unknown accession id is not found', async () => {
  refused(await here.own('GET', '/data/experiments/NOPE/scans'), 404)
})

test('scans 48: an unknown project is not found', async () => {
  const { label } = await here.session()
  refused(await here.own('GET', `/data/projects/NOPE/subjects/S01/experiments/${label}/scans`), 404)
})

test('scans 49: an unknown subject is not found', async () => {
  const { label } = await here.session()
  refused(await here.own('GET', `/data/projects/PRJ1/subjects/NOPE/experiments/${label}/scans`), 404, NOT_FOUND)
})

test('scans 50: an unknown session label is not found', async () => {
  await here.session()
  refused(await here.own('GET', '/data/projects/PRJ1/subjects/S01/experiments/NOPE/scans'), 404, NOT_FOUND)
})

for (const [method, tail, methods] of [
  ['PUT', '', ['GET', 'HEAD', 'OPTIONS', 'POST']],
  ['DELETE', '', ['GET', 'HEAD', 'OPTIONS', 'POST']],
  ['PATCH', '', ['GET', 'HEAD', 'OPTIONS', 'POST']],
  ['POST', '/1', ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PUT']],
  ['PATCH', '/1', ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PUT']],
] as const) {
  test(`scans 53: ${method} …/scans${tail} is not allowed and Allow says what is`, async () => {
    const at = await here.sessionWith('1')
    for (const scans of [at.scans, at.byId]) {
      const reply = await here.own(method, `${scans}${tail}?${MR}&note=x`)
      refused(reply, 405, NOT_ALLOWED)
      assert.deepEqual(allowed(reply.headers.allow), methods)
    }
    assert.deepEqual(
      (await here.rows(at)).map((row) => [row['ID'], row['note']]),
      [['1', '']],
    )
  })
}

test('scans 54: every refusal is an HTML page with the message in h3', async () => {
  const at = await here.sessionWith('1')
  const mr = `${at.scans}/9?${MR}`
  for (const [status, method, path] of [
    [404, 'GET', `${at.scans}/99?format=json`],
    [404, 'GET', `${at.scans}/99?format=xml`],
    [404, 'GET', '/data/experiments/NOPE/scans?format=json'],
    [404, 'GET', '/data/experiments/NOPE/scans?format=csv'],
    [404, 'DELETE', `${at.scans}/99`],
    [400, 'PUT', `${mr}&frames=abc`],
    [400, 'PUT', `${at.scans}/9?xsiType=xnat:imageScanData`],
    [409, 'PUT', `${at.scans}/1?xsiType=xnat:petScanData`],
    [417, 'PUT', `${at.scans}/9`],
    [405, 'PUT', at.scans],
  ] as const) {
    refused(await here.own(method, path), status)
  }
})

test('scans section 1.7: the error page is the protocol byte for byte', async () => {
  const at = await here.session()
  const reply = await here.own('GET', `${at.scans}/1?format=json`)
  assert.equal(
    reply.text.trimEnd(),
    `<html>
<head>
   <title>Status page</title>
</head>
<body>
<h3>Unable to find the specified scan.</h3><p>You can get technical details <a href="http://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4.5">here</a>.<br>
Please continue your visit at our <a href="/">home page</a>.
</p>
</body>
</html>`,
  )
})

test('scans section 1.7: a status without a message of its own shows the general text', async () => {
  const at = await here.sessionWith('1')
  refused(await here.own('GET', `${at.scans}/1/foo`), 404, NOT_FOUND)
})

test('scans 140: what has no place below a scan is named', async () => {
  const at = await here.sessionWith('1')
  refused(await here.own('PUT', `${at.scans}/1/foo`), 400, 'There is nothing to be changed under foo.')
})

test('scans section 1.7: what the caller sent is escaped in the message', async () => {
  const at = await here.sessionWith('1')
  const reply = await here.own('GET', `${at.scans}/1?format=json&handler=${encodeURIComponent('<b>&x')}`)
  refused(reply, 400, 'Invalid handler definition: <b>&x')
  assert.ok(!reply.text.includes('<b>'), reply.text)
})

test('scans section 1.7: a scan ID with markup in it is escaped in the message', async () => {
  const at = await here.session()
  const reply = await here.own('PUT', `${at.scans}/${encodeURIComponent('<script>')}?${MR}`)
  refused(reply, 400)
  assert.ok(!reply.text.includes('<script>'), reply.text)
})

test('scans 133: HEAD answers the headers of GET without a body', async () => {
  const at = await here.sessionWith('1')
  for (const path of [at.scans, `${at.byId}?format=csv`, `${at.scans}/1?format=json`, `${at.scans}/1?format=xml`]) {
    const [get, head] = [await here.own('GET', path), await here.own('HEAD', path)]
    is(head, 200)
    assert.equal(head.bytes.length, 0)
    assert.equal(head.headers['content-type'], get.headers['content-type'])
    if (head.headers['content-length']) assert.equal(head.headers['content-length'], String(get.bytes.length))
  }
})

test('scans 133: HEAD of what is not there is 404 without a body', async () => {
  const at = await here.session()
  for (const path of [`${at.scans}/1`, '/data/experiments/NOPE/scans']) {
    const reply = await here.own('HEAD', path)
    is(reply, 404)
    assert.equal(reply.bytes.length, 0)
  }
})

test('scans 145: OPTIONS of the collection names its methods', async () => {
  const at = await here.session()
  for (const path of [at.scans, at.byId]) {
    const reply = await here.own('OPTIONS', path)
    is(reply, 200)
    assert.deepEqual(allowed(reply.headers.allow), ['GET', 'HEAD', 'OPTIONS', 'POST'])
  }
})

test('scans section 1.2: OPTIONS of one scan names its methods', async () => {
  const at = await here.sessionWith('1')
  const reply = await here.own('OPTIONS', `${at.scans}/1`)
  is(reply, 200)
  assert.deepEqual(allowed(reply.headers.allow), ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PUT'])
})

test('scans section 1.7: tables never look like an error page', async () => {
  const at = await here.sessionWith('1')
  for (const query of ['', '?format=csv', '?format=xml', '?format=html', '?format=xList']) {
    const { text } = await here.own('GET', `${at.scans}${query}`)
    assert.ok(!/^<html>|^<!DOCTYPE/i.test(text), text.slice(0, 60))
  }
})
