import { ArchiveError, type Fault, type Noun } from '../errors.ts'
import { escapeText } from '../formats/xml.ts'
import type { Answer } from './call.ts'

/** The only table of error statuses. A kind that is missing here does not compile. */
const statusOf: Readonly<Record<Fault['kind'], number>> = {
  'not-found': 404,
  forbidden: 403,
  unauthenticated: 401,
  conflict: 409,
  invalid: 400,
  'nothing-sent': 417,
  unreadable: 422,
  'too-large': 413,
  unsupported: 415,
  gone: 410,
  precondition: 412,
  'no-space': 507,
  'broken-off': 400,
  failed: 500,
}

/** For probes, when the archive cannot do its work: nobody refused anything, so there is no Fault. */
export const notReadyStatus = 503

/** What the protocol's framework says where nobody named a sentence; pyxnat compares the one for 401. */
const standardText: Readonly<Record<number, string>> = {
  400: 'The request could not be understood by the server due to malformed syntax',
  401: 'The request requires user authentication',
  403: 'The server understood the request, but is refusing to fulfill it',
  404: 'The server has not found anything matching the request URI',
  405: 'The method specified in the request is not allowed for the resource identified by the request URI',
  409: 'The request could not be completed due to a conflict with the current state of the resource',
  410: 'The requested resource is no longer available at the server and no forwarding address is known',
  412: 'The precondition given in one or more of the request-header fields evaluated to false when it was tested on the server',
  413: 'The server is refusing to process a request because the request entity is larger than the server is willing or able to process',
  414: 'The server is refusing to service the request because the Request-URI is longer than the server is willing to interpret',
  415: 'The server is refusing to service the request because the entity of the request is in a format not supported by the requested resource for the requested method',
  416: 'The range given in the request cannot be satisfied',
  417: 'The expectation given in the request could not be met by this server',
  422: 'The server understands the content type of the request entity and the syntax of the request entity is correct but was unable to process the contained instructions',
  500: 'The server encountered an unexpected condition which prevented it from fulfilling the request',
  507: 'The server is unable to store what is needed to fulfill the request',
}

/** The sentences that the protocol's pages name for what is missing or refused. */
const missing: Readonly<Partial<Record<Noun, string>>> = {
  // "experiment" for a project is the original's own slip; existing scripts compare the sentence.
  project: 'Unable to find the specified experiment.',
  experiment: 'Unable to find the specified experiment.',
  session: 'Unable to find the specified session.',
  assessor: 'Unable to find the specified experiment.',
  scan: 'Unable to find the specified scan.',
  reconstruction: 'Unable to find the specified reconstruction.',
  resource: 'Unable to find the specified catalog.',
  file: 'Unable to find catalog entry for given uri.',
}

/** The sentence names the session for whatever is below it, too: existing scripts look for it. */
const notAllowed = (noun: Noun): string =>
  `User account doesn't have permission to modify this ${noun === 'project' || noun === 'subject' ? noun : 'session'}.`

/** The answer that a Fault becomes. `path` decides between the page of `/data` and the plain text of `/xapi`. */
export function faultAnswer(fault: Fault, path: string): Answer {
  const answer = errorAnswer(statusOf[fault.kind], messageOf(fault), path)
  if (fault.kind !== 'conflict' || !fault.reasons) return answer
  // What is in the way of archiving, for programs (import 10.7).
  const reasons = JSON.stringify(fault.reasons.slice(0, MAX_REASONS)).replaceAll(/[^ -~]/g, '?')
  return { ...answer, headers: { ...answer.headers, 'x-conflicts': reasons } }
}

/** Headers cannot be long. */
const MAX_REASONS = 20

function messageOf(fault: Fault): string | undefined {
  if (fault.because) return fault.because
  // Of an address that leads nowhere nothing is named: the general text of the status stands.
  if (fault.kind === 'not-found' && fault.noun === 'path') return undefined
  if (fault.kind === 'not-found') return missing[fault.noun] ?? `Unable to find the specified ${fault.noun}.`
  if (fault.kind === 'forbidden') return `${notAllowed(fault.noun)}${fault.rule ? ` ${fault.rule}` : ''}`
  return undefined
}

/** An error of that status with a sentence for people, in the shape that clients of that path expect. */
export function errorAnswer(status: number, message: string | undefined, path: string): Answer {
  if (path.startsWith('/xapi')) {
    // 401 and 403 carry no body there (hierarchy 1.9).
    const body = status === 401 || status === 403 ? '' : (message ?? standardText[status] ?? '')
    return { status, headers: { 'content-type': 'text/plain; charset=UTF-8' }, body }
  }
  return { status, headers: { 'content-type': 'text/html; charset=UTF-8' }, body: statusPage(status, message) }
}

/** The place is there, but does not answer to this method. */
export const notOfferedAnswer = (path: string): Answer => errorAnswer(405, undefined, path)

/** None of the ranges that were asked for is in the file. */
export const noSuchRangeAnswer = (path: string): Answer => errorAnswer(416, undefined, path)

/** Both xnatpy and pyxnat know an error page by its first line, and read the reason from its one `h3` (scans 1.7). */
function statusPage(status: number, message?: string): string {
  const text = escapeText(message ?? standardText[status] ?? `Status ${status}`)
  const section = `sec10.${Math.floor(status / 100)}.${(status % 100) + 1}`
  return `<html>
<head>
   <title>Status page</title>
</head>
<body>
<h3>${text}</h3><p>You can get technical details <a href="http://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#${section}">here</a>.<br>
Please continue your visit at our <a href="/">home page</a>.
</p>
</body>
</html>
`
}

/** The answer to anything thrown; what was not thrown on purpose is a 500 that says nothing of the inside. */
export function thrownAnswer(error: unknown, path: string): Answer {
  if (error instanceof ArchiveError) return faultAnswer(error.fault, path)
  return errorAnswer(500, undefined, path)
}
