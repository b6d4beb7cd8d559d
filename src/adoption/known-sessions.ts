import { refuse } from '../errors.ts'
import { readCsv } from '../formats/csv-read.ts'

/** What a table of the old site says of a session. */
export type KnownSession = Readonly<{
  /** Label of its subject. */
  subject: string
  /** Id of its subject. */
  subjectId: string | undefined
  /** Its own id. */
  id: string | undefined
  type: string | undefined
}>

/** What is known of a session, by its project and label. */
export type KnownSessions = (project: string, session: string) => KnownSession | undefined

export const nothingKnown: KnownSessions = () => undefined

/** Columns under the names that the original and people give them. */
const columns = {
  project: ['project'],
  session: ['label', 'session', 'session_label', 'experiment'],
  subject: ['subject_label', 'subject'],
  subjectId: ['subject_id'],
  id: ['id', 'session_id', 'experiment_id'],
  type: ['xsitype', 'type'],
} as const

/**
 * Reads a table of sessions as the original's `/data/experiments?columns=…&format=csv` gives it: columns `label` and
 * `subject_label` at least, `project` where labels repeat, `ID`, `subject_ID` and `xsiType` to keep them.
 * @throws ArchiveError 'invalid' without the two columns, 'unreadable'
 */
export function readKnownSessions(csv: string): KnownSessions {
  const sessions = new Map<string, KnownSession>()
  for (const row of readCsv(csv)) {
    const cells = new Map(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]))
    const cell = (name: keyof typeof columns): string | undefined =>
      columns[name].map((each) => cells.get(each)).find((value) => value !== undefined)
    const [session, subject] = [cell('session'), cell('subject')]
    if (session === undefined || subject === undefined) {
      const because = 'The table of sessions needs the columns label and subject_label.'
      return refuse({ kind: 'invalid', field: 'subjects', because })
    }
    if (session === '' || subject === '') continue
    const known = {
      subject,
      subjectId: cell('subjectId') || undefined,
      id: cell('id') || undefined,
      type: cell('type') || undefined,
    }
    sessions.set(keyOf(cell('project') ?? '', session), known)
  }
  return (project, session) => sessions.get(keyOf(project, session)) ?? sessions.get(keyOf('', session))
}

const keyOf = (project: string, session: string): string => `${project}\n${session}`
