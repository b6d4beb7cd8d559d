import { refuse } from '../errors.ts'
import { parseRules } from '../intake/routing-rules.ts'
import type { CheckRules } from '../site/receiver-checks.ts'
import { newReceiver, type ReceiverFields } from '../site/receiver-fields.ts'
import type { Receiver } from '../site/receivers.ts'
import type { Call } from './call.ts'
import { objectOf, readJson } from './json-answer.ts'

/** A receiver as clients know it (import 5.2). */
export const receiverJson = ({ id, createdAt, modifiedAt, ...fields }: Receiver) => ({
  id,
  ...fields,
  created: createdAt.getTime(),
  timestamp: modifiedAt.getTime(),
  disabled: 0,
  label: `${fields.aeTitle}:${fields.port}`,
})

/** Whether the rules of a receiver can be read (import 3.3). @throws ArchiveError 'invalid' that names the line */
export const checkRules: CheckRules = (_field, rules) => void parseRules(rules)

/** The fields of a receiver that the body names; other keys are passed over (import 5.2). @throws ArchiveError 'invalid' */
export async function readReceiver(call: Call): Promise<Partial<ReceiverFields>> {
  const sent = objectOf(await readJson(call))
  const known = Object.entries(sent).filter(([name]) => Object.hasOwn(newReceiver, name))
  return Object.fromEntries(known.map(([name, value]) => [name, fieldOf(name as keyof ReceiverFields, value)]))
}

function fieldOf(name: keyof ReceiverFields, value: unknown): ReceiverFields[keyof ReceiverFields] {
  const usual = newReceiver[name]
  if (usual === null) return value === null ? null : textOf(name, value)
  // A null leaves the usual value.
  if (value === null) return usual
  if (typeof usual === 'boolean') return flagOf(name, value)
  if (typeof usual === 'number') return Number(value)
  if (typeof usual === 'string') return textOf(name, value)
  return Array.isArray(value) ? value.map((each) => textOf(name, each)) : wrong(name, 'a list of texts')
}

const textOf = (name: string, value: unknown): string => (typeof value === 'string' ? value : wrong(name, 'text'))

function flagOf(name: string, value: unknown): boolean {
  const flag = { true: true, false: false }[String(value).toLowerCase()]
  return flag ?? wrong(name, 'true or false')
}

const wrong = (field: string, right: string): never =>
  refuse({ kind: 'invalid', field, because: `The field ${field} of a DICOM receiver must be ${right}.` })
