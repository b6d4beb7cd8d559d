import {
  type DicomMapping,
  deleteDicomMapping,
  listDicomMappings,
  type MappingWish,
  putDicomMapping,
} from '../../archive/dicom-mappings.ts'
import { refuse } from '../../errors.ts'
import type { Answer, Call, Route } from '../call.ts'
import { doneAnswer, jsonAnswer, objectOf, readJson } from '../json-answer.ts'
import { requireAdmin } from '../viewers.ts'

/** A mapping as the protocol writes it. */
const mappingJson = ({ id, project, fieldName, fieldType, tag, schemaElement }: DicomMapping) => ({
  id,
  scope: project === undefined ? 'Site' : 'Project',
  scopeObjectId: project ?? null,
  fieldName,
  fieldType,
  dicomTag: `0x${tag}`,
  schemaElement,
})

async function list(call: Call): Promise<Answer> {
  requireAdmin(call)
  return jsonAnswer((await listDicomMappings(call.archive, call.viewer)).map(mappingJson))
}

async function put(call: Call): Promise<Answer> {
  requireAdmin(call)
  const wish = wishOf(objectOf(await readJson(call)))
  return jsonAnswer(mappingJson(await putDicomMapping(call.archive, call.viewer, call.why, wish)))
}

function wishOf(sent: Readonly<Record<string, unknown>>): MappingWish {
  const text = (name: string): string => (sent[name] === null || sent[name] === undefined ? '' : String(sent[name]))
  const id = text('id')
  if (id !== '' && !/^\d{1,15}$/.test(id)) refuse({ kind: 'invalid', field: 'id', because: 'id must be a number.' })
  return {
    // The forms of some clients send 0 for what is not there yet.
    ...(Number(id) > 0 && { id: Number(id) }),
    scope: text('scope') || 'Site',
    project: text('scopeObjectId'),
    fieldName: text('fieldName'),
    fieldType: text('fieldType'),
    dicomTag: text('dicomTag'),
    schemaElement: text('schemaElement'),
  }
}

async function remove(call: Call): Promise<Answer> {
  requireAdmin(call)
  const { id = '' } = call.params
  if (!/^\d{1,15}$/.test(id)) refuse({ kind: 'not-found', noun: 'setting', name: id })
  await deleteDicomMapping(call.archive, call.viewer, call.why, Number(id))
  return doneAnswer
}

const page = 'DICOM mappings'

/** DICOM attributes of which administrators make fields (import 4.9). */
export const dicomMappingRoutes: readonly Route[] = [
  { page, paths: ['/xapi/dicom_mappings'], GET: { says: 'The mappings; for administrators', respond: list } },
  {
    page,
    paths: ['/xapi/dicom_mappings/update'],
    PUT: {
      says: 'Makes a mapping, or with an id changes it; for administrators',
      respond: put,
      takes: ['application/json'],
      statuses: { 404: 'There is no mapping with that id' },
    },
  },
  {
    page,
    paths: ['/xapi/dicom_mappings/:id'],
    DELETE: {
      says: 'Removes a mapping; for administrators',
      respond: remove,
      parameters: [{ name: 'id', in: 'path', says: 'number of the mapping' }],
      gives: ['text/plain'],
      statuses: { 404: 'There is no mapping with that id' },
    },
  },
]
