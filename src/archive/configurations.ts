import { type Selectable, sql } from 'kysely'
import type { Tables } from '../db/schema.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import { hasControls } from '../model/characters.ts'
import { type Archive, type Change, change, type Reason, type Scope, scopeOf } from './archive.ts'
import { recordEvent } from './history.ts'
import { forbid, locateProject, mayInProject, orNothing } from './locate.ts'
import { SUBJECT } from './subjects.ts'

/** An entry: of the site, or of a project; of a tool itself when the path is empty. */
export type ConfigurationAddress = Readonly<{ project?: string; tool: string; path: string }>

/** One version of an entry. */
export type Configuration = Readonly<{
  tool: string
  path: string
  /** ID of the project; undefined for the site. */
  project: string | undefined
  version: number
  contents: string
  enabled: boolean
  unversioned: boolean
  login: string
  reason: string | undefined
  /** `yyyy-MM-dd HH:mm:ss.SSS`, UTC. */
  at: string
}>

/** Which entries, and which of their versions: the newest unless a number or all are asked for. */
export type ConfigurationSelection = Readonly<{
  project?: string
  tool: string
  /** Undefined: every entry of the tool. */
  path?: string
  version?: number | 'all'
  /** Entries of the site where the project has none. */
  orSite?: boolean
}>

/** Absent parts stay as they are; contents that come without a status are enabled. */
export type ConfigurationWish = Readonly<{
  at: ConfigurationAddress
  contents?: string
  enabled?: boolean
  /** The contents take the place of the newest ones instead of becoming a version; the rule of the entry from then on. */
  unversioned?: boolean
  /** Looks at what is to be in force there. @throws ArchiveError 'invalid' when it cannot be */
  check?: (contents: string) => Promise<void>
}>

/** Longest contents of one version. */
const MAX_CONFIGURATION_BYTES = 1024 * 1024
const MAX_TOOL_BYTES = 255
/** Both names stand in one key, of which PostgreSQL takes no more than 2.7 kB. */
const MAX_PATH_BYTES = 1024

/** The site, or a project whose entries the viewer may read. */
type Place = Readonly<{ key: string; projectId: number | null; project: string | undefined }>

const site: Place = { key: 'site', projectId: null, project: undefined }
const placeOf = ({ id, name }: Readonly<{ id: number; name: string }>): Place => ({
  key: `p${id}`,
  projectId: id,
  project: name,
})

/** @throws ArchiveError 'not-found' for a project the viewer does not see, 'forbidden' for guests and for its settings */
async function readablePlace(scope: Scope, name: string | undefined): Promise<Place> {
  if (name === undefined) return scope.viewer.guest ? forbid(scope, 'setting', 'config') : site
  const project = await locateProject(scope, { project: name }, 'read')
  return mayInProject(scope, project, SUBJECT, 'read') ? placeOf(project.row) : forbid(scope, 'project', name)
}

/** Strangers are refused, whether or not the project is there; administrators learn that it is not (hierarchy 8). */
async function writablePlace(scope: Scope, name: string | undefined): Promise<Place> {
  if (name === undefined) return scope.viewer.admin ? site : forbid(scope, 'setting', 'config')
  const project = await (scope.viewer.admin ? locateNamed(scope, name) : orNothing(locateNamed(scope, name)))
  if (!project || !mayInProject(scope, project, SUBJECT, 'delete')) return forbid(scope, 'project', name)
  return placeOf(project.row)
}

const locateNamed = (scope: Scope, project: string) => locateProject(scope, { project }, 'read')

/** The tools that have entries, by name (hierarchy 7.7). @throws ArchiveError 'not-found', 'forbidden' */
export async function listTools(archive: Archive, viewer: Viewer, project?: string): Promise<readonly string[]> {
  const scope = scopeOf(archive, viewer)
  const { key } = await readablePlace(scope, project)
  const rows = await scope.db
    .selectFrom('configurations')
    .select('tool')
    .distinct()
    .where('place', '=', key)
    .orderBy('tool')
    .execute()
  return rows.map((row) => row.tool)
}

/**
 * Versions of entries, by path, the oldest first; empty when there is nothing (hierarchy 7.7).
 * @throws ArchiveError 'not-found' and 'forbidden' for the project
 */
export async function listConfigurations(
  archive: Archive,
  viewer: Viewer,
  selection: ConfigurationSelection,
): Promise<readonly Configuration[]> {
  if (nameFault(selection.tool, selection.path ?? '') !== undefined) return []
  const scope = scopeOf(archive, viewer)
  const place = await readablePlace(scope, selection.project)
  const found = await versionsAt(scope, place, selection)
  return found.length === 0 && selection.orSite ? versionsAt(scope, site, selection) : found
}

async function versionsAt(
  scope: Scope,
  place: Place,
  { tool, path, version }: ConfigurationSelection,
): Promise<readonly Configuration[]> {
  const newest = sql<number>`(select max(n.version) from configurations n
    where n.place = c.place and n.tool = c.tool and n.path = c.path)`
  const rows = await scope.db
    .selectFrom('configurations as c')
    .selectAll()
    .where('c.place', '=', place.key)
    .where('c.tool', '=', tool)
    .$if(path !== undefined, (query) => query.where('c.path', '=', path ?? ''))
    .$if(version !== 'all', (query) => query.where('c.version', '=', version === 'all' ? 0 : (version ?? newest)))
    .orderBy('c.path')
    .orderBy('c.version')
    .execute()
  return rows.map((row) => configurationOf(row, place))
}

/** The contents of an enabled entry of the site or of one project, for the archive's own use; whoever asks. */
export async function contentsInForce(
  scope: Pick<Scope, 'db'>,
  project: Readonly<{ id: number; name: string }> | undefined,
  at: Readonly<{ tool: string; path: string }>,
): Promise<string | undefined> {
  const row = await newestRow(scope, project ? placeOf(project) : site, at)
  return row?.status === 'enabled' ? row.contents : undefined
}

type Row = Selectable<Tables['configurations']>

const configurationOf = (row: Row, { project }: Place): Configuration => ({
  tool: row.tool,
  path: row.path,
  project,
  version: row.version,
  contents: row.contents,
  enabled: row.status === 'enabled',
  unversioned: row.unversioned === 1,
  login: row.login,
  reason: row.reason ?? undefined,
  at: row.created_at,
})

/**
 * Gives an entry new contents, another status or both; contents that it has already make no version (hierarchy 7.7).
 * @returns whether the entry is new
 * @throws ArchiveError 'forbidden'; 'not-found' for the status of nothing; 'invalid' for a name or contents that cannot
 *   be, or where neither contents nor status are wished; 'too-large'; whatever the check brings
 */
export async function putConfiguration(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: ConfigurationWish,
): Promise<boolean> {
  checkWish(wish)
  const { at } = wish
  return change(archive, viewer, why, async (tx) => {
    const place = await writablePlace(tx, at.project)
    const stored = await newestRow(tx, place, at)
    if (!stored && wish.contents === undefined) return refuse({ kind: 'not-found', noun: 'setting', name: nameOf(at) })
    const enabled = wish.enabled ?? (wish.contents !== undefined || stored?.status === 'enabled')
    const contents = wish.contents ?? stored?.contents ?? ''
    const unversioned = wish.unversioned ?? stored?.unversioned === 1
    const status = enabled ? 'enabled' : 'disabled'
    if (stored?.contents === contents && stored.status === status) return false
    if (enabled) await wish.check?.(contents)
    const action = `${stored ? 'Modified' : 'Added'} Configuration`
    const changed = place.projectId === null ? ({ noun: 'setting', id: 0 } as const) : project(place.projectId)
    await recordEvent(tx, { ...changed, action, detail: `${nameOf(at)} ${status}` })
    const values = { contents, status, unversioned: unversioned ? 1 : 0 }
    if (stored && (stored.contents === contents || unversioned)) await replaceRow(tx, stored, values)
    else await insertRow(tx, { place, at, version: (stored?.version ?? 0) + 1 }, values)
    return stored === undefined
  })
}

const project = (id: number) => ({ noun: 'project', id }) as const
const nameOf = ({ tool, path }: ConfigurationAddress): string => (path === '' ? tool : `${tool}/${path}`)

function checkWish({ at, contents, enabled }: ConfigurationWish): void {
  const because = nameFault(at.tool, at.path)
  if (because) refuse({ kind: 'invalid', field: 'path', because })
  if (contents === undefined && enabled === undefined)
    refuse({ kind: 'invalid', field: 'contents', because: 'Send contents, a status or both.' })
  if (contents === undefined) return
  if (contents.includes('\0') || !contents.isWellFormed())
    refuse({ kind: 'invalid', field: 'contents', because: 'The contents of a configuration must be text.' })
  if (Buffer.byteLength(contents) > MAX_CONFIGURATION_BYTES) {
    const limit = `The contents of a configuration cannot be longer than ${MAX_CONFIGURATION_BYTES} bytes.`
    refuse({ kind: 'too-large', what: 'contents', because: limit })
  }
}

/** Why an entry cannot have these names, or undefined when it can. */
function nameFault(tool: string, path: string): string | undefined {
  if (tool === '') return 'A configuration needs the name of a tool.'
  if (hasControls(tool + path)) return 'Names of configurations cannot contain control characters.'
  if (Buffer.byteLength(tool) > MAX_TOOL_BYTES)
    return `The name of a tool cannot be longer than ${MAX_TOOL_BYTES} bytes.`
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `A path cannot be longer than ${MAX_PATH_BYTES} bytes.`
  return undefined
}

const newestRow = (
  { db }: Pick<Scope, 'db'>,
  place: Place,
  { tool, path }: Pick<ConfigurationAddress, 'tool' | 'path'>,
): Promise<Row | undefined> =>
  db
    .selectFrom('configurations')
    .selectAll()
    .where('place', '=', place.key)
    .where('tool', '=', tool)
    .where('path', '=', path)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()

type Values = Pick<Row, 'contents' | 'status' | 'unversioned'>

const authorOf = (tx: Change) => ({ login: tx.viewer.login, reason: tx.why.reason ?? null, created_at: tx.at })

/** A status alone leaves the author of the contents as it is. */
async function replaceRow(tx: Change, stored: Row, values: Values): Promise<void> {
  const author = stored.contents === values.contents ? {} : authorOf(tx)
  await tx.db
    .updateTable('configurations')
    .set({ ...values, ...author })
    .where('id', '=', stored.id)
    .execute()
}

type NewVersion = Readonly<{ place: Place; at: ConfigurationAddress; version: number }>

/** Two that write the same next version meet in its key; the later one then sees the other's. */
async function insertRow(tx: Change, { place, at, version }: NewVersion, values: Values): Promise<void> {
  await tx.db
    .insertInto('configurations')
    .values({
      place: place.key,
      project_id: place.projectId,
      tool: at.tool,
      path: at.path,
      version,
      ...values,
      ...authorOf(tx),
    })
    .execute()
}
