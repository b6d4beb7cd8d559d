import { refuse } from '../errors.ts'
import { namespaces } from '../model/namespaces.ts'
import { escapeAttribute, escapeText } from './xml.ts'
import { readSentXml, type SentXml } from './xml-read.ts'

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

const settings = ['current_arc', 'prearchive_code', 'quarantine_code'] as const

/** What such a document says: the project it is of and those settings that it holds, as they were written. */
export type SentArchiveSpec = Readonly<{
  project: string | undefined
  settings: Readonly<Partial<Record<(typeof settings)[number], string>>>
}>

/** @throws ArchiveError 'unreadable' for a document that cannot be read, or of another type */
export function xmlToArchiveSpec(document: SentXml): SentArchiveSpec {
  const root = readSentXml(document)
  const own = (local: string) => root.children.find((child) => child.uri === namespaces['arc'] && child.local === local)
  if (root.uri !== namespaces['arc'] || root.local !== 'Project') {
    const because = 'Only arc:Project documents can be PUT to this address.'
    refuse({ kind: 'unreadable', what: 'document', because })
  }
  const id = root.attributes.find(({ uri, local }) => uri === '' && local === 'id')?.value
  const held = settings.flatMap((name) => {
    const text = own(name)?.text
    return text ? [[name, text]] : []
  })
  return { project: id || undefined, settings: Object.fromEntries(held) }
}
