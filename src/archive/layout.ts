import type { Direction, ParentAddress } from '../model/address.ts'

/** A folder and what it hangs on, by names. `holder` is the label of the session, experiment or subject. */
export type Spot = Readonly<{
  kind: ParentAddress['kind']
  holder: string
  /** ID of the scan, assessor or reconstruction itself. */
  name: string
  direction: Direction | null
  folder: string
}>

/**
 * Where the original would keep a folder, below the archive folder of its project (resources 9.1): files do not lie
 * there, but clients with a mounted archive and people know these paths.
 * @param arc the project's archive sub-folder, e.g. `arc001`
 */
export function placeOf({ kind, holder, name, direction, folder }: Spot, arc: string): string {
  switch (kind) {
    case 'project':
      return `resources/${folder}`
    case 'subject':
      return `subjects/${holder}/${folder}`
    case 'experiment':
      return `${arc}/${holder}/RESOURCES/${folder}`
    case 'scan':
      return `${arc}/${holder}/SCANS/${name}/${folder}`
    case 'assessor':
      return `${arc}/${holder}/ASSESSORS/${name}/${direction ?? 'RESOURCES'}/${folder}`
    case 'reconstruction':
      return `${arc}/${holder}/PROCESSED/${name}/${folder}`
  }
}

/** What people call a folder: its label, else its number. */
export const folderName = ({ label, id }: Readonly<{ label: string | null; id: number }>): string => label ?? String(id)
