import { createReadStream } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { refuse } from '../errors.ts'
import { filesWithin } from '../formats/container-stream.ts'
import { tarLength, writeTar } from '../formats/tar-write.ts'
import { importRequestOf } from '../http/import-parameters.ts'
import { type Query, queryOf } from '../http/query.ts'
import { importedUri, importFiles } from '../intake/import.ts'
import type { IncomingFile } from '../model/incoming-file.ts'
import type { Desk } from './administrator.ts'
import type { Batch, FoundFile } from './studies.ts'

/**
 * Imports the files of a batch, all or none; resolves to the addresses of the sessions they became.
 * @param passing told of bytes as they go in; throws to break the import off
 * @throws ArchiveError as the import service refuses
 */
export type Send = (batch: Batch, passing: (bytes: number) => void) => Promise<readonly string[]>

/** Parameters of the import service, as a query. */
export type ImportWords = Readonly<Record<string, string>>

const IMPORTER = 'DICOM-zip'

const queryWith = (words: ImportWords): Query => queryOf(Object.entries(words))

/** Imports into the archive of this process. */
export function sendHere({ archive, viewer, why }: Desk, words: ImportWords): Send {
  const request = importRequestOf(queryWith(words), IMPORTER)
  return async ({ files }, passing) => {
    const incoming = async function* (): AsyncGenerator<IncomingFile> {
      for (const file of files)
        yield* filesWithin({ path: file.path, bytes: bytesOf(file, passing), size: file.size }, archive.limits)
    }
    return (await importFiles(archive, viewer, why, { request, files: incoming() })).map(
      (one) => `/data${importedUri(one)}`,
    )
  }
}

async function* bytesOf({ from }: FoundFile, passing: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const piece of createReadStream(from)) {
    passing((piece as Buffer).length)
    yield piece as Buffer
  }
}

/** A server, and who signs in there. */
export type Server = Readonly<{ url: URL; login: string; password: string }>

/** Sends to a server that runs somewhere, as a tar that is made while it is sent. */
export function sendThere(server: Server, words: ImportWords): Send {
  const address = new URL(server.url)
  address.pathname = `${address.pathname.replace(/\/$/, '')}/data/services/import`
  address.search = new URLSearchParams({ ...words, 'import-handler': IMPORTER, inbody: 'true' }).toString()
  return async ({ files }, passing) => {
    const entries = files.map(({ path, size, modified, from }) => ({ name: path, size, modified, from }))
    const tar = writeTar(entries, async ({ from }) => Readable.from(bytesOf({ from } as FoundFile, passing)))
    const answer = await post(server, address, { bytes: tar, length: tarLength(entries) })
    return answer.split(/\r?\n/).filter((line) => line !== '')
  }
}

type Body = Readonly<{ bytes: AsyncIterable<Uint8Array>; length: number }>

async function post({ login, password }: Server, address: URL, { bytes, length }: Body): Promise<string> {
  const request = (address.protocol === 'https:' ? secureRequest : plainRequest)(address, {
    method: 'POST',
    auth: `${login}:${password}`,
    headers: { 'content-type': 'application/x-tar', 'content-length': length },
  })
  const { promise: answered, resolve, reject } = Promise.withResolvers<Readonly<{ status: number; body: string }>>()
  request.on('response', (response) => {
    text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
  })
  request.on('error', reject)
  // An answer may come before all is sent: then it says why nothing more is wanted.
  const sent = pipeline(bytes, request)
  const { status, body } = await Promise.race([answered, sent.then(() => answered)]).catch((error: Error) => {
    if (request.destroyed && !(error as NodeJS.ErrnoException).code) throw error
    return refuse({ kind: 'broken-off', what: 'upload', because: `${address.origin}: ${error.message}` }, error)
  })
  sent.catch(() => undefined)
  if (status === 200) return body
  request.destroy()
  return refused(status, /<h3>(.*?)<\/h3>/s.exec(body)?.[1] ?? body.slice(0, 500), address)
}

/** The answer of the server as the fact that it stands for. */
function refused(status: number, said: string, address: URL): never {
  const because = `${address.origin} answered ${status}: ${said || 'without a word'}`
  if (status === 401) return refuse({ kind: 'unauthenticated', because })
  if (status === 403) return refuse({ kind: 'forbidden', noun: 'project', name: '', because })
  if (status === 404) return refuse({ kind: 'not-found', noun: 'project', name: '', because })
  if (status === 507) return refuse({ kind: 'no-space', because })
  return refuse({ kind: 'conflict', noun: 'session', name: '', because })
}
