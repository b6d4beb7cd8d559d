import { refuse } from '../errors.ts'
import type { ImportRequest } from '../intake/import.ts'
import { importPolicy, type Overwrite } from '../intake/merge-policy.ts'
import type { Wishes } from '../intake/reception.ts'
import { parseDestination } from './arrival-uris.ts'
import type { Query } from './query.ts'

/** The first of several spellings of a parameter that has a value. */
export function anyOf(query: Query, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = query.get(name)?.trim()
    if (value) return value
  }
  return undefined
}

const isTrue = (query: Query, name: string): boolean => query.get(name)?.toLowerCase() === 'true'

/** Only an exact yes or no says something: `AutoArchive`, which one client sends, does not (import 1.3). */
export function autoArchiveOf(query: Query): boolean | undefined {
  const word = anyOf(query, 'AA', 'auto-archive')?.toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : undefined
}

/** Values by XML path, which look like `xnat:mrSessionData/date`, and the few that are spelled otherwise. */
export function valuesOf(query: Query): Readonly<Record<string, string>> {
  const paths = query.entries.filter(([name]) => /^[\w-]+:[\w-]+\//.test(name))
  return Object.fromEntries(paths)
}

export function wishesOf(query: Query): Wishes {
  const values = valuesOf(query)
  return {
    ...(Object.keys(values).length > 0 ? { values } : {}),
    ...(isTrue(query, 'quarantine') ? { quarantine: true } : {}),
    ...(query.get('triggerPipelines')?.toLowerCase() === 'false' ? { triggerPipelines: false } : {}),
  }
}

export const overwriteOf = (query: Query): Overwrite => {
  const overwrite = anyOf(query, 'overwrite')
  return { ...(overwrite === undefined ? {} : { overwrite }), overwriteFiles: isTrue(query, 'overwrite_files') }
}

/** The project, subject and label that a request names, in all their spellings (import 1.3, 2.7). */
export function namesOf(query: Query) {
  const project = anyOf(query, 'project', 'PROJECT_ID')
  const subject = anyOf(query, 'subject', 'SUBJECT_ID', 'subject_id')
  const session = anyOf(query, 'session', 'EXPT_LABEL', 'EXPT_ID', 'label')
  return {
    ...(project === undefined ? {} : { project }),
    ...(subject === undefined ? {} : { subject }),
    ...(session === undefined ? {} : { session }),
  }
}

const importers = new Set(['SI', 'DICOM-zip', 'gradual-DICOM'])
/** What other servers have. */
const elsewhere = new Set(['XAR', 'automation'])

/** What a request for an import asks for (import 1.2 to 1.4). @throws ArchiveError 'not-found' for an unknown importer, 'invalid' */
export function importRequestOf(query: Query, importer: string): ImportRequest {
  if (elsewhere.has(importer))
    refuse({ kind: 'unsupported', what: 'import-handler', because: `This server does not import with ${importer}.` })
  if (!importers.has(importer))
    refuse({ kind: 'not-found', noun: 'path', name: importer, because: `Unknown import-handler: ${importer}` })
  const dest = anyOf(query, 'dest')
  const destination = dest === undefined ? undefined : parseDestination(dest)
  const commit = query.get('action')?.toLowerCase() === 'commit' || (importer !== 'SI' && destination !== undefined)
  const ignore = query.get('Ignore-Unparsable')?.toLowerCase()
  const { overwrite, overwriteFiles } = overwriteOf(query)
  const says = overwrite !== undefined
  const [autoArchive, transferSyntax, listener] = [
    autoArchiveOf(query),
    anyOf(query, 'Transfer-Syntax-UID'),
    anyOf(query, 'http-session-listener'),
  ]
  const word = (name: string): string => anyOf(query, name) ?? ''
  return {
    importer: importer as ImportRequest['importer'],
    ...(destination ? { destination } : {}),
    ...namesOf(query),
    ...(says ? { policy: importPolicy({ overwrite, overwriteFiles }) } : {}),
    commit,
    ...(autoArchive === undefined ? {} : { autoArchive }),
    skipUnreadable: ignore === 'true' || (ignore === undefined && query.get('action')?.toLowerCase() === 'commit'),
    rename: isTrue(query, 'rename'),
    preventAnon: isTrue(query, 'prevent_anon'),
    preventAutoCommit: isTrue(query, 'prevent_auto_commit'),
    source: word('SOURCE'),
    visit: word('VISIT'),
    protocol: word('SUBTYPE'),
    timezone: word('TIMEZONE'),
    direct: isTrue(query, 'Direct-Archive'),
    ...(transferSyntax === undefined ? {} : { transferSyntax }),
    wishes: wishesOf(query),
    ...(listener === undefined ? {} : { listener }),
  }
}
