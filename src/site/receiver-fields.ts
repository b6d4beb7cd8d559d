import { identifiers } from './identifiers.ts'

/** What an administrator decides about a receiver. */
export type ReceiverFields = Readonly<{
  aeTitle: string
  port: number
  /** How project, subject and session are read from an object. */
  identifier: string
  fileNamer: string | null
  enabled: boolean
  customProcessing: boolean
  /** Objects go to the archive without waiting in the prearchive. */
  directArchive: boolean
  /** `false`: neither the site's nor the project's script is run on what comes here. */
  anonymizationEnabled: boolean
  whitelistEnabled: boolean
  whitelist: readonly string[]
  routingExpressionsEnabled: boolean
  /** Rules, one a line; null or blank: those of the site. */
  projectRoutingExpression: string | null
  subjectRoutingExpression: string | null
  sessionRoutingExpression: string | null
}>

/** What a receiver has where nothing else is said. */
export const newReceiver: ReceiverFields = Object.freeze({
  aeTitle: '',
  // None that can be: it must be said.
  port: Number.NaN,
  identifier: identifiers[0]!.name,
  fileNamer: null,
  enabled: true,
  customProcessing: false,
  directArchive: false,
  anonymizationEnabled: true,
  whitelistEnabled: false,
  whitelist: [],
  routingExpressionsEnabled: false,
  projectRoutingExpression: null,
  subjectRoutingExpression: null,
  sessionRoutingExpression: null,
})
