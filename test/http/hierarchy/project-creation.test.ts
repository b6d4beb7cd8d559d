import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Caller, multipart } from '../../support/caller.ts'
import { startSite, type TestSite } from '../../support/site.ts'
import { doctypeXml, projectXml } from './documents.ts'
import {
  column,
  formBody,
  headerAt,
  itemAt,
  makeProject,
  query,
  rowsAt,
  setPreference,
  want,
  xmlBody,
} from './stage.ts'

let site: TestSite
let own: Caller
let rival: Caller
let admin: Caller

before(async () => {
  site = await startSite()
  for (const login of ['own', 'rival']) await site.addUser(login)
  own = site.as('own')
  rival = site.as('rival')
  admin = site.as('admin')
  await makeProject(own, 'ClashId', { secondary_ID: 'ClashSecond', name: 'ClashName', alias: 'ClashAlias' })
})
after(() => site?.close())

test('hierarchy 71: PUT of a new project is 200 with an empty body', async () => {
  const reply = await want(own('PUT', '/data/projects/NEW1'), 200)
  assert.equal(reply.bytes.length, 0)
  assert.equal((await itemAt(own, '/data/projects/NEW1')).data_fields.ID, 'NEW1')
})

test('hierarchy 71: PUT of an existing project is 200 with an empty body too', async () => {
  await makeProject(own, 'NEW2')
  assert.equal((await want(own('PUT', '/data/projects/NEW2?description=again'), 200)).bytes.length, 0)
  assert.equal((await itemAt(own, '/data/projects/NEW2')).data_fields.description, 'again')
})

test('hierarchy 72: the creator is listed as owner', async () => {
  await makeProject(own, 'NEW3')
  const [row, ...more] = await rowsAt(own, '/data/projects/NEW3/users')
  assert.equal(more.length, 0)
  assert.deepEqual([row?.GROUP_ID, row?.displayname, row?.login], ['NEW3_owner', 'Owners', 'own'])
})

test('hierarchy 73: the default accessibility is protected', async () => {
  await makeProject(own, 'ACC1')
  assert.equal((await want(own('GET', '/data/projects/ACC1/accessibility'), 200)).text, 'protected')
})

for (const level of ['private', 'protected', 'public']) {
  test(`hierarchy 73: accessibility=${level} is honoured at creation`, async () => {
    const project = `ACC${level}`
    await makeProject(own, project, { accessibility: level })
    assert.equal((await want(own('GET', `/data/projects/${project}/accessibility`), 200)).text, level)
  })
}

test('hierarchy 74: name and secondary_ID default to the ID', async () => {
  await makeProject(own, 'NEW4')
  const { name, secondary_ID } = (await itemAt(own, '/data/projects/NEW4')).data_fields
  assert.deepEqual([name, secondary_ID], ['NEW4', 'NEW4'])
})

for (const bad of ['bad%20id', 'b%C3%A4d', 'a.b', 'a%2Bb', 'a%27b']) {
  test(`hierarchy 75: PUT of the project ${bad} is 417`, async () => {
    const reply = await want(own('PUT', `/data/projects/${bad}`), 417)
    assert.equal(reply.message(), 'Invalid character in project ID.')
  })
}

test('hierarchy 76: an XML body with another ID is 417', async () => {
  await want(own('PUT', '/data/projects/XML1', xmlBody(projectXml('XML2'))), 417)
  await want(own('GET', '/data/projects/XML1'), 404)
  await want(own('GET', '/data/projects/XML2'), 404)
})

test('hierarchy 76: an XML body with the same or no ID makes the project', async () => {
  await want(own('PUT', '/data/projects/XML3', xmlBody(projectXml('XML3'))), 200)
  const { name, description, keywords } = (await itemAt(own, '/data/projects/XML3')).data_fields
  assert.deepEqual([name, description, keywords], ['XML3 title', 'A project written as a document.', 'test keywords'])
  await want(own('PUT', '/data/projects/XML4', xmlBody(projectXml(''))), 200)
  assert.equal((await itemAt(own, '/data/projects/XML4')).data_fields.ID, 'XML4')
})

test('hierarchy 76: query parameters win over the body', async () => {
  await want(own('PUT', '/data/projects/XML5?description=from%20the%20query', xmlBody(projectXml('XML5'))), 200)
  assert.equal((await itemAt(own, '/data/projects/XML5')).data_fields.description, 'from the query')
})

const ways: readonly (readonly [
  string,
  (xml: string) => { headers?: Record<string, string>; body: string | Buffer; chunked?: boolean },
  string,
])[] = [
  ['application/xml', (body) => ({ headers: { 'content-type': 'application/xml' }, body }), ''],
  ['req_format=xml', (body) => ({ headers: { 'content-type': 'application/octet-stream' }, body }), '?req_format=xml'],
  ['inbody=true', (body) => ({ headers: { 'content-type': 'application/octet-stream' }, body }), '?inbody=true'],
  ['a chunked body', (body) => ({ headers: { 'content-type': 'text/xml' }, body, chunked: true }), ''],
  [
    'a multipart part named .xml',
    (body) => multipart([{ field: 'any', filename: 'p.xml', type: 'text/xml', body }]),
    '',
  ],
]
for (const [index, [name, bodyOf, parameters]] of ways.entries()) {
  test(`hierarchy 76: a document is read from ${name}`, async () => {
    const project = `WAY${index}`
    await want(own('PUT', `/data/projects/${project}${parameters}`, bodyOf(projectXml(project))), 200)
    assert.equal((await itemAt(own, `/data/projects/${project}`)).data_fields.keywords, 'test keywords')
  })
}

test('hierarchy 76: values are read from a form body', async () => {
  await want(own('PUT', '/data/projects/FORM1', formBody({ description: 'by form', name: 'Form one' })), 200)
  const { name, description } = (await itemAt(own, '/data/projects/FORM1')).data_fields
  assert.deepEqual([name, description], ['Form one', 'by form'])
})

const names = ['ID', 'secondary_ID', 'name', 'alias'] as const
const taken = { ID: 'ClashId', secondary_ID: 'ClashSecond', name: 'ClashName', alias: 'ClashAlias' }
for (const mine of names) {
  for (const theirs of names) {
    test(`hierarchy 77: a ${mine} that is the ${theirs} of another project is refused in any letter case`, async () => {
      for (const word of [taken[theirs], taken[theirs].toLowerCase(), taken[theirs].toUpperCase()]) {
        const project = mine === 'ID' ? word : `Fresh${mine}${theirs}`.replace('_', '-')
        const values = mine === 'ID' ? '' : query({ [mine]: word })
        await want(rival('PUT', `/data/projects/${project}${values}`), 403, 409)
        if (mine !== 'ID') await want(rival('GET', `/data/projects/${project}`), 404)
      }
    })
  }
}

test('hierarchy 77: the clash says so', async () => {
  const reply = await want(rival('PUT', '/data/projects/FreshSays?name=clashname'), 409)
  assert.match(reply.message() ?? '', /^Requested new project conflicts with existing projects: /)
})

test('hierarchy 77: an existing project cannot take the name of another either', async () => {
  await makeProject(rival, 'RIV')
  await want(rival('PUT', '/data/projects/RIV?name=CLASHNAME'), 409)
  assert.equal((await itemAt(rival, '/data/projects/RIV')).data_fields.name, 'RIV')
})

test('hierarchy 77: a project may use one word for its own three names', async () => {
  await makeProject(own, 'SAME', { secondary_ID: 'SAME', name: 'SAME' })
  await want(own('PUT', '/data/projects/SAME?secondary_ID=same&name=Same'), 200)
})

test('hierarchy 77: parallel creations of one project leave one', async () => {
  const replies = await Promise.all(Array.from({ length: 8 }, () => own('PUT', '/data/projects/RACE')))
  assert.deepEqual([...new Set(replies.map((reply) => reply.status))], [200])
  assert.equal((await rowsAt(own, '/data/projects?ID=RACE')).length, 1)
  assert.equal((await rowsAt(own, '/data/projects/RACE/users')).length, 1)
})

test('hierarchy 78: an alias finds the project', async () => {
  await makeProject(own, 'ALI', { alias: 'Zed' })
  assert.equal((await itemAt(own, '/data/projects/Zed')).data_fields.ID, 'ALI')
})

test('hierarchy 78: a project may be given several aliases at once', async () => {
  await want(own('PUT', '/data/projects/ALIS?alias=AliOne&alias=AliTwo&description=d'), 200)
  for (const alias of ['AliOne', 'AliTwo'])
    assert.equal((await itemAt(own, `/data/projects/${alias}`)).data_fields.ID, 'ALIS')
  await want(own('PUT', '/data/projects/ALIS?alias=AliNew'), 200)
  await want(own('GET', '/data/projects/AliOne'), 404)
  for (const alias of ['AliNew', 'AliTwo']) await want(own('GET', `/data/projects/${alias}`), 200)
  await want(own('PUT', '/data/projects/ALIS2?alias=ALIS2B&alias=alitwo'), 409)
})

test('hierarchy 78: secondary_ID and name do not', async () => {
  await makeProject(own, 'ALI2', { secondary_ID: 'AliSecond', name: 'AliName' })
  await want(own('GET', '/data/projects/AliSecond'), 404)
  await want(own('GET', '/data/projects/AliName'), 404)
})

test('hierarchy 79: POST answers 200, Location and an absolute URL', async () => {
  const reply = await want(own('POST', '/data/projects', xmlBody(projectXml('POST1'))), 200)
  assert.match(reply.text, /^https?:\/\/[^/]+\/data\/projects\/POST1$/)
  assert.equal(reply.headers.location, reply.text)
  assert.match(reply.type, /^text\//)
  await want(own('GET', '/data/projects/POST1'), 200)
})

test('hierarchy 79: POST takes the ID from the query as well, under any prefix', async () => {
  const reply = await want(own('POST', '/REST/projects?ID=POST2&description=d'), 200)
  assert.match(reply.text, /\/data\/projects\/POST2$/)
  assert.equal((await itemAt(own, '/data/projects/POST2')).data_fields.description, 'd')
})

test('hierarchy 80: POST of an existing project is 409', async () => {
  await makeProject(own, 'POST3')
  const reply = await want(own('POST', '/data/projects?ID=POST3'), 409)
  assert.equal(reply.message(), 'Project already exists.')
})

test('hierarchy 80: POST without an ID is 417', async () => {
  const reply = await want(own('POST', '/data/projects?description=none'), 417)
  assert.equal(reply.message(), 'Requires XNAT ProjectData ID')
})

test('hierarchy 81: the default columns', async () => {
  assert.deepEqual(
    (await headerAt(own, '/data/projects')).join(),
    'ID,secondary_ID,name,description,pi_firstname,pi_lastname,URI',
  )
})

test('hierarchy 81: the row of a project', async () => {
  await want(own('PUT', '/data/projects/ROW', xmlBody(projectXml('ROW'))), 200)
  assert.deepEqual(await rowsAt(own, '/data/projects?ID=ROW'), [
    {
      ID: 'ROW',
      secondary_ID: 'ROW',
      name: 'ROW title',
      description: 'A project written as a document.',
      pi_firstname: 'Ada',
      pi_lastname: 'Byron',
      URI: '/data/projects/ROW',
    },
  ])
})

test('hierarchy 137: a project document with a DOCTYPE is refused', async () => {
  const reply = await own('PUT', '/data/projects/DOCT', xmlBody(doctypeXml))
  assert.ok(reply.status >= 400 && reply.status < 500, String(reply.status))
  await want(own('GET', '/data/projects/DOCT'), 404)
})

test('hierarchy 201: POST to a new project with a document creates it as PUT does', async () => {
  const reply = await want(own('POST', '/data/projects/CTL?accessibility=private', xmlBody(projectXml('CTL'))), 200)
  assert.equal(reply.text, '')
  assert.equal((await want(own('GET', '/data/projects/CTL/accessibility'), 200)).text, 'private')
  assert.equal((await itemAt(own, '/data/projects/CTL')).data_fields.name, 'CTL title')
})

test('hierarchy 71: uiAllowNonAdminProjectCreation=false leaves creation to administrators', async () => {
  await setPreference(admin, 'uiAllowNonAdminProjectCreation', 'false')
  try {
    await want(own('PUT', '/data/projects/CLOSED'), 403)
    await want(own('POST', '/data/projects?ID=CLOSED'), 403)
    await want(admin('GET', '/data/projects/CLOSED'), 404)
    await want(own('PUT', '/data/projects/NEW1?description=still'), 200)
    await want(admin('PUT', '/data/projects/CLOSED'), 200)
  } finally {
    await setPreference(admin, 'uiAllowNonAdminProjectCreation', 'true')
  }
})

test('hierarchy 73: securityAllowNonPrivateProjects=false makes private the default and the only level', async () => {
  await setPreference(admin, 'securityAllowNonPrivateProjects', 'false')
  try {
    await makeProject(own, 'SEC')
    assert.equal((await want(own('GET', '/data/projects/SEC/accessibility'), 200)).text, 'private')
    await want(own('PUT', '/data/projects/SEC/accessibility/public'), 403)
  } finally {
    await setPreference(admin, 'securityAllowNonPrivateProjects', 'true')
  }
})

test('hierarchy 77: a project with many names lists each alias', async () => {
  const rows = await rowsAt(own, '/data/projects?columns=ID,alias&ID=ClashId')
  assert.deepEqual(column(rows, 'alias'), ['ClashAlias'])
})
