import { refuse } from '../errors.ts'
import type { Call } from './call.ts'
import { wholeBody } from './document.ts'
import { formParts } from './form-parts.ts'
import { jsonOf, objectOf } from './json-answer.ts'

/** What the body of a request gives a configuration. */
export type SentConfiguration = Readonly<{ contents?: string; status?: string }>

const words: Readonly<Record<string, boolean>> = { enabled: true, true: true, disabled: false, false: false }

/** Whether a word enables; undefined for none. @throws ArchiveError 'invalid' for any other word */
export function statusOf(word: string | undefined): boolean | undefined {
  if (word === undefined) return undefined
  if (Object.hasOwn(words, word)) return words[word]
  return refuse({ kind: 'invalid', field: 'status', because: `status must be enabled or disabled, not ${word}.` })
}

/**
 * The contents as the body itself, as the one file of a form, or with the status as JSON (hierarchy 7.7); an empty body
 * says nothing.
 * @throws ArchiveError 'invalid' for a form with another number of files, and for what is no text; 'too-large'
 */
export async function readConfigurationBody(call: Call): Promise<SentConfiguration> {
  const type = call.query.flag('inbody') ? '' : (call.headers['content-type'] ?? '').toLowerCase()
  if (!call.body) return {}
  if (type.startsWith('multipart/form-data')) return { contents: await onlyFile(call) }
  const text = textOf(await wholeBody(call.body))
  if (text === '') return {}
  return /^application\/json/.test(type) ? sentAsJson(text) : { contents: text }
}

async function onlyFile(call: Call): Promise<string> {
  const texts: string[] = []
  for await (const { bytes } of formParts(call)) {
    if (texts.length > 0)
      refuse({ kind: 'invalid', field: 'body', because: 'A configuration is one file, the form has several.' })
    texts.push(textOf(await wholeBody(bytes)))
  }
  return texts[0] ?? ''
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    return refuse({ kind: 'invalid', field: 'body', because: 'The contents must be text in UTF-8.' }, error)
  }
}

function sentAsJson(text: string): SentConfiguration {
  const { contents, status } = objectOf(jsonOf(text))
  const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
  return {
    ...(contents === undefined || contents === null ? {} : { contents: asText(contents) }),
    ...(status === undefined || status === null ? {} : { status: asText(status) }),
  }
}
