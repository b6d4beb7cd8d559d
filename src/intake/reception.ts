import type { LocatedProject } from '../archive/locate.ts'

/** Routing rules of a receiver, as its settings have them; blank ones fall back to those of the site (import 3.3). */
export type ReceiverRules = Readonly<{ project?: string; subject?: string; session?: string }>

/** Who sent something over the network, and which receiver took it. */
export type Sender = Readonly<{ aeTitle: string; address?: string }>
export type Receiver = Readonly<{ aeTitle: string; port: number }>

/** How objects are taken in: what the sender or the receiver says beside the objects themselves. */
export type Reception = Readonly<{
  /** The project that was named and that the sender may write to; absent: the headers decide. */
  project?: LocatedProject
  /** Labels that outrank those of the headers. */
  subject?: string
  session?: string
  /** Exactly this entry of the project (or of Unassigned, without one) is meant; made where it is missing. */
  entry?: Readonly<{ timestamp: string; folder: string }>
  /** Objects of another study may join the exact entry. */
  anyStudy: boolean
  /** Only for what came through a receiver (import 3.3). */
  rules?: ReceiverRules
  sender?: Sender
  receiver?: Receiver
  /** Of a data set that comes without preamble and group 2; both are then put in front of the bytes. */
  transferSyntax?: string
  /** Names by the site's template; else those that the files came with. */
  rename: boolean
  /** Where a name is taken: the template's, or the same with a number. */
  onTaken: 'template' | 'number'
  /** The auto-archive wish of the sender; absent: none. */
  autoArchive?: boolean
  preventAnon: boolean
  preventAutoCommit: boolean
  source: string
  visit: string
  protocol: string
  timezone: string
  /** Written straight to the archive when it is complete, past the prearchive (import 2.10). */
  direct: boolean
  wishes: Wishes
}>

/** What a sender wants for the session that an arrival becomes. */
export type Wishes = Readonly<{
  /** Values by XML path, as they were given. */
  values?: Readonly<Record<string, string>>
  quarantine?: boolean
  triggerPipelines?: boolean
}>

/** Takes objects as they come, and lets their headers decide. */
export const plainReception: Reception = Object.freeze({
  anyStudy: false,
  rename: true,
  onTaken: 'template',
  preventAnon: false,
  preventAutoCommit: false,
  source: '',
  visit: '',
  protocol: '',
  timezone: '',
  direct: false,
  wishes: {},
})
