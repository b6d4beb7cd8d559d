import type { CommitWish } from '../intake/commit.ts'
import type { Call } from './call.ts'
import { wholeBody } from './document.ts'
import { anyOf, autoArchiveOf, valuesOf } from './import-parameters.ts'
import { jsonOf, objectOf } from './json-answer.ts'

/**
 * What a commit says: parameters of the query, and values by XML path there or as a JSON object in the body
 * (import 1.7, 2.5). @throws ArchiveError 'invalid' for a body that is no JSON object
 */
export async function commitWishOf(call: Call): Promise<CommitWish> {
  const { query } = call
  const text = call.body ? (await wholeBody(call.body)).toString('utf8').trim() : ''
  const isJson = text.startsWith('{') || /json/i.test(call.headers['content-type'] ?? '')
  const sent = text !== '' && isJson ? objectOf(jsonOf(text)) : {}
  const values = Object.fromEntries(
    Object.entries(sent)
      .filter(([, value]) => typeof value !== 'object' && value !== '')
      .map(([path, value]) => [path, String(value)]),
  )
  const columns = {
    visit: anyOf(query, 'VISIT'),
    protocol: anyOf(query, 'PROTOCOL', 'SUBTYPE'),
    timezone: anyOf(query, 'TIMEZONE'),
    source: anyOf(query, 'SOURCE'),
  }
  const given = Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined))
  const autoArchive = autoArchiveOf(query)
  return { values: { ...values, ...valuesOf(query) }, ...given, ...(autoArchive === undefined ? {} : { autoArchive }) }
}
