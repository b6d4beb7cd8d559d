import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** A request that could be read, and its answer. */
export type Exchange = Readonly<{ request: IncomingMessage; response: ServerResponse }>

/** The connections of a server, and what was asked last on each. */
export type Connections = Readonly<{
  watch: (server: Server) => void
  last: (socket: Socket) => Exchange | undefined
  /**
   * Ends each as soon as no answer is owed on it: of a request that has not come whole, or of the rest of a body that
   * was refused, nobody knows whether it ever will.
   */
  end: () => void
}>

export function openConnections(): Connections {
  const exchanges = new Map<Socket, Exchange | undefined>()
  let ending = false
  const endUnlessOwed = (socket: Socket): void => {
    const response = exchanges.get(socket)?.response
    if (response && !response.closed) response.once('close', () => endUnlessOwed(socket))
    else socket.destroySoon()
  }
  return {
    watch: (server) => {
      server.on('connection', (socket: Socket) => {
        if (ending) return void socket.destroy()
        exchanges.set(socket, undefined)
        socket.once('close', () => exchanges.delete(socket))
      })
      server.on('request', (request, response) => exchanges.set(request.socket, { request, response }))
    },
    last: (socket) => exchanges.get(socket),
    end: () => {
      ending = true
      for (const socket of exchanges.keys()) endUnlessOwed(socket)
    },
  }
}
