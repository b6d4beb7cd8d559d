import type { Socket } from 'node:net'
import { errorAnswer } from './error-reply.ts'

type Refusal = Readonly<{ status: number; because: string }>

const refusals: Readonly<Record<string, Refusal>> = {
  HPE_INVALID_METHOD: { status: 400, because: 'The method is unknown to HTTP.' },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    because: 'The address and the headers are too long; filters and columns of lists may be sent as a form instead.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, because: 'The headers did not arrive in time.' },
}

const otherwise: Refusal = {
  status: 400,
  because:
    'The request is not valid HTTP. In addresses, blanks (%20) and letters such as é (%C3%A9) must be percent-encoded as UTF-8.',
}

/** Answers what cannot be read as a request of HTTP, where somebody still listens, and hangs up. */
export function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const { status, because } = refusals[error.code ?? ''] ?? otherwise
  const { headers, body } = errorAnswer(status, because, '/')
  const lines = [
    `HTTP/1.1 ${status} Refused`,
    `Content-Type: ${headers?.['content-type']}`,
    `Content-Length: ${Buffer.byteLength(String(body))}`,
    'Connection: close',
  ]
  if (socket.writable) socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
  socket.destroySoon()
}
