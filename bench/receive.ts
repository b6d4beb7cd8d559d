/**
 * Rates of a DICOM receiver, as DCMTK's storescu meets it: studies of one object, series of one object, and series of a
 * hundred, in one association and in four at once. Any receiver can be measured, also another program's.
 * Run: node bench/receive.ts PORT [AE TITLE] [--count N] [--bytes N] [--forms studies,series,images] [--project P]
 */
import { parseArgs } from 'node:util'
import { forms, SENDERS, send, type Wanted, withObjects } from './objects.ts'

const text = { type: 'string' } as const
const options = { count: text, bytes: text, forms: text, project: text }
const { positionals, values } = parseArgs({ allowPositionals: true, options })
const [port = '8104', title = 'XNAT'] = positionals
const count = Number(values.count ?? 1000)
const bytes = Number(values.bytes ?? 131_072)

async function measure(wanted: Wanted, senders: number): Promise<void> {
  const seconds = await withObjects(wanted, (folders) => send({ port: Number(port), title }, folders, senders))
  const rate = (count / seconds).toFixed(0)
  console.log(
    `${wanted.form}, ${count} x ${bytes} bytes, ${senders} at once: ${seconds.toFixed(2)} s, ${rate} objects/s`,
  )
}

const wishes = new Set((values.forms ?? Object.keys(forms).join()).split(','))
for (const form of Object.keys(forms) as (keyof typeof forms)[])
  for (const senders of wishes.has(form) ? [1, SENDERS] : [])
    await measure({ form, count, bytes, project: values.project }, senders)
