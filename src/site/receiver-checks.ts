import { refuse } from '../errors.ts'
import { type Identifier, identifiers } from './identifiers.ts'
import type { ReceiverFields } from './receiver-fields.ts'
import { isTitle } from './titles.ts'
import { checkWhitelist } from './whitelist.ts'

/** What rules must look like is known elsewhere. @throws ArchiveError 'invalid' */
export type CheckRules = (field: string, rules: string) => void

/**
 * @param ways the identifiers there are
 * @throws ArchiveError 'invalid' that names the field of the receiver that cannot be, in the protocol's words (import 5.2)
 */
export function checkReceiver(
  fields: ReceiverFields,
  checkRules: CheckRules,
  ways: readonly Identifier[] = identifiers,
) {
  const { aeTitle, port, identifier } = fields
  if (!isTitle(aeTitle))
    wrong(
      'aeTitle',
      `'${aeTitle}' is no AE title: 1 to 16 printable ASCII characters, no backslash, no blank at an end.`,
    )
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    wrong('port', 'The port must be a number from 1 to 65535, or 0 for a receiver that nobody listens for.')
  const label = `${aeTitle}:${port}`
  const way = ways.find(({ name }) => name === identifier)
  const tried = `Tried to provision DICOM SCP receiver '${label}' but that instance specifies an`
  if (!way) return wrong('identifier', `${tried} unknown DICOM Object Identifier '${identifier}'.`)
  checkWhitelist(fields.whitelist)
  if (!fields.routingExpressionsEnabled) return
  const unable = `Dicom SCP receiver '${label}' does not support custom routing but custom routing is enabled.`
  if (!way.routing) wrong('routingExpressionsEnabled', unable)
  for (const field of ['projectRoutingExpression', 'subjectRoutingExpression', 'sessionRoutingExpression'] as const)
    if (fields[field]?.trim()) checkRules(field, fields[field])
}

const wrong = (field: string, because: string): never => refuse({ kind: 'invalid', field, because })
