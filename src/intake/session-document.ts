import type { Item } from '../model/item.ts'
import type { Disagreement, Draft, DraftScan } from './draft.ts'

/** A scan of a session that waits: its record, and which of the objects are its own. */
export type WaitingScan = Pick<DraftScan, 'id' | 'series' | 'item' | 'frames'>

/** The session that an entry is, as it was built from the headers: what the archive gets when it is admitted. */
export type SessionDocument = Readonly<{
  type: string
  /** Label that the headers led to. */
  label: string
  /** Without scans. */
  session: Item
  scans: readonly WaitingScan[]
  /** What headers differ on: shown, never archived (import 10.10). */
  disagreements: readonly Disagreement[]
}>

/** What is kept of a draft. */
export function documentOfDraft({ session, label, scans, disagreements }: Draft): SessionDocument {
  const { 'scans/scan': _, ...children } = session.children
  const kept = scans.map(({ id, series, item, frames }) => ({ id, series, item, frames }))
  return { type: session.type, label, session: { ...session, children }, scans: kept, disagreements }
}

export const documentText = (document: SessionDocument): string => JSON.stringify(document)

/** What an entry's row holds; undefined when it was not built yet. */
export const documentOf = (row: Readonly<{ document: string | null }>): SessionDocument | undefined =>
  row.document === null ? undefined : (JSON.parse(row.document) as SessionDocument)

/** The session with its scans inside, as it is shown. */
export const wholeSession = ({ session, scans }: SessionDocument): Item => ({
  ...session,
  children: { ...session.children, 'scans/scan': scans.map(({ item }) => item) },
})
