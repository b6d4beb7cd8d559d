import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { adoptPlaces } from '../adoption/adopt.ts'
import { type Finding, findingKinds } from '../adoption/findings.ts'
import { type KnownSessions, nothingKnown, readKnownSessions } from '../adoption/known-sessions.ts'
import { findPlaces } from '../adoption/projects.ts'
import { emptyTally, type Goal, type Run, type Tally } from '../adoption/run.ts'
import { type Environment, readConfig } from '../config.ts'
import { refuse } from '../errors.ts'
import { standardDictionary } from '../model/types/all.ts'
import { withAdministrator } from './administrator.ts'
import { Misuse } from './misuse.ts'
import { bytesText, openProgress } from './progress.ts'
import { openReport } from './report.ts'
import { stopSignal } from './stop-signal.ts'
import { say } from './terminal.ts'

const options = {
  project: { type: 'string', multiple: true },
  'dry-run': { type: 'boolean', default: false },
  copy: { type: 'boolean', default: false },
  subjects: { type: 'string' },
  'take-damaged': { type: 'boolean', default: false },
  report: { type: 'string' },
} as const

/**
 * `adopt ARCHIVE_DIR`: takes in the archive folder of an XNAT server; resolves to the exit code, which is 1 when
 * something was not taken. It works beside a server or without one.
 */
export async function adopt(words: readonly string[], environment: Environment): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...words], allowPositionals: true, options })
  const [folder, ...more] = positionals
  if (folder === undefined || more.length > 0) throw new Misuse('say which folder: isocenter adopt ARCHIVE_DIR.')
  const config = readConfig(environment)
  const known = values.subjects === undefined ? nothingKnown : await knownIn(values.subjects)
  const wish: Wish = {
    root: resolve(folder),
    known,
    projects: values.project ?? [],
    taking: values.copy ? 'copy' : 'link',
    evenDamaged: values['take-damaged'],
    report: values.report ?? `adopt-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}.csv`,
  }
  return values['dry-run']
    ? take(wish, undefined)
    : withAdministrator(config, 'isocenter adopt', (goal) => take(wish, goal))
}

type Wish = Pick<Run, 'root' | 'known' | 'taking' | 'evenDamaged'> &
  Readonly<{ projects: readonly string[]; report: string }>

async function knownIn(file: string): Promise<KnownSessions> {
  const text = await readFile(file, 'utf8').catch((error: Error) =>
    refuse({ kind: 'invalid', field: 'subjects', because: `--subjects: ${error.message}` }, error),
  )
  return readKnownSessions(text)
}

async function take({ projects, report: file, ...wish }: Wish, goal: Goal | undefined): Promise<number> {
  const report = openReport(file, ['kind', 'path', 'detail'])
  const kinds = new Map<Finding['kind'], number>()
  const tell = (finding: Finding): void => {
    kinds.set(finding.kind, (kinds.get(finding.kind) ?? 0) + 1)
    report.add([finding.kind, finding.path, finding.detail])
  }
  let reported = true
  let stopped = false
  const tally = emptyTally()
  try {
    void stopSignal().then(() => {
      stopped = true
      say('Stopping: what is under way is finished first.')
    })
    const places = await findPlaces(wish.root, projects, tell)
    const run: Run = {
      ...wish,
      types: standardDictionary(),
      goal,
      tell,
      tally,
      counted: new Set(),
      stopped: () => stopped,
    }
    const progress = openProgress(places.length, 'places')
    let done = 0
    const shown = setInterval(() => progress.show(done, `${tally.files} files, ${bytesText(tally.bytes)}`), 1000)
    try {
      await adoptPlaces(run, places, () => void done++)
    } finally {
      clearInterval(shown)
      progress.end()
    }
  } finally {
    reported = report.end()
  }
  say(...(goal ? takenLines(tally) : wouldLines(tally)), ...findingLines(kinds))
  if (reported) say(`Each of them stands in ${report.path}`)
  if (stopped) say('Stopped before the end: run the same command again to go on.')
  const lost = [...kinds.keys()].some((kind) => findingKinds[kind].lost)
  return lost || stopped ? 1 : 0
}

const takenLines = (tally: Tally): string[] => [
  `Made: ${recordsText(tally)}`,
  `Files taken: ${tally.files} (${bytesText(tally.bytes)}), ${tally.linked} of them without a copy`,
  `Files that were there already: ${tally.same}`,
]

const wouldLines = (tally: Tally): string[] => [
  `Would be taken: ${recordsText(tally)}`,
  `with ${tally.files} files (${bytesText(tally.bytes)}); nothing was written, and no digest verified`,
]

const recordsText = ({ projects, subjects, sessions, scans, folders }: Tally): string =>
  `projects ${projects}, subjects ${subjects}, sessions ${sessions}, scans ${scans}, folders ${folders}`

function findingLines(kinds: ReadonlyMap<Finding['kind'], number>): string[] {
  const lines = (lost: boolean): string[] =>
    [...kinds]
      .filter(([kind]) => findingKinds[kind].lost === lost)
      .map(([kind, count]) => `  ${count} ${kind}: ${findingKinds[kind].says}`)
  const [not, notes] = [lines(true), lines(false)]
  return [...(not.length > 0 ? ['Not taken:', ...not] : []), ...(notes.length > 0 ? ['To be known:', ...notes] : [])]
}
