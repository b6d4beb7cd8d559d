import { Readable } from 'node:stream'
import type { Archive } from '../../src/archive/archive.ts'
import { beginImport } from '../../src/intake/imports.ts'
import type { Delivered } from '../../src/intake/receive.ts'
import { receiveFiles } from '../../src/intake/receive-files.ts'
import { plainReception, type Reception } from '../../src/intake/reception.ts'
import type { Viewer } from '../../src/model/access.ts'
import type { IncomingFile } from '../../src/model/incoming-file.ts'
import { admin } from './archive.ts'
import { zipOf } from './archives.ts'
import { instance, UID_ROOT, type Values } from './dicom.ts'

/** A file on its way in. */
export const incoming = (path: string, bytes: Uint8Array): IncomingFile => ({
  path,
  bytes: Readable.from([bytes]),
  size: bytes.length,
  atHand: true,
})

export async function* incomingAll(files: Readonly<Record<string, Uint8Array>>): AsyncGenerator<IncomingFile> {
  for (const [path, bytes] of Object.entries(files)) yield incoming(path, bytes)
}

/** One image of a series: of study 1, series `series`, number `number`, unless the values say otherwise. */
export function image(series: number, number: number, values: Values = {}): Buffer {
  return instance({
    StudyInstanceUID: `${UID_ROOT}.1`,
    SeriesInstanceUID: `${UID_ROOT}.1.${series}`,
    SOPInstanceUID: `${UID_ROOT}.1.${series}.${number}`,
    SeriesNumber: series,
    InstanceNumber: number,
    ...values,
  })
}

/** `1.dcm` to `count.dcm` of one series. */
export const series = (number: number, count: number, values: Values = {}): Record<string, Buffer> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`${number}-${at + 1}.dcm`, image(number, at + 1, values)]),
  )

/** Takes files in as one request would. */
export async function deliver(
  archive: Archive,
  files: AsyncIterable<IncomingFile>,
  reception: Partial<Reception> = {},
  viewer: Viewer = admin,
): Promise<readonly Delivered[]> {
  const running = await beginImport(archive, viewer, undefined)
  try {
    return await receiveFiles(archive, viewer, {
      reception: { ...plainReception, ...reception },
      files,
      skipUnreadable: false,
      oneSession: false,
      running,
    })
  } finally {
    running.close()
  }
}

/** A zip of one series, in its own folder. */
export const zipped = (number: number, count: number, values: Values = {}): Buffer =>
  zipOf(Object.entries(series(number, count, values)).map(([name, body]) => ({ name: `scan/${name}`, body })))

/** What the headers of a session of its own have: its label, and a study and objects that no other has. */
export function sessionValues(name: string): Values {
  const root = `1.2.3.${[...name].map((sign) => sign.charCodeAt(0)).join('.')}`
  return { PatientID: name, StudyInstanceUID: root }
}
