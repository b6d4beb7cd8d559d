import { randomUUID } from 'node:crypto'
import { faultOf } from '../../errors.ts'
import { escapeHtml } from '../../formats/html-text.ts'
import { type Imported, type ImportRequest, importedUri, importFiles } from '../../intake/import.ts'
import type { Answer, Call, Operation, Parameter, Route } from '../call.ts'
import { errorAnswer, thrownAnswer } from '../error-reply.ts'
import { type ImportBody, readImport } from '../import-body.ts'
import { anyOf, importRequestOf } from '../import-parameters.ts'
import { emptyInbox, inboxFiles, inboxPlace } from '../inbox.ts'
import type { Query } from '../query.ts'
import { mediaTypeOf, textAnswer } from '../reply.ts'
import { passingRest } from '../rest-of-body.ts'
import { requireAdmin } from '../viewers.ts'
import { reasonParameters } from './resource-parameters.ts'

const variants = ['text/uri-list', 'text/html', 'text/plain'] as const

/** The importer that a request means (import 1.2). */
function importerOf(call: Call, query: Query): string {
  const named = anyOf(query, 'import-handler')
  if (named !== undefined) return named
  const type = (call.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (/^application\/(dicom|x-xmirc(-dicom)?)$/.test(type ?? '')) return 'gradual-DICOM'
  return call.site.settings.value('uiDefaultCompressedUploaderImporter') === 'DICOM-zip' ? 'DICOM-zip' : 'SI'
}

async function importNow(call: Call): Promise<Answer> {
  const isForm = /^multipart\/form-data/i.test(call.headers['content-type'] ?? '')
  if (isForm && call.query.flag('inbody'))
    return errorAnswer(406, 'inbody=true goes with a body that is the file, not with a form.', call.path)
  let importer = ''
  try {
    if (anyOf(call.query, 'import-handler') === 'inbox') return await importInbox(call)
    return await passingRest(call, async () => {
      const body = await readImport(call)
      importer = importerOf(call, body.query)
      return runImport(call, body, importRequestOf(body.query, importer))
    })
  } catch (error) {
    if (!faultOf(error)) throw error
    const answer = failureAnswer(error, importer, call.path)
    // The page that sent the form shows it in a frame of its own.
    return isHtml(call) ? { ...answer, status: 200 } : answer
  }
}

async function runImport(call: Call, body: ImportBody, request: ImportRequest): Promise<Answer> {
  if (body.fromCache && request.listener !== undefined) return runLater(call, body, request)
  const imported = await importFiles(call.archive, call.viewer, call.why, { request, files: body.files })
  return importedAnswer(call, imported)
}

/** What comes from the cache needs nobody who waits: progress is read from its own address (import 1.5). */
function runLater(call: Call, { files }: Pick<ImportBody, 'files'>, request: ImportRequest): Answer {
  call.later(async () => {
    await told(importFiles(call.archive, call.viewer, call.why, { request, files }))
  })
  return textAnswer(`Import submitted: ${request.listener}`)
}

/** Whether work succeeded whose failure is told to whoever follows it. */
async function told(work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    return true
  } catch (error) {
    if (!faultOf(error)) throw error
    return false
  }
}

/** Imports what lies in the inbox of this machine, in the background (import 1.2). */
async function importInbox(call: Call): Promise<Answer> {
  requireAdmin(call)
  const place = await inboxPlace(call.inbox, anyOf(call.query, 'path'))
  const listener = anyOf(call.query, 'http-session-listener') ?? randomUUID()
  const skipUnreadable = call.query.flagUnlessOff('Ignore-Unparsable')
  const request = { ...importRequestOf(call.query, 'DICOM-zip'), listener, skipUnreadable }
  call.later(async () => {
    const files = inboxFiles(call, place)
    const done = await told(importFiles(call.archive, call.viewer, call.why, { request, files }))
    if (done && call.query.flag('cleanupAfterImport')) await emptyInbox(place)
  })
  return textAnswer(`/xapi/dicom/${listener}`)
}

const isHtml = (call: Call): boolean => call.query.get('format') === 'html'

/** Importers other than SI answer conflicts with 400 (import 1.5). */
function failureAnswer(error: unknown, importer: string, path: string): Answer {
  const fault = faultOf(error)
  const answer = thrownAnswer(error, path)
  if (fault?.kind !== 'conflict') return answer
  return { ...answer, status: importer === 'SI' ? answer.status : 400 }
}

/** The addresses, one a line; those of direct arrivals come without `/data` (import 1.5). */
const addressOf = (imported: Imported): string =>
  imported.kind === 'direct' ? importedUri(imported) : `/data${importedUri(imported)}`

function importedAnswer(call: Call, imported: readonly Imported[]): Answer {
  const uris = imported.map(addressOf)
  const type = mediaTypeOf(call, variants)
  if (type === 'text/html') {
    const items = uris.map((uri) => `<a href="${escapeHtml(uri)}">${escapeHtml(uri)}</a>`).join('<br>')
    return {
      status: 200,
      headers: { 'content-type': 'text/html; charset=UTF-8' },
      body: `<html><body>${items}</body></html>`,
    }
  }
  if (call.query.get('format') === 'text' || type === 'text/plain') {
    if (uris.length === 1) return textAnswer(uris[0]!)
  }
  const body = uris.map((uri) => `${uri}\r\n`).join('')
  return { status: 200, headers: { 'content-type': 'text/uri-list' }, body }
}

const says = (name: string, text: string, values?: readonly string[]): Parameter => ({
  name,
  in: 'query',
  says: text,
  ...(values ? { values } : {}),
})

const parameters: readonly Parameter[] = [
  says('import-handler', 'The importer; the site has a default', ['DICOM-zip', 'SI', 'gradual-DICOM', 'inbox']),
  says('dest', 'Where to: /archive, /archive/projects/P/subjects/S/experiments/E, /prearchive/projects/P or one entry'),
  says('project', 'ID or alias of the project; also PROJECT_ID'),
  says('subject', 'Label of the subject; also SUBJECT_ID'),
  says('session', 'Label of the session; also EXPT_LABEL'),
  says('overwrite', 'What may happen to a session that is there', ['none', 'append', 'delete']),
  says('overwrite_files', 'true: files that are there are replaced when scans are appended'),
  says('action', 'commit: build the session at once', ['commit']),
  says('AA', 'true or false: archive at once, or not; also auto-archive'),
  says('rename', 'true: files get names by the template of the site'),
  says('Ignore-Unparsable', 'true: pass over files that are no DICOM objects'),
  says('quarantine', 'true: the archived session is in quarantine'),
  says('triggerPipelines', 'false: nothing is started after archiving'),
  says('Direct-Archive', 'true: past the prearchive; at once where dest is in the archive'),
  says('prevent_anon', 'true: no script changes the objects'),
  says('prevent_auto_commit', 'true: nothing is built until somebody says so'),
  says('SOURCE', 'Where it comes from; uploader also means prevent_auto_commit'),
  says('VISIT', 'Visit of the session'),
  says('SUBTYPE', 'Protocol of the visit'),
  says('TIMEZONE', 'Time zone of the scanner'),
  says('Transfer-Syntax-UID', 'Of a single object without preamble'),
  says('http-session-listener', 'An id of your own, by which the progress can be read'),
  says('src', 'A file of your cache instead of a body: /user/cache/resources/X/files/Y'),
  says('path', 'inbox: a file or folder of the inbox of the server; for administrators'),
  says('cleanupAfterImport', 'inbox: true removes what was imported'),
  says('inbody', 'true: the body is the file'),
  ...reasonParameters,
]

const post: Operation = {
  says: 'Import a zip, a tar, or one DICOM object',
  respond: importNow,
  parameters,
  takes: ['application/zip', 'application/x-tar', 'application/x-gzip', 'application/dicom', 'multipart/form-data'],
  gives: ['text/uri-list', 'text/plain', 'text/html'],
  statuses: {
    400: 'Unusable file or parameter; with other importers than SI also a conflict',
    403: 'The project is not yours to write to',
    404: 'Unknown importer, project or src',
    406: 'inbody=true with a form',
    409: 'A conflict with what is there: it waits in the prearchive',
    507: 'The disk is full',
  },
}

/** The service through which imaging data comes in (import 1). */
export const importRoutes: readonly Route[] = [{ page: 'Importing', paths: ['/data/services/import'], POST: post }]
