import type { Selectable } from 'kysely'
import type { Tables } from '../db/schema.ts'
import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import { hasControls } from '../model/characters.ts'
import { type Archive, type Change, change, type Reason, type Scope, scopeOf } from './archive.ts'
import { recordEvent } from './history.ts'
import { forbid, projectNamed } from './locate.ts'

const kinds = ['string', 'integer', 'float', 'boolean', 'date', 'time'] as const
export type MappedKind = (typeof kinds)[number]

/** A DICOM attribute of which a field is made, for sessions or scans of one data type (import 4.9). */
export type DicomMapping = Readonly<{
  id: number
  /** ID of the project it is for; undefined for the whole site. */
  project: string | undefined
  fieldName: string
  fieldType: MappedKind
  /** Eight hexadecimal digits in upper case: group, then element. */
  tag: string
  schemaElement: string
}>

/** A mapping as somebody wants it; with the id of one that is there, that one is changed. */
export type MappingWish = Readonly<{
  id?: number
  scope: string
  project?: string
  fieldName: string
  fieldType: string
  dicomTag: string
  schemaElement: string
}>

const MAX_NAME_LENGTH = 255

/** Every mapping, in the order in which they were made; for site administrators. @throws ArchiveError 'forbidden' */
export async function listDicomMappings(archive: Archive, viewer: Viewer): Promise<readonly DicomMapping[]> {
  const scope = scopeOf(archive, viewer)
  requireAdmin(scope)
  return (await query(scope).execute()).map(mappingOf)
}

/** The mappings in force in a project: those of the site and its own. */
export async function mappingsInForce(
  scope: Pick<Scope, 'db'>,
  project: Readonly<{ id: number }> | undefined,
): Promise<readonly DicomMapping[]> {
  const rows = await query(scope)
    .where((eb) => eb.or([eb('m.project_id', 'is', null), ...(project ? [eb('m.project_id', '=', project.id)] : [])]))
    .execute()
  return rows.map(mappingOf)
}

/**
 * Makes a mapping, or changes the one with that id.
 * @throws ArchiveError 'forbidden'; 'invalid' naming the field that cannot be so; 'not-found' for an unknown id
 */
export function putDicomMapping(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  wish: MappingWish,
): Promise<DicomMapping> {
  return change(archive, viewer, why, async (tx) => {
    requireAdmin(tx)
    const values = await checked(tx, wish)
    const row =
      wish.id === undefined
        ? await tx.db.insertInto('dicom_mappings').values(values).returningAll().executeTakeFirstOrThrow()
        : await tx.db
            .updateTable('dicom_mappings')
            .set(values)
            .where('id', '=', wish.id)
            .returningAll()
            .executeTakeFirst()
    if (!row) return unknown(wish.id)
    const action = `${wish.id === undefined ? 'Added' : 'Modified'} DICOM Mapping`
    await recordEvent(tx, { noun: 'setting', id: 0, action, detail: `mapping ${row.id} of ${row.tag}` })
    return mappingOf({ ...row, project: wish.scope.toLowerCase() === 'site' ? null : (wish.project ?? null) })
  })
}

/** @throws ArchiveError 'forbidden', 'not-found' */
export function deleteDicomMapping(archive: Archive, viewer: Viewer, why: Reason, id: number): Promise<void> {
  return change(archive, viewer, why, async (tx) => {
    requireAdmin(tx)
    const row = await tx.db.deleteFrom('dicom_mappings').where('id', '=', id).returning('tag').executeTakeFirst()
    if (!row) return unknown(id)
    const detail = `mapping ${id} of ${row.tag}`
    await recordEvent(tx, { noun: 'setting', id: 0, action: 'Removed DICOM Mapping', detail })
  })
}

function requireAdmin(scope: Scope): void {
  if (!scope.viewer.admin) forbid(scope, 'setting', 'dicom_mappings', 'DICOM mappings are for site administrators.')
}

const unknown = (id: number | undefined): never =>
  refuse({ kind: 'not-found', noun: 'setting', name: String(id), because: `There is no DICOM mapping ${id}.` })

const query = ({ db }: Pick<Scope, 'db'>) =>
  db
    .selectFrom('dicom_mappings as m')
    .leftJoin('projects as p', 'p.id', 'm.project_id')
    .selectAll('m')
    .select('p.name as project')
    .orderBy('m.id')

type Row = Selectable<Tables['dicom_mappings']> & Readonly<{ project: string | null }>

const mappingOf = (row: Row): DicomMapping => ({
  id: row.id,
  project: row.project ?? undefined,
  fieldName: row.field_name,
  fieldType: row.field_type as MappedKind,
  tag: row.tag,
  schemaElement: row.schema_element,
})

async function checked(tx: Change, wish: MappingWish) {
  const { types } = tx.archive
  const element = types.findFolded(wish.schemaElement)?.name ?? ''
  if (!types.isA(element, 'xnat:imageSessionData') && !types.isA(element, 'xnat:imageScanData'))
    wrong('schemaElement', `${wish.schemaElement} is no data type of imaging sessions or scans.`)
  const fieldName = wish.fieldName.trim()
  if (fieldName === '' || hasControls(fieldName) || fieldName.length > MAX_NAME_LENGTH)
    wrong('fieldName', `A field needs a name of at most ${MAX_NAME_LENGTH} characters.`)
  const fieldType = kinds.find((kind) => kind === wish.fieldType.toLowerCase())
  if (fieldType === undefined) return wrong('fieldType', `The type of a field must be one of ${kinds.join(', ')}.`)
  const project_id = await projectOf(tx, wish)
  return {
    project_id,
    field_name: fieldName,
    field_type: fieldType,
    tag: tagOf(wish.dicomTag),
    schema_element: element,
  }
}

async function projectOf(tx: Change, { scope, project = '' }: MappingWish): Promise<number | null> {
  if (scope.toLowerCase() === 'site') return null
  if (scope.toLowerCase() !== 'project') return wrong('scope', 'The scope of a mapping must be Site or Project.')
  return (await projectNamed(tx, project))?.id ?? wrong('scopeObjectId', `There is no project ${project}.`)
}

/** Tags are 32 bits without sign, with or without `0x`. */
function tagOf(text: string): string {
  const [, digits] = /^\s*(?:0x)?0*([0-9A-F]{1,8})\s*$/i.exec(text) ?? []
  if (digits === undefined) return wrong('dicomTag', `A DICOM tag is at most eight hexadecimal digits, not ${text}.`)
  return digits.toUpperCase().padStart(8, '0')
}

const wrong = (field: string, because: string): never => refuse({ kind: 'invalid', field, because })
