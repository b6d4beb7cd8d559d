import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { allRoutes } from '../../src/http/routes/all.ts'
import { startSite, type TestSite } from '../support/site.ts'

type Parameter = Readonly<{ name: string; in: string; required: boolean; schema: { type: string } }>
type Operation = Readonly<{
  operationId: string
  summary: string
  tags: readonly string[]
  parameters: readonly Parameter[]
  requestBody?: { content: Record<string, unknown> }
  responses: Record<string, { $ref?: string; description?: string; content?: Record<string, unknown> }>
  security?: readonly Record<string, readonly string[]>[]
}>
type Document = Readonly<{
  openapi: string
  info: { title: string; version: string }
  servers: readonly { url: string }[]
  security: readonly Record<string, readonly string[]>[]
  tags: readonly { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: Record<string, unknown>; responses: Record<string, unknown> }
}>

describe('the OpenAPI document', () => {
  let site: TestSite
  let document: Document
  let operations: readonly (readonly [place: string, operation: Operation])[]
  before(async () => {
    site = await startSite()
    const answer = await site.as(null)('GET', '/openapi.json')
    assert.equal(answer.status, 200)
    document = JSON.parse(answer.text) as Document
    operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [`${method} ${path}`, operation] as const),
    )
  })
  after(() => site.close())

  it('says what it is, and where', () => {
    assert.equal(document.openapi, '3.1.0')
    assert.match(document.info.version, /^\d+\.\d+\.\d+/)
    assert.deepEqual(document.servers, [{ url: site.url }])
  })

  it('has every operation of every route under each of its paths', () => {
    const wanted = allRoutes.flatMap((route) =>
      route.paths.flatMap((path) =>
        (['GET', 'PUT', 'POST', 'DELETE'] as const)
          .filter((method) => route[method])
          .map((method) => `${method.toLowerCase()} ${path.replace(/\*$/, '{rest}').replaceAll(/:(\w+)/g, '{$1}')}`),
      ),
    )
    assert.deepEqual(operations.map(([place]) => place).sort(), [...new Set(wanted)].sort())
    assert.equal(new Set(wanted).size, wanted.length, 'two routes answer at the same place')
  })

  it('describes each parameter of a path once, and no other', () => {
    for (const [place, { parameters }] of operations) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path')
      const named = [...place.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      assert.deepEqual(
        inPath.map(({ name }) => name),
        named,
        place,
      )
      assert.ok(
        inPath.every(({ required }) => required),
        place,
      )
      const all = parameters.map((parameter) => `${parameter.in} ${parameter.name}`)
      assert.equal(new Set(all).size, all.length, place)
      assert.ok(
        parameters.every(({ schema }) => schema.type === 'string'),
        place,
      )
    }
  })

  it('names each operation once, with a summary, under a known tag', () => {
    const ids = operations.map(([, { operationId }]) => operationId)
    assert.equal(new Set(ids).size, ids.length)
    const tags = new Set(document.tags.map(({ name }) => name))
    for (const [place, operation] of operations) {
      assert.ok(operation.summary.length > 0, place)
      assert.ok(
        operation.tags.every((tag) => tags.has(tag)),
        place,
      )
    }
  })

  it('gives every response a meaning, and media types that are some', () => {
    const known = new Set(Object.keys(document.components.responses).map((name) => `#/components/responses/${name}`))
    for (const [place, { responses, requestBody }] of operations) {
      assert.ok(responses['200'], place)
      for (const [status, response] of Object.entries(responses)) {
        assert.match(status, /^[2-5]\d\d$/, place)
        assert.ok(response.$ref ? known.has(response.$ref) : response.description, `${place} ${status}`)
        for (const type of Object.keys(response.content ?? {})) assert.match(type, /^(\*|\w+)\/[\w.+*-]+$/, place)
      }
      for (const type of Object.keys(requestBody?.content ?? {})) assert.match(type, /^(\*|\w+)\/[\w.+*-]+$/, place)
    }
  })

  it('asks for a sign-in except at open places', () => {
    const schemes = Object.keys(document.components.securitySchemes)
    assert.deepEqual(document.security.flatMap(Object.keys), schemes)
    const open = operations.filter(([, { security }]) => security?.length === 0).map(([place]) => place)
    assert.ok(open.includes('get /health'))
    assert.ok(!open.some((place) => place.includes('/data/projects')))
  })
})

describe('the page of the API', () => {
  let site: TestSite
  before(async () => {
    site = await startSite()
  })
  after(() => site.close())

  it('shows every path to strangers, and fetches nothing', async () => {
    const answer = await site.as(null)('GET', '/docs')
    assert.equal(answer.status, 200)
    assert.match(String(answer.headers['content-type']), /^text\/html/)
    for (const path of ['/data/projects/{project}', '/data/experiments/{experiment}/scans/{scan}', '/health'])
      assert.ok(answer.text.includes(`<code>${path}</code>`), path)
    assert.doesNotMatch(answer.text, /(src|href)="(https?:)?\/\//)
    assert.doesNotMatch(answer.text, /<script|<link/)
  })
})
