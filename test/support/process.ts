import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { projectRoot } from './root.ts'

/** A server in a process of its own, started as `npm start` does. */
export type ServerProcess = Readonly<{
  url: string
  /** All that it has printed so far. */
  printed: () => string
  /** Ends it at once, as a power cut would; resolves when it is gone. */
  kill: () => Promise<void>
  /** Asks it to stop; resolves to its exit code. */
  stop: () => Promise<number | null>
}>

/** How long a first start may take on a busy machine. */
const START_MS = 60_000

/** Starts `serve` on a free port; resolves when it listens. @param settings environment variables, ISOCENTER_DATA at least */
export async function startProcess(settings: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const child = spawn(process.execPath, ['src/main.ts', 'serve'], {
    cwd: projectRoot,
    env: { ...process.env, ISOCENTER_PORT: '0', ISOCENTER_LOG_LEVEL: 'error', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  child.stderr.on('data', (chunk) => {
    printed += chunk
  })
  const gone = once(child, 'exit')
  const end = (signal: NodeJS.Signals) => async () => {
    child.kill(signal)
    const [code] = await gone
    return code as number | null
  }
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    printed += `${line}\n`
  })
  const url = await addressOf(child, lines, () => printed)
  return { url, printed: () => printed, kill: async () => void (await end('SIGKILL')()), stop: end('SIGTERM') }
}

type Lines = ReturnType<typeof createInterface>

function addressOf(child: ChildProcess, lines: Lines, printed: () => string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const fail = (why: string) => () => reject(new Error(`The server ${why}:\n${printed()}`))
  const late = setTimeout(() => {
    child.kill('SIGKILL')
    fail('did not start in time')()
  }, START_MS)
  child.on('exit', fail('ended'))
  lines.on('line', (line) => {
    const [, url] = /listens on (http\S+)/.exec(line) ?? []
    if (url) resolve(url)
  })
  return promise.finally(() => clearTimeout(late))
}
