/** What may happen when a session is there already (import 2.8). */
export type MergePolicy = Readonly<{
  /** Scans and files may join it. */
  merge: boolean
  /** Conflicts that a person could wave through are waved through. */
  override: boolean
  /** Files that are there already are replaced. */
  replaceFiles: boolean
}>

/** The words that requests have for it; absent words say nothing. */
export type Overwrite = Readonly<{ overwrite?: string; overwriteFiles: boolean }>

const isNone = (word: string | undefined): boolean => word === undefined || word === '' || word.toLowerCase() === 'none'
const isDelete = (word: string | undefined): boolean => /^(delete|override)$/i.test(word ?? '')

/** Nothing joins what is there: of imports that say nothing, and of what goes past the prearchive (import 2.10). */
export const noMerge: MergePolicy = Object.freeze({ merge: false, override: false, replaceFiles: false })

/** Of an import (import 1.3): any word that is not known means `append`. */
export function importPolicy({ overwrite, overwriteFiles }: Overwrite): MergePolicy {
  if (isNone(overwrite)) return noMerge
  const override = isDelete(overwrite)
  return { merge: true, override, replaceFiles: override || overwriteFiles }
}

/** Of an entry that is archived by itself: by its own code, or by its project's. */
export const automaticPolicy = (code: number): MergePolicy => ({
  merge: true,
  override: false,
  replaceFiles: code === 5,
})

/** Of the archive service; `code` is that of the entry's project. */
export function archivePolicy({ overwrite, overwriteFiles }: Overwrite, several: boolean, code: number): MergePolicy {
  if (several) {
    return { merge: !isNone(overwrite), override: isDelete(overwrite), replaceFiles: overwriteFiles }
  }
  if (isNone(overwrite)) return { merge: true, override: false, replaceFiles: code === 5 }
  return { merge: true, override: true, replaceFiles: true }
}
