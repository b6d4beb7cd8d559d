import { refuse } from '../errors.ts'
import type { Profile } from '../site/accounts.ts'
import type { User } from '../site/users.ts'

/** An account as clients know it; what could help to sign in as somebody is never there. */
export const userJson = (user: User) => ({
  id: user.id,
  username: user.login,
  firstName: user.firstName,
  lastName: user.lastName,
  email: user.email,
  secured: true,
  lastModified: user.modifiedAt.getTime(),
  enabled: user.enabled,
  verified: user.verified,
  lastSuccessfulLogin: user.lastLoginAt?.getTime() ?? null,
  password: null,
  authorization: null,
  salt: null,
  pendingEmail: null,
})

/** What a document says about an account. @throws ArchiveError 'invalid' for values of the wrong kind */
export function profileOf(document: Readonly<Record<string, unknown>>): Profile {
  return {
    firstName: textOf(document, 'firstName'),
    lastName: textOf(document, 'lastName'),
    email: textOf(document, 'email'),
    // Documents that were read before have null here.
    password: textOf(document, 'password') || undefined,
    enabled: flagOf(document, 'enabled'),
    verified: flagOf(document, 'verified'),
  }
}

export function textOf(document: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = document[name] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  return refuse({ kind: 'invalid', field: name, because: `${name} must be text.` })
}

function flagOf(document: Readonly<Record<string, unknown>>, name: string): boolean | undefined {
  const value = document[name] ?? undefined
  if (value === undefined || typeof value === 'boolean') return value
  return refuse({ kind: 'invalid', field: name, because: `${name} must be true or false.` })
}
