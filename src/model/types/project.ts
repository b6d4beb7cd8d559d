import { dataType, type TypeDecl } from '../dictionary.ts'
import { investigator, namedValues, resources } from './parts.ts'

const project = dataType({
  name: 'xnat:projectData',
  root: 'Project',
  singular: 'Project',
  plural: 'Projects',
  fields: {
    ID: { kind: 'string', attribute: true },
    secondary_ID: { kind: 'string', attribute: true },
    active: { kind: 'boolean', attribute: true },
    name: { kind: 'string' },
    type: { kind: 'string' },
    description: { kind: 'string', max: 10000 },
    keywords: { kind: 'string' },
    'aliases/alias': { child: 'xnat:projectData_alias', many: true, key: ['alias'] },
    'publications/publication': { child: 'xnat:publicationResource', many: true, key: ['title'] },
    'resources/resource': resources,
    studyProtocol: { child: 'xnat:abstractProtocol', many: true, key: ['ID', 'name'] },
    PI: investigator,
    'investigators/investigator': { child: 'xnat:investigatorData', many: true, key: ['firstname', 'lastname'] },
    'fields/field': { child: 'xnat:projectData_field', many: true, key: ['name'] },
  },
})

const alias = dataType({
  name: 'xnat:projectData_alias',
  key: 'xnat_projectData_alias_id',
  text: 'alias',
  fields: { source: { kind: 'string', attribute: true }, alias: { kind: 'string' } },
})

const abstractProtocol = dataType({
  name: 'xnat:abstractProtocol',
  identifier: 'ID',
  abstract: true,
  key: 'xnat_abstractProtocol_id',
  fields: {
    ID: { kind: 'string', attribute: true },
    name: { kind: 'string', attribute: true },
    description: { kind: 'string', max: 10000, attribute: true },
    'data-type': { kind: 'string', attribute: true },
  },
})

const datatypeProtocol = dataType({
  name: 'xnat:datatypeProtocol',
  extends: 'xnat:abstractProtocol',
  fields: { 'definitions/definition': { child: 'xnat:fieldDefinitionGroup', many: true, key: ['ID', 'data-type'] } },
})

const fieldDefinitionGroup = dataType({
  name: 'xnat:fieldDefinitionGroup',
  identifier: 'ID',
  root: 'FieldDefinitionGroup',
  key: 'xnat_fieldDefinitionGroup_id',
  fields: {
    ID: { kind: 'string', attribute: true },
    'data-type': { kind: 'string', attribute: true },
    description: { kind: 'string', max: 10000, attribute: true },
    shareable: { kind: 'boolean', attribute: true },
    'project-specific': { kind: 'boolean', attribute: true },
    'fields/field': { child: 'xnat:fieldDefinitionGroup_field', many: true, key: ['name'] },
  },
})

const definedField = dataType({
  name: 'xnat:fieldDefinitionGroup_field',
  key: 'xnat_fieldDefinitionGroup_field_id',
  fields: {
    name: { kind: 'string', max: 10000, attribute: true, required: true },
    type: { kind: 'string', attribute: true, values: ['standard', 'custom'] },
    // Free text: the schema has five words for it, and clients send others (pyxnat's `int`).
    datatype: { kind: 'string', attribute: true },
    required: { kind: 'boolean', attribute: true },
    sequence: { kind: 'integer', attribute: true },
    xmlPath: { kind: 'string', max: 1000, attribute: true },
    group: { kind: 'string', attribute: true },
    'possibleValues/possibleValue': {
      child: 'xnat:fieldDefinitionGroup_field_possibleValue',
      many: true,
      key: ['possibleValue'],
    },
  },
})

const possibleValue = dataType({
  name: 'xnat:fieldDefinitionGroup_field_possibleValue',
  key: 'xnat_fieldDefinitionGroup_field_possibleValue_id',
  text: 'possibleValue',
  fields: { display: { kind: 'string', attribute: true }, possibleValue: { kind: 'string' } },
})

const studyProtocol = dataType({
  name: 'xnat:studyProtocol',
  extends: 'xnat:abstractProtocol',
  fields: {
    'acqConditions/condition': { child: 'xnat:studyProtocol_condition', many: true, key: ['ID', 'name'] },
    'subjectGroups/group': { child: 'xnat:studyProtocol_group', many: true, key: ['ID', 'name'] },
    'subjectVariables/variable': { child: 'xnat:studyProtocol_variable', many: true, key: ['ID', 'name'] },
    'imageSessionTypes/session': { child: 'xnat:studyProtocol_session', many: true, key: ['ID', 'name'] },
  },
})

const protocolEntries = ['condition', 'group', 'variable', 'session'].map((entry) =>
  dataType({
    name: `xnat:studyProtocol_${entry}`,
    key: `xnat_studyProtocol_${entry}_id`,
    fields: {
      ID: { kind: 'string', attribute: true },
      name: { kind: 'string', attribute: true },
      description: { kind: 'string', attribute: true },
    },
  }),
)

export const projectTypes: readonly TypeDecl[] = [
  project,
  alias,
  namedValues('xnat:projectData_field', 'string'),
  abstractProtocol,
  datatypeProtocol,
  fieldDefinitionGroup,
  definedField,
  possibleValue,
  studyProtocol,
  ...protocolEntries,
]
