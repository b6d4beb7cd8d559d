import type { FastifyReply } from 'fastify'
import type { Send } from './call.ts'

/**
 * Lets a body write itself to the connection. Headers have been set on the reply; a body that breaks off breaks the
 * connection, so that nobody takes what came for the whole.
 */
export function sendDirectly(reply: FastifyReply, send: Send): FastifyReply {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string | string[]>)
  const write = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      // Neither callback nor event comes for what is written to a connection that is gone.
      if (raw.destroyed) return reject(new Error('The connection is closed.'))
      const closed = (): void => reject(new Error('The connection was closed.'))
      raw.once('close', closed)
      raw.write(bytes, (error) => {
        raw.off('close', closed)
        if (error) reject(error)
        else resolve()
      })
    })
  send(write).then(
    () => raw.end(),
    (error: unknown) => {
      if (!raw.destroyed && !reply.request.raw.socket.destroyed) reply.log.error({ err: error }, 'an answer broke off')
      raw.destroy()
    },
  )
  return reply
}
