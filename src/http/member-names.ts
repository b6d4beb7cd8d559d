import type { Folder } from '../archive/folders.ts'
import { folderName, placeOf } from '../archive/layout.ts'

/** How a download is laid out (resources 3.6). */
export type Layout = Readonly<{
  structure: 'default' | 'simplified' | 'legacy' | 'improved'
  /** Tars of the improved layout do not name the type of a scan. */
  typed: boolean
  /** Put before everything inside a session: project, subject. */
  before: readonly string[]
}>

const structures = ['default', 'simplified', 'legacy', 'improved'] as const

/** The layout with that name; an unknown one is the default. */
export const structureOf = (name: string | undefined): Layout['structure'] =>
  structures.find((structure) => structure === name) ?? 'default'

/** What stands before the paths of a folder's files in a download, with a slash at its end. */
export function folderPrefix({ row, parent }: Folder, { structure, typed, before }: Layout): string {
  const label = folderName(row)
  const { kind, name, direction, type, holder } = parent
  if (structure === 'legacy') {
    const place = placeOf({ kind, holder: holder.label, name, direction, folder: label }, '')
    return `${kind === 'project' ? `${holder.label}/${place}` : place.replace(/^\/|^subjects\//, '')}/`
  }
  if (structure === 'improved')
    return `${[...improvedSteps(kind, `${name}${typed && type ? `_${fileName(type)}` : ''}`, direction), label].join('/')}/`
  const simple = structure === 'simplified'
  const own = categories[kind]
    ? [
        categories[kind],
        simple || !type || kind === 'assessor' ? name : `${name}-${type.replaceAll(/\W/g, '_')}`,
        ...(direction ? [direction] : []),
      ]
    : []
  const inside = kind === 'scan' || kind === 'assessor' ? before : []
  const steps = [...inside, holder.label, ...own, ...(simple ? [label] : ['resources', label, 'files'])]
  return `${steps.join('/')}/`
}

const categories: Readonly<Partial<Record<Folder['parent']['kind'], string>>> = {
  scan: 'scans',
  assessor: 'assessors',
  reconstruction: 'reconstructions',
}

function improvedSteps(kind: Folder['parent']['kind'], name: string, direction: string | null): string[] {
  const category = categories[kind]
  return category ? [category, name, ...(direction ? [direction] : [])] : ['resources']
}

/** A type as a step of a path that every system takes. */
const fileName = (type: string): string => type.replaceAll(/[/\\:*?"<>|]/g, '_')
