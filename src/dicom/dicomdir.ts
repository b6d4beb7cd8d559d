import { element, longHead, number16, number32, text } from './element-bytes.ts'
import { fileStart } from './file-meta.ts'
import { type DicomHeader, firstOf } from './header.ts'
import { tagOf } from './tags.ts'

/** What a media directory says of one instance. */
export type DirectoryEntry = Readonly<{
  /** Steps of the file's path, each up to eight capitals, digits or `_`. */
  file: readonly string[]
  transferSyntax: string
  keys: ReadonlyMap<string, string>
}>

/** One record: its type, its keys as tag, representation and value, and the records below it. */
type Directory = { kind: string; elements: Buffer[]; below: Directory[]; at: number }

const levels: Readonly<
  Record<'PATIENT' | 'STUDY' | 'SERIES' | 'IMAGE', readonly (readonly [keyword: string, vr: string])[]>
> = {
  PATIENT: [
    ['PatientName', 'PN'],
    ['PatientID', 'LO'],
  ],
  STUDY: [
    ['StudyDate', 'DA'],
    ['StudyTime', 'TM'],
    ['AccessionNumber', 'SH'],
    ['StudyDescription', 'LO'],
    ['StudyInstanceUID', 'UI'],
    ['StudyID', 'SH'],
  ],
  SERIES: [
    ['Modality', 'CS'],
    ['SeriesInstanceUID', 'UI'],
    ['SeriesNumber', 'IS'],
  ],
  IMAGE: [['InstanceNumber', 'IS']],
}

const identity = ['SOPClassUID', 'SOPInstanceUID'] as const

/** What of a header the directory needs; the rest can be forgotten. */
export function directoryEntry(header: DicomHeader, file: readonly string[]): DirectoryEntry {
  const keywords = [...identity, ...Object.values(levels).flatMap((keys) => keys.map(([keyword]) => keyword))]
  const keys = new Map(keywords.map((keyword) => [keyword, firstOf(header, keyword) ?? '']))
  return { file, transferSyntax: header.transferSyntax, keys }
}

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1'
const MEDIA_DIRECTORY = '1.2.840.10008.1.3.10'
const IN_USE = 0xffff
/** Bytes of an item's head, and of the three elements with which every record begins. */
const ITEM_HEAD = 8
const RECORD_HEAD = 12 + 10 + 12

/**
 * A DICOMDIR of these instances: patients, their studies, their series, their instances.
 * @param uid the instance UID of the directory itself
 * @see DICOM PS3.3 F
 */
export function writeDicomdir(entries: readonly DirectoryEntry[], uid: string): Buffer {
  const patients = grouped(entries, ['PATIENT', 'STUDY', 'SERIES'])
  const meta = fileStart({ sopClass: MEDIA_DIRECTORY, instance: uid, transferSyntax: EXPLICIT_LITTLE_ENDIAN })
  // Group 4 up to the items: the set's id, two offsets, a flag and the head of the sequence.
  const before = [
    element('00041130', 'CS', Buffer.alloc(0)),
    number32('00041200', 0),
    number32('00041202', 0),
    number16('00041212', 0),
  ]
  const start = meta.length + before.reduce((sum, bytes) => sum + bytes.length, 0) + 12
  const end = place(patients, start)
  const records = [...written(patients)]
  const head = [
    before[0]!,
    number32('00041200', patients[0]?.at ?? 0),
    number32('00041202', patients.at(-1)?.at ?? 0),
    before[3]!,
  ]
  return Buffer.concat([meta, ...head, longHead('00041220', 'SQ', end - start), ...records])
}

type Level = keyof typeof levels

/** Records of the first level, one for each different set of its keys, with the other levels below. */
function grouped(entries: readonly DirectoryEntry[], [kind, ...deeper]: readonly Level[]): Directory[] {
  if (kind === undefined) return entries.map(imageRecord)
  const groups = Map.groupBy(entries, (entry) => levels[kind].map(([keyword]) => entry.keys.get(keyword)).join('\\'))
  return [...groups.values()].map((group) => ({
    kind,
    elements: keyElements(kind, group[0]!),
    below: grouped(group, deeper),
    at: 0,
  }))
}

function imageRecord(entry: DirectoryEntry): Directory {
  const elements = [
    text('00041500', 'CS', entry.file.join('\\')),
    text('00041510', 'UI', entry.keys.get('SOPClassUID') ?? ''),
    text('00041511', 'UI', entry.keys.get('SOPInstanceUID') ?? ''),
    text('00041512', 'UI', entry.transferSyntax),
    ...keyElements('IMAGE', entry),
  ]
  return { kind: 'IMAGE', elements, below: [], at: 0 }
}

function keyElements(kind: Level, { keys }: DirectoryEntry): Buffer[] {
  const named = levels[kind].map(([keyword, vr]) => [tagOf(keyword), vr, keys.get(keyword) ?? ''] as const)
  const all = [['00080005', 'CS', 'ISO_IR 192'] as const, ...named]
  return all.sort(([a], [b]) => (a < b ? -1 : 1)).map(([tag, vr, value]) => text(tag, vr, value))
}

/** Gives every record its offset, parents before what is below them; returns the offset after the last. */
function place(records: readonly Directory[], start: number): number {
  let at = start
  for (const record of records) {
    record.at = at
    at = place(record.below, at + ITEM_HEAD + recordLength(record))
  }
  return at
}

const recordLength = ({ kind, elements }: Directory): number =>
  RECORD_HEAD + text('00041430', 'CS', kind).length + elements.reduce((sum, bytes) => sum + bytes.length, 0)

function* written(records: readonly Directory[]): Generator<Buffer> {
  for (const [index, record] of records.entries()) {
    const head = Buffer.alloc(ITEM_HEAD)
    head.writeUInt16LE(0xfffe, 0)
    head.writeUInt16LE(0xe000, 2)
    head.writeUInt32LE(recordLength(record), 4)
    yield head
    yield number32('00041400', records[index + 1]?.at ?? 0)
    yield number16('00041410', IN_USE)
    yield number32('00041420', record.below[0]?.at ?? 0)
    yield text('00041430', 'CS', record.kind)
    yield* record.elements
    yield* written(record.below)
  }
}
