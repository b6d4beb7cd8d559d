import { refuse } from '../errors.ts'
import type { Answer, Call } from './call.ts'
import { wholeBody } from './document.ts'

/** A value as JSON. */
export const jsonAnswer = (value: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=UTF-8' },
  body: JSON.stringify(value),
})

/** A success without anything to say, as the site calls under `/xapi` answer it. */
export const doneAnswer: Answer = Object.freeze({ status: 200, body: '' })

/** Nothing was different from what was asked for. */
export const unchangedAnswer: Answer = Object.freeze({ status: 304, body: '' })

/** The body as JSON. @throws ArchiveError 'invalid' when it is none, 'too-large' */
export async function readJson(call: Call): Promise<unknown> {
  return jsonOf((await wholeBody(call.body)).toString('utf8'))
}

/** A NUL as JSON escapes it, behind an even number of backslashes: no text of the archive can have one. */
const nul = /(?<!\\)(?:\\\\)*\\u0000/

/** @throws ArchiveError 'invalid' when it is no JSON, or has a NUL in it */
export function jsonOf(text: string): unknown {
  if (nul.test(text)) refuse({ kind: 'invalid', field: 'body', because: 'The body must not contain NUL characters.' })
  try {
    return JSON.parse(text)
  } catch (error) {
    return refuse({ kind: 'invalid', field: 'body', because: 'The body is not JSON.' }, error)
  }
}

/** @throws ArchiveError 'invalid' when a value is no JSON object */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  return refuse({ kind: 'invalid', field: 'body', because: 'The body must be a JSON object.' })
}
