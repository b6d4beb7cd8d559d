import { datasetText } from '../dicom/elements.ts'
import { type DicomHeader, firstOf } from '../dicom/header.ts'
import { isPrimary } from '../dicom/modality.ts'
import { attributes, type Tag, tagOf } from '../dicom/tags.ts'

/** What is remembered of the objects of one series while they come in. */
export type SeriesHeaders = Readonly<{
  uid: string
  number: () => string
  modalities: ReadonlySet<string>
  classes: ReadonlySet<string>
  studies: ReadonlySet<string>
  add: (header: DicomHeader) => void
  instances: () => number
  /** Frames of the images; objects of other kinds beside them do not count. */
  frames: () => number
  /** One header of each kind that differs in what it says of scan or session. */
  distinct: () => readonly DicomHeader[]
}>

/** A series whose objects have more different values of one attribute than this has none of it. */
const MAX_DIFFERENT = 16
/** Each object has its own, of which no field is made. */
const individual = new Set(['SOPInstanceUID', 'InstanceNumber'].map(tagOf))
/** Echo times belong to echo numbers: each pair counts, however many there are. */
const paired = new Set(['EchoTime', 'EchoNumbers'].map(tagOf))

/**
 * A series without objects. However many are added, only those headers are kept that tell something new.
 * @param also further tags that fields are made of
 */
export function openSeries(uid: string, also: ReadonlySet<Tag>): SeriesHeaders {
  const [modalities, classes, studies] = [new Set<string>(), new Set<string>(), new Set<string>()]
  const kept = new Map<string, DicomHeader>()
  const seen = new Map<Tag, Set<string>>()
  const counts = { instances: 0, frames: 0, number: '' }
  const matters = (tag: Tag): boolean => also.has(tag) || (tag in attributes && !individual.has(tag))
  /** The value, or a mark for one more of an attribute that differs anyway. */
  const capped = (tag: Tag, text: string): string => {
    const values = seen.get(tag) ?? new Set()
    seen.set(tag, values)
    if (values.size >= MAX_DIFFERENT && !values.has(text) && !paired.has(tag)) return '…'
    values.add(text)
    return text
  }
  const keyOf = (header: DicomHeader): string => {
    const values = [...header.values].flatMap(([tag, texts]) =>
      matters(tag) ? [`${tag}=${capped(tag, texts.join('\\'))}`] : [],
    )
    const items = [...header.items].map(([tag, list]) => `${tag}=${capped(tag, list.map(datasetText).join('\\'))}`)
    return [...values, ...items].join('\n')
  }
  const add = (header: DicomHeader): void => {
    const sopClass = firstOf(header, 'SOPClassUID') ?? ''
    classes.add(sopClass)
    modalities.add(firstOf(header, 'Modality') ?? '')
    studies.add(firstOf(header, 'StudyInstanceUID') ?? '')
    counts.instances += 1
    counts.number ||= firstOf(header, 'SeriesNumber') ?? ''
    if (isPrimary(sopClass)) counts.frames += framesIn(header)
    const key = keyOf(header)
    if (!kept.has(key)) kept.set(key, header)
  }
  return Object.freeze({
    uid,
    modalities,
    classes,
    studies,
    add,
    number: () => counts.number,
    instances: () => counts.instances,
    frames: () => counts.frames,
    distinct: () => [...kept.values()],
  })
}

function framesIn(header: DicomHeader): number {
  const frames = Number(firstOf(header, 'NumberOfFrames') ?? 1)
  return Number.isSafeInteger(frames) && frames > 0 ? frames : 1
}
