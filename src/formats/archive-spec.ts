import { namespaces } from '../model/namespaces.ts'
import { escapeAttribute, escapeText } from './xml.ts'

/** How a project wants its arrivals and its imaging sessions treated. */
export type ArchiveSpec = Readonly<{
  /** ID of the project. */
  project: string
  currentArc: string
  prearchiveCode: number
  quarantineCode: number
}>

/**
 * The archive settings of a project as the document that clients know (hierarchy 3.10). Projects have no pipelines, and
 * where files lie is not told.
 */
export function archiveSpecXml({ project, currentArc, prearchiveCode, quarantineCode }: ArchiveSpec): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<arc:Project id="${escapeAttribute(project)}" xmlns:arc="${namespaces['arc']}" xmlns:xsi="${namespaces['xsi']}">
<arc:pipelines/>
<arc:current_arc>${escapeText(currentArc)}</arc:current_arc>
<arc:prearchive_code>${prearchiveCode}</arc:prearchive_code>
<arc:quarantine_code>${quarantineCode}</arc:quarantine_code>
</arc:Project>
`
}
