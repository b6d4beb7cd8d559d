/** How objects of one SOP class are archived (import 3.5, 3.7). */
type ObjectKind = Readonly<{
  /** UIDs below the root of storage classes. */
  classes: readonly string[]
  /** Data type of a scan of such objects, without prefix and ending; absent: the class decides nothing. */
  scan?: string
  /** Data type of an imaging session with such a scan, likewise. */
  session?: string
  /** Whether the objects are images that belong into the resource DICOM; others go to `secondary`. */
  primary: boolean
}>

const image = (scan: string, classes: readonly string[], session?: string): ObjectKind => ({
  classes,
  scan,
  session,
  primary: true,
})
const derived = (scan: string, classes: readonly string[]): ObjectKind => ({ classes, scan, primary: false })

/** In order of precedence: of several kinds in one series or study, the first decides. */
const kinds: readonly ObjectKind[] = [
  image('pet', ['128', '130'], 'pet'),
  image('mr', ['4', '4.1'], 'mr'),
  { ...derived('mr', ['4.3']), session: 'mr' },
  image('ct', ['2', '2.1'], 'ct'),
  image('xa', ['12.1', '13.1.1'], 'xa'),
  image('us', ['6.1', '3.1'], 'us'),
  image('cr', ['1'], 'cr'),
  image('opt', ['77.1.5.4'], 'opt'),
  image('mg', ['1.2', '1.2.1'], 'mg'),
  image('dx', ['1.1', '1.1.1'], 'dx'),
  image('nm', ['20'], 'nm'),
  image('sm', ['77.1.6'], 'sm'),
  image('gm', ['77.1.2'], 'gm'),
  image('rf', ['12.2']),
  image('io', ['1.3', '1.3.1']),
  image('op', ['77.1.5.1', '77.1.5.2']),
  image('dx3DCraniofacial', ['13.1.2']),
  image('ecg', ['9.1.1', '9.1.3'], 'ecg'),
  image('hd', ['9.2.1']),
  image('eps', ['9.3.1']),
  image('esv', ['77.1.1.1']),
  image('gmv', ['77.1.2.1']),
  image('xcv', ['77.1.4.1']),
  image('dms', ['77.1.7'], 'dms'),
  image('cfm', ['77.1.8', '77.1.9'], 'cfm'),
  image('pa', ['6.3'], 'pa'),
  image('eeg', ['9.7.1', '9.7.4'], 'eeg'),
  image('emg', ['9.7.2'], 'emg'),
  image('eog', ['9.7.3'], 'eog'),
  image('resp', ['9.6.1', '9.6.2'], 'resp'),
  image('pos', ['9.8.1'], 'pos'),
  image('obj', ['104.4', '104.5'], 'obj'),
  image('ann', ['91.1']),
  image('rtImage', ['481.1', '481.2']),
  derived('rtImage', ['481.3', '481.5', '481.4', '481.6', '481.7', '481.8', '481.9']),
  { ...image('sr', ['88.11', '88.22']), session: 'sr' },
  derived('sr', ['88.33', '88.50', '88.65', '88.69', '88.67', '88.70']),
  derived('sc', ['7']),
  derived('seg', ['66.4']),
  // Breast tomosynthesis has no data type of its own.
  { classes: ['13.1.3'], primary: true },
]

const STORAGE = '1.2.840.10008.5.1.4.1.1.'
const SIEMENS_NON_IMAGE = '1.3.12.2.1107.5.9.1'
const OTHER = 'otherDicom'

const kindOf: ReadonlyMap<string, ObjectKind> = new Map([
  ...kinds.flatMap((kind) => kind.classes.map((uid) => [STORAGE + uid, kind] as const)),
  [SIEMENS_NON_IMAGE, { classes: [], scan: OTHER, primary: false }],
])

/** Modalities in order of precedence, with the data type of a session they lead (import 3.5). */
const modalities: readonly (readonly [modality: string, session?: string])[] = [
  ['PT', 'pet'],
  ['MR', 'mr'],
  ['CT', 'ct'],
  ['XA', 'xa'],
  ['US', 'us'],
  ['RT', 'rt'],
  ['CR', 'cr'],
  ['OPT', 'opt'],
  ['MG', 'mg'],
  ['DX', 'dx'],
  ['NM', 'nm'],
  ['EEG'],
  ['ECG'],
  ['EMG'],
  ['EOG'],
  ['IVUS'],
  ['SM', 'sm'],
  ['GM', 'gm'],
  ...['RF', 'ES', 'XC', 'RG', 'DMS', 'CFM', 'PA', 'RESP', 'POS', 'OBJ'].map((modality) => [modality] as const),
  ['OT', OTHER],
  ['SR', 'sr'],
  ['SC', OTHER],
  ['ANN'],
]

/** Data types of sessions in order of precedence: reports come before slides, otherwise as the kinds of objects. */
const sessionOrder: readonly string[] = (() => {
  const all = [...new Set(kinds.flatMap((kind) => kind.session ?? []))]
  const last = all.slice(all.indexOf('sm')).filter((session) => session !== 'sr')
  return [...all.slice(0, all.indexOf('sm')), 'sr', ...last]
})()

/** The kinds of several SOP classes in order of precedence, those that nobody knows left out. */
function knownKinds(classes: Iterable<string>): ObjectKind[] {
  const found = new Set([...classes].map((uid) => kindOf.get(uid)).filter((kind) => kind !== undefined))
  return [...kinds.filter((kind) => found.has(kind)), ...[...found].filter((kind) => !kinds.includes(kind))]
}

/** The data type of a scan that holds objects of these SOP classes (import 3.5). */
export function scanTypeOf(classes: Iterable<string>): string {
  const decisive = knownKinds(classes).find((kind) => kind.scan !== undefined)
  return `xnat:${decisive?.scan ?? OTHER}ScanData`
}

/** What becomes of a study that holds both PET and MR images, as the site or project wants it (import 3.5). */
export type PetMr = 'petmr' | 'pet' | 'separate'

/**
 * The data type of an imaging session with objects of these SOP classes and modalities, or undefined when nothing
 * tells. The classes outrank the modalities (import 3.5).
 */
export function sessionTypeOf(
  classes: Iterable<string>,
  seen: Iterable<string>,
  petMr: 'petmr' | 'pet' = 'petmr',
): string | undefined {
  const found = knownKinds(classes)
  const sessions = sessionOrder.filter((session) => found.some((kind) => kind.session === session))
  if (sessions.includes('pet') && sessions.includes('mr')) return `xnat:${petMr}SessionData`
  const named = new Set(seen)
  const lead = modalities.find(([modality, session]) => session !== undefined && named.has(modality))
  const stem = sessions[0] ?? lead?.[1] ?? (found.some((kind) => kind.scan !== undefined) ? OTHER : undefined)
  return stem && `xnat:${stem}SessionData`
}

/** Whether objects of these SOP classes are both PET and MR images. */
export function isPetMr(classes: Iterable<string>): boolean {
  const sessions = new Set(knownKinds(classes).map((kind) => kind.session))
  return sessions.has('pet') && sessions.has('mr')
}

/** The modality that stands for several, `OT` when none is known (import 3.6). */
export function leadModality(seen: Iterable<string>): string {
  const named = new Set(seen)
  return modalities.find(([modality]) => named.has(modality))?.[0] ?? 'OT'
}

/** Whether an object of this SOP class belongs into the resource `DICOM`, not into `secondary` (import 3.7). */
export const isPrimary = (sopClass: string): boolean => kindOf.get(sopClass)?.primary ?? false
