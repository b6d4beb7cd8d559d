import { Readable } from 'node:stream'
import { isoTime } from '../../archive/documents.ts'
import { readFile } from '../../archive/stored-files.ts'
import { writeZip, zipLength } from '../../formats/zip-write.ts'
import { type MediaFile, mediumOf } from '../../intake/media.ts'
import type { Answer, Call, Route } from '../call.ts'
import { disposition } from '../content-type.ts'
import { addressOf } from './experiment-address.ts'
import { below, sessionParameters } from './session-places.ts'

type Entry = Readonly<{ name: string; size: number; crc32: number; modified: Date; stored?: MediaFile }>

async function get(call: Call): Promise<Answer> {
  const { archive, viewer } = call
  const medium = await mediumOf(archive, viewer, { ...addressOf(call), scans: call.params['scan'] ?? '' })
  const { directory, directoryCrc, files, label } = medium
  const stored = files.map((file): Entry => ({ ...file, modified: new Date(isoTime(file.modified_at)), stored: file }))
  const modified = stored.reduce((latest, entry) => (entry.modified > latest ? entry.modified : latest), new Date(0))
  const entries: Entry[] = [{ name: 'DICOMDIR', size: directory.length, crc32: directoryCrc, modified }, ...stored]
  const open = async (entry: Entry) => (entry.stored ? readFile(archive, entry.stored) : Readable.from([directory]))
  return {
    status: 200,
    headers: { 'content-type': 'application/zip', 'content-disposition': disposition('attachment', `${label}.zip`) },
    length: zipLength(entries),
    body: call.head ? undefined : writeZip(entries, open),
  }
}

export const dicomdirRoutes: readonly Route[] = [
  {
    page: 'scans',
    paths: below('/scans/:scan/DICOMDIR'),
    GET: {
      says: 'The DICOM files of scans (an ID, a type, a list, ALL) as they lie on a CD, with their DICOMDIR',
      respond: get,
      parameters: [...sessionParameters, { name: 'scan', in: 'path', says: 'IDs or types of scans, ALL, or NULL' }],
      gives: ['application/zip'],
    },
  },
]
