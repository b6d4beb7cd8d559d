import { type Prepared, prepared } from '../db/prepared.ts'
import { refuse } from '../errors.ts'
import type { ExperimentAddress } from '../model/address.ts'
import { documentToItem } from '../model/item.ts'
import type { Cell, Column, Table } from '../model/table.ts'
import type { XmlPath } from '../model/xml-path.ts'
import type { Scope } from './archive.ts'
import { cellFilter, type Passes } from './cell-filters.ts'
import { rowTypeNamed } from './identity.ts'
import type { AskedColumn, AskedFilter } from './listing.ts'
import {
  type LocatedExperiment,
  locateProject,
  locateSession,
  locateSubject,
  orNothing,
  type ProjectRow,
  type SubjectRow,
  subjectOf,
} from './locate.ts'
import { noField, type Part, type PartField, type PartSession, type PartSource, partField } from './part-fields.ts'

/** What a caller wants of a listing of scans or reconstructions. */
export type AskedParts = Readonly<{
  columns: readonly AskedColumn[]
  filters: readonly AskedFilter[]
  /** Only parts of this type. */
  xsiType: string | undefined
}>

/** What is listed: its general type, the heading of its number, the step of its address, and its rows. */
type Kind = Readonly<{
  root: string
  key: string
  home: 'scans' | 'reconstructions'
  parts: Prepared<{ session: number }, Part>
}>

const scanKind: Kind = {
  root: 'xnat:imageScanData',
  key: 'xnat_imagescandata_id',
  home: 'scans',
  parts: prepared((db, at) =>
    db
      .selectFrom('scans')
      .select(['id', 'scan_id as name', 'xsi_type', 'doc', 'created_at', 'created_by', 'modified_at'])
      .where('session_id', '=', at('session'))
      .orderBy('id'),
  ),
}

const reconstructionKind: Kind = {
  root: 'xnat:reconstructedImageData',
  key: 'xnat_reconstructedimagedata_id',
  home: 'reconstructions',
  parts: prepared((db, at) =>
    db
      .selectFrom('reconstructions')
      .select(['id', 'reconstruction_id as name', 'xsi_type', 'doc', 'created_at', 'created_by', 'modified_at'])
      .where('session_id', '=', at('session'))
      .orderBy('id'),
  ),
}

/**
 * The scans of a session in order of creation: the number first, then the columns asked for, `URI` last (scans 2).
 * @throws ArchiveError 'not-found' (session), 'invalid' (a type that no scan can have)
 */
export const listScans = (scope: Scope, at: ExperimentAddress, asked: AskedParts): Promise<Table> =>
  listParts(scope, at, asked, scanKind)

/** The same for the reconstructions of a session (hierarchy 6.2). */
export const listReconstructions = (scope: Scope, at: ExperimentAddress, asked: AskedParts): Promise<Table> =>
  listParts(scope, at, asked, reconstructionKind)

async function listParts(scope: Scope, at: ExperimentAddress, asked: AskedParts, kind: Kind): Promise<Table> {
  const located = await orNothing(locateSession(scope, at, 'read'))
  // The page of lists names nothing that is missing: any unknown step of the address is the same (scans 2.10).
  if (!located) return refuse({ kind: 'not-found', noun: 'path', name: at.experiment })
  const source = { types: scope.archive.types, session: await sessionOf(scope, located, asked), root: kind.root }
  const rootType = narrowest(source, asked)
  const key = keyColumn(kind, asked, rootType)
  const others = asked.columns.filter(({ header }) => header !== kind.key && header !== key.header)
  const columns = [key, ...others]
  const fields = [numberField, ...columns.slice(1).map(({ path }) => partField(source, path!) ?? noField)]
  const filters = asked.filters.flatMap((filter) => filterOf(source, filter))
  const rows: Cell[][] = []
  for (const part of await kind.parts(scope.db, { session: located.row.id })) {
    if (!scope.archive.types.isA(part.xsi_type, rootType)) continue
    const item = documentToItem(part.xsi_type, part.doc)
    if (!filters.every(({ field, passes }) => passes(field.cell(part, item)))) continue
    const uri = `/data/experiments/${located.row.accession}/${kind.home}/${part.name}`
    rows.push([...fields.map((field) => field.cell(part, item)), uri])
  }
  const shown = columns.map(({ header }, index): Column => ({ key: header, kind: fields[index]!.kind }))
  return { columns: [...shown, { key: 'URI', kind: 'string' }], rows, metadata: { totalRecords: String(rows.length) } }
}

const numberField: PartField = { kind: 'integer', cell: (part) => part.id }

type ShownColumn = Readonly<{ header: string; path?: XmlPath }>

/** With a narrower type the number is headed by its path, unless it was asked for by name (scans 2.5). */
function keyColumn({ key, root }: Kind, { columns }: AskedParts, rootType: string): ShownColumn {
  const named = rootType === root || columns.some(({ header }) => header === key)
  return { header: named ? key : `${rootType.toLowerCase()}/${key}` }
}

/** The type that all rows must have: `xsiType`, else the first narrower one among the columns and filters (scans 2.4). */
function narrowest(source: PartSource, { columns, filters, xsiType }: AskedParts): string {
  const { types, root } = source
  if (xsiType !== undefined) return rowTypeNamed(types, xsiType, root).name
  for (const { path } of [...columns, ...filters]) {
    const type = types.findFolded(path.type)?.name
    if (type !== undefined && type !== root && types.isA(type, root) && partField(source, path)) return type
  }
  return root
}

function filterOf(source: PartSource, { path, value }: AskedFilter): { field: PartField; passes: Passes }[] {
  const field = value === '' ? undefined : partField(source, path)
  return field ? [{ field, passes: cellFilter({ path, kind: field.kind, value }) }] : []
}

/** The session with what its columns need; the subject is looked up only where a path names it. */
async function sessionOf(
  scope: Scope,
  located: LocatedExperiment,
  { columns, filters }: AskedParts,
): Promise<PartSession> {
  const { row, owner, place } = located
  const paths = [...columns, ...filters].map(({ path }) => path)
  const needed = paths.some((path) => path.type.toLowerCase() === 'xnat:subjectdata' || isSubjectId(path))
  const shown = paths.some((path) => path.type.toLowerCase() === 'xnat:projectdata')
    ? await shownOwner(scope, owner)
    : owner
  return { row, owner: shown, place, subject: needed ? await subjectFor(scope, located) : undefined }
}

/** A record of which the viewer may know the name only: the session came through a share (hierarchy 8). */
const nameless = { doc: '{}', created_at: '', created_by: '', modified_at: '' } as const

async function shownOwner(scope: Scope, owner: ProjectRow): Promise<ProjectRow> {
  const readable = await orNothing(locateProject(scope, { project: owner.name }, 'read'))
  return readable ? owner : { ...owner, ...nameless }
}

const isSubjectId = (path: XmlPath): boolean =>
  path.steps.length === 1 && path.steps[0]?.name.toLowerCase() === 'subject_id'

async function subjectFor(scope: Scope, { row, place }: LocatedExperiment): Promise<PartSession['subject']> {
  const id = await subjectOf(scope, row)
  if (id === null) return undefined
  const places = await scope.db
    .selectFrom('subjects as s')
    .innerJoin('subject_projects as l', 'l.subject_id', 's.id')
    .innerJoin('projects as p', 'p.id', 's.project_id')
    .selectAll('s')
    .select(['l.label', 'l.project_id as seen_in', 'l.owner', 'p.name as project'])
    .where('s.id', '=', id)
    .execute()
  const found = places.find((one) => one.seen_in === place.project.id) ?? places.find((one) => one.owner === 1)
  if (!found) return undefined
  const { label, seen_in, owner, project, ...subject } = found
  const readable = await orNothing(locateSubject(scope, { subject: subject.accession }, 'read'))
  return { row: { ...(subject as SubjectRow), ...(readable ? {} : nameless) }, label, project }
}
