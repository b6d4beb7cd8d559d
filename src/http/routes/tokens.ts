import { refuse } from '../../errors.ts'
import { findToken, issueToken, listTokens, removeToken, type Token, tokenUser } from '../../site/tokens.ts'
import { requireUser } from '../../site/users.ts'
import type { Answer, Call, Operation, Parameter, Respond, Route } from '../call.ts'
import { jsonAnswer } from '../json-answer.ts'
import { requireSelfOrAdmin, requireSignedIn } from '../viewers.ts'

/** A token as clients know it; only the answer that issues it knows the secret. */
const tokenJson = (token: Token, secret?: string) => ({
  id: token.id,
  enabled: true,
  created: token.createdAt.getTime(),
  timestamp: token.createdAt.getTime(),
  disabled: 0,
  alias: token.alias,
  ...(secret === undefined ? {} : { secret }),
  singleUse: false,
  estimatedExpirationTime: token.expiresAt.getTime(),
  xdatUserId: token.owner,
  validIPAddresses: null,
})

/** The login that a token is for: the one in the path, else the caller's. */
function ownerOf(call: Call): string {
  requireSignedIn(call)
  const login = call.params['user'] ?? call.viewer.login
  requireSelfOrAdmin(call, login)
  return login
}

async function issue(call: Call): Promise<Answer> {
  const owner = await requireUser(call.site, ownerOf(call))
  if (!owner.enabled || owner.guest)
    refuse({ kind: 'forbidden', noun: 'token', name: owner.login, because: `${owner.login} cannot sign in.` })
  const { token, secret } = await issueToken(call.site, owner)
  return jsonAnswer(tokenJson(token, secret))
}

async function show(call: Call): Promise<Answer> {
  const tokens = await listTokens(call.site, ownerOf(call))
  return jsonAnswer(tokens.map((token) => tokenJson(token)))
}

async function tokenNamed(call: Call): Promise<Token> {
  requireSignedIn(call)
  const { alias = '' } = call.params
  return (await findToken(call.site, alias)) ?? refuse({ kind: 'not-found', noun: 'token', name: alias })
}

async function validate(call: Call): Promise<Answer> {
  const { alias } = await tokenNamed(call)
  const user = await tokenUser(call.site, alias, call.params['secret'] ?? '')
  return jsonAnswer({ valid: user?.login ?? null })
}

async function invalidate(call: Call): Promise<Answer> {
  const token = await tokenNamed(call)
  requireSelfOrAdmin(call, token.owner)
  await removeToken(call.site, token.id)
  // With the blank that the original writes: scripts compare the text.
  return { ...jsonAnswer({}), body: '{"result": "OK"}' }
}

async function unknown(call: Call): Promise<Answer> {
  requireSignedIn(call)
  return refuse({
    kind: 'invalid',
    field: 'operation',
    because: `There is no token operation ${call.params['operation']}.`,
  })
}

const root = '/data/services/tokens'
const user: Parameter = { name: 'user', in: 'path', says: 'login of the owner; only for that user and administrators' }
const alias: Parameter = { name: 'alias', in: 'path', says: 'alias or number of the token' }
const secret: Parameter = { name: 'secret', in: 'path', says: 'secret of the token' }

const place = (path: string, says: string, respond: Respond, parameters: readonly Parameter[] = []): Route => {
  const operation: Operation = { says, respond, parameters }
  return { page: 'Alias tokens', paths: [`${root}${path}`], GET: operation }
}

/** Alias tokens (hierarchy 2.4): all by GET, as existing clients ask. */
export const tokenRoutes: readonly Route[] = [
  place('/issue', 'A new token of the caller', issue),
  place('/issue/user/:user', 'A new token of a user', issue, [user]),
  place('/show', 'The living tokens of the caller', show),
  place('/show/user/:user', 'The living tokens of a user', show, [user]),
  place('/validate/:alias/:secret', 'Whose token this is', validate, [alias, secret]),
  place('/invalidate/:alias', 'Ends a token', invalidate, [alias]),
  place('/invalidate/:alias/:secret', 'Ends a token', invalidate, [alias, secret]),
  place('/:operation', 'Refuses unknown operations', unknown),
  place('/:operation/*', 'Refuses unknown operations', unknown),
]
