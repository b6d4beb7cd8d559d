import { type Noun, refuse } from '../errors.ts'
import type { Action } from '../model/access.ts'
import type { Change } from './archive.ts'
import { forbid } from './locate.ts'

/** What somebody wants to delete, or what decides about the rights on it. */
export type Condemned = Readonly<{
  noun: Noun
  name: string
  may: (action: Action) => boolean
  /** Why nobody may, where that is so. */
  sealed?: string | undefined
}>

/**
 * The one gate that every deletion of data passes: of a project, a subject, an experiment, what is below it, a folder
 * or a file.
 * @throws ArchiveError 'forbidden' without the right to delete, and for everybody where the site prevents it
 */
export async function admitDeletion(tx: Change, { noun, name, may, sealed }: Condemned): Promise<void> {
  if (!may('delete')) forbid(tx, noun, name, sealed)
  if ((await tx.archive.rules()).deletionPrevented)
    refuse({ kind: 'forbidden', noun, name, rule: 'This site prevents the deletion of data.' })
}
