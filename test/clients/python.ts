import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ran, run } from '../support/run.ts'

/** A Python that has the clients of a list of requirements, or why there is none. */
export type ClientPython = Readonly<{ python: string } | { missing: string }>

/**
 * The Python of a virtual environment with the pinned clients. It is made once for each list of requirements and kept in
 * the folder for temporary files.
 */
export async function clientPython(file: string): Promise<ClientPython> {
  const requirements = join(import.meta.dirname, file)
  const { code, said } = await run('python3', ['-c', 'import sys; print(*sys.version_info[:2])'])
  if (code !== 0) return { missing: 'python3 is not installed' }
  const [major = 0, minor = 0] = said.trim().split(' ').map(Number)
  if (major !== 3 || minor < 11) return { missing: `python3 is ${major}.${minor}, older than 3.11` }
  const mark = createHash('sha256')
    .update(`${said}${process.getuid?.()}`)
    .update(await readFile(requirements))
  const folder = join(tmpdir(), `isocenter-clients-${mark.digest('hex').slice(0, 16)}`)
  const python = (at: string): string => join(at, 'bin', 'python3')
  if (existsSync(folder)) return { python: python(folder) }
  const fresh = `${folder}-${process.pid}`
  const missing = await install(fresh, python(fresh), requirements)
  // Another run may have made the same meanwhile; either is good.
  if (!missing && !existsSync(folder)) await rename(fresh, folder)
  await rm(fresh, { recursive: true, force: true })
  return missing ? { missing } : { python: python(folder) }
}

async function install(folder: string, python: string, requirements: string): Promise<string | undefined> {
  const made = await run('python3', ['-m', 'venv', folder])
  if (made.code !== 0) return `python3 cannot make a virtual environment: ${lastLine(made)}`
  const pip = await run(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', requirements])
  return pip.code === 0 ? undefined : `the clients cannot be installed: ${lastLine(pip)}`
}

const lastLine = ({ said }: Ran): string => said.trim().split('\n').at(-1) ?? ''

/** What became of each test of a script: undefined for those that passed, else the complaint. */
export type Outcomes = Readonly<{ ended: Ran; complaints: ReadonlyMap<string, string | undefined> }>

/** Runs all tests of a script; it says what became of each in a line of its own (`stage.py`). */
export async function outcomesOf(python: string, script: string, env: NodeJS.ProcessEnv): Promise<Outcomes> {
  const ended = await run(python, [join(import.meta.dirname, `${script}.py`)], env)
  const lines = [...ended.said.matchAll(/^RESULT (\{.*\})$/gm)].map(
    ([, json]) => JSON.parse(json ?? '') as { test: string; complaint: string | null },
  )
  return { ended, complaints: new Map(lines.map(({ test, complaint }) => [test, complaint ?? undefined])) }
}
