import type { Kind } from '../dictionary.ts'

/** Values that searches work out from what is stored; the archive knows how. */
export type Derived =
  | 'gender-letter'
  | 'handedness-letter'
  | 'birth-year'
  | 'added-ids'
  | 'projects'
  | 'whole-age'
  | 'exact-age'
  | 'scan-counts'
  | 'person'
  | 'leader'
  | 'investigators'
  | 'accessibility'
  | 'session-count'
  | 'owners'
  | 'nothing'

/** A field of a search by its established id: a path below the type, or something derived (hierarchy 7.5). */
export type StandardField = Readonly<{
  /** `*` stands for the type's own word: `MR` for `xnat:mrSessionData`. */
  id: string
  header: string
  says: string
  path?: string
  /** The data type that the path is below, where it is that of a record above. */
  of?: string
  derived?: Derived
  kind?: Kind
  /** The original shows more in it than the value at its path, such as the ID for a missing label: a column for the path is another one. */
  worded?: true
  /** Understood, but in no list of fields. */
  unlisted?: true
  /** What a derived value is about, e.g. the data type that is counted. */
  about?: string
}>

/** What searches of a data type and of those derived from it offer beside the fields of the dictionary. */
export type SearchDecl = Readonly<{
  of: string
  fields: readonly StandardField[]
  /** The columns of the default listing: field ids, with a data type in front where it is another one. */
  listing: readonly string[]
  /** Further columns of a search that asks for none: programs look records up by them. */
  also: readonly string[]
}>

const stored = (id: string, header: string, path: string, says = header): StandardField => ({ id, header, says, path })

/** A field of a record above the type's own. */
const above = (id: string, header: string, of: string, path: string): StandardField => ({
  id,
  header,
  says: header,
  of,
  path,
})

const derived = (
  id: string,
  header: string,
  how: Derived,
  more: Partial<Pick<StandardField, 'kind' | 'says' | 'about'>> = {},
): StandardField => ({ id, header, says: header, derived: how, kind: 'string', ...more })

/** What the archive notes of every record (`meta/…`). */
const noted: readonly StandardField[] = [
  { ...stored('INSERT_DATE', 'Inserted', 'meta/insert_date'), kind: 'datetime' },
  { ...stored('INSERT_USER', 'Creator', 'meta/insert_user/login'), kind: 'string' },
  { ...stored('LAST_MODIFIED', 'Modified', 'meta/last_modified'), kind: 'datetime' },
]

const projects: SearchDecl = {
  of: 'xnat:projectData',
  fields: [
    stored('ID', 'ID', 'ID'),
    { ...stored('NAME', 'Title', 'name'), worded: true },
    stored('NAME_CSV', 'Title', 'name'),
    { ...stored('DESCRIPTION', 'Description', 'description'), worded: true },
    stored('DESCRIPTION_CSV', 'Description', 'description'),
    stored('SECONDARY_ID', 'Running Title', 'secondary_ID'),
    stored('KEYWORDS', 'Keywords', 'keywords'),
    derived('PI', 'PI', 'leader'),
    derived('PROJECT_INVS', 'Investigators', 'investigators'),
    derived('PROJECT_ACCESS', 'Accessibility', 'accessibility'),
    derived('PROJECT_OWNERS', 'Owners', 'owners', { says: 'Logins of the owners' }),
    derived('PROJ_MR_COUNT', 'MR Count', 'session-count', { kind: 'integer', about: 'xnat:mrSessionData' }),
    derived('PROJ_CT_COUNT', 'CT Count', 'session-count', { kind: 'integer', about: 'xnat:ctSessionData' }),
    derived('PROJ_PET_COUNT', 'PET Count', 'session-count', { kind: 'integer', about: 'xnat:petSessionData' }),
    // Of a type that no release has any more; pyxnat reads the column.
    derived('PROJ_UT_COUNT', 'UT Count', 'session-count', { kind: 'integer', about: 'xnat:utSessionData' }),
    ...noted,
  ],
  listing: ['ID', 'NAME', 'DESCRIPTION', 'SECONDARY_ID', 'PI', 'PROJECT_INVS', 'PROJECT_ACCESS'],
  also: [
    'NAME_CSV',
    'DESCRIPTION_CSV',
    'KEYWORDS',
    'PROJECT_OWNERS',
    'PROJ_MR_COUNT',
    'PROJ_CT_COUNT',
    'PROJ_PET_COUNT',
    'PROJ_UT_COUNT',
    'INSERT_DATE',
    'INSERT_USER',
  ],
}

const subjects: SearchDecl = {
  of: 'xnat:subjectData',
  fields: [
    stored('SUBJECT_ID', 'Subject', 'ID', 'Accession number of the subject'),
    stored('SUBJECTID', 'Subject', 'ID', 'Accession number of the subject'),
    { ...stored('SUBJECT_LABEL', 'Subject', 'label', 'Label of the subject in its project'), worded: true },
    stored('PROJECT', 'Project', 'project', 'Project that owns the subject'),
    derived('PROJECTS', 'Projects', 'projects', { says: 'All projects in which the subject is seen' }),
    derived('GENDER_TEXT', 'M/F', 'gender-letter'),
    derived('HANDEDNESS_TEXT', 'Hand', 'handedness-letter'),
    stored('DOB', 'DOB', 'demographics/dob', 'Date of birth'),
    derived('YOB', 'YOB', 'birth-year', { kind: 'integer', says: 'Year of birth' }),
    stored('AGE', 'Age', 'demographics/age'),
    stored('EDUC', 'Education', 'demographics/education'),
    stored('SES', 'SES', 'demographics/ses'),
    stored('RACE', 'Race', 'demographics/race'),
    stored('ETHNICITY', 'Ethnicity', 'demographics/ethnicity'),
    stored('GROUP', 'Group', 'group'),
    stored('SUB_GROUP', 'Group', 'group'),
    derived('ADD_IDS', 'Labels', 'added-ids', { says: 'Further identifiers' }),
    stored('INVEST_CSV', 'PI', 'investigator/lastname'),
    ...noted,
  ],
  listing: [
    'SUBJECT_LABEL',
    'PROJECT',
    'SUBJECTID',
    'GENDER_TEXT',
    'HANDEDNESS_TEXT',
    'YOB',
    'EDUC',
    'SES',
    'SUB_GROUP',
    'INSERT_DATE',
  ],
  also: ['INSERT_USER', 'XNAT_COL_SUBJECTDATALABEL', 'PROJECTS', 'ADD_IDS', 'INVEST_CSV', 'DOB', 'RACE', 'ETHNICITY'],
}

const experiments: SearchDecl = {
  of: 'xnat:experimentData',
  fields: [
    stored('EXPT_ID', 'Experiment', 'ID', 'Accession number of the experiment'),
    { ...stored('LABEL', 'Label', 'label', 'Label of the experiment in its project'), worded: true },
    stored('PROJECT', 'Project', 'project', 'Project that owns the experiment'),
    derived('PROJECTS', 'Projects', 'projects', { says: 'All projects in which the experiment is seen' }),
    stored('DATE', 'Date', 'date'),
    derived('INVEST_SEARCH', 'PI', 'person', { says: 'Investigator, first and last name' }),
    stored('INVEST', 'PI', 'investigator/lastname', 'Investigator, last name'),
    // No experiment has tags, but pyxnat's own tests look for them.
    { ...derived('TAG', 'Tag', 'nothing'), unlisted: true },
    ...noted,
  ],
  listing: ['LABEL', 'PROJECT', 'DATE', 'EXPT_ID', 'INSERT_DATE'],
  also: ['INSERT_USER'],
}

const subjectAssessors: SearchDecl = {
  of: 'xnat:subjectAssessorData',
  fields: [
    // xnatpy turns rows into objects by this name, also of experiments that are no sessions.
    stored('SESSION_ID', 'Session', 'ID', 'Accession number'),
    stored('SUBJECT_ID', 'Subject', 'subject_ID', 'Accession number of the subject'),
    above('SUBJECT_LABEL', 'Subject', 'xnat:subjectData', 'label'),
    derived('AGE', 'Age', 'whole-age', { kind: 'integer', says: 'Age in whole years at the date' }),
    derived('GEN_AGE', 'Age', 'exact-age', { kind: 'float', says: 'Age in years at the date' }),
  ],
  listing: ['LABEL', 'PROJECT', 'DATE', 'xnat:subjectData/SUBJECT_LABEL', 'AGE', 'INSERT_DATE'],
  also: ['SESSION_ID', 'SUBJECT_ID', 'INSERT_USER'],
}

const imageSessions: SearchDecl = {
  of: 'xnat:imageSessionData',
  fields: [
    stored('TYPE', 'Type', 'session_type'),
    stored('SCANNER', 'Scanner', 'scanner'),
    stored('SCANNER_CSV', 'Scanner', 'scanner'),
    stored('OPERATOR_CSV', 'Operator', 'operator'),
    stored('MARKER_CSV', 'Marker', 'marker'),
    stored('STABILIZATION_CSV', 'Stabilization', 'stabilization'),
    stored('UID', 'UID', 'UID', 'Study instance UID'),
    derived('*_SCAN_COUNT_AGG', 'Scans', 'scan-counts', { says: 'Types of scans with their numbers' }),
  ],
  listing: [
    'LABEL',
    'PROJECT',
    'DATE',
    'xnat:subjectData/SUBJECT_LABEL',
    'xnat:subjectData/GENDER_TEXT',
    'AGE',
    'TYPE',
    'SCANNER',
    '*_SCAN_COUNT_AGG',
  ],
  also: ['SESSION_ID', 'SUBJECT_ID', 'INSERT_DATE', 'INSERT_USER'],
}

const imageAssessors: SearchDecl = {
  of: 'xnat:imageAssessorData',
  fields: [
    stored('SESSION_ID', 'Session', 'imageSession_ID', 'Accession number of the session'),
    above('SESSION_LABEL', 'Session', 'xnat:imageSessionData', 'label'),
    above('SUBJECT_ID', 'Subject', 'xnat:subjectData', 'ID'),
    above('SUBJECT_LABEL', 'Subject', 'xnat:subjectData', 'label'),
  ],
  listing: ['LABEL', 'PROJECT', 'DATE', 'SESSION_LABEL', 'SUBJECT_LABEL', 'EXPT_ID', 'INSERT_DATE'],
  also: ['SESSION_ID', 'SUBJECT_ID', 'INSERT_USER'],
}

const imageScans: SearchDecl = {
  of: 'xnat:imageScanData',
  fields: [
    stored('ID', 'Scan', 'ID'),
    stored('IMAGE_SESSION_ID', 'Session', 'image_session_ID', 'Accession number of the session'),
    above('SESSION_LABEL', 'Session', 'xnat:imageSessionData', 'label'),
    above('SUBJECT_LABEL', 'Subject', 'xnat:subjectData', 'label'),
    above('PROJECT', 'Project', 'xnat:imageSessionData', 'project'),
    ...noted,
  ],
  listing: ['ID', 'TYPE', 'SERIES_DESCRIPTION', 'QUALITY', 'FRAMES', 'SESSION_LABEL', 'SUBJECT_LABEL', 'PROJECT'],
  also: ['IMAGE_SESSION_ID', 'INSERT_DATE'],
}

/** In order of lineage: what a later one declares for a type comes before what an earlier one does. */
export const searchDecls: readonly SearchDecl[] = [
  projects,
  subjects,
  experiments,
  subjectAssessors,
  imageSessions,
  imageAssessors,
  imageScans,
]
