import { scopeOf } from '../../archive/archive.ts'
import { rowTypeNamed } from '../../archive/identity.ts'
import { type AskedColumn, type Listing, listRecords } from '../../archive/listing.ts'
import { type LocatedProject, locateSession, locateSubject, orNothing } from '../../archive/locate.ts'
import { projectToList } from '../../archive/project-lists.ts'
import { listRecent } from '../../archive/recent-experiments.ts'
import { refuse } from '../../errors.ts'
import type { Dictionary } from '../../model/dictionary.ts'
import { assessorShortcuts, experimentShortcuts } from '../../model/types/shortcuts.ts'
import type { Answer, Call } from '../call.ts'
import { readParameters } from '../document.ts'
import { columnOf, fixedColumn, readListing, readPage, withColumn, xsiTypeOf } from '../parameters.ts'
import { tableAnswer } from '../reply.ts'
import { shortcutTable } from '../shortcut-table.ts'
import { addressOf } from './experiment-address.ts'

const base = 'xnat:experimentData'
const ofSubjects = 'xnat:subjectAssessorData'
const ofImages = 'xnat:imageAssessorData'
const common = ['ID', 'project', 'date', 'xsiType', 'label', 'insert_date']

/** Lists below a project, below a subject, or of the whole site (hierarchy 5.2). */
export async function listExperiments(sent: Call): Promise<Answer> {
  const call = { ...sent, query: await readParameters(sent) }
  if (call.query.flag('fields')) return tableAnswer(call, shortcutTable(experimentShortcuts))
  const scope = scopeOf(call.archive, call.viewer)
  const { types } = call.archive
  const recent = recentOf(call)
  if (recent) return tableAnswer(call, await listRecent(scope, recent))
  const project =
    call.params['project'] === undefined ? undefined : await projectToList(scope, call.params['project'], 'experiments')
  const subject = call.params['subject'] === undefined ? undefined : await subjectId(call, project)
  const rootType = rootOf(types, call, project ? ofSubjects : base)
  const asked = readListing(call.query, experimentShortcuts, project ? common : defaultsOf(types, rootType))
  const listing: Listing = {
    root: 'experiment',
    rootType,
    columns: framed(asked.columns, project || rootType !== base ? rootType : undefined, tellingApart(types, rootType)),
    filters: asked.filters,
    project: project?.row.id,
    subject,
    page: readPage(call.query),
    metadata: project ? {} : { title: 'Matching experiments' },
  }
  return tableAnswer(call, await listRecords(scope, listing))
}

/** What `recent` and `limit` have together where they mean nothing: the numbers of days and rows of the original. */
const UNSAID = '60'

/** The list of the whole site shows what is recent when both numbers are given and neither is the usual one. */
function recentOf({ params, query }: Call): { days: number; limit: number } | undefined {
  const [days, limit] = [query.get('recent') ?? '', query.get('limit') ?? '']
  if (params['project'] !== undefined || params['subject'] !== undefined) return undefined
  if (days === '' || limit === '' || limit === '*' || days === UNSAID || limit === UNSAID) return undefined
  if (!/^\d{1,5}$/.test(days))
    refuse({ kind: 'invalid', field: 'recent', because: `recent must be a number of days, not ${days}.` })
  return { days: Number(days), limit: readPage(query)?.limit ?? 0 }
}

async function subjectId(call: Call, project: LocatedProject | undefined): Promise<number> {
  const name = call.params['subject']!
  const found = await orNothing(
    locateSubject(scopeOf(call.archive, call.viewer), { project: project?.row.name, subject: name }, 'read'),
  )
  return (
    found?.row.id ?? refuse({ kind: 'not-found', noun: 'subject', name, because: `Unable to identify subject ${name}` })
  )
}

/** Site lists of one type also show whose they are (hierarchy 5.2). */
function defaultsOf(types: Dictionary, rootType: string): string[] {
  if (types.isA(rootType, ofImages)) return [...common, 'session_ID', 'session_label']
  return types.isA(rootType, ofSubjects) ? [...common, 'subject_ID', 'subject_label'] : common
}

/**
 * The type of the rows: `xsiType`, or the most derived type below the list's own that a full path among the columns
 * and filters names. Short names do not narrow: yaxil asks for `fieldStrength` of sessions of any modality. But who
 * filters by `subject_ID` wants what a subject has itself, and to be told whose it is: datalad-xnat reads that.
 */
function rootOf(types: Dictionary, { query }: Call, otherwise: string): string {
  const xsiType = xsiTypeOf(query)
  if (xsiType !== undefined) return rowTypeNamed(types, xsiType, base).name
  const filters = query.entries.map(([name]) => name)
  const named = [...(query.get('columns')?.split(',') ?? []), ...filters]
  let root = otherwise === base && filters.some(isSubject) ? ofSubjects : otherwise
  for (const name of named) {
    const type = name.includes('/') ? types.findFolded(name.slice(0, name.indexOf('/'))) : undefined
    if (type && type.name !== root && type.lineage.includes(root) && !isIdentity(name)) root = type.name
  }
  return root
}

/** Paths that mean a short name (`xnat:subjectAssessorData/subject_id`) do not choose a type. */
const isIdentity = (name: string): boolean =>
  experimentShortcuts.some((shortcut) => shortcut.path.toLowerCase() === name.toLowerCase())

const isSubject = (name: string): boolean =>
  name === 'subject_ID' || name.toLowerCase() === `${ofSubjects}/subject_ID`.toLowerCase()

const shown = (name: string): AskedColumn => columnOf(name, experimentShortcuts)!

/**
 * The columns of a list: in front the id, called after the type of its rows where they are of one; behind those asked
 * for `more`, and `ID`, which is never left out unless the other is asked for by its own name: aioxnat takes no others
 * than those it asks for. Scripts count columns from the front.
 */
function framed(asked: readonly AskedColumn[], rootType: string | undefined, more: readonly string[]) {
  const key = rootType === undefined ? shown('ID') : fixedColumn(`${rootType.toLowerCase()}/id`, `${base}/ID`)
  const has = (header: string): boolean => asked.some((column) => column.header === header)
  const behind = has(key.header) || key.header === 'ID' ? more : [...more, 'ID']
  return [...withColumn(key, asked), ...behind.filter((name) => !has(name)).map(shown)]
}

/** Lists of several types say of each row which it has, and its project: pyxnat asks no further (clients 0.12). */
const tellingApart = (types: Dictionary, rootType: string): string[] =>
  types.find(rootType)?.abstract ? ['xsiType', 'project'] : []

/** `GET …/experiments/{E}/assessors` (hierarchy 6.1). */
export async function listAssessors(call: Call): Promise<Answer> {
  if (call.query.flag('fields')) return tableAnswer(call, shortcutTable(assessorShortcuts))
  const scope = scopeOf(call.archive, call.viewer)
  const session = await locateSession(scope, addressOf(call), 'read')
  const defaults = ['ID', 'project', 'label', 'date', 'xsiType', 'insert_date', 'session_ID', 'session_label']
  const asked = readListing(call.query, assessorShortcuts, defaults)
  const rootType = rootOf(call.archive.types, call, ofImages)
  const listing: Listing = {
    root: 'experiment',
    rootType,
    columns: framed(asked.columns, rootType, []),
    filters: asked.filters,
    project: call.params['project'] === undefined ? undefined : session.place.project.id,
    session: session.row.id,
  }
  return tableAnswer(call, await listRecords(scope, listing))
}
