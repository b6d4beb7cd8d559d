import { refuse } from '../errors.ts'
import type { Viewer } from '../model/access.ts'
import type { Item } from '../model/item.ts'
import type { Patch } from '../model/patch.ts'
import { type Archive, type Reason, scopeOf } from './archive.ts'
import { putExperiment } from './experiments.ts'
import { locateExperiment, locateSubject, orNothing } from './locate.ts'
import { putSubject, SUBJECT, type Written } from './subjects.ts'

/**
 * Stores the document of a subject or an experiment, which says itself what it is of: by its ID, or where that is new
 * or absent by its project and label (hierarchy 7.4).
 * @throws ArchiveError 'invalid' for a document of another kind, and whatever storing it at its own address brings
 */
export async function putDocument(
  archive: Archive,
  viewer: Viewer,
  why: Reason,
  patch: Patch & Readonly<{ document: Item }>,
): Promise<Written> {
  const { document } = patch
  const scope = scopeOf(archive, viewer)
  const id = fieldOf(document, 'ID') ?? ''
  const elsewhere = { project: fieldOf(document, 'project'), name: fieldOf(document, 'label') ?? id }
  if (document.type === SUBJECT) {
    const known = id !== '' && (await orNothing(locateSubject(scope, { subject: id }, 'read')))
    const { project, name } = known ? { project: undefined, name: id } : elsewhere
    return putSubject(archive, viewer, why, { at: { project, subject: name }, patch })
  }
  if (!archive.types.isA(document.type, 'xnat:experimentData')) {
    const because = `Only documents of subjects and experiments can be stored here, not ${document.type}.`
    return refuse({ kind: 'invalid', field: 'document', because })
  }
  const known = id !== '' && (await orNothing(locateExperiment(scope, { experiment: id }, 'read')))
  const { project, name } = known ? { project: undefined, name: id } : elsewhere
  return putExperiment(archive, viewer, why, { home: { project, segment: name }, patch })
}

function fieldOf({ fields }: Item, name: string): string | undefined {
  const value = fields[name]
  return value === undefined || value === '' ? undefined : String(value)
}
