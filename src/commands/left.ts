import { parseArgs } from 'node:util'
import type { Archive, Reason } from '../archive/archive.ts'
import { listLeft, type Purge, purgeLeft, restoreLeft } from '../archive/recovery.ts'
import { compose } from '../compose.ts'
import { type Environment, readConfig } from '../config.ts'
import { parseResourceUri } from '../http/resource-uris.ts'
import type { Viewer } from '../model/access.ts'
import { Misuse } from './misuse.ts'
import { say } from './terminal.ts'

const DAY_MS = 24 * 3_600_000
/** Whoever may run commands beside the catalog may do everything in it. */
const operator: Viewer = { id: 0, login: 'isocenter', admin: true, guest: false }
const why: Reason = { type: 'PROCESS' }

/**
 * `left list`, `left restore` and `left purge`: files whose records were deleted without their bytes; resolves to the
 * exit code. It works beside a server or without one.
 */
export async function left([act, ...words]: readonly string[], environment: Environment): Promise<number> {
  const run =
    act === 'list' ? list(words) : act === 'restore' ? restore(words) : act === 'purge' ? purge(words) : undefined
  if (!run) throw new Misuse('say "left list", "left restore" or "left purge".')
  const { archive, close } = await compose(readConfig(environment))
  try {
    await run(archive)
  } finally {
    await close()
  }
  return 0
}

type Act = (archive: Archive) => Promise<void>

function list(words: readonly string[]): Act {
  const { values } = parseArgs({ args: [...words], options: { project: { type: 'string' } } })
  return async (archive) => {
    for await (const page of listLeft(archive, values.project)) {
      say(
        ...page.map(({ id, project, place, size, left_at, left_by }) =>
          [id, project, place, size, left_at, left_by].join('\t'),
        ),
      )
    }
  }
}

function restore(words: readonly string[]): Act {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { to: { type: 'string' } },
  })
  const named = parseResourceUri(values.to ?? '')
  if (!named || named.folder === undefined || named.file !== undefined) {
    throw new Misuse('--to takes the address of a folder, such as /data/experiments/E/resources/DICOM.')
  }
  const { parent, folder } = named
  const ids = idsOf(positionals)
  return async (archive) => {
    const count = await restoreLeft(archive, operator, why, { ids, parent, folder })
    say(`Restored: ${count}`, `Left because the path is taken, or unknown: ${ids.length - count}`)
  }
}

function purge(words: readonly string[]): Act {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { older: { type: 'string' } },
  })
  if ((values.older === undefined) === (positionals.length === 0))
    throw new Misuse('name left files by number, or say --older DAYS.')
  if (values.older !== undefined && !/^\d+$/.test(values.older)) throw new Misuse('--older takes a number of days.')
  const ids = positionals.length > 0 ? idsOf(positionals) : []
  return async (archive) => {
    const chosen: Purge =
      values.older === undefined
        ? { ids }
        : { before: new Date(archive.now().getTime() - Number(values.older) * DAY_MS) }
    say(`Given up: ${await purgeLeft(archive, chosen)}`, 'Their bytes go with the next sweep.')
  }
}

function idsOf(words: readonly string[]): number[] {
  if (words.length === 0 || words.some((word) => !/^\d{1,15}$/.test(word)))
    throw new Misuse('left files are named by their numbers.')
  return words.map(Number)
}
