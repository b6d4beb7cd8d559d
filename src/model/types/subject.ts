import { dataType, type TypeDecl } from '../dictionary.ts'
import { investigator, namedValues, resources } from './parts.ts'

const subject = dataType({
  name: 'xnat:subjectData',
  identifier: 'label',
  root: 'Subject',
  singular: 'Subject',
  plural: 'Subjects',
  fields: {
    ID: { kind: 'string', attribute: true },
    project: { kind: 'string', attribute: true },
    group: { kind: 'string', attribute: true },
    label: { kind: 'string', attribute: true },
    src: { kind: 'string', attribute: true },
    initials: { kind: 'string', attribute: true },
    'sharing/share': { child: 'xnat:projectParticipant', many: true, key: ['project'], rows: 'shares' },
    'resources/resource': resources,
    investigator,
    demographics: { child: 'xnat:abstractDemographicData', many: false },
    metadata: { child: 'xnat:abstractSubjectMetadata', many: false },
    addID: { child: 'xnat:subjectData_addID', many: true, key: ['name'] },
    'fields/field': { child: 'xnat:subjectData_field', many: true, key: ['name'] },
    'experiments/experiment': { child: 'xnat:subjectAssessorData', many: true, key: ['ID'], rows: 'experiments' },
  },
})

const projectParticipant = dataType({
  name: 'xnat:projectParticipant',
  identifier: 'project',
  key: 'xnat_projectParticipant_id',
  fields: {
    label: { kind: 'string', attribute: true },
    project: { kind: 'string', attribute: true },
    subject_ID: { kind: 'string', attribute: true, readonly: true },
    group: { kind: 'string', attribute: true },
  },
})

const investigatorData = dataType({
  name: 'xnat:investigatorData',
  identifier: 'lastname',
  root: 'Investigator',
  singular: 'Investigator',
  plural: 'Investigators',
  key: 'xnat_investigatordata_id',
  fields: {
    ID: { kind: 'string', attribute: true },
    title: { kind: 'string', max: 64 },
    firstname: { kind: 'string', max: 25 },
    lastname: { kind: 'string', max: 25 },
    institution: { kind: 'string' },
    department: { kind: 'string', max: 128 },
    email: { kind: 'string', max: 64 },
    phone: { kind: 'string', max: 25 },
  },
})

const abstractDemographicData = dataType({
  name: 'xnat:abstractDemographicData',
  abstract: true,
  key: 'xnat_abstractdemographicdata_id',
  fields: {},
})

// M and F come with documents of older clients and are kept as they came.
const genders = ['male', 'female', 'other', 'unknown', 'M', 'F']

const demographicData = dataType({
  name: 'xnat:demographicData',
  extends: 'xnat:abstractDemographicData',
  fields: {
    dob: { kind: 'date', label: 'Date of birth' },
    yob: { kind: 'integer', label: 'Year of birth' },
    age: { kind: 'integer', label: 'Age', unit: 'year' },
    gender: { kind: 'string', label: 'Gender', values: genders },
    handedness: { kind: 'string', label: 'Handedness', values: ['right', 'left', 'ambidextrous', 'unknown'] },
    ses: { kind: 'integer', label: 'Socioeconomic status' },
    employment: { kind: 'integer', min: 0 },
    education: { kind: 'integer', min: 0, label: 'Education', unit: 'year' },
    educationDesc: { kind: 'string' },
    race: { kind: 'string', label: 'Race' },
    race2: { kind: 'string' },
    race3: { kind: 'string' },
    race4: { kind: 'string' },
    race5: { kind: 'string' },
    race6: { kind: 'string' },
    ethnicity: { kind: 'string', label: 'Ethnicity' },
    weight: { kind: 'float', label: 'Weight' },
    'weight/units': { kind: 'string', attribute: true },
    height: { kind: 'float', label: 'Height' },
    'height/units': { kind: 'string', attribute: true },
    gestational_age: { kind: 'float' },
    post_menstrual_age: { kind: 'float' },
    birth_weight: { kind: 'float' },
  },
})

const abstractSubjectMetadata = dataType({
  name: 'xnat:abstractSubjectMetadata',
  abstract: true,
  key: 'xnat_abstractsubjectmetadata_id',
  fields: {},
})

const subjectMetadata = dataType({
  name: 'xnat:subjectMetadata',
  extends: 'xnat:abstractSubjectMetadata',
  fields: { cohort: { kind: 'string', label: 'Cohort' } },
})

export const subjectTypes: readonly TypeDecl[] = [
  subject,
  projectParticipant,
  investigatorData,
  abstractDemographicData,
  demographicData,
  abstractSubjectMetadata,
  subjectMetadata,
  namedValues('xnat:subjectData_addID', 'string', 'addID'),
  namedValues('xnat:subjectData_field', 'string'),
]
