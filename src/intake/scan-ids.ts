import { type DicomHeader, firstOf } from '../dicom/header.ts'
import { leadModality } from '../dicom/modality.ts'

/** What a series says of itself that its scan's ID is made of. */
export type SeriesIdentity = Readonly<{
  /** Series Instance UID; empty where there is none. */
  uid: string
  /** Series Number as the headers have it; empty where there is none. */
  number: string
  modalities: readonly string[]
}>

/** The ID of scans whose series has neither number nor UID. */
const UNNUMBERED = 'NA'
const MAX_ID_LENGTH = 255

const clean = (text: string): string =>
  text
    .trim()
    .replaceAll(/[^\w-]/g, '_')
    .slice(0, MAX_ID_LENGTH)

/** The folder of a scan while its objects are received (import 3.6). */
export const seriesFolder = (header: DicomHeader): string => plainId(seriesIdentity(header))

const seriesIdentity = (header: DicomHeader): SeriesIdentity => ({
  uid: firstOf(header, 'SeriesInstanceUID') ?? '',
  number: firstOf(header, 'SeriesNumber') ?? '',
  modalities: [firstOf(header, 'Modality') ?? ''],
})

/** The number of a series, else its UID with plain signs alone. */
const plainId = ({ number, uid }: SeriesIdentity): string => clean(number) || clean(uid) || UNNUMBERED

/**
 * The scan ID of each series of a study, by UID (import 3.6): its number; where several share one, each gets
 * `4-MR1`, `4-MR2`, `4-CT1`, counted for each modality in the order of their UIDs.
 */
export function scanIds(series: readonly SeriesIdentity[]): ReadonlyMap<string, string> {
  const ids = new Map<string, string>()
  for (const [id, sharing] of Map.groupBy(series, plainId)) {
    const counts = new Map<string, number>()
    for (const { uid, modalities } of sharing.toSorted((a, b) => (a.uid < b.uid ? -1 : Number(a.uid > b.uid)))) {
      const modality = leadModality(modalities)
      const count = (counts.get(modality) ?? 0) + 1
      counts.set(modality, count)
      ids.set(uid, sharing.length === 1 ? id : `${id}-${modality}${count}`)
    }
  }
  return ids
}

/** A scan, as far as joining it with others needs: its ID, the UID of its series and its data type. */
export type ScanIdentity = Readonly<{ id: string; uid: string | undefined; type: string }>

/** What becomes of a scan that comes into a session: the ID it gets there, and whether that is a scan already there. */
export type MergedScan = Readonly<{ id: string; joins: boolean }>

/**
 * What becomes of each scan that joins a session, by its own ID (import 3.6): a series that is there already is joined;
 * a number that another series has is changed to `4-MR1`, then `4-MR2`.
 */
export function mergedScanIds(
  existing: readonly ScanIdentity[],
  incoming: readonly ScanIdentity[],
): ReadonlyMap<string, MergedScan> {
  const used = new Set(existing.map(({ id }) => id))
  const byUid = new Map(existing.flatMap(({ uid, id }) => (uid ? [[uid, id] as const] : [])))
  const merged = new Map<string, MergedScan>()
  for (const scan of incoming) {
    const same = scan.uid ? byUid.get(scan.uid) : existing.find(({ id, uid }) => id === scan.id && !uid)?.id
    if (same !== undefined) {
      merged.set(scan.id, { id: same, joins: true })
      continue
    }
    const id = unusedId(scan, used)
    used.add(id)
    merged.set(scan.id, { id, joins: false })
  }
  return merged
}

function unusedId({ id, type }: ScanIdentity, used: ReadonlySet<string>): string {
  if (!used.has(id)) return id
  for (let number = 1; ; number += 1) {
    const other = `${id}-${lettersOf(type)}${number}`
    if (!used.has(other)) return other
  }
}

/** `MR` of `xnat:mrScanData`; PET goes by its modality. */
function lettersOf(type: string): string {
  const letters = type.replace(/^\w+:/, '').slice(0, 2).toUpperCase()
  return letters === 'PE' ? 'PT' : letters
}
