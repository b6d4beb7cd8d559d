import type { Dictionary } from '../model/dictionary.ts'
import { documentToItem, type Item } from '../model/item.ts'
import type { Cell, ColumnKind } from '../model/table.ts'
import { valueAt } from '../model/value-at.ts'
import { resolvePath, type XmlPath } from '../model/xml-path.ts'
import { stampText } from './listing.ts'
import type { ExperimentRow, ProjectRow, SubjectRow } from './locate.ts'
import type { Place } from './places.ts'

/** What hangs below an imaging session and has rows of its own, as far as a listing shows it. */
export type Part = Readonly<{
  id: number
  /** Scan ID or reconstruction ID. */
  name: string
  xsi_type: string
  doc: string
  created_at: string
  created_by: string
  modified_at: string
}>

/** The session whose parts are listed, and the subject where a field of it is shown. */
export type PartSession = Readonly<{
  row: ExperimentRow
  owner: ProjectRow
  place: Place
  subject: Readonly<{ row: SubjectRow; label: string; project: string }> | undefined
}>

/** How the cells of one column are found. */
export type PartField = Readonly<{ kind: ColumnKind; cell: (part: Part, item: Item) => Cell }>

/** Where paths are looked up: the types, the session, and the type that all parts are of. */
export type PartSource = Readonly<{ types: Dictionary; session: PartSession; root: string }>

/** A field that no type has: its column is there, its cells are empty (scans 2.4). */
export const noField: PartField = { kind: 'string', cell: () => null }

/** The field that a path names: of the part, of its session, or of the session's subject or project. */
export function partField(source: PartSource, path: XmlPath): PartField | undefined {
  const { types, session, root } = source
  const type = types.findFolded(path.type)
  if (!type) return undefined
  if (types.isA(type.name, root)) return ownField(source, path, type.name)
  if (types.isA(type.name, 'xnat:experimentData')) return sessionField(source, path, type.name)
  if (type.name === 'xnat:subjectData') return subjectField(source, path)
  if (type.name !== 'xnat:projectData') return undefined
  const { owner } = session
  if (names(path) === 'id') return constant('string', owner.name)
  return (
    recorded(names(path), () => owner) ?? documentField(types, path, type.name, documentToItem(type.name, owner.doc))
  )
}

const names = (path: XmlPath): string => path.steps.map((step) => step.name.toLowerCase()).join('/')
const constant = (kind: ColumnKind, value: Cell): PartField => ({ kind, cell: () => value })

function ownField({ types, session, root }: PartSource, path: XmlPath, type: string): PartField | undefined {
  const name = names(path)
  const field = ownColumn(session, name) ?? recorded(name, (part) => part) ?? documentField(types, path, type, 'part')
  if (!field || type === root) return field
  return { kind: field.kind, cell: (part, item) => (types.isA(part.xsi_type, type) ? field.cell(part, item) : null) }
}

/** What the archive keeps of a part in columns. */
function ownColumn(session: PartSession, name: string): PartField | undefined {
  if (name === 'id') return { kind: 'string', cell: (part) => part.name }
  if (name === 'xnat_imagescandata_id' || name === 'xnat_reconstructedimagedata_id')
    return { kind: 'integer', cell: (part) => part.id }
  if (name === 'extension_item/element_name') return { kind: 'string', cell: (part) => part.xsi_type }
  if (name === 'project') return constant('string', session.owner.name)
  if (name === 'image_session_id') return constant('string', session.row.accession)
  return undefined
}

type Recorded = Readonly<{ created_at: string; created_by: string; modified_at: string }>

/** What the archive knows of every record: who made it and when. */
function recorded(name: string, of: (part: Part) => Recorded): PartField | undefined {
  if (name === 'meta/insert_date') return { kind: 'datetime', cell: (part) => stampText(of(part).created_at) }
  if (name === 'meta/last_modified') return { kind: 'datetime', cell: (part) => stampText(of(part).modified_at) }
  if (name === 'meta/insert_user/login') return { kind: 'string', cell: (part) => of(part).created_by }
  return undefined
}

/** Every part has its session's value; a path of another kind of session has none. */
function sessionField({ types, session }: PartSource, path: XmlPath, type: string): PartField | undefined {
  const { row, owner, place } = session
  if (!types.isA(row.xsi_type, type)) return resolvePath(types, type, path.steps) && noField
  const name = names(path)
  const columns: Readonly<Record<string, Cell>> = {
    id: row.accession,
    label: place.label,
    project: owner.name,
    subject_id: session.subject?.row.accession ?? null,
    'extension_item/element_name': row.xsi_type,
  }
  if (name in columns) return constant('string', columns[name] ?? null)
  return recorded(name, () => row) ?? documentField(types, path, row.xsi_type, documentToItem(row.xsi_type, row.doc))
}

function subjectField({ types, session: { subject } }: PartSource, path: XmlPath): PartField | undefined {
  if (!subject) return noField
  const name = names(path)
  const columns: Readonly<Record<string, Cell>> = {
    id: subject.row.accession,
    label: subject.label,
    project: subject.project,
  }
  if (name in columns) return constant('string', columns[name] ?? null)
  const item = documentToItem('xnat:subjectData', subject.row.doc)
  return recorded(name, () => subject.row) ?? documentField(types, path, 'xnat:subjectData', item)
}

function documentField(types: Dictionary, path: XmlPath, type: string, of: Item | 'part'): PartField | undefined {
  const found = resolvePath(types, type, path.steps)
  if (!found) return undefined
  const { kind } = found.field
  return {
    kind: kind === 'text' ? 'string' : kind,
    cell: (_, item) => valueAt(types, of === 'part' ? item : of, found) ?? null,
  }
}
