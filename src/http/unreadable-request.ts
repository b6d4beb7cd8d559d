import type { Socket } from 'node:net'
import type { Connections } from './connections.ts'
import { errorAnswer } from './error-reply.ts'

type Refusal = Readonly<{ status: number; because: string }>

const refusals: Readonly<Record<string, Refusal>> = {
  HPE_INVALID_METHOD: { status: 400, because: 'The method is unknown to HTTP.' },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    because: 'The address and the headers are too long; filters and columns of lists may be sent as a form instead.',
  },
  HPE_INVALID_CONTENT_LENGTH: { status: 400, because: 'Content-Length has to be one whole number of bytes.' },
  HPE_UNEXPECTED_CONTENT_LENGTH: {
    status: 400,
    because: 'Content-Length has to come once, and not beside Transfer-Encoding.',
  },
  HPE_INVALID_TRANSFER_ENCODING: {
    status: 400,
    because: 'Transfer-Encoding has to be chunked, and not beside Content-Length.',
  },
  HPE_INVALID_CHUNK_SIZE: { status: 400, because: 'The body is not correctly chunked. Nothing of it was stored.' },
  HPE_INVALID_EOF_STATE: { status: 400, because: 'The request broke off. Nothing of it was stored.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, because: 'The headers did not arrive in time.' },
}

const otherwise: Refusal = {
  status: 400,
  because:
    'The request is not valid HTTP. In addresses, blanks (%20) and letters such as é (%C3%A9) must be percent-encoded as UTF-8.',
}

type Unreadable = Error & { code?: string }

/**
 * Answers what cannot be read as a request of HTTP, where somebody still listens, and hangs up. A request before it on
 * the same connection that came whole gets its own answer first.
 */
export function unreadableRequests({ last }: Pick<Connections, 'last'>): (error: Unreadable, socket: Socket) => void {
  // Whatever comes after the first is an error of its own, and has bytes with it.
  const refused = new WeakSet<Socket>()
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || socket.destroyed || refused.has(socket)) return
    refused.add(socket)
    const hangUp = (): void => {
      if (socket.writable) socket.write(pageFor(error))
      socket.destroySoon()
    }
    const exchange = last(socket)
    if (exchange?.request.complete && !exchange.response.writableFinished) exchange.response.once('finish', hangUp)
    else hangUp()
  }
}

function pageFor(error: Unreadable): string {
  const { status, because } = refusals[error.code ?? ''] ?? otherwise
  const { headers, body } = errorAnswer(status, because, '/')
  const lines = [
    `HTTP/1.1 ${status} Refused`,
    `Content-Type: ${headers?.['content-type']}`,
    `Content-Length: ${Buffer.byteLength(String(body))}`,
    'Connection: close',
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}
