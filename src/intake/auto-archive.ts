import type { Scope } from '../archive/archive.ts'
import type { ArrivalRow } from './arrivals.ts'
import { projectOf } from './build.ts'

/** From this code on a project archives by itself; 5 also replaces files that are there already (import 2.9). */
const ARCHIVES = 4

/** What a request says of archiving; undefined: nothing. */
export type AutoArchiveWish = boolean | undefined

/**
 * The code by which an entry is archived without being asked, or undefined when it waits for a person. First the entry
 * itself decides, then the request, then the project (import 2.9).
 */
export async function automaticCode(
  scope: Scope,
  row: Pick<ArrivalRow, 'auto_code' | 'project_id'>,
  wish: AutoArchiveWish,
): Promise<number | undefined> {
  const project = await projectOf(scope, row)
  if (!project) return undefined
  const code = project.prearchive_code
  if (row.auto_code !== null && row.auto_code >= ARCHIVES) return Math.max(row.auto_code, code)
  if (wish !== undefined) return wish ? Math.max(ARCHIVES, code) : undefined
  // What a header said against it holds, whatever the project does by itself.
  if (row.auto_code !== null) return undefined
  return code >= ARCHIVES ? code : undefined
}

/** The word of listings for what happens to an entry by itself (import 2.4). */
export function autoArchiveWord(code: number | undefined): string {
  if (code === undefined) return ''
  return code >= 5 ? 'AutoArchiveOverwrite' : code >= ARCHIVES ? 'AutoArchive' : 'Manual'
}
