/** What the archive speaks about when it refuses something. */
export type Noun =
  | 'project'
  | 'subject'
  | 'experiment'
  | 'session'
  | 'assessor'
  | 'scan'
  | 'reconstruction'
  | 'resource'
  | 'file'
  | 'user'
  | 'group'
  | 'token'
  | 'setting'
  | 'schema'
  | 'data type'
  | 'investigator'
  | 'plugin'
  | 'receiver'
  | 'identifier'
  | 'search'
  | 'path'
  | 'arrival'

/**
 * The closed list of what can go wrong, as facts. `because` is a whole sentence for a person; where it is absent the
 * door that answers finds the words. Only `http/error-reply.ts` knows which status each kind becomes.
 */
export type Fault =
  | { kind: 'not-found'; noun: Noun; name: string; because?: string }
  /** `rule`: what the site does not let anybody do, said after the words that the door finds. */
  | { kind: 'forbidden'; noun: Noun; name: string; because?: string; rule?: string }
  | { kind: 'unauthenticated'; because?: string }
  /** `reasons`: every single thing in the way, for programs. */
  | { kind: 'conflict'; noun: Noun; name: string; because: string; reasons?: readonly ConflictReason[] }
  | { kind: 'invalid'; field: string; because: string }
  /** Nothing usable was sent: no type, no body, or an id that is not the one the address names. */
  | { kind: 'nothing-sent'; field: string; because: string }
  /** A document that cannot be read, or of another type than the place takes. */
  | { kind: 'unreadable'; what: string; because: string }
  | { kind: 'too-large'; what: string; because: string }
  | { kind: 'unsupported'; what: string; because: string }
  /** What was kept for a while only, and is no more. */
  | { kind: 'gone'; what: string; because: string }
  | { kind: 'precondition'; what: string; because: string }
  | { kind: 'no-space'; because: string }
  /** The sender went away before everything had arrived. */
  | { kind: 'broken-off'; what: string; because: string }
  /** Work that was asked for cannot be done with what is there; it says so where it lies, too. */
  | { kind: 'failed'; what: string; because: string }

/** One thing that is in the way of archiving, by the number that clients know (import 2.7). */
export type ConflictReason = Readonly<{ code: number; type: 'FAIL' | 'CONFLICT' | 'WARN'; message: string }>

/** The only error that rooms throw on purpose: a Fault, with the foreign error that led to it as `cause`. */
export class ArchiveError extends Error {
  readonly fault: Fault
  constructor(fault: Fault, options?: { cause?: unknown }) {
    super(sentence(fault), options)
    this.name = 'ArchiveError'
    this.fault = fault
  }
}

function sentence(fault: Fault): string {
  if (fault.because) return fault.because
  if (fault.kind === 'not-found') return `No such ${fault.noun}: ${fault.name}`
  if (fault.kind === 'forbidden')
    return `Not allowed on ${fault.noun} ${fault.name}${fault.rule ? `: ${fault.rule}` : ''}`
  return fault.kind
}

/** Throws `fault`; as an expression, so that it can stand after `??`. */
export function refuse(fault: Fault, cause?: unknown): never {
  throw new ArchiveError(fault, cause === undefined ? undefined : { cause })
}

/** The Fault of an error thrown on purpose, else undefined. */
export function faultOf(error: unknown): Fault | undefined {
  return error instanceof ArchiveError ? error.fault : undefined
}
