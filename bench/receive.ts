/**
 * Rates of a DICOM receiver, as DCMTK's storescu meets it: studies of one object, series of one object, and series of a
 * hundred, in one association and in four at once. Any receiver can be measured, also another program's.
 * Run: node bench/receive.ts PORT [AE TITLE] [--count N] [--bytes N] [--forms studies,series,images] [--project P]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { instance, UID_ROOT } from '../test/support/dicom.ts'

const text = { type: 'string' } as const
const options = { count: text, bytes: text, forms: text, project: text }
const { positionals, values } = parseArgs({ allowPositionals: true, options })
const [port = '8104', title = 'XNAT'] = positionals
const COUNT = Number(values.count ?? 1000)
/** Of the pixels of each object. */
const BYTES = Number(values.bytes ?? 131_072)
const FRAME_BYTES = 131_072
const SERIES_LENGTH = 100
const SENDERS = 4

/** Which study and series the object of that number belongs to. */
type Form = (number: number) => Readonly<{ study: number; series: number }>

const forms: Readonly<Record<string, Form>> = {
  studies: (number) => ({ study: number, series: 0 }),
  series: (number) => ({ study: 0, series: number }),
  images: (number) => ({ study: 0, series: Math.floor(number / SERIES_LENGTH) }),
}

const run = Date.now()
const pixels = new Uint8Array(BYTES)
for (let at = 0; at < BYTES; at++) pixels[at] = at % 251

/** Files in a folder for each sender; every run has UIDs of its own. */
async function writeObjects(folder: string, form: Form, round: number): Promise<readonly string[]> {
  const folders = Array.from({ length: Math.min(SENDERS, COUNT) }, (_, at) => join(folder, String(at)))
  for (const each of folders) await mkdir(each)
  for (let number = 0; number < COUNT; number++) {
    const { study, series } = form(number)
    const root = `${UID_ROOT}.${run}.${round}.${study}`
    const bytes = instance({
      StudyInstanceUID: root,
      SeriesInstanceUID: `${root}.${series}`,
      SOPInstanceUID: `${root}.${series}.${number}`,
      PatientName: `Bench^${run}`,
      PatientComments: values.project === undefined ? null : `Project:${values.project}`,
      PatientID: `${run}_${round}_${study}`,
      SeriesNumber: series + 1,
      InstanceNumber: number + 1,
      NumberOfFrames: Math.ceil(BYTES / FRAME_BYTES),
      Rows: 256,
      Columns: Math.min(256, BYTES / 512),
      PixelData: pixels,
    })
    await writeFile(join(folders[number % folders.length]!, `${number}.dcm`), bytes)
  }
  return folders
}

async function send(folders: readonly string[]): Promise<void> {
  const sent = spawn('storescu', ['-aec', title, '+sd', '127.0.0.1', port, ...folders], { stdio: 'inherit' })
  const [code] = await once(sent, 'close')
  if (code !== 0) throw new Error(`storescu ended with ${code}`)
}

async function measure(name: string, form: Form, senders: number, round: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'isocenter-receive-'))
  try {
    const folders = await writeObjects(folder, form, round)
    const began = performance.now()
    await Promise.all(senders === 1 ? [send(folders)] : folders.map((each) => send([each])))
    const seconds = (performance.now() - began) / 1000
    const rate = (COUNT / seconds).toFixed(0)
    console.log(`${name}, ${COUNT} x ${BYTES} bytes, ${senders} at once: ${seconds.toFixed(2)} s, ${rate} objects/s`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

let round = 0
for (const name of (values.forms ?? 'studies,series,images').split(','))
  for (const senders of [1, SENDERS]) await measure(name, forms[name]!, senders, round++)
