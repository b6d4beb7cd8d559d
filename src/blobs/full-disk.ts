import { refuse } from '../errors.ts'
import { failedWith } from './system-errors.ts'

/** Throws `error` on, as 'no-space' when that is what it says. */
export function diskRefuses(error: unknown): never {
  if (!failedWith(error, 'ENOSPC', 'EDQUOT')) throw error
  return refuse({ kind: 'no-space', because: 'There is no space left for the files of the archive.' }, error)
}
