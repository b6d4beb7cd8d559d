import { type ChildDecl, dataType, type FieldDecl, type Kind, type TypeDecl } from '../dictionary.ts'

type Fields = Readonly<Record<string, FieldDecl>>

/** The same declaration for several names below one element: `below('fov', ['x', 'y'], ...)` gives `fov/x`, `fov/y`. */
export function below(element: string, names: readonly string[], decl: FieldDecl): Fields {
  return Object.fromEntries(names.map((name) => [`${element}/${name}`, decl]))
}

/** Three lengths and their unit, as attributes of one element. */
export function voxelRes(element: string): Fields {
  return {
    [`${element}/units`]: { kind: 'string', attribute: true },
    ...below(element, ['x', 'y', 'z'], { kind: 'float', attribute: true }),
  }
}

/** Columns and rows; XNAT fills the field of view in pixels. */
export function fieldOfView(element: string): Fields {
  return {
    [`${element}/x`]: { kind: 'integer', attribute: true, unit: 'pixel', dicom: '00280011' },
    [`${element}/y`]: { kind: 'integer', attribute: true, unit: 'pixel', dicom: '00280010' },
  }
}

/** Text of a check against the DICOM header and its outcome. */
export function checked(element: string): Fields {
  return { [element]: { kind: 'string' }, [`${element}/status`]: { kind: 'boolean', attribute: true } }
}

export const addParams: ChildDecl = { child: 'xnat:addField', many: true, key: ['name'] }
export const investigator: ChildDecl = { child: 'xnat:investigatorData', many: false }
export const provenance: ChildDecl = { child: 'prov:process', many: false }
export const resources: ChildDecl = { child: 'xnat:abstractResource', many: true, key: ['label'], rows: 'resources' }

/** Custom values: the name is an attribute, the value the element's own text (hierarchy 5.6). */
export function namedValues(name: string, kind: Kind, textField = 'field'): TypeDecl {
  return dataType({
    name,
    key: `${name.replace(':', '_')}_id`,
    text: textField,
    fields: { name: { kind: 'string', attribute: true }, [textField]: { kind } },
  })
}

export const partTypes: readonly TypeDecl[] = [
  dataType({
    name: 'xnat:addField',
    identifier: 'name',
    key: 'xnat_addField_id',
    text: 'addField',
    fields: { name: { kind: 'string', attribute: true }, addField: { kind: 'text' } },
  }),
  dataType({
    name: 'xnat:validationData',
    identifier: 'status',
    key: 'xnat_validationdata_id',
    fields: {
      status: { kind: 'string', attribute: true },
      method: { kind: 'string' },
      date: { kind: 'date' },
      notes: { kind: 'string', max: 500 },
      validated_by: { kind: 'string' },
    },
  }),
  dataType({
    name: 'xnat:computationData',
    key: 'xnat_computationData_id',
    fields: {
      name: { kind: 'string', attribute: true, required: true },
      value: { kind: 'string', attribute: true, required: true },
      source: { kind: 'string', attribute: true, required: true },
      units: { kind: 'string', attribute: true },
    },
  }),
  dataType({
    name: 'xnat:dicomCodedValue',
    root: 'DicomCodedValue',
    key: 'xnat_dicomCodedValue_id',
    fields: {
      value: { kind: 'string' },
      designator: { kind: 'string' },
      version: { kind: 'string' },
      meaning: { kind: 'string', required: true },
    },
  }),
  dataType({
    name: 'xnat:algorithm',
    root: 'Algorithm',
    key: 'xnat_algorithm_id',
    fields: {
      family: { child: 'xnat:dicomCodedValue', many: false },
      name: { kind: 'string', required: true },
      version: { kind: 'string', required: true },
      source: { kind: 'string' },
      parameters: { kind: 'string', max: 10000 },
      nameCode: { child: 'xnat:dicomCodedValue', many: false },
    },
  }),
]
