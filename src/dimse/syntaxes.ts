const DICOM_ROOT = '1.2.840.10008.'
const STORAGE = `${DICOM_ROOT}5.1.4.1.1.`

export const VERIFICATION = `${DICOM_ROOT}1.1`
export const APPLICATION_NAME = `${DICOM_ROOT}3.1.1.1`

export const IMPLICIT_LITTLE_ENDIAN = `${DICOM_ROOT}1.2`
export const EXPLICIT_LITTLE_ENDIAN = `${DICOM_ROOT}1.2.1`
const EXPLICIT_BIG_ENDIAN = `${DICOM_ROOT}1.2.2`

/** Uncompressed, in the order in which they are kept best: private elements lose their types in the implicit one. */
const uncompressed = [EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN]

/** What else is stored as it comes (import 5.3; PS3.5 A.4 and A.5): ends of UIDs below 1.2.840.10008.1.2. */
const compressed = new Set(
  [
    // Deflated data sets, and deflated frames
    ...['1.99', '8.1'],
    // JPEG, with the processes that were retired
    ...['50', '51', '52', '53', '54', '55', '56', '57', '58', '59', '60', '61', '62', '63', '64', '65', '66', '70'],
    // JPEG-LS, JPEG 2000, JPIP, JPEG XL, HTJ2K
    ...['80', '81', '90', '91', '92', '93', '94', '95', '110', '111', '112', '201', '202', '203', '204', '205'],
    // MPEG-2, MPEG-4 and HEVC, also in fragments
    ...['100', '100.1', '101', '101.1', '102', '102.1', '103', '103.1', '104', '104.1', '105', '105.1', '106', '106.1'],
    ...['107', '108'],
  ]
    .map((end) => (end.startsWith('1.') || end === '8.1' ? end : `4.${end}`))
    // RLE
    .concat('5')
    .map((end) => `${DICOM_ROOT}1.2.${end}`),
)

/** Standard objects that are stored outside the storage root: palettes, protocols, implants, retired print objects. */
const storedElsewhere = new Set(
  ['1.1.27', '1.1.29', '1.1.30', '1.4.34.7', '1.4.34.10', '1.4.38.1', '1.4.39.1', '1.4.43.1', '1.4.44.1', '1.4.45.1']
    .concat('1.4.44.2', '1.4.45.2')
    .map((end) => `${DICOM_ROOT}5.${end}`),
)

/** 64 characters of digits in components (PS3.5 9.1). */
export const isUid = (text: string): boolean => text.length <= 64 && /^[0-2](\.\d+)+$/.test(text)

/** Whether objects of this class are taken: all of the storage root, a few elsewhere, and private ones (import 5.3). */
export const isStorage = (sopClass: string): boolean =>
  isUid(sopClass) && (sopClass.startsWith(STORAGE) || storedElsewhere.has(sopClass) || !sopClass.startsWith(DICOM_ROOT))

/**
 * The transfer syntax in which the objects of a presentation context shall come: the first that the sender names and
 * that is known, since that is how it has them; of uncompressed ones the best. Undefined when none will do.
 */
export function chosenSyntax(abstractSyntax: string, proposed: readonly string[]): string | undefined {
  if (abstractSyntax === VERIFICATION) return uncompressed.find((syntax) => proposed.includes(syntax))
  const first = proposed.find((syntax) => compressed.has(syntax) || uncompressed.includes(syntax))
  return first === undefined || compressed.has(first) ? first : uncompressed.find((each) => proposed.includes(each))
}
