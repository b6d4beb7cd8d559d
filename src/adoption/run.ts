import type { Archive, Reason } from '../archive/archive.ts'
import type { Viewer } from '../model/access.ts'
import type { Dictionary } from '../model/dictionary.ts'
import type { Tell } from './findings.ts'
import type { KnownSessions } from './known-sessions.ts'

/** How much was taken in; sizes in bytes. */
export type Tally = {
  projects: number
  subjects: number
  sessions: number
  scans: number
  folders: number
  files: number
  bytes: number
  /** Files whose bytes got a second name. */
  linked: number
  /** Files that were there before, with the same content. */
  same: number
}

export const emptyTally = (): Tally => ({
  projects: 0,
  subjects: 0,
  sessions: 0,
  scans: 0,
  folders: 0,
  files: 0,
  bytes: 0,
  linked: 0,
  same: 0,
})

/** Where everything goes, and who is said to have done it. */
export type Goal = Readonly<{ archive: Archive; viewer: Viewer; why: Reason }>

/** One taking in of an old archive. */
export type Run = Readonly<{
  /** The old archive's folder, with those of its projects. */
  root: string
  types: Dictionary
  /** Undefined: only to see what would be taken. */
  goal: Goal | undefined
  taking: 'link' | 'copy'
  evenDamaged: boolean
  known: KnownSessions
  tell: Tell
  tally: Tally
  /** Subjects that were counted, where there is no archive to know them. */
  counted: Set<string>
  /** Somebody wants it to end: what is under way is finished, nothing more begun. */
  stopped: () => boolean
}>
