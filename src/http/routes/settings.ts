import { refuse } from '../../errors.ts'
import { checkSiteFilter } from '../../intake/settings-checks.ts'
import type { SettingValue, Tier } from '../../site/preferences.ts'
import type { Answer, Call, Parameter, Route } from '../call.ts'
import { wholeBody } from '../document.ts'
import { doneAnswer, jsonAnswer, jsonOf, objectOf } from '../json-answer.ts'
import { parseQuery } from '../query.ts'
import { mediaTypeOf, textAnswer } from '../reply.ts'
import { requireAdmin } from '../viewers.ts'

function tierOf({ viewer }: Call): Tier {
  if (viewer.admin) return 'admin'
  return viewer.guest ? 'public' : 'authenticated'
}

/** All that the caller may read; the address of the site is the one it was reached at, unless one is set. */
function readable(call: Call): Readonly<Record<string, SettingValue>> {
  const values = call.site.settings.readable(tierOf(call))
  return { ...values, siteUrl: values['siteUrl'] || call.siteUrl }
}

async function all(call: Call): Promise<Answer> {
  return jsonAnswer(readable(call))
}

async function some(call: Call): Promise<Answer> {
  const names = new Set((call.params['names'] ?? '').split(','))
  return jsonAnswer(Object.fromEntries(Object.entries(readable(call)).filter(([name]) => names.has(name))))
}

async function one(call: Call): Promise<Answer> {
  const name = call.params['property'] ?? call.path.slice(call.path.lastIndexOf('/') + 1)
  if (!call.site.settings.find(name)) refuse({ kind: 'not-found', noun: 'setting', name })
  const value = readable(call)[name]
  if (value === undefined) return refuse({ kind: 'forbidden', noun: 'setting', name })
  const bare = typeof value === 'string' && mediaTypeOf(call, ['application/json', 'text/plain']) === 'text/plain'
  return bare ? textAnswer(value) : jsonAnswer(value)
}

const isJson = (call: Call): boolean => /^application\/json/i.test(call.headers['content-type'] ?? '')

async function setAll(call: Call): Promise<Answer> {
  requireAdmin(call)
  const text = (await wholeBody(call.body)).toString('utf8')
  return change(call, isJson(call) ? objectOf(jsonOf(text)) : Object.fromEntries(parseQuery(text).entries))
}

async function setOne(call: Call): Promise<Answer> {
  requireAdmin(call)
  const text = (await wholeBody(call.body)).toString('utf8')
  const name = call.params['property'] ?? call.path.slice(call.path.lastIndexOf('/') + 1)
  return change(call, { [name]: isJson(call) ? jsonOf(text) : text })
}

async function change(call: Call, values: Readonly<Record<string, unknown>>): Promise<Answer> {
  await checkFilter(call, values)
  await call.site.settings.change(values)
  return doneAnswer
}

const ofFilter = [
  'enableSitewideSeriesImportFilter',
  'sitewideSeriesImportFilterMode',
  'sitewideSeriesImportFilter',
] as const

/** What the filter of the site would be after a change, where the change is about it. @throws ArchiveError 'invalid' */
async function checkFilter({ site }: Call, values: Readonly<Record<string, unknown>>): Promise<void> {
  if (!ofFilter.some((name) => Object.hasOwn(values, name))) return
  const [enabled = '', mode = '', text = ''] = ofFilter.map((name) => String(values[name] ?? site.settings.value(name)))
  await checkSiteFilter({ enabled: enabled.trim().toLowerCase() === 'true', mode: mode.trim(), text })
}

const property: Parameter = { name: 'property', in: 'path', says: 'name of the setting' }
const names: Parameter = { name: 'names', in: 'path', says: 'names, separated by commas' }
const get = { says: 'One setting', respond: one, gives: ['application/json', 'text/plain'] }
const post = { says: 'Sets it; for administrators', respond: setOne, takes: ['application/json', 'text/plain'] }

/** Settings of the site (hierarchy 7.2). */
export const settingRoutes: readonly Route[] = [
  {
    page: 'Settings',
    paths: ['/xapi/siteConfig'],
    GET: { says: 'The settings that the caller may read', respond: all },
    POST: {
      says: 'Sets some; for administrators',
      respond: setAll,
      takes: ['application/json', 'application/x-www-form-urlencoded'],
    },
  },
  {
    page: 'Settings',
    paths: ['/xapi/siteConfig/values/:names'],
    GET: { says: 'Some settings', respond: some, parameters: [names] },
  },
  {
    page: 'Settings',
    paths: ['siteHome', 'siteId', 'siteLogoPath', 'siteUrl'].map((name) => `/xapi/siteConfig/${name}`),
    open: true,
    GET: get,
    POST: post,
  },
  {
    page: 'Settings',
    paths: ['/xapi/siteConfig/:property'],
    GET: { ...get, parameters: [property] },
    POST: { ...post, parameters: [property] },
  },
]
