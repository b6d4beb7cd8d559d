import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The lists of requirements: each is a virtual environment of its own, for two releases of one client cannot share one. */
export const requirementFiles = {
  clients: 'requirements.txt',
  xnatpy: 'requirements-xnatpy.txt',
  'xnatpy before': 'requirements-xnatpy-0.5.txt',
} as const
export type Environment = keyof typeof requirementFiles

/** What a client is made to do, and the tests of its script that prove it; no tests: the script as a whole. */
export type Scenario = Readonly<{
  client: string
  /** Lines of the checklists. */
  lines: string
  says: string
  environment: Environment
  script: string
  tests: readonly string[]
}>

type Line = readonly [lines: string, says: string, ...tests: string[]]

const scenariosOf = (
  of: Readonly<{ client: string; environment?: Environment; script: string }>,
  lines: readonly Line[],
): readonly Scenario[] =>
  lines.map(([line, says, ...tests]) => ({ environment: 'clients', ...of, lines: line, says, tests }))

const pyxnat = scenariosOf({ client: 'pyxnat', script: 'pyxnat_scenarios' }, [
  ['clients 2', 'signs in once and lists projects', 'Pyxnat.test_02_projects'],
  ['clients 2', 'is given an address with a slash', 'Pyxnat.test_02_address_with_a_slash'],
  ['clients 4', 'makes subjects, sessions, scans and folders', 'Pyxnat.test_04_creation'],
  ['clients 4', 'gives ids and types', 'Pyxnat.test_04_given_ids_and_types'],
  ['clients 4', 'makes what is above a scan with it', 'Pyxnat.test_04_created_together'],
  ['clients 7', 'stores a file and reads it', 'Pyxnat.test_07_one_file'],
  ['clients 7', 'overwrites when told', 'Pyxnat.test_07_overwriting'],
  ['clients 7', 'keeps unusual names', 'Pyxnat.test_07_names'],
  ['clients 9', 'sends zips, unpacked and as they are', 'Pyxnat.test_09_zips'],
  ['clients 9', 'sends lists of files and folders', 'Pyxnat.test_09_lists_and_folders'],
  ['clients 11', 'downloads folders and scans', 'Pyxnat.test_11_downloads'],
  ['clients 16', 'sets and gets attributes', 'Pyxnat.test_16_attributes'],
  ['clients 16', 'keeps parameters of scans', 'Pyxnat.test_16_scan_parameters'],
  ['clients 16', 'keeps provenance', 'Pyxnat.test_16_provenance'],
  ['clients 18', 'deletes files, folders and records', 'Pyxnat.test_18_deletion'],
])

const pyxnatPeople = scenariosOf({ client: 'pyxnat', script: 'pyxnat_people' }, [
  ['clients 31', 'is told of a wrong password', 'People.test_31_wrong_password'],
  ['clients 32', 'reads public data as nobody', 'People.test_32_anonymous'],
  ['clients 33', 'shares and unshares', 'People.test_33_sharing', 'People.test_33_collections'],
  ['clients 33', 'hands a subject over', 'People.test_33_moving'],
  ['clients 40', 'changes settings of a project', 'People.test_40_settings'],
  ['clients 40', 'adds and removes people', 'People.test_40_users'],
  ['clients 40', 'meets the bounds of roles', 'People.test_40_what_roles_may'],
  ['clients 40', 'defines and sets custom variables', 'People.test_40_custom_variables'],
  ['clients 40', 'sends documents', 'People.test_40_documents'],
])

const pyxnatSearches = scenariosOf({ client: 'pyxnat', script: 'pyxnat_searches' }, [
  ['clients 35', 'searches with nested criteria', 'Searches.test_35_where', 'Searches.test_35_rows_of_sessions'],
  ['clients 35', 'narrows collections by a search', 'Searches.test_35_collections'],
  ['clients 35', 'saves, lists, gets and deletes searches', 'Searches.test_35_saved', 'Searches.test_35_templates'],
  ['clients 35', 'shares searches', 'Searches.test_35_sharing'],
  ['clients 35', 'looks at types and fields', 'Searches.test_35_inspection'],
  ['clients 35', 'describes what it holds', 'Searches.test_35_descriptions'],
])

const pyxnatJobs = [
  ...scenariosOf({ client: 'pyxnat', script: 'pyxnat_own' }, [
    ['clients 4, 7, 9, 11, 16, 18, 33, 35', 'passes the tests that it brings along'],
  ]),
  ...scenariosOf({ client: 'pyxnat', script: 'main_job' }, [
    ['resources 198', 'brings a tree of DICOM in and out again', 'MainJob.test_main_job'],
    ['resources 198', 'brings back what nibabel reads', 'MainJob.test_nifti'],
  ]),
]

const yaxil = scenariosOf({ client: 'yaxil', script: 'yaxil_scenarios' }, [
  ['clients 12', 'signs in and lists', 'Yaxil.test_12_lists', 'Yaxil.test_12_session'],
  ['clients 12', 'finds nothing, or too much', 'Yaxil.test_12_nothing_and_too_much'],
  ['clients 12', 'looks for dates', 'Yaxil.test_12_date_ranges'],
  ['clients 13', 'downloads scans, flat and as they are', 'Yaxil.test_13_downloads'],
  ['clients 36', 'describes scans of many kinds', 'Yaxil.test_36_scans'],
  ['clients 36', 'asks what is there', 'Yaxil.test_36_questions', 'Yaxil.test_36_history'],
  ['clients 37, resources 199', 'stores an assessor twice', 'Yaxil.test_37_storerest'],
])

const xnatctl = scenariosOf({ client: 'xnatctl', script: 'xnatctl_scenarios' }, [
  ['clients 14', 'signs in and lists', 'Xnatctl.test_14_signing_in_and_lists'],
  ['clients 14, 31', 'is told what fails', 'Xnatctl.test_14_refusals'],
  ['clients 14', 'shows one record', 'Xnatctl.test_14_one_record'],
  ['clients 14', 'shares with people and projects', 'Xnatctl.test_14_projects_and_people'],
  ['clients 14', 'sets variables and merges', 'Xnatctl.test_14_variables_and_merging'],
  ['clients 14', 'gives sessions regular labels and waits for it', 'Xnatctl.test_14_labels'],
  ['clients 28', 'downloads with one worker and four', 'Xnatctl.test_28_downloads'],
  ['clients 29, resources 200', 'uploads and downloads', 'Xnatctl.test_29_resources'],
  ['clients 29', 'sends a file twice', 'Xnatctl.test_29_the_same_file_twice'],
  ['clients 29', 'deletes', 'Xnatctl.test_29_deletion'],
])

const xnatctlUploads = scenariosOf({ client: 'xnatctl', script: 'xnatctl_uploads' }, [
  ['clients 26', 'uploads a session as several tars or zips at once', 'Uploads.test_26_batches'],
  ['clients 26', 'uploads one zip or tar', 'Uploads.test_26_archives'],
  ['clients 26', 'uploads into the prearchive and archives', 'Uploads.test_26_prearchive'],
  ['clients 27', 'uploads two hundred files one by one, four at a time', 'Uploads.test_27_gradually'],
])

const xnatpyLines: readonly Line[] = [
  ['clients 1', 'connects without a warning, with a class for every type', 'Xnatpy.test_01_connecting'],
  ['clients 1', 'lists types and their fields', 'Xnatpy.test_01_types'],
  ['clients 3', 'finds everything by id and by label', 'Xnatpy.test_03_browsing'],
  ['clients 3', 'filters and tabulates', 'Xnatpy.test_03_filters_and_tables'],
  ['clients 5', 'makes subjects, sessions and scans', 'Xnatpy.test_05_creation'],
  ['clients 5', 'makes projects and folders', 'Xnatpy.test_05_projects_and_folders'],
  ['clients 6, resources 196', 'stores a file and reads it', 'Xnatpy.test_06_one_file'],
  ['clients 6, resources 196', 'overwrites, tags and deletes files', 'Xnatpy.test_06_overwriting_and_streams'],
  ['clients 8, resources 197', 'uploads folders', 'Xnatpy.test_08_folders'],
  ['clients 10, resources 196', 'downloads sessions, scans and folders', 'Xnatpy.test_10_downloads'],
  ['clients 10', 'downloads projects', 'Xnatpy.test_10_projects_and_subjects'],
  ['clients 15', 'sets, reads and clears fields', 'Xnatpy.test_15_fields'],
  ['clients 15', 'renames', 'Xnatpy.test_15_renaming'],
  ['clients 17', 'deletes', 'Xnatpy.test_17_deletion'],
  ['clients 19', 'keeps custom variables', 'Xnatpy.test_19_variables'],
  ['clients 19', 'keeps variables that a project defines', 'Xnatpy.test_19_defined_variables'],
  ['clients 19', 'keeps parameters of scans', 'Xnatpy.test_19_parameters'],
  ['clients 33', 'shares', 'Xnatpy.test_33_sharing'],
  ['clients 38', 'makes assessors with files', 'Xnatpy.test_38_assessors'],
  ['clients 38', 'refreshes catalogs, lists scanners and types of scans', 'Xnatpy.test_38_catalog_and_lists'],
]

const xnatpyPeople: readonly Line[] = [
  ['clients 30', 'signs in with an alias token', 'People.test_30_tokens'],
  ['clients 30', 'goes on with a session of another program', 'People.test_30_sessions'],
  ['clients 31', 'is told of a wrong password', 'People.test_31_wrong_password'],
  ['clients 32', 'reads public data as nobody', 'People.test_32_guests'],
  ['clients 40', 'lists people and their roles', 'People.test_40_users'],
]

const xnatpySearches: readonly Line[] = [
  ['clients 34', 'searches sessions and gets them as objects', 'Searches.test_34_sessions'],
  ['clients 34', 'compares, and joins criteria', 'Searches.test_34_comparisons'],
  ['clients 34', 'asks for columns', 'Searches.test_34_columns'],
  ['clients 34', 'searches subjects, projects and custom variables', 'Searches.test_34_subjects_and_projects'],
]

const xnatpyImports: readonly Line[] = [
  ['clients 20', 'looks into the prearchive and downloads from it', 'Imports.test_20_prearchive'],
  ['clients 20, 21', 'imports into the prearchive and archives', 'Imports.test_21_archiving'],
  ['clients 21', 'rebuilds and deletes what waits', 'Imports.test_21_moving_and_deleting'],
  ['clients 22', 'imports folders into the archive', 'Imports.test_22_folders'],
  ['clients 22', 'imports a session again', 'Imports.test_22_appending'],
]

const xnatpyReleases = (['xnatpy', 'xnatpy before'] as const).flatMap((environment) => [
  ...scenariosOf({ client: 'xnatpy', environment, script: 'xnatpy_scenarios' }, xnatpyLines),
  ...scenariosOf({ client: 'xnatpy', environment, script: 'xnatpy_people' }, xnatpyPeople),
  ...scenariosOf({ client: 'xnatpy', environment, script: 'xnatpy_searches' }, xnatpySearches),
  ...scenariosOf({ client: 'xnatpy', environment, script: 'xnatpy_imports' }, xnatpyImports),
])

/** Only the newer release asks for these. */
const xnatpyNewest = scenariosOf({ client: 'xnatpy', environment: 'xnatpy', script: 'xnatpy_people' }, [
  ['clients 40', 'gives and takes roles', 'People.test_40_access'],
])

/** Every scenario that Python runs. */
export const scenarios: readonly Scenario[] = [
  ...pyxnat,
  ...pyxnatPeople,
  ...pyxnatSearches,
  ...pyxnatJobs,
  ...yaxil,
  ...xnatctl,
  ...xnatctlUploads,
  ...xnatpyReleases,
  ...xnatpyNewest,
]

/** The package of each client on PyPI. */
const packages: Readonly<Record<string, string>> = { xnatpy: 'xnat' }

/** The release that is run, as the list of requirements pins it. */
export function releaseOf({ client, environment }: Pick<Scenario, 'client' | 'environment'>): string {
  const text = readFileSync(join(import.meta.dirname, requirementFiles[environment]), 'utf8')
  return new RegExp(`^${packages[client] ?? client}==(\\S+)$`, 'm').exec(text)?.[1] ?? 'unpinned'
}
