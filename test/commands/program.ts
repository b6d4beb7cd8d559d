import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { DatabasePlace } from '../../src/db/open.ts'
import { type Caller, callerOf } from '../support/caller.ts'
import { type TestPlace, testPlace } from '../support/database.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export type Ended = Readonly<{ code: number | null; out: string; err: string }>

/** Settings of the program for a place, and nothing of this process's own settings. */
export function settingsOf(place: DatabasePlace, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('ISOCENTER_') && name !== 'NODE_TEST_CONTEXT',
  )
  const database = place.url === undefined ? {} : { ISOCENTER_DATABASE_URL: place.url }
  return {
    ...Object.fromEntries(own),
    ISOCENTER_DATA: place.folder,
    ISOCENTER_PORT: '0',
    ISOCENTER_DICOM_PORT: '0',
    ...database,
    ...more,
  } as Record<string, string>
}

/** Settings of the program for an empty place, whose administrator has the password `admin-password`. */
export async function openProgram(): Promise<TestPlace & Readonly<{ env: Record<string, string> }>> {
  const at = await testPlace()
  const more = { ISOCENTER_ADMIN_PASSWORD: 'admin-password', ISOCENTER_LOG_LEVEL: 'error' }
  return { ...at, env: settingsOf(at.place, more) }
}

/** Runs `act` with the administrator of a server in a process of its own. */
export async function besideServer(
  env: Record<string, string>,
  act: (admin: Caller, url: string) => Promise<void>,
): Promise<void> {
  const server = await serving(env)
  try {
    await act(callerOf(server.url, 'admin', 'admin-password'), server.url)
  } finally {
    server.signal('SIGTERM')
    await server.ended
  }
}

/** That these words are refused as no command, with a word on how to learn the right ones. */
export async function assertMisuse(words: readonly string[], env: Record<string, string>): Promise<void> {
  const { code, err } = await program(words, env)
  assert.equal(code, 2, words.join(' '))
  assert.match(err, /isocenter --help/)
}

/** Starts the program in a process of its own. */
export function start(words: readonly string[], env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [main, ...words], { env, stdio: 'pipe' })
}

/** Runs the program to its end with `typed` as standard input. */
export async function program(words: readonly string[], env: Record<string, string>, typed = ''): Promise<Ended> {
  const child = start(words, env)
  // A program that refuses early does not read what is typed.
  child.stdin!.on('error', () => undefined)
  child.stdin!.end(typed)
  const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')])
  return { code, out, err }
}

/** A server in a process of its own. */
export type Running = Readonly<{
  /** What it said until it listened. */
  said: string
  url: string
  signal: (name: NodeJS.Signals) => void
  /** The exit code, when it has ended. */
  ended: Promise<number | null>
}>

export async function serving(env: Record<string, string>): Promise<Running> {
  const child = start(['serve'], env)
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const complaints: string[] = []
  child.stderr!.on('data', (chunk) => complaints.push(String(chunk)))
  let said = ''
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.stdout!.on('data', (chunk) => {
    said += String(chunk)
    if (/Sign in at/.test(said)) resolve()
  })
  void ended.then((code) => reject(new Error(`ended with ${code}: ${complaints.join('')}`)))
  await promise
  const url = /listens on (\S+)/.exec(said)?.[1] ?? ''
  return { said, url, signal: (name) => void child.kill(name), ended }
}
