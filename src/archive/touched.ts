import type { Parent } from './parents.ts'

/** What a change touched below its holder, for people who read the history: `scan 4, resource DICOM, a.dcm`. */
export function touched({ kind, name, direction }: Parent, folder: string | null | undefined, file?: string): string {
  const below =
    kind === 'scan' || kind === 'reconstruction' || kind === 'assessor'
      ? [`${kind} ${name}${direction === 'in' ? ' in' : ''}`]
      : []
  return [...below, ...(folder ? [`resource ${folder}`] : []), ...(file ? [file] : [])].join(', ')
}
