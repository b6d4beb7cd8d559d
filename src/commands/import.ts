import { parseArgs } from 'node:util'
import { type Config, type Environment, readConfig } from '../config.ts'
import { faultOf, refuse } from '../errors.ts'
import { withAdministrator } from './administrator.ts'
import { Misuse } from './misuse.ts'
import { bytesText, openProgress, type Progress } from './progress.ts'
import { openReport } from './report.ts'
import { type ImportWords, type Send, type Server, sendHere, sendThere } from './sending.ts'
import { stopSignal } from './stop-signal.ts'
import { type Batch, findStudies, type Search } from './studies.ts'
import { readSecret, say } from './terminal.ts'

const options = {
  project: { type: 'string' },
  subject: { type: 'string' },
  session: { type: 'string' },
  overwrite: { type: 'string', default: 'none' },
  prearchive: { type: 'boolean', default: false },
  strict: { type: 'boolean', default: false },
  url: { type: 'string' },
  user: { type: 'string' },
  report: { type: 'string' },
} as const

/**
 * `import DIR… --project P`: imports DICOM files, zips and tars; resolves to the exit code, which is 1 when a session
 * was not imported. It works on the data folder, beside a server or without one, or with `--url` over the network.
 */
export async function importFolders(words: readonly string[], environment: Environment): Promise<number> {
  const { values, positionals: paths } = parseArgs({ args: [...words], allowPositionals: true, options })
  if (paths.length === 0) throw new Misuse('say what to import: isocenter import DIR --project P.')
  const { project, url, user } = values
  if (project === undefined) throw new Misuse('--project says which project the sessions belong to.')
  if (!/^(none|append|delete)$/.test(values.overwrite)) throw new Misuse('--overwrite takes none, append or delete.')
  if ((url === undefined) !== (user === undefined)) throw new Misuse('--url and --user go together.')
  const wish: Wish = { ...values, project, paths }
  if (url === undefined) return importHere(wish, readConfig(environment))
  const server = await serverAt(url, user!, environment)
  return importAll(wish, sendThere(server, wordsOf(wish)))
}

type Wish = Readonly<{
  paths: readonly string[]
  project: string
  subject?: string | undefined
  session?: string | undefined
  overwrite: string
  prearchive: boolean
  strict: boolean
  report?: string | undefined
}>

const importHere = (wish: Wish, config: Config): Promise<number> =>
  withAdministrator(config, 'isocenter import', (goal) => importAll(wish, sendHere(goal, wordsOf(wish))))

async function serverAt(url: string, login: string, environment: Environment): Promise<Server> {
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (!address || !/^https?:$/.test(address.protocol))
    throw new Misuse('--url takes an address such as https://xnat.example.org.')
  const password = environment['ISOCENTER_PASSWORD'] ?? (await readSecret(`Password of ${login}: `))
  return { url: address, login, password }
}

/** The request to the import service, the same over the network and within the process. */
function wordsOf({ project, subject, session, overwrite, prearchive, strict }: Wish): ImportWords {
  const step = (word: string, name: string | undefined): string =>
    name === undefined ? '' : `/${word}/${encodeURIComponent(name)}`
  const place = step('projects', project)
  const below = prearchive ? '' : step('subjects', subject) + step('experiments', session)
  return {
    dest: `/${prearchive ? 'prearchive' : 'archive'}${place}${below}`,
    ...(subject === undefined ? {} : { subject }),
    ...(session === undefined ? {} : { session }),
    ...(overwrite === 'none' ? {} : { overwrite }),
    'Ignore-Unparsable': String(!strict),
  }
}

async function importAll(wish: Wish, send: Send): Promise<number> {
  let stopped = false
  void stopSignal().then(() => {
    stopped = true
    say('Stopping: what is under way is taken back.')
  })
  const file = wish.report ?? `import-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}.csv`
  const report = openReport(file, ['kind', 'path', 'detail'])
  let reported = true
  let failed = false
  try {
    const search = await findStudies(
      wish.paths,
      ({ kind, path, detail }) => report.add([kind, path, detail]),
      () => stopped,
    )
    check(wish, search)
    for (const path of search.passed) report.add(['no-dicom', path, 'Neither a DICOM object nor an archive.'])
    const running: Running = { send, stopped: () => stopped, report: report.add }
    failed = (await importBatches(search.batches, running)) || search.batches.length === 0
    if (search.batches.length === 0) say('There is nothing to import.')
    if (search.passed.length > 0) say(`Files that are no DICOM objects: ${search.passed.length}`)
  } finally {
    reported = report.end()
  }
  if (reported) say(`What was not imported stands in ${report.path}`)
  return failed || stopped ? 1 : 0
}

/** @throws ArchiveError 'unreadable' with `strict` for a file that is no DICOM object; 'invalid' for one name and several studies */
function check({ strict, session }: Wish, { batches, passed }: Search): void {
  const [first] = passed
  if (strict && first !== undefined)
    refuse({ kind: 'unreadable', what: 'DICOM', because: `${first} is no DICOM object; nothing was imported.` })
  if (session !== undefined && batches.length > 1) {
    const because = `--session names one session, but there are ${batches.length} studies or archives; nothing was imported.`
    refuse({ kind: 'invalid', field: 'session', because })
  }
}

type Running = Readonly<{ send: Send; stopped: () => boolean; report: (row: readonly string[]) => void }>

/** Imports one after the other; returns whether something was not imported. */
async function importBatches(batches: readonly Batch[], running: Running): Promise<boolean> {
  const total = batches.reduce((sum, { bytes }) => sum + bytes, 0)
  const progress = openProgress(total, 'bytes')
  let done = 0
  let failed = false
  try {
    for (const [at, batch] of batches.entries()) {
      if (running.stopped()) break
      const detail = `${at + 1} of ${batches.length}`
      const passing = (bytes: number): void => {
        if (running.stopped()) refuse({ kind: 'broken-off', what: 'import', because: 'Stopped.' })
        done += bytes
        progress.show(done, detail)
      }
      failed = !(await importBatch(batch, { ...running, passing, progress })) || failed
    }
  } finally {
    progress.end()
  }
  return failed
}

type Passing = Running & Readonly<{ passing: (bytes: number) => void; progress: Progress }>

/** Imports the files of one study; false when it was refused. @throws ArchiveError for what stands in the way of all */
async function importBatch(batch: Batch, { send, passing, report, progress, stopped }: Passing): Promise<boolean> {
  const what = `${batch.name} (${batch.files.length} files, ${bytesText(batch.bytes)})`
  try {
    const sessions = await send(batch, passing)
    progress.end()
    say(
      `${what}: ${sessions.length === 0 ? 'nothing, the filters of the site pass over all of it' : sessions.join(' ')}`,
    )
    return true
  } catch (error) {
    const fault = faultOf(error)
    if (!fault || ['no-space', 'not-found', 'forbidden', 'unauthenticated'].includes(fault.kind)) throw error
    progress.end()
    if (stopped()) return false
    const because = (error as Error).message
    say(`${what}: not imported.`, ...because.split('\n').map((line) => `  ${line}`))
    for (const { from } of batch.files.slice(0, 1)) report(['failed', from, because])
    return false
  }
}
