import { spawn } from 'node:child_process'

/** How a program ended, and all that it said. */
export type Ran = Readonly<{ code: number | null; said: string }>
type Settings = Readonly<Record<string, string | undefined>>

/** Runs a program to its end; `code` is null when it is not installed. */
export function run(program: string, words: readonly string[], env: Settings = process.env): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Ran>()
  const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(String(chunk)))
  child.on('error', () => resolve({ code: null, said: `${program} is not installed` }))
  child.on('close', (code) => resolve({ code, said: said.join('') }))
  return promise
}
