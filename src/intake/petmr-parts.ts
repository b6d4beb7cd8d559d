import type { Draft, DraftScan } from './draft.ts'

/** One of the two sessions into which a study of PET and MR images is taken apart. */
export type PetMrPart = Readonly<{ type: string; label: string; series: ReadonlySet<string> }>

/**
 * The two sessions that a draft is taken apart into (import 9): PET with the maps for its attenuation correction, and
 * MR with all the rest; empty where nothing would remain in one of them.
 * @param taken whether a label is in use in the project
 */
export async function petMrParts(
  { scans, label }: Draft,
  taken: (label: string) => Promise<boolean>,
): Promise<readonly PetMrPart[]> {
  const { pet = [], mr = [] } = Object.groupBy(scans, (scan) => (belongsToPet(scan) ? 'pet' : 'mr'))
  if (pet.length === 0 || mr.length === 0) return []
  const seriesOf = (list: readonly DraftScan[]) => new Set(list.map(({ series }) => series))
  const mrLabel = await unusedLabel(partLabel(label, 'MR'), taken)
  const petLabel = await unusedLabel(partLabel(label, 'PET'), async (text) => text === mrLabel || taken(text))
  return [
    { type: 'xnat:mrSessionData', label: mrLabel, series: seriesOf(mr) },
    { type: 'xnat:petSessionData', label: petLabel, series: seriesOf(pet) },
  ]
}

const belongsToPet = ({ modalities, description }: DraftScan): boolean =>
  modalities.includes('PT') || (modalities.includes('MR') && /MRAC/.test(description ?? ''))

/** `PETMR` in one letter case is replaced, else the part is appended. */
function partLabel(label: string, part: 'MR' | 'PET'): string {
  if (label.includes('PETMR')) return label.replace('PETMR', part)
  if (label.includes('petmr')) return label.replace('petmr', part.toLowerCase())
  return `${label}_${part}`
}

async function unusedLabel(label: string, taken: (label: string) => Promise<boolean>): Promise<string> {
  if (!(await taken(label))) return label
  for (let number = 1; ; number += 1) if (!(await taken(`${label}${number}`))) return `${label}${number}`
}
