import { refuse } from '../../errors.ts'
import type { Answer, Call, Route } from '../call.ts'
import { jsonAnswer } from '../json-answer.ts'
import { textAnswer } from '../reply.ts'

/** The release of the original whose dialect is spoken: clients decide by it how to talk. */
const DIALECT = '1.8.10'

/** Anybody may read it, so that it does not name the machine. */
const buildInfo: Readonly<Record<string, string>> = {
  version: DIALECT,
  buildNumber: 'Manual',
  buildDate: '',
  sha: '',
  shaFull: '',
  commit: '',
  branch: '',
  tag: '',
  isDirty: 'false',
  timestamp: '',
  hostName: '',
  displayHostName: 'never',
  nodeId: '',
}

async function show(): Promise<Answer> {
  return jsonAnswer(buildInfo)
}

async function showOne(call: Call): Promise<Answer> {
  const name = call.params['property'] ?? ''
  return textAnswer(
    Object.hasOwn(buildInfo, name) ? buildInfo[name]! : refuse({ kind: 'not-found', noun: 'setting', name }),
  )
}

/** Days, hours, minutes and seconds since the start, without the leading ones that are zero. */
function uptimeOf({ site }: Call): Readonly<Record<string, string>> {
  const ms = site.now().getTime() - site.startedAt.getTime()
  const minutes = Math.floor(ms / 60_000)
  const units: [string, number][] = [
    ['days', Math.floor(minutes / 1440)],
    ['hours', Math.floor(minutes / 60) % 24],
    ['minutes', minutes % 60],
  ]
  const first = units.findIndex(([, count]) => count > 0)
  const shown = first < 0 ? [] : units.slice(first).map(([unit, count]) => [unit, String(count)])
  return Object.fromEntries([...shown, ['seconds', ((ms % 60_000) / 1000).toFixed(3)]])
}

async function uptime(call: Call): Promise<Answer> {
  return jsonAnswer(uptimeOf(call))
}

async function uptimeText(call: Call): Promise<Answer> {
  const parts = Object.entries(uptimeOf(call)).map(([unit, count]) => `${count} ${unit}`)
  return jsonAnswer(parts.join(', '))
}

async function plugin(call: Call): Promise<Answer> {
  return refuse({ kind: 'not-found', noun: 'plugin', name: call.params['plugin'] ?? '' })
}

const page = 'Settings'
/** What runs here, and since when (hierarchy 7.1). */
export const buildRoutes: readonly Route[] = [
  { page, paths: ['/xapi/siteConfig/buildInfo'], open: true, GET: { says: 'The version', respond: show } },
  {
    page,
    paths: ['/xapi/siteConfig/buildInfo/attributes'],
    open: true,
    GET: { says: 'Nothing', respond: async () => jsonAnswer({}) },
  },
  {
    page,
    paths: ['/xapi/siteConfig/buildInfo/:property'],
    open: true,
    GET: {
      says: 'One of these values',
      respond: showOne,
      parameters: [{ name: 'property', in: 'path', says: 'such as version' }],
      gives: ['text/plain'],
    },
  },
  { page, paths: ['/xapi/siteConfig/uptime'], GET: { says: 'How long it has been running', respond: uptime } },
  { page, paths: ['/xapi/siteConfig/uptime/display'], GET: { says: 'The same as one text', respond: uptimeText } },
  {
    page,
    paths: ['/xapi/plugins'],
    GET: { says: 'Nothing: there are no plugins', respond: async () => jsonAnswer({}) },
  },
  {
    page,
    paths: ['/xapi/plugins/:plugin'],
    GET: {
      says: 'A plugin',
      respond: plugin,
      parameters: [{ name: 'plugin', in: 'path', says: 'id of the plugin' }],
      statuses: { 404: 'There are none' },
    },
  },
]
