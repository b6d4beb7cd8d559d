import { dataType, type TypeDecl } from '../dictionary.ts'
import { investigator, namedValues, provenance, resources } from './parts.ts'

const experiment = dataType({
  name: 'xnat:experimentData',
  identifier: 'label',
  abstract: true,
  singular: 'Experiment',
  plural: 'Experiments',
  fields: {
    ID: { kind: 'string', attribute: true },
    project: { kind: 'string', attribute: true },
    visit_id: { kind: 'string', attribute: true },
    visit: { kind: 'string', attribute: true },
    version: { kind: 'integer', attribute: true },
    original: { kind: 'string', attribute: true },
    protocol: { kind: 'string', attribute: true },
    label: { kind: 'string', attribute: true },
    'sharing/share': { child: 'xnat:experimentData_share', many: true, key: ['project'], rows: 'shares' },
    'fields/field': { child: 'xnat:experimentData_field', many: true, key: ['name'] },
    date: { kind: 'date', label: 'Date', dicom: '00080020' },
    time: { kind: 'time', label: 'Time', dicom: '00080030' },
    duration: { kind: 'time' },
    delay: { kind: 'integer' },
    'delay/ref_expt_id': { kind: 'string', attribute: true },
    note: { kind: 'string', max: 2500, label: 'Note' },
    investigator,
    validation: { child: 'xnat:validationData', many: false },
    'resources/resource': resources,
    acquisition_site: { kind: 'string', label: 'Acquisition site', dicom: '00080080' },
  },
})

const experimentShare = dataType({
  name: 'xnat:experimentData_share',
  key: 'xnat_experimentData_share_id',
  text: 'share',
  fields: {
    label: { kind: 'string', attribute: true },
    project: { kind: 'string', attribute: true },
    visit: { kind: 'string', attribute: true },
    protocol: { kind: 'string', attribute: true },
    share: { kind: 'string' },
  },
})

const generic = dataType({ name: 'xnat:genericData', root: 'Generic', extends: 'xnat:experimentData', fields: {} })

const visit = dataType({
  name: 'xnat:pVisitData',
  root: 'PVisit',
  singular: 'Visit',
  plural: 'Visits',
  extends: 'xnat:genericData',
  fields: {
    closed: { kind: 'boolean', attribute: true },
    terminal: { kind: 'boolean', attribute: true },
    status: { kind: 'string', attribute: true },
    protocolVersion: { kind: 'integer', attribute: true },
    protocolId: { kind: 'string', attribute: true },
    subject_ID: { kind: 'string' },
    visit_type: { kind: 'string' },
    visit_name: { kind: 'string' },
    notes: { kind: 'string', max: 10000 },
    start_date: { kind: 'datetime' },
    end_date: { kind: 'datetime' },
  },
})

const subjectAssessor = dataType({
  name: 'xnat:subjectAssessorData',
  abstract: true,
  extends: 'xnat:experimentData',
  fields: {
    subject_ID: { kind: 'string' },
    age: { kind: 'float', label: 'Age', unit: 'year' },
  },
})

const subjectVariables = dataType({
  name: 'xnat:subjectVariablesData',
  root: 'SubjectVariables',
  singular: 'Subject Variables',
  plural: 'Subject Variables',
  extends: 'xnat:subjectAssessorData',
  fields: { 'variables/variable': { child: 'xnat:subjectVariablesData_variable', many: true, key: ['name'] } },
})

const derived = dataType({
  name: 'xnat:derivedData',
  abstract: true,
  extends: 'xnat:experimentData',
  fields: { provenance },
})

const process = dataType({
  name: 'prov:process',
  key: 'prov_process_id',
  fields: { processStep: { child: 'prov:processStep', many: true } },
})

const processStep = dataType({
  name: 'prov:processStep',
  key: 'prov_processStep_id',
  fields: {
    program: { kind: 'string' },
    'program/version': { kind: 'string', attribute: true },
    'program/arguments': { kind: 'text', attribute: true },
    timestamp: { kind: 'datetime' },
    cvs: { kind: 'string' },
    user: { kind: 'string' },
    machine: { kind: 'string' },
    platform: { kind: 'string' },
    'platform/version': { kind: 'string', attribute: true },
    compiler: { kind: 'string' },
    'compiler/version': { kind: 'string', attribute: true },
    library: { child: 'prov:processStep_library', many: true },
  },
})

const processLibrary = dataType({
  name: 'prov:processStep_library',
  key: 'prov_processStep_library_id',
  text: 'library',
  fields: { version: { kind: 'string', attribute: true }, library: { kind: 'string' } },
})

export const experimentTypes: readonly TypeDecl[] = [
  experiment,
  experimentShare,
  namedValues('xnat:experimentData_field', 'text'),
  generic,
  visit,
  subjectAssessor,
  subjectVariables,
  namedValues('xnat:subjectVariablesData_variable', 'string', 'variable'),
  derived,
  process,
  processStep,
  processLibrary,
]
