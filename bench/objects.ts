import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { instance, UID_ROOT } from '../test/support/dicom.ts'

const FRAME_BYTES = 131_072
const SERIES_LENGTH = 100
/** Associations of a sender that opens several at once. */
export const SENDERS = 4

/** Which study and series the object of that number belongs to. */
type Form = (number: number) => Readonly<{ study: number; series: number }>

/** Studies of one object, series of one object, and series of a hundred. */
export const forms = {
  studies: (number) => ({ study: number, series: 0 }),
  series: (number) => ({ study: 0, series: number }),
  images: (number) => ({ study: 0, series: Math.floor(number / SERIES_LENGTH) }),
} satisfies Record<string, Form>

/** `bytes` are those of the pixels of each object; `project` is named in the comments of the patient. */
export type Wanted = Readonly<{ form: keyof typeof forms; count: number; bytes: number; project?: string }>

const run = Date.now()
let sets = 0

/** Lets the disk come to rest, so that nobody's sync waits for what others have written before. */
export const settle = (): unknown => spawnSync('sync')

/** Writes objects into as many folders as there are senders, and takes them away after the use; no two sets share a UID. */
export async function withObjects<T>(wanted: Wanted, use: (folders: readonly string[]) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'isocenter-objects-'))
  try {
    const folders = await writeObjects(folder, wanted)
    settle()
    return await use(folders)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeObjects(folder: string, { form, count, bytes, project }: Wanted): Promise<readonly string[]> {
  sets += 1
  const pixels = Uint8Array.from({ length: bytes }, (_, at) => at % 251)
  const folders = Array.from({ length: Math.min(SENDERS, count) }, (_, at) => join(folder, String(at)))
  for (const each of folders) await mkdir(each)
  for (let number = 0; number < count; number++) {
    const { study, series } = forms[form](number)
    const root = `${UID_ROOT}.${run}.${sets}.${study}`
    const object = instance({
      StudyInstanceUID: root,
      SeriesInstanceUID: `${root}.${series}`,
      SOPInstanceUID: `${root}.${series}.${number}`,
      PatientName: `Bench^${run}`,
      PatientComments: project === undefined ? null : `Project:${project}`,
      PatientID: `${run}_${sets}_${study}`,
      SeriesNumber: series + 1,
      InstanceNumber: number + 1,
      NumberOfFrames: Math.ceil(bytes / FRAME_BYTES),
      Rows: 256,
      Columns: Math.min(256, bytes / 512),
      PixelData: pixels,
    })
    await writeFile(join(folders[number % folders.length]!, `${number}.dcm`), object)
  }
  return folders
}

export type Receiver = Readonly<{ port: number; title: string }>

/**
 * DCMTK leaves Nagle's algorithm on unless it is told: on one machine, where acknowledgements are delayed, each object then
 * waits up to 40 ms for one, whoever receives it.
 */
export const UNDELAYED = { ...process.env, TCP_NODELAY: '1' }

/** Sends what lies in the folders with DCMTK's storescu; resolves to the seconds that it took. */
export async function send({ port, title }: Receiver, folders: readonly string[], senders: number): Promise<number> {
  const began = performance.now()
  const parts = senders === 1 ? [folders] : folders.map((each) => [each])
  await Promise.all(
    parts.map(async (part) => {
      const sent = spawn('storescu', ['-aec', title, '+sd', '127.0.0.1', String(port), ...part], {
        env: UNDELAYED,
        stdio: 'inherit',
      })
      const [code] = await once(sent, 'close')
      if (code !== 0) throw new Error(`storescu ended with ${code}`)
    }),
  )
  return (performance.now() - began) / 1000
}
