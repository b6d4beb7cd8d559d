import { hasControls } from './characters.ts'

/** Longest label or identifier in characters. */
const MAX_LABEL_LENGTH = 255
/** Longest name of a file or folder in bytes of UTF-8, as file systems have it. */
const MAX_NAME_BYTES = 255
/** Longest path of a file below its folder in bytes of UTF-8: what an index entry of either database can hold. */
export const MAX_PATH_BYTES = 2048

const CONTROLS = 'A file path cannot contain control characters.'
const identifier = /^[A-Za-z0-9_-]+$/

/** Whether the text may be a label or an id of a subject, experiment or scan: letters, digits, `-` and `_` alone. */
export function isIdentifier(text: string): boolean {
  return text.length <= MAX_LABEL_LENGTH && identifier.test(text)
}

/** Why the text may not be a scan's ID, or undefined when it may (scans 4.7). */
export function scanIdFault(id: string): string | undefined {
  return isIdentifier(id) ? undefined : `Identifiers cannot use special characters: ${id}`
}

/** Why the text may not be a project's ID, or undefined when it may (hierarchy 3.2). */
export function projectIdFault(id: string): string | undefined {
  return isIdentifier(id) ? undefined : 'Invalid character in project ID.'
}

/** Why the text may not label a resource, or undefined when it may (resources 6.2). */
export function resourceLabelFault(label: string): string | undefined {
  if (label === '') return 'A resource needs a label.'
  // A number would be taken for the resource's own, NULL for a resource without a label.
  if (/^\d+$/.test(label)) return 'A resource label cannot be a number.'
  if (label === 'NULL' || label === '.' || label === '..') return `A resource cannot be labelled ${label}.`
  if (hasControls(label)) return 'A resource label cannot contain control characters.'
  // Around the commas of a list blanks mean nothing, so that nobody could ask for such a label.
  if (label.trim() !== label) return 'A resource label cannot begin or end with a blank.'
  const sign = /[/\\,'"<>:*?|]/.exec(label)?.[0]
  if (sign) return `A resource label cannot contain ${sign}`
  if (Buffer.byteLength(label) > MAX_NAME_BYTES)
    return `A resource label cannot be longer than ${MAX_NAME_BYTES} bytes.`
  return undefined
}

/**
 * What the generated ids of a site begin with, e.g. `XNAT_S` (hierarchy 4.2).
 * @param letter `S` for subjects, `E` for experiments, `V` for visits
 */
export function accessionPrefix(siteId: string, letter: string): string {
  return `${siteId.replaceAll(/[\s"'^]/g, '').replaceAll('-', '_')}_${letter}`
}

/** The generated id with this number: at least five digits, more when they do not suffice. */
export function accessionId(prefix: string, number: number): string {
  return `${prefix}${String(number).padStart(5, '0')}`
}

/** Why no file may be stored at this path of its folder, or undefined when one may (resources 10). */
export function checkFilePath(path: string): string | undefined {
  return hasControls(path) ? CONTROLS : checkSoughtPath(path)
}

/** Why no file can lie at this path; where rules were fewer once, what was stored under them is still found. */
export function checkSoughtPath(path: string): string | undefined {
  if (/[\x00-\x1f\x7f]/.test(path) || !path.isWellFormed()) return CONTROLS
  if (path.includes('\\')) return 'A file path cannot contain a backslash.'
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `A file path cannot be longer than ${MAX_PATH_BYTES} bytes.`
  for (const segment of path.split('/')) {
    if (segment === '') return 'A file path cannot have an empty segment.'
    if (segment === '.' || segment === '..') return `A file path cannot contain the segment ${segment}`
    if (Buffer.byteLength(segment) > MAX_NAME_BYTES) {
      return `A file name cannot be longer than ${MAX_NAME_BYTES} bytes.`
    }
  }
  return undefined
}
