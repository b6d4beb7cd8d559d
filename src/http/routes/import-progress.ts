import { findImport, type ImportProgress } from '../../intake/imports.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { jsonAnswer } from '../json-answer.ts'

const byListener = (call: Call): Promise<ImportProgress> =>
  findImport(call.archive, call.viewer, { listener: call.params['listener'] ?? '' })

/** What older clients follow (import 1.6). */
async function status(call: Call): Promise<Answer> {
  const { messages } = await byListener(call)
  return jsonAnswer({ msgs: [messages] })
}

async function tracking(call: Call): Promise<Answer> {
  const { listener, state, messages } = await byListener(call)
  const last = messages.at(-1)
  return jsonAnswer({
    key: listener ?? '',
    succeeded: state === 'running' ? null : state === 'completed',
    payload: JSON.stringify({ entryList: messages.map(({ status: word, msg }) => ({ status: word, message: msg })) }),
    finalMessage: state === 'running' ? null : (last?.msg ?? ''),
  })
}

async function progress(call: Call): Promise<Answer> {
  const key = call.params['key'] ?? ''
  const found = /^\d{1,15}$/.test(key)
    ? await findImport(call.archive, call.viewer, { id: Number(key) }).catch(() => undefined)
    : undefined
  return jsonAnswer(found ?? (await findImport(call.archive, call.viewer, { listener: key })))
}

const listener: Parameter = { name: 'listener', in: 'path', says: 'http-session-listener of the import' }
const missing = { 404: 'You began no such import' }

/** How far imports are; each is private to who began it (import 1.6). */
export const importProgressRoutes: readonly Route[] = [
  {
    page: 'Importing',
    paths: ['/data/status/:listener'],
    GET: {
      says: 'Messages of an import, as older clients read them',
      respond: status,
      parameters: [listener],
      statuses: missing,
    },
  },
  {
    page: 'Importing',
    paths: ['/xapi/event_tracking/:listener'],
    GET: { says: 'Whether an import has ended, and how', respond: tracking, parameters: [listener], statuses: missing },
  },
  {
    page: 'Importing',
    paths: ['/xapi/imports/:key', '/xapi/dicom/:key'],
    GET: {
      says: 'State, counters and messages of an import',
      respond: progress,
      parameters: [{ name: 'key', in: 'path', says: 'http-session-listener or number of the import' }],
      statuses: missing,
    },
  },
]
