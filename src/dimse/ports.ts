import { createServer, type Server, type Socket } from 'node:net'
import type { Log } from './association.ts'

/** Connections of one port, also of those who have not asked for anything yet. */
const MAX_CONNECTIONS = 256

/** The ports that are listened on. */
export type Ports = Readonly<{
  /** Listens on these ports and on no other; resolves when it does. What cannot be had is logged and left out. */
  serve: (wanted: ReadonlySet<number>) => Promise<void>
  open: (port: number) => boolean
  /** Why nobody could listen on that port; undefined when it can be had, or is listened on already. */
  trouble: (port: number) => Promise<NodeJS.ErrnoException | undefined>
}>

export type PortsPlan = Readonly<{ host: string; log: Log; connected: (socket: Socket, port: number) => void }>

export function openPorts({ host, log, connected }: PortsPlan): Ports {
  const servers = new Map<number, Server>()

  const open = async (port: number): Promise<void> => {
    const server = createServer((socket) => connected(socket, port))
    server.maxConnections = MAX_CONNECTIONS
    const problem = await listenOn(server, port, host)
    if (problem) return log.error({ err: problem, host, port }, `the DICOM receiver cannot listen on port ${port}`)
    server.on('error', (error) => log.error({ err: error, port }, 'a DICOM connection could not be taken'))
    servers.set(port, server)
  }
  const shut = (port: number): void => {
    // Its last connection may take long to end; the port is free at once.
    servers.get(port)?.close()
    servers.delete(port)
  }

  return {
    serve: async (wanted) => {
      for (const port of [...servers.keys()]) if (!wanted.has(port)) shut(port)
      for (const port of wanted) if (!servers.has(port)) await open(port)
    },
    open: (port) => servers.has(port),
    trouble: async (port) => {
      if (servers.has(port)) return undefined
      const server = createServer()
      const problem = await listenOn(server, port, host)
      if (!problem) await new Promise((resolve) => server.close(resolve))
      return problem
    },
  }
}

/** Undefined, or why that port cannot be had. */
function listenOn(server: Server, port: number, host: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve)
    server.listen({ port, host }, () => {
      server.off('error', resolve)
      resolve(undefined)
    })
  })
}
