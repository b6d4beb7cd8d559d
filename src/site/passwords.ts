import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(argon2)

/** KiB of memory and passes per hash: the first choice of the OWASP password storage advice for argon2id. */
const MEMORY_KIB = 19_456
const PASSES = 2
const SALT_BYTES = 16
const HASH_BYTES = 32

/** A hash that no password has; checking against it takes as long as against a real one. */
const NOBODY = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

/**
 * The argon2id hash of a password with a new salt, in PHC text form.
 * @see RFC 9106; PHC string format `$argon2id$v=19$m=,t=,p=$salt$hash`
 */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(SALT_BYTES)
  const hash = await derive('argon2id', {
    message: password,
    nonce,
    memory: MEMORY_KIB,
    passes: PASSES,
    parallelism: 1,
    tagLength: HASH_BYTES,
  })
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=1$${plain64(nonce)}$${plain64(hash)}`
}

/**
 * Whether `stored` was made from this password. Without a stored hash the answer is false and takes as long, so that
 * nobody can measure which accounts exist.
 * @throws Error when `stored` is no argon2id hash
 */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const { parameters, hash } = parsed(stored ?? NOBODY)
  const found = await derive('argon2id', { ...parameters, message: password })
  return timingSafeEqual(found, hash) && stored !== null
}

type Parsed = Readonly<{ parameters: Omit<Argon2Parameters, 'message'>; hash: Buffer }>

function parsed(stored: string): Parsed {
  const found = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(stored)
  if (!found) throw new Error('The catalog holds a password in an unknown form.')
  const [, memory, passes, parallelism, salt, tag] = found
  const hash = Buffer.from(tag!, 'base64')
  const costs = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  return { parameters: { ...costs, nonce: Buffer.from(salt!, 'base64'), tagLength: hash.length }, hash }
}

const plain64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')
