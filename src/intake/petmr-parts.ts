import type { Draft, DraftPart, DraftScan } from './draft.ts'

/**
 * The two sessions that a draft is taken apart into (import 9): PET with the maps for its attenuation correction, and
 * MR with all the rest; empty where nothing would remain in one of them.
 * @param taken whether a label is in use in the project
 */
export async function petMrParts(
  { scans, label }: Draft,
  taken: (label: string) => Promise<boolean>,
): Promise<readonly DraftPart[]> {
  const { pet = [], mr = [] } = Object.groupBy(scans, (scan) => (belongsToPet(scan) ? 'pet' : 'mr'))
  if (pet.length === 0 || mr.length === 0) return []
  const seriesOf = (list: readonly DraftScan[]) => new Set(list.map(({ series }) => series))
  const mrLabel = await unusedLabel(partLabel(label, 'MR'), taken)
  const petLabel = await unusedLabel(partLabel(label, 'PET'), async (text) => text === mrLabel || taken(text))
  return [
    { label: mrLabel, series: seriesOf(mr) },
    { label: petLabel, series: seriesOf(pet) },
  ]
}

const belongsToPet = ({ modalities, description }: DraftScan): boolean =>
  modalities.includes('PT') || (modalities.includes('MR') && /MRAC/.test(description ?? ''))

/** `PETMR` in one letter case is replaced, else the part is appended. */
function partLabel(label: string, part: 'MR' | 'PET'): string {
  const both = ['PETMR', 'petmr'].find((text) => label.includes(text))
  return both === undefined ? `${label}_${part}` : label.replace(both, part)
}

async function unusedLabel(label: string, taken: (label: string) => Promise<boolean>): Promise<string> {
  if (!(await taken(label))) return label
  for (let number = 1; ; number += 1) if (!(await taken(`${label}${number}`))) return `${label}${number}`
}
