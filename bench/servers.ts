import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Receiver, UNDELAYED } from './objects.ts'

/** A server that a benchmark runs on a fresh folder of its own. */
export type Server = Receiver &
  Readonly<{
    name: string
    /** Sends a request, signed in; resolves to the body. @throws Error for any status but 2xx and 3xx */
    call: (method: string, path: string, body?: Body) => Promise<string>
    /** Most memory since this was last asked, in MiB (Linux). */
    peak: () => Promise<number>
    stop: () => Promise<void>
  }>

export type Body = Readonly<{ type: string; bytes: Buffer | string }>
export type Ports = Readonly<{ http: number; dicom: number }>

const PASSWORD = 'bench-password'

/** Isocenter from this checkout, on SQLite. */
export async function startIsocenter(folder: string, ports: Ports): Promise<Server> {
  const { http, dicom } = ports
  const env = {
    ...process.env,
    ISOCENTER_DATA: await fresh(folder, ports),
    ISOCENTER_PORT: String(http),
    ISOCENTER_DICOM_PORT: String(dicom),
    ISOCENTER_ADMIN_PASSWORD: PASSWORD,
    ISOCENTER_LOG_LEVEL: 'warn',
  }
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const options = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=8', main, 'serve']
  const authorization = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`
  const child = spawn(process.execPath, options, { env, stdio: logTo(folder) })
  return running(child, {
    name: 'Isocenter',
    title: 'XNAT',
    http,
    port: dicom,
    headers: { authorization },
  })
}

/** Orthanc as it comes, which syncs each file; it knows nobody and asks nobody who he is. */
export async function startOrthanc(folder: string, ports: Ports, program: string): Promise<Server> {
  const { http, dicom } = ports
  const configuration = {
    StorageDirectory: await fresh(folder, ports),
    IndexDirectory: folder,
    HttpPort: http,
    AuthenticationEnabled: false,
    RemoteAccessAllowed: false,
    DicomServerEnabled: true,
    DicomPort: dicom,
    DicomAet: 'ORTHANC',
    SyncStorageArea: true,
  }
  const path = join(folder, 'orthanc.json')
  await writeFile(path, JSON.stringify(configuration))
  const child = spawn(program, [path], { env: UNDELAYED, stdio: logTo(folder) })
  return running(child, { name: 'Orthanc', title: 'ORTHANC', http, port: dicom, headers: {} })
}

async function fresh(folder: string, ports: Ports): Promise<string> {
  // What listens there already would be measured in place of ours.
  for (const port of Object.values(ports)) if (await answers(port)) throw new Error(`port ${port} is in use`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  return folder
}

function logTo(folder: string): ('ignore' | number)[] {
  const log = openSync(`${folder}.log`, 'w')
  return ['ignore', log, log]
}

type About = Receiver & Readonly<{ name: string; http: number; headers: Readonly<Record<string, string>> }>

async function running(child: ChildProcess, { name, title, port, http, headers }: About): Promise<Server> {
  const proc = `/proc/${child.pid}`
  const server: Server = {
    name,
    title,
    port,
    call: (method, path, body) => call({ port: http, method, path, headers }, body),
    peak: async () => {
      const [, kib] = /VmHWM:\s+(\d+)/.exec(await readFile(`${proc}/status`, 'latin1')) ?? []
      await writeFile(`${proc}/clear_refs`, '5')
      return Number(kib) / 1024
    },
    stop: async () => {
      if (child.exitCode !== null) return
      child.kill()
      await once(child, 'exit')
    },
  }
  for (let tries = 0; tries < 100 && child.exitCode === null; tries += 1) {
    if (await answers(http)) return server
    await setTimeout(100)
  }
  await server.stop()
  throw new Error(`${name} did not start: see its log`)
}

/** Whether anybody listens there. */
const answers = async (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    socket.unref().end()
  })

type Asked = Readonly<{ port: number; method: string; path: string; headers: Readonly<Record<string, string>> }>

async function call({ headers, ...asked }: Asked, body?: Body): Promise<string> {
  const sent = body ? { 'content-type': body.type, 'content-length': Buffer.byteLength(body.bytes) } : {}
  const asking = request({ host: '127.0.0.1', ...asked, headers: { ...headers, ...sent } })
  asking.end(body?.bytes)
  const [reply] = (await once(asking, 'response')) as [IncomingMessage]
  const text = Buffer.concat(await reply.toArray()).toString()
  const { statusCode: status = 0 } = reply
  if (status >= 200 && status < 400) return text
  throw new Error(`${asked.method} ${asked.path}: ${status} ${text.slice(0, 300)}`)
}
