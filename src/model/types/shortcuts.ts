/** A short name for a path, as parameter, filter and column (scans 4.3, hierarchy 3.6, 4.4, 5.5). */
export type Shortcut = Readonly<{
  name: string
  path: string
  /** Column and filter only; ignored when something is written. */
  readonly?: true
  /** The list in the path that gets one more entry each time the parameter comes again in one request. */
  repeated?: string
}>

const scan = (name: string, path = name): Shortcut => ({ name, path: `xnat:imageScanData/${path}` })
const mrScan = (name: string): Shortcut => ({ name, path: `xnat:mrScanData/${name}` })
const petScan = (name: string, path = name): Shortcut => ({ name, path: `xnat:petScanData/parameters/${path}` })

export const scanShortcuts: readonly Shortcut[] = [
  scan('ID'),
  scan('type'),
  scan('UID'),
  scan('note'),
  scan('quality'),
  scan('condition'),
  scan('series_description'),
  scan('documentation'),
  scan('scanner'),
  scan('modality'),
  scan('frames'),
  scan('validation_method', 'validation/method'),
  scan('validation_status', 'validation/status'),
  scan('validation_date', 'validation/date'),
  scan('validation_notes', 'validation/notes'),
  scan('scanTime', 'startTime'),
  mrScan('coil'),
  mrScan('fieldStrength'),
  mrScan('marker'),
  mrScan('stabilization'),
  petScan('orientation'),
  petScan('originalFileName'),
  petScan('systemType'),
  petScan('fileType'),
  petScan('transaxialFOV'),
  petScan('acqType'),
  petScan('facility'),
  petScan('numPlanes'),
  petScan('numFrames', 'frames/numFrames'),
  petScan('numGates'),
  petScan('planeSeparation'),
  petScan('binSize'),
  petScan('dataType'),
  { ...scan('xnat_imagescandata_id'), readonly: true },
  ...recorded('xnat:imageScanData'),
  typeOf('xnat:imageScanData'),
]

const project = (name: string, path = name): Shortcut => ({ name, path: `xnat:projectData/${path}` })

export const projectShortcuts: readonly Shortcut[] = [
  project('ID'),
  project('secondary_ID'),
  project('name'),
  project('description'),
  project('keywords'),
  { ...project('alias', 'aliases/alias/alias'), repeated: 'aliases/alias' },
  project('pi_firstname', 'PI/firstname'),
  project('pi_lastname', 'PI/lastname'),
  project('note', 'fields/field[name=note]/field'),
  ...recorded('xnat:projectData'),
]

const subject = (name: string, path = name): Shortcut => ({ name, path: `xnat:subjectData/${path}` })
const person = (name: string): Shortcut => subject(name, `demographics[@xsi:type=xnat:demographicData]/${name}`)

export const subjectShortcuts: readonly Shortcut[] = [
  subject('ID'),
  subject('project'),
  subject('label'),
  subject('group'),
  subject('src'),
  subject('pi_firstname', 'investigator/firstname'),
  subject('pi_lastname', 'investigator/lastname'),
  person('dob'),
  person('yob'),
  person('age'),
  person('gender'),
  person('handedness'),
  person('ses'),
  person('education'),
  person('educationDesc'),
  person('race'),
  person('ethnicity'),
  person('weight'),
  person('height'),
  person('gestational_age'),
  person('post_menstrual_age'),
  person('birth_weight'),
  ...recorded('xnat:subjectData'),
]

const any = (name: string, path = name): Shortcut => ({ name, path: `xnat:experimentData/${path}` })
const session = (name: string, path = name): Shortcut => ({ name, path: `xnat:imageSessionData/${path}` })
const mrSession = (name: string): Shortcut => ({ name, path: `xnat:mrSessionData/${name}` })
const petSession = (name: string, path = name): Shortcut => ({ name, path: `xnat:petSessionData/${path}` })
const fixed = (name: string, path: string): Shortcut => ({ name, path, readonly: true })

const ofEveryExperiment: readonly Shortcut[] = [
  any('ID'),
  any('project'),
  any('label'),
  any('date'),
  any('time'),
  any('note'),
  any('visit_id'),
  any('visit'),
  any('protocol'),
  any('pi_firstname', 'investigator/firstname'),
  any('pi_lastname', 'investigator/lastname'),
  any('validation_method', 'validation/method'),
  any('validation_status', 'validation/status'),
  any('validation_notes', 'validation/notes'),
  any('validation_date', 'validation/date'),
]

const ofTheSession: readonly Shortcut[] = [
  fixed('session_ID', 'xnat:imageSessionData/ID'),
  fixed('session_label', 'xnat:imageSessionData/label'),
  fixed('session_project', 'xnat:imageSessionData/project'),
]

export const experimentShortcuts: readonly Shortcut[] = [
  ...ofEveryExperiment,
  session('scanner'),
  session('operator'),
  session('dcmAccessionNumber'),
  session('dcmPatientId'),
  session('dcmPatientName'),
  session('session_type'),
  session('modality'),
  session('UID'),
  session('studyInstanceUID', 'UID'),
  mrSession('coil'),
  mrSession('fieldStrength'),
  mrSession('marker'),
  petSession('stabilization'),
  petSession('studyType'),
  petSession('patientID'),
  petSession('patientName'),
  petSession('scan_start_time', 'start_time_scan'),
  petSession('injection_start_time', 'start_time_injection'),
  petSession('tracer_name', 'tracer/name'),
  petSession('tracer_startTime', 'tracer/startTime'),
  petSession('tracer_dose', 'tracer/dose'),
  petSession('tracer_sa', 'tracer/specificActivity'),
  petSession('tracer_totalmass', 'tracer/totalMass'),
  petSession('tracer_intermediate', 'tracer/intermediate'),
  petSession('tracer_isotope', 'tracer/isotope/half-life'),
  petSession('tracer_transmissions', 'tracer/transmissions'),
  petSession('tracer_transmissions_start', 'tracer/transmissions_startTime'),
  { name: 'subject_ID', path: 'xnat:subjectAssessorData/subject_ID' },
  fixed('subject_label', 'xnat:subjectData/label'),
  fixed('subject_project', 'xnat:subjectData/project'),
  ...ofTheSession,
  ...recorded('xnat:experimentData'),
  typeOf('xnat:experimentData'),
]

export const assessorShortcuts: readonly Shortcut[] = [
  ...ofEveryExperiment,
  ...ofTheSession,
  ...recorded('xnat:experimentData'),
  typeOf('xnat:experimentData'),
]

const reconstruction = (name: string): Shortcut => ({ name, path: `xnat:reconstructedImageData/${name}` })

export const reconstructionShortcuts: readonly Shortcut[] = [
  reconstruction('ID'),
  reconstruction('type'),
  reconstruction('baseScanType'),
  { ...reconstruction('xnat_reconstructedimagedata_id'), readonly: true },
  ...recorded('xnat:reconstructedImageData'),
  typeOf('xnat:reconstructedImageData'),
]

function recorded(type: string): readonly Shortcut[] {
  return [
    { name: 'insert_date', path: `${type}/meta/insert_date`, readonly: true },
    { name: 'insert_user', path: `${type}/meta/insert_user/login`, readonly: true },
    { name: 'last_modified', path: `${type}/meta/last_modified`, readonly: true },
  ]
}

function typeOf(type: string): Shortcut {
  return { name: 'xsiType', path: `${type}/extension_item/element_name`, readonly: true }
}
