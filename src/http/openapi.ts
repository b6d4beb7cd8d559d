import type { Method, Operation, Parameter, Route } from './call.ts'

const methods: readonly Method[] = ['GET', 'PUT', 'POST', 'DELETE']

/** A JSON value; the document is plain data. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }
type JsonObject = { readonly [name: string]: Json }

/** What a document is made from; `version` is the program's. */
export type Described = Readonly<{ routes: readonly Route[]; version: string; siteUrl: string }>

/** One operation at one path, as readers of the description see it. */
export type Entry = Readonly<{ page: string; method: Method; path: string; open: boolean; operation: Operation }>

/** The heading of a page: its name with a capital. */
export const pageTitle = (page: string): string => page.slice(0, 1).toUpperCase() + page.slice(1)

/** The name of a page in addresses and file names: lower case, hyphens. */
export const pageSlug = (page: string): string => page.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')

/** Every operation at every spelling of its place, in order of the routes; parameters stand in braces. */
export function entriesOf(routes: readonly Route[]): readonly Entry[] {
  return routes.flatMap((route) =>
    route.paths.flatMap((path) =>
      methods.flatMap((method) => {
        const operation = route[method]
        if (!operation) return []
        return [{ page: route.page, method, path: templateOf(path), open: route.open ?? false, operation }]
      }),
    ),
  )
}

const templateOf = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}').replace(/\*$/, '{rest}')

/** Routes that say the same of themselves, such as those of files on every noun, as one with all their paths. */
export function mergedRoutes(routes: readonly Route[]): readonly Route[] {
  const alike = Map.groupBy(routes, (route) =>
    JSON.stringify([route.page, route.open, ...methods.map((method) => describedAs(route[method]))]),
  )
  return [...alike.values()].map((group) => ({
    ...group[0]!,
    paths: group.flatMap(({ paths }) => paths),
    ...Object.fromEntries(methods.flatMap((method) => mergedOperation(method, group))),
  }))
}

/** All that is said of an operation but the parameters in its path. */
function describedAs(operation: Operation | undefined): unknown {
  if (!operation) return null
  const { respond, parameters, ...rest } = operation
  return { ...rest, queries: parameters?.filter((parameter) => parameter.in === 'query') }
}

function mergedOperation(method: Method, group: readonly Route[]): readonly [Method, Operation][] {
  const operation = group[0]?.[method]
  if (!operation) return []
  const all = group.flatMap((route) => route[method]?.parameters ?? [])
  const parameters = [...new Map(all.map((parameter) => [`${parameter.in} ${parameter.name}`, parameter])).values()]
  return [[method, { ...operation, parameters }]]
}

/** The OpenAPI 3.1 description of these routes. @see https://spec.openapis.org/oas/v3.1.0 */
export function openApiDocument({ routes, version, siteUrl }: Described): JsonObject {
  const paths = new Map<string, Record<string, Json>>()
  for (const entry of entriesOf(routes)) {
    const place = paths.get(entry.path) ?? {}
    place[entry.method.toLowerCase()] = operationObject(entry)
    paths.set(entry.path, place)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Isocenter',
      version,
      summary: 'An imaging archive for research',
      description:
        'Projects, subjects, imaging sessions, scans and files over the XNAT REST API. `/REST` and `/data/archive` are other spellings of `/data`. HEAD follows GET. `format` wins over Accept.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: siteUrl }],
    security: [{ basic: [] }, { session: [] }],
    tags: [...new Set(routes.map(({ page }) => pageTitle(page)))].map((name) => ({ name })),
    paths: Object.fromEntries(paths),
    components,
  }
}

const components: JsonObject = {
  securitySchemes: {
    basic: { type: 'http', scheme: 'basic', description: 'Login and password, or alias and secret of a token' },
    session: { type: 'apiKey', in: 'cookie', name: 'JSESSIONID', description: 'What POST /data/JSESSION answers' },
  },
  schemas: {
    Table: {
      type: 'object',
      description: 'A list: every cell is text, empty where there is no value',
      required: ['ResultSet'],
      properties: {
        ResultSet: {
          type: 'object',
          required: ['Result'],
          properties: {
            Result: { type: 'array', items: { type: 'object', additionalProperties: { type: 'string' } } },
            totalRecords: { type: 'string' },
            title: { type: 'string' },
          },
        },
      },
    },
  },
  responses: {
    BadRequest: { description: 'A parameter or the body cannot be used', content: { 'text/html': {} } },
    Unauthenticated: { description: 'Nobody is signed in, or the password is wrong', content: { 'text/html': {} } },
    Forbidden: { description: 'The caller may not do this', content: { 'text/html': {} } },
    NotFound: { description: 'No such thing, or not for the caller', content: { 'text/html': {} } },
  },
}

const answerRef = (name: string): JsonObject => ({ $ref: `#/components/responses/${name}` })

function operationObject(entry: Entry): JsonObject {
  const { operation, path, method, page, open } = entry
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/\W+/g, '_').replace(/_$/, '')}`,
    summary: operation.says,
    tags: [pageTitle(page)],
    parameters: [...pathParametersOf(path, operation), ...queryParametersOf(operation)].map(parameterObject),
    ...(operation.takes ? { requestBody: { content: contentOf(operation.takes) } } : {}),
    responses: responsesOf(operation, open),
    ...(open ? { security: [] } : {}),
  }
}

/** One for each pair of braces, also where the operation says nothing about it. */
function pathParametersOf(path: string, operation: Operation): readonly Parameter[] {
  const described = new Map(operation.parameters?.filter((one) => one.in === 'path').map((one) => [one.name, one]))
  described.set('rest', described.get('*') ?? { name: 'rest', in: 'path', says: 'The rest of the path, with slashes' })
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    ...(described.get(name) ?? { in: 'path', says: '' }),
    name,
    required: true,
  }))
}

function queryParametersOf(operation: Operation): readonly Parameter[] {
  const queries = operation.parameters?.filter((parameter) => parameter.in === 'query') ?? []
  // Shared lists may overlap; the later one is the more special.
  return [...new Map(queries.map((parameter) => [parameter.name, parameter])).values()]
}

const parameterObject = ({ name, in: place, says, required, values }: Parameter): JsonObject => ({
  name,
  in: place,
  required: required ?? false,
  ...(says ? { description: says } : {}),
  schema: values ? { type: 'string', enum: values } : { type: 'string' },
})

/** A list has the same rows whatever it is written in; JSON is how programs read it. */
const contentOf = (types: readonly string[]): JsonObject =>
  Object.fromEntries(types.map((type) => [type, mediaObject(type, types.includes('text/csv'))]))

function mediaObject(type: string, list: boolean): JsonObject {
  if (type === 'application/json') return list ? { schema: { $ref: '#/components/schemas/Table' } } : {}
  if (type === 'application/x-www-form-urlencoded')
    return { schema: { type: 'object', additionalProperties: { type: 'string' } } }
  if (type === 'multipart/form-data') return { schema: { type: 'object' } }
  const text = type.startsWith('text/') || type.endsWith('/xml')
  return { schema: text ? { type: 'string' } : { type: 'string', format: 'binary' } }
}

function responsesOf(operation: Operation, open: boolean): JsonObject {
  const said = Object.entries(operation.statuses ?? {}).map(([status, description]) => [status, { description }])
  const usual = open
    ? {}
    : {
        400: answerRef('BadRequest'),
        401: answerRef('Unauthenticated'),
        403: answerRef('Forbidden'),
        404: answerRef('NotFound'),
      }
  return {
    200: { description: 'Done', content: contentOf(operation.gives ?? ['application/json']) },
    ...usual,
    ...Object.fromEntries(said),
  }
}
