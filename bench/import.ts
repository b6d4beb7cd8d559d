/**
 * Imports, ours and Orthanc's in turn: a session as one zip, parsed and archived, and objects over DICOM; then ours alone
 * with a thousand studies that archive themselves, and one study of a thousand series.
 * Run: node bench/import.ts ZIPS WORK [--orthanc PROGRAM] [--port N] [--rounds N] [--only zip,store,series,studies]
 *   ZIPS: a folder of deflate-1.zip, stored-1.zip, deflate-2.zip …, each a session of 512 objects of its own
 *   WORK: a folder, emptied, on the disk that shall be measured; N and the three ports above it are used
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { SENDERS, send, settle, type Wanted, withObjects } from './objects.ts'
import { type Server, startIsocenter, startOrthanc } from './servers.ts'

const ZIPPED = 512
const MANY = 1000
const BYTES = 131_072

const text = { type: 'string' } as const
const options = { orthanc: text, port: text, rounds: text, only: text }
const { positionals, values } = parseArgs({ allowPositionals: true, options })
const [zips = '', work = ''] = positionals
if (work === '') throw new Error('Name the folder of zips and a folder to work in.')
const only = (values.only ?? 'zip,store,series,studies').split(',')
const rounds = Number(values.rounds ?? 3)
const port = Number(values.port ?? 18_400)

const timed = async (act: () => Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await act()
  return (performance.now() - began) / 1000
}
const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1] ?? Number.NaN

/** Seconds of one run on one of the servers. */
type Run = (server: Server, round: number) => Promise<number>

/** Runs on one server after the other, round by round; prints medians of objects per second, and the most memory. */
async function compare(what: string, count: number, servers: readonly Server[], run: Run): Promise<void> {
  const seconds = new Map<Server, number[]>(servers.map((server) => [server, []]))
  const peaks = new Map<Server, number>()
  for (let round = 1; round <= rounds; round += 1)
    for (const server of servers) {
      settle()
      await server.peak()
      seconds.get(server)?.push(await run(server, round))
      peaks.set(server, Math.max(peaks.get(server) ?? 0, await server.peak()))
    }
  const said = servers.map((server) => {
    const all = seconds.get(server) ?? []
    const each = all.map((one) => (count / one).toFixed(0)).join(', ')
    return `${server.name} ${(count / median(all)).toFixed(0)}/s (${each}; ${peaks.get(server)?.toFixed(0)} MiB)`
  })
  const [ours = 0, theirs = 0] = servers.map((server) => median(seconds.get(server) ?? []))
  console.log(`${what}: ${said.join(', ')}; ours / theirs ${(theirs / ours).toFixed(2)}`)
}

async function importZip(server: Server, path: string): Promise<number> {
  const bytes = await readFile(path)
  const label = `E${Date.now()}`
  const query = `import-handler=DICOM-zip&project=ZIP&subject=S1&session=${label}&dest=/archive`
  const address = server.name === 'Orthanc' ? '/instances' : `/data/services/import?${query}`
  const seconds = await timed(() => server.call('POST', address, { type: 'application/zip', bytes }))
  // A rate of objects that are not there would be none.
  const files = `/data/projects/ZIP/experiments/${label}/scans/ALL/files?format=json`
  if (server.name !== 'Orthanc') await expectRows(server, files, ZIPPED)
  return seconds
}

const rowsAt = async (server: Server, path: string): Promise<readonly Readonly<Record<string, string>>[]> =>
  JSON.parse(await server.call('GET', path)).ResultSet.Result

async function expectRows(server: Server, path: string, count: number): Promise<void> {
  const { length } = await rowsAt(server, path)
  if (length !== count) throw new Error(`${path} has ${length} rows in place of ${count}`)
}

/** Objects over DICOM that archive themselves, from the first byte until the last session is in the archive. */
async function archiveStudies(ours: Server): Promise<void> {
  await ours.call('PUT', '/data/projects/AUTO')
  await ours.call('PUT', '/data/projects/AUTO/prearchive_code/4')
  const soon = { sessionXmlRebuilderInterval: 0, sessionXmlRebuilderRepeat: 1000 }
  await ours.call('POST', '/xapi/siteConfig', { type: 'application/json', bytes: JSON.stringify(soon) })
  const wanted: Wanted = { form: 'studies', count: MANY, bytes: BYTES, project: 'AUTO' }
  await ours.peak()
  await withObjects(wanted, async (folders) => {
    const began = performance.now()
    const sent = await send(ours, folders, 1)
    while ((await rowsAt(ours, '/data/prearchive?format=json')).length > 0) await setTimeout(100)
    const all = (performance.now() - began) / 1000
    await expectRows(ours, '/data/projects/AUTO/experiments?format=json', MANY)
    console.log(
      `${MANY} studies: sent in ${sent.toFixed(1)} s, archived after ${all.toFixed(1)} s${await memory(ours)}`,
    )
  })
}

const memory = async (server: Server): Promise<string> => `; ${(await server.peak()).toFixed(0)} MiB`

/** One study of many series: sent, built, archived and looked at. */
async function archiveSeries(ours: Server): Promise<void> {
  await ours.call('PUT', '/data/projects/SERIES')
  await ours.call('PUT', '/data/projects/SERIES/prearchive_code/0')
  const wanted: Wanted = { form: 'series', count: MANY, bytes: BYTES, project: 'SERIES' }
  await ours.peak()
  const sent = await withObjects(wanted, (folders) => send(ours, folders, 1))
  console.log(`${MANY} series: sent in ${sent.toFixed(1)} s${await memory(ours)}`)
  const [entry] = await rowsAt(ours, '/data/prearchive/projects/SERIES?format=json')
  const built = await timed(() => ours.call('POST', `/data${entry?.['url']}?action=build`))
  const archived = await timed(() => ours.call('POST', `/data/services/archive?src=${entry?.['url']}`))
  console.log(`built in ${built.toFixed(2)} s, archived in ${archived.toFixed(2)} s${await memory(ours)}`)
  const [session] = await rowsAt(ours, '/data/projects/SERIES/experiments?format=json')
  const page = `/data/experiments/${session?.['ID']}?format=html`
  const looks: number[] = []
  for (let look = 0; look < 5; look += 1) looks.push(await timed(() => ours.call('GET', page)))
  console.log(`its page in ${median(looks).toFixed(3)} s`)
  await expectRows(ours, `/data/experiments/${session?.['ID']}/scans?format=json`, MANY)
}

const ours = await startIsocenter(join(work, 'isocenter'), { http: port, dicom: port + 1 })
const started: Server[] = [ours]
try {
  if (only.includes('zip') || only.includes('store'))
    started.push(
      await startOrthanc(join(work, 'orthanc'), { http: port + 2, dicom: port + 3 }, values.orthanc ?? 'Orthanc'),
    )
  await ours.call('PUT', '/data/projects/ZIP')
  if (only.includes('zip'))
    for (const form of ['deflate', 'stored'])
      await compare(`a session of ${ZIPPED}, ${form}`, ZIPPED, started, (server, round) =>
        importZip(server, join(zips, `${form}-${round}.zip`)),
      )
  if (only.includes('store'))
    for (const senders of [1, SENDERS])
      await compare(`C-STORE of ${ZIPPED}, ${senders} at once`, ZIPPED, started, (server) =>
        withObjects({ form: 'images', count: ZIPPED, bytes: BYTES, project: 'ZIP' }, (folders) =>
          send(server, folders, senders),
        ),
      )
  // First what waits until it is told; then what archives itself, with the site's patience taken away.
  if (only.includes('series')) await archiveSeries(ours)
  if (only.includes('studies')) await archiveStudies(ours)
} finally {
  for (const server of started) await server.stop()
}
