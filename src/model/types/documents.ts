import { type Dictionary, dataType, makeDictionary, type TypeDecl } from '../dictionary.ts'

// What stands in documents that are no records: catalogs, searches, settings of a project, work that was done.

const catalog = dataType({
  name: 'cat:catalog',
  root: 'Catalog',
  fields: {
    ID: { kind: 'string', attribute: true },
    name: { kind: 'string', attribute: true },
    description: { kind: 'string', attribute: true },
    'metaFields/metaField': { child: 'cat:catalog_metaField', many: true, key: ['name'] },
    'tags/tag': { child: 'cat:catalog_tag', many: true, key: ['tag'] },
    'sets/entrySet': { child: 'cat:catalog', many: true },
    'entries/entry': { child: 'cat:entry', many: true, key: ['URI'] },
  },
})

const metaField = (name: string): TypeDecl =>
  dataType({
    name,
    text: 'metaField',
    fields: { name: { kind: 'string', attribute: true }, metaField: { kind: 'text' } },
  })

const tag = (name: string): TypeDecl => dataType({ name, text: 'tag', fields: { tag: { kind: 'string' } } })

const catalogEntry = dataType({
  name: 'cat:entry',
  root: 'Entry',
  identifier: 'URI',
  fields: {
    ID: { kind: 'text', attribute: true },
    URI: { kind: 'text', attribute: true },
    cachePath: { kind: 'text', attribute: true },
    content: { kind: 'string', attribute: true },
    createdBy: { kind: 'string', attribute: true },
    createdEventId: { kind: 'integer', attribute: true },
    createdTime: { kind: 'datetime', attribute: true },
    description: { kind: 'string', attribute: true },
    digest: { kind: 'string', attribute: true },
    format: { kind: 'string', attribute: true },
    modifiedBy: { kind: 'string', attribute: true },
    modifiedEventId: { kind: 'integer', attribute: true },
    modifiedTime: { kind: 'datetime', attribute: true },
    name: { kind: 'text', attribute: true },
    'metaFields/metaField': { child: 'cat:entry_metaField', many: true, key: ['name'] },
    'tags/tag': { child: 'cat:entry_tag', many: true, key: ['tag'] },
  },
})

const dicomCatalog = dataType({
  name: 'cat:dcmCatalog',
  root: 'DCMCatalog',
  extends: 'cat:catalog',
  fields: { UID: { kind: 'string', attribute: true } },
})

const dicomEntry = dataType({
  name: 'cat:dcmEntry',
  root: 'DCMEntry',
  extends: 'cat:entry',
  fields: { UID: { kind: 'string', attribute: true }, instanceNumber: { kind: 'integer', attribute: true } },
})

const archiveSettings = dataType({
  name: 'arc:project',
  root: 'Project',
  fields: {
    id: { kind: 'string', attribute: true },
    'pipelines/pipeline': { child: 'arc:pipelineData', many: true, key: ['name'] },
    current_arc: { kind: 'string' },
    prearchive_code: { kind: 'integer' },
    quarantine_code: { kind: 'integer' },
  },
})

const pipeline = dataType({
  name: 'arc:pipelineData',
  identifier: 'name',
  fields: { stepId: { kind: 'string', attribute: true }, name: { kind: 'string' }, location: { kind: 'string' } },
})

const storedSearch = dataType({
  name: 'xdat:stored_search',
  root: 'stored_search',
  identifier: 'ID',
  fields: {
    ID: { kind: 'string', attribute: true },
    description: { kind: 'text', attribute: true },
    secure: { kind: 'boolean', attribute: true },
    'allow-diff-columns': { kind: 'boolean', attribute: true },
    'brief-description': { kind: 'string', attribute: true },
    tag: { kind: 'string', attribute: true },
    root_element_name: { kind: 'string' },
    search_field: { child: 'xdat:search_field', many: true },
    search_where: { child: 'xdat:criteria_set', many: true },
    'sort_by/element_name': { kind: 'string' },
    'sort_by/field_ID': { kind: 'string' },
    'allowed_user/login': { child: 'xdat:stored_search_login', many: true },
  },
})

const otherSearches = ['search', 'bundle'].map((root) =>
  dataType({ name: `xdat:${root}`, root, extends: 'xdat:stored_search', fields: {} }),
)

const searchField = dataType({
  name: 'xdat:search_field',
  fields: {
    element_name: { kind: 'string' },
    field_ID: { kind: 'string' },
    sequence: { kind: 'integer' },
    type: { kind: 'string' },
    header: { kind: 'string' },
    value: { kind: 'string' },
    visible: { kind: 'boolean' },
  },
})

const criteriaSet = dataType({
  name: 'xdat:criteria_set',
  fields: {
    method: { kind: 'string', attribute: true },
    criteria: { child: 'xdat:criteria', many: true },
    child_set: { child: 'xdat:criteria_set', many: true },
  },
})

const criteria = dataType({
  name: 'xdat:criteria',
  fields: {
    override_value_formatting: { kind: 'boolean', attribute: true },
    schema_field: { kind: 'string' },
    comparison_type: { kind: 'string' },
    value: { kind: 'text' },
  },
})

const allowedLogin = dataType({
  name: 'xdat:stored_search_login',
  text: 'login',
  fields: { login: { kind: 'string' } },
})

const userGroup = dataType({
  name: 'xdat:userGroup',
  root: 'UserGroup',
  key: 'xdat_userGroup_id',
  identifier: 'ID',
  fields: {
    ID: { kind: 'string', attribute: true },
    displayName: { kind: 'string', attribute: true },
    tag: { kind: 'string', attribute: true },
  },
})

const workflow = dataType({
  name: 'wrk:workflowData',
  root: 'Workflow',
  key: 'wrk_workflowData_id',
  fields: {
    ID: { kind: 'string', attribute: true },
    ExternalID: { kind: 'string', attribute: true },
    data_type: { kind: 'string', attribute: true },
    pipeline_name: { kind: 'string', attribute: true },
    status: { kind: 'string', attribute: true },
    launch_time: { kind: 'datetime', attribute: true },
    percentageComplete: { kind: 'string', attribute: true },
    step_description: { kind: 'string', attribute: true },
    justification: { kind: 'text', attribute: true },
    comments: { kind: 'text', attribute: true },
    details: { kind: 'text', attribute: true },
    category: { kind: 'string', attribute: true },
    type: { kind: 'string', attribute: true },
    scan_id: { kind: 'string', attribute: true },
  },
})

const documentTypes: readonly TypeDecl[] = [
  catalog,
  metaField('cat:catalog_metaField'),
  tag('cat:catalog_tag'),
  catalogEntry,
  metaField('cat:entry_metaField'),
  tag('cat:entry_tag'),
  dicomCatalog,
  dicomEntry,
  archiveSettings,
  pipeline,
  storedSearch,
  ...otherSearches,
  searchField,
  criteriaSet,
  criteria,
  allowedLogin,
  userGroup,
  workflow,
]

/** Types of documents that are made from something else than a record, apart from those of the archive. */
export const documents: Dictionary = makeDictionary(documentTypes)
