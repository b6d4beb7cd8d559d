import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import type { Logger } from 'pino'
import type { Archive } from '../archive/archive.ts'
import type { Pictures } from '../intake/pictures.ts'
import type { Site } from '../site/site.ts'
import { admit, admittedBody } from './authenticate.ts'
import { type BoundedBody, boundedBody } from './bounded-body.ts'
import type { Answer, Call, Method, Respond, Route } from './call.ts'
import { openConnections } from './connections.ts'
import { sendDirectly } from './direct-body.ts'
import { errorAnswer, faultAnswer, notOfferedAnswer, thrownAnswer } from './error-reply.ts'
import { canonicalUrl, localPath, pathParameters } from './paths.ts'
import { parseQuery, type Query } from './query.ts'
import { passOver } from './rest-of-body.ts'
import { allRoutes } from './routes/all.ts'
import { unreadableRequests } from './unreadable-request.ts'

const METHODS = ['GET', 'PUT', 'POST', 'DELETE'] as const
/** Everything a place may be asked; what it does not offer is answered with 405 and `Allow`. */
const ASKED = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'] as const
const MAX_PARAMETER_BYTES = 8192
/** How long a client may take to send its headers; bodies may take as long as they need. */
const HEADERS_TIMEOUT_MS = 60_000
/** How long a connection may be silent until the system asks the other side whether it is still there. */
const SILENCE_MS = 60_000

export type Open = Readonly<{
  archive: Archive
  site: Site
  pictures: Pictures
  logger?: Logger
  publicUrl?: string
  /** Bytes of one request's body; absent: no bound. */
  maxUploadBytes?: number
  /** Folder from which administrators import; absent: there is none. */
  inbox?: string
  /** Does work of the background; absent: it is begun, and nobody waits for its end. */
  later?: Call['later']
  /** Servers in front of this one that say for whom they ask (`X-Forwarded-For`); 0 or absent: nobody is believed. */
  trustedProxies?: number
}>

/** Work of the background that nobody ends. */
const laterUnminded =
  (failed: (error: unknown) => void): Call['later'] =>
  (work) =>
    void work(new AbortController().signal).catch(failed)

/** The web door over an open archive; it listens nowhere by itself. */
export function buildServer(open: Open): FastifyInstance {
  const connections = openConnections()
  const app: FastifyInstance = Fastify({
    ...(open.logger ? { loggerInstance: open.logger } : {}),
    logController: new LogController({ disableRequestLogging: true }),
    rewriteUrl: (request) => {
      if (request.method === 'POST') request.method = tunnelled(request.url ?? '/')
      forgetUnusableType(request.headers)
      return canonicalUrl(request.url ?? '/')
    },
    routerOptions: { maxParamLength: MAX_PARAMETER_BYTES, caseSensitive: true },
    requestTimeout: 0,
    // Of a sender that has vanished in the middle nothing comes, not even that it has gone.
    http: { keepAlive: true, keepAliveInitialDelay: SILENCE_MS },
    trustProxy: open.trustedProxies ? (_address, hop) => hop < (open.trustedProxies ?? 0) : false,
    keepAliveTimeout: 75_000,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) =>
      sendAnswer(reply as FastifyReply, unroutableAnswer(error, request.raw.url ?? '/'), request.method),
    clientErrorHandler: unreadableRequests(connections),
  }) as unknown as FastifyInstance
  app.server.headersTimeout = HEADERS_TIMEOUT_MS
  connections.watch(app.server)
  app.addHook('preClose', async () => connections.end())
  app.removeAllContentTypeParsers()
  // Every body reaches its route unread: what it is depends on the route and its parameters.
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  for (const route of allRoutes) addRoute(app, open, route)
  app.setNotFoundHandler((request, reply) =>
    answerWith(open, request, reply, {
      pattern: [],
      open: isFree(request.url),
      respond: async (call) => faultAnswer({ kind: 'not-found', noun: 'path', name: call.path }, call.path),
    }),
  )
  app.setErrorHandler((error, request, reply) => {
    request.log.error({ err: error }, 'a request failed')
    return sendAnswer(reply, thrownAnswer(error, request.url), request.method)
  })
  return app
}

function unroutableAnswer(error: Error & { code: string; statusCode?: number }, url: string): Answer {
  const because =
    error.code === 'FST_ERR_BAD_URL' ? `The address ${url} is not correctly percent-encoded UTF-8.` : undefined
  return errorAnswer(error.statusCode ?? 400, because, url)
}

/** The framework would refuse a Content-Type that names no type; here such a header says nothing (resources 7.1). */
function forgetUnusableType(headers: IncomingHttpHeaders): void {
  const type = headers['content-type']
  if (type !== undefined && !/^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;|$)/.test(type))
    delete headers['content-type']
}

/** Only the trees of the API ask for a sign-in before they say that something is unknown. */
const isFree = (url: string): boolean => !/^\/(data|xapi|fs)(\/|\?|$)/.test(url)

/** The original's framework takes `POST …?method=PUT` for a PUT (hierarchy 1.8). */
function tunnelled(url: string): string {
  const match = /[?&]method=(GET|PUT|DELETE|HEAD|OPTIONS)(?:&|$)/i.exec(url)
  return match?.[1]?.toUpperCase() ?? 'POST'
}

function addRoute(app: FastifyInstance, open: Open, route: Route): void {
  const allow = METHODS.filter((method) => route[method]).flatMap((method) =>
    method === 'GET' ? ['GET', 'HEAD'] : [method],
  )
  const allowed = [...allow, 'OPTIONS'].join(', ')
  for (const url of route.paths) {
    const pattern = url.split('/')
    app.route({
      method: [...ASKED],
      url,
      handler: (request, reply) => {
        const asked = request.method === 'HEAD' ? 'GET' : (request.method as Method)
        const respond = METHODS.includes(asked) ? route[asked]?.respond : undefined
        const place = { pattern, open: route.open ?? false, respond: respond ?? notOffered(request.method, allowed) }
        return answerWith(open, request, reply, place)
      },
    })
  }
}

function notOffered(method: string, allowed: string): Respond {
  return async (call) =>
    method === 'OPTIONS'
      ? { status: 200, headers: { allow: allowed } }
      : withHeaders(notOfferedAnswer(call.path), { allow: allowed })
}

const withHeaders = (answer: Answer, headers: Answer['headers']): Answer => ({
  ...answer,
  headers: { ...answer.headers, ...headers },
})

type Place = Readonly<{ pattern: readonly string[]; open: boolean; respond: Respond }>

async function answerWith(
  open: Open,
  request: FastifyRequest,
  reply: FastifyReply,
  place: Place,
): Promise<FastifyReply> {
  const { url, path, search } = partsOf(request)
  const sent = bodyOf(request)
  let bounded: BoundedBody | undefined
  try {
    const query = parseQuery(search)
    const siteUrl = open.publicUrl ?? `${request.protocol}://${request.host || 'localhost'}`
    const { method, headers, ip: address } = request
    const claim = { method, path, query, headers, address, siteUrl, open: place.open }
    const admission = await admit(open.site, claim)
    if ('status' in admission) return sendAnswer(reply, admission, method)
    if (admission.cookies.length > 0) reply.header('set-cookie', admission.cookies)
    bounded = boundedBody(sent, headers, open.maxUploadBytes)
    const call: Call = {
      method: (method === 'HEAD' ? 'GET' : method) as Method,
      head: method === 'HEAD',
      path,
      askedPath: localPath(request.originalUrl.replace(/\?.*/s, '')).replace(/\/+$/, ''),
      params: pathParameters(place.pattern, path),
      query,
      headers,
      body: await admittedBody(admission, bounded.body),
      viewer: admission.viewer,
      signedInBy: admission.signedInBy,
      why: reasonOf(query),
      siteUrl,
      address,
      ...openedOf(open),
      inbox: open.inbox,
      later: open.later ?? laterUnminded((error) => request.log.error({ err: error }, 'work failed')),
    }
    return sendAnswer(reply, await place.respond(call), method)
  } catch (error) {
    // Whoever read the body may have taken its end for something else.
    const answer = thrownAnswer(bounded?.overrun() ?? error, path)
    if (answer.status >= 500) request.log.error({ err: error, url }, 'a request failed')
    return sendAnswer(reply, answer, request.method)
  } finally {
    passOver(sent)
  }
}

const openedOf = ({ archive, site, pictures }: Open) => ({ archive, site, pictures })

/** The address in its one spelling, and cut at the question mark. */
function partsOf(request: FastifyRequest): Readonly<{ url: string; path: string; search: string }> {
  const url = request.raw.url ?? '/'
  const mark = url.indexOf('?')
  return mark < 0 ? { url, path: url, search: '' } : { url, path: url.slice(0, mark), search: url.slice(mark + 1) }
}

/** The unread body; a GET may have one too, with filters of a form (hierarchy 1.5). */
function bodyOf(request: FastifyRequest): Readable | undefined {
  if (request.body instanceof Readable) return request.body
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  return encoding !== undefined || Number(length ?? 0) > 0 ? request.raw : undefined
}

const eventTypes = new Set(['PROCESS', 'WEB_FORM', 'WEB_SERVICE', 'REST', 'STORE_XML', 'SOAP'])

/** The event parameters (hierarchy 1.11); an unknown type is a web service. */
function reasonOf(query: Query): Call['why'] {
  const type = query.get('event_type')?.toUpperCase() ?? ''
  return {
    reason: query.get('event_reason') || undefined,
    comment: query.get('event_comment') || undefined,
    action: query.get('event_action') || undefined,
    type: eventTypes.has(type) ? type : 'WEB_SERVICE',
  }
}

function sendAnswer(reply: FastifyReply, answer: Answer, method: string): FastifyReply {
  reply.code(answer.status)
  for (const [name, value] of Object.entries(answer.headers ?? {})) reply.header(name, value)
  reply.header('x-content-type-options', 'nosniff')
  const { body } = answer
  const length =
    answer.length ??
    (typeof body === 'string' ? Buffer.byteLength(body) : body instanceof Buffer ? body.length : undefined)
  if (length !== undefined) reply.header('content-length', length)
  if (method === 'HEAD') {
    if (body instanceof Readable) body.destroy()
    return reply.send()
  }
  if (typeof body === 'function') return sendDirectly(reply, body)
  if (body === undefined || typeof body === 'string' || body instanceof Buffer) return reply.send(body)
  return reply.send(body instanceof Readable ? body : Readable.from(body, { objectMode: false }))
}
