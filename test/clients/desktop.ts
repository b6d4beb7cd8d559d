import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { zipOf } from '../support/archives.ts'
import { type Caller, callerOf, type Options, type Reply } from '../support/caller.ts'

/** What the desktop client says that it is: a browser inside, which is why its writes carry a token. */
const AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) xnat-desktop-client/3.2.5 Chrome/91.0 Electron/13.1 Safari/537.36'
const ACCEPT = 'application/json, text/plain, */*'

/**
 * The desktop client as it speaks: Basic beside the cookies that a browser keeps (clients 5). What it asks stands in its
 * own words, also where they are odd.
 */
export type Desktop = Readonly<{
  get: (path: string) => Promise<Reply>
  /** PUT with the options of its HTTP library as a JSON body, and no credentials but the cookies. */
  put: (path: string) => Promise<Reply>
  /** POST of a series as a zip that is still being made: chunked, flat, with names that say nothing. */
  sendSeries: (query: string, files: readonly Uint8Array[]) => Promise<Reply>
  post: (path: string, body: unknown) => Promise<Reply>
  /** The token in the page that is fetched before every upload. */
  csrf: () => Promise<string>
}>

export function desktopOf(url: string, login: string, password: string): Desktop {
  const bare = callerOf(url)
  const basic = `Basic ${btoa(`${login}:${password}`)}`
  const jar = new Map<string, string>()
  const headers = (own: Record<string, string>): Record<string, string> => ({
    accept: ACCEPT,
    'user-agent': AGENT,
    ...(jar.size > 0 ? { cookie: [...jar].map((pair) => pair.join('=')).join('; ') } : {}),
    ...own,
  })
  const call = async (method: string, path: string, options: Options = {}): ReturnType<Caller> => {
    const reply = await bare(method, path, { ...options, headers: headers(options.headers ?? {}) })
    for (const cookie of reply.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      jar.set(name, value)
    }
    return reply
  }
  const upload = { authorization: basic, 'content-type': 'application/zip' }
  return {
    get: (path) => call('GET', path, { headers: { authorization: basic } }),
    put: (path) =>
      call('PUT', path, {
        headers: { 'content-type': 'application/json;charset=utf-8' },
        body: JSON.stringify({ auth: { username: login, password } }),
      }),
    sendSeries: (query, files) => {
      assert.ok(jar.has('JSESSIONID') && jar.has('SESSION_EXPIRATION_TIME'), 'it uploads only with both cookies')
      const zip = zipOf(files.map((body) => ({ name: randomUUID(), body, streamed: true })))
      return call('POST', `/data/services/import?${query}`, { headers: upload, body: inPieces(zip) })
    },
    post: (path, body) =>
      call('POST', path, {
        headers: { authorization: basic, 'content-type': 'application/json;charset=utf-8' },
        body: JSON.stringify(body),
      }),
    csrf: async () => {
      const page = await call('GET', '/', { headers: { authorization: basic } })
      const [, token] = /var csrfToken = ['"]([^'"]+)['"]/.exec(page.text) ?? []
      assert.ok(token, 'without a token it asks for a new sign-in and never uploads')
      return token
    },
  }
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}
