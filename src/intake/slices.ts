import type { Scope } from '../archive/archive.ts'
import { type DicomHeader, firstOf } from '../dicom/header.ts'
import { pixelLayout } from '../dicom/image.ts'
import { type DicomFile, fromHeaders } from './stored-headers.ts'

/** One frame of one file of a scan; `frame` is counted from 0. */
export type Slice = Readonly<{ file: DicomFile; frame: number }>

/** An object with pixels, as it is put into order. */
type Instance = Readonly<{ file: DicomFile; number: number | undefined; uid: string; frames: number }>

/**
 * Slices of a scan, spread evenly over all of them: `⌊N/p⌋·i + ⌊N/(2p)⌋`, so that one is the middle one (import 7).
 * @param panels how many are wanted; where there are fewer, all of them are meant
 * @returns none when no file of the scan has pixels
 */
export async function spreadSlices(scope: Scope, scan: number, panels: number): Promise<readonly Slice[]> {
  const found: Instance[] = []
  await fromHeaders(scope, scan, { take: (header, file) => found.push(instanceOf(header, file)) })
  const instances = found.filter(({ frames }) => frames > 0).sort(inOrder)
  const count = instances.reduce((sum, { frames }) => sum + frames, 0)
  const wanted = Math.min(panels, count)
  return Array.from({ length: wanted }, (_, index) =>
    sliceAt(instances, Math.floor(count / wanted) * index + Math.floor(count / (2 * wanted))),
  )
}

function instanceOf(header: DicomHeader, file: DicomFile): Instance {
  const number = Number.parseInt(firstOf(header, 'InstanceNumber') ?? '', 10)
  return {
    file,
    number: Number.isNaN(number) ? undefined : number,
    uid: firstOf(header, 'SOPInstanceUID') ?? '',
    frames: pixelLayout(header)?.frames ?? 0,
  }
}

/** By instance number, those without one last and by UID. */
function inOrder(a: Instance, b: Instance): number {
  if (a.number !== b.number) return (a.number ?? Number.POSITIVE_INFINITY) - (b.number ?? Number.POSITIVE_INFINITY)
  return a.uid < b.uid ? -1 : 1
}

function sliceAt(instances: readonly Instance[], index: number): Slice {
  let before = 0
  for (const { file, frames } of instances) {
    if (index < before + frames) return { file, frame: index - before }
    before += frames
  }
  throw new RangeError(`There is no slice ${index}`)
}
