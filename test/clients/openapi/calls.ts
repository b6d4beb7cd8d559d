import createClient from 'openapi-fetch'
import type { paths } from './api.d.ts'

/** Calls with a client whose types were made from the OpenAPI document: `node calls.ts ADDRESS LOGIN PASSWORD`. */
const [baseUrl, login, password] = process.argv.slice(2)
const client = createClient<paths>({ baseUrl, headers: { authorization: `Basic ${btoa(`${login}:${password}`)}` } })

const project = { project: 'GENERATED' }
const created = await client.PUT('/data/projects/{project}', {
  params: { path: project, query: { accessibility: 'private' } },
  parseAs: 'text',
})
const made = await client.PUT('/data/projects/{project}/subjects/{subject}', {
  params: { path: { ...project, subject: 'S1' } },
  parseAs: 'text',
})
const listed = await client.GET('/data/projects/{project}/subjects', {
  params: { path: project, query: { format: 'json', columns: 'ID,label' } },
})
const refused = await client.GET('/data/projects/{project}', {
  params: { path: { project: 'NOTHING' }, query: { format: 'json' } },
  parseAs: 'text',
})

// The document has four ways of writing a list; this one is asked for.
const list = typeof listed.data === 'object' ? listed.data : undefined
const rows = list?.ResultSet.Result ?? []
console.log(
  JSON.stringify({
    statuses: [created, made, listed, refused].map(({ response }) => response.status),
    subject: made.data,
    rows: rows.map((row) => [row['ID'], row['label']]),
  }),
)
