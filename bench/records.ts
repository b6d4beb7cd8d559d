/**
 * What the makers of XNAT measure of projects and experiments: ten thousand experiments made one after the other, listed;
 * 750 projects made; one of many projects made public. On a fresh archive.
 * Run: node bench/records.ts WORK [--port N]
 *   WORK: a folder, emptied, on the disk that shall be measured; N and the port above it are used
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startIsocenter } from './servers.ts'

const EXPERIMENTS = 10_000
const PROJECTS = 750

const { positionals, values } = parseArgs({ allowPositionals: true, options: { port: { type: 'string' } } })
const [work = ''] = positionals
if (work === '') throw new Error('Name a folder to work in.')
const port = Number(values.port ?? 18_500)

async function timed(what: string, act: () => Promise<unknown>): Promise<void> {
  const began = performance.now()
  await act()
  console.log(`${what}: ${((performance.now() - began) / 1000).toFixed(3)} s`)
}

async function times(count: number, act: (number: number) => Promise<unknown>): Promise<void> {
  for (let number = 0; number < count; number += 1) await act(number)
}

const ours = await startIsocenter(join(work, 'isocenter'), { http: port, dicom: port + 1 })
try {
  await ours.call('PUT', '/data/projects/MANY')
  await ours.call('PUT', '/data/projects/MANY/subjects/S')
  const experiments = '/data/projects/MANY/subjects/S/experiments'
  await timed(`${EXPERIMENTS} experiments, one request each`, () =>
    times(EXPERIMENTS, (number) => ours.call('PUT', `${experiments}/E${number}?xsiType=xnat:mrSessionData`)),
  )
  for (const look of [1, 2, 3])
    await timed(`their list, look ${look}`, () => ours.call('GET', '/data/projects/MANY/experiments?format=json'))
  await timed(`${PROJECTS} projects`, () => times(PROJECTS, (number) => ours.call('PUT', `/data/projects/Q${number}`)))
  await timed('one of them made public', () => ours.call('PUT', '/data/projects/Q7/accessibility/public'))
} finally {
  await ours.stop()
}
