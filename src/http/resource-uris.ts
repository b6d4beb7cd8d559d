import type { Direction, ParentAddress } from '../model/address.ts'

/** What a URI among the parameters of a service names: a parent, or one folder of it. */
export type NamedResource = Readonly<{ parent: ParentAddress; folder?: string; file?: string }>

/**
 * Reads a URI such as `/archive/experiments/E/scans/1/resources/DICOM`, with or without `/data`, `/REST` and
 * `/archive`; undefined when it names nothing that has folders (resources 9.4, 9.5).
 */
export function parseResourceUri(uri: string): NamedResource | undefined {
  const path = uri.replace(/^\/(?:data|REST)(?=\/)/, '').replace(/^\/archive(?=\/)/, '')
  if (!path.startsWith('/')) return undefined
  const segments = path.slice(1).split('/').map(decoded)
  if (segments.includes(undefined)) return undefined
  return namedBy(segments as string[])
}

function decoded(segment: string): string | undefined {
  try {
    const text = decodeURIComponent(segment)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}

function namedBy(segments: readonly string[]): NamedResource | undefined {
  const rest = [...segments]
  const take = (word: string): string | undefined => {
    if (rest[0] !== word || !rest[1]) return undefined
    return rest.splice(0, 2)[1]
  }
  const [project, subject, experiment] = [take('projects'), take('subjects'), take('experiments')]
  const [scan, assessor, reconstruction] =
    experiment === undefined ? [] : [take('scans'), take('assessors'), take('reconstructions')]
  const inside = assessor ?? reconstruction
  const direction: Direction =
    inside !== undefined && (rest[0] === 'in' || rest[0] === 'out') ? (rest.shift() as Direction) : 'out'
  const folder = take('resources')
  const file =
    folder !== undefined && rest[0] === 'files' && rest.length > 1 ? rest.splice(0).slice(1).join('/') : undefined
  if (rest.length > 0) return undefined
  const parent = parentNamed({ project, subject, experiment, scan, assessor, reconstruction }, direction)
  return parent && { parent, folder, file }
}

type Names = Readonly<
  Partial<Record<'project' | 'subject' | 'experiment' | 'scan' | 'assessor' | 'reconstruction', string>>
>

function parentNamed(
  { project, subject, experiment, scan, assessor, reconstruction }: Names,
  direction: Direction,
): ParentAddress | undefined {
  if (experiment !== undefined) {
    const at = { project, subject, experiment }
    if (scan !== undefined) return { kind: 'scan', at, scans: scan }
    if (assessor !== undefined) return { kind: 'assessor', at, assessors: assessor, direction }
    if (reconstruction !== undefined) return { kind: 'reconstruction', at, reconstructions: reconstruction, direction }
    return { kind: 'experiment', at }
  }
  if (subject !== undefined) return { kind: 'subject', at: { project, subject } }
  return project === undefined ? undefined : { kind: 'project', at: { project } }
}
