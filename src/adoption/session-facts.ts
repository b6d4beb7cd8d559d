import { readFile } from 'node:fs/promises'
import { sessionRecord } from '../dicom/fields.ts'
import { type DicomHeader, firstOf } from '../dicom/header.ts'
import { scanTypeOf, sessionTypeOf } from '../dicom/modality.ts'
import { faultOf } from '../errors.ts'
import { xmlToItem } from '../formats/item-xml.ts'
import { readXml } from '../formats/xml-read.ts'
import { assign } from '../intake/assign.ts'
import { cleanLabel } from '../intake/names.ts'
import { routingRules } from '../intake/routing-rules.ts'
import type { Item } from '../model/item.ts'
import type { OldPlace } from './projects.ts'
import type { Run } from './run.ts'

/** The type of a session of which nothing tells. */
const UNKNOWN_SESSION = 'xnat:otherDicomSessionData'
const UNKNOWN_SCAN = 'xnat:otherDicomScanData'

/** A subject as the old site had it; `id` where its accession id is known. */
export type SubjectFacts = Readonly<{ label: string; id: string | undefined }>

/** What is known of a session before it is taken in. */
export type SessionFacts = Readonly<{
  subject: SubjectFacts
  /** Type, accession id where it is known, fields, and the scans and assessors that a document describes. */
  record: Item
  /** It is described by a document, which knows more than headers do. */
  documented: boolean
  /** Of the study that its files belong to; undefined without DICOM. */
  study: string | undefined
  scanType: (scan: string) => string
}>

/** What the folder of a session holds that tells something of it. */
export type SessionClues = Readonly<{
  /** XML documents beside and in it. */
  documents: readonly string[]
  /** One of each scan with DICOM. */
  headers: ReadonlyMap<string, DicomHeader>
}>

/**
 * What a session is: from the table of the old site, then from a document in its folder, then from DICOM headers. What
 * had to be guessed is told.
 */
export async function sessionFacts(run: Run, place: OldPlace, clues: SessionClues): Promise<SessionFacts> {
  const headers = [...clues.headers.values()]
  const document = await sessionDocument(run, place, clues.documents)
  const known = run.known(place.project, place.name)
  const type = document?.type ?? knownType(run, known?.type) ?? typeByHeaders(headers) ?? guessedType(run, place)
  const id = known?.id ?? textOf(document, 'ID')
  const record = document ?? sessionRecord(run.types, type, headers)
  return {
    subject: subjectFacts(run, place, { document, headers }),
    record: withId(record, id),
    documented: document !== undefined,
    study: textsOf(headers, 'StudyInstanceUID')[0],
    scanType: (scan) => scanType(run, { type, document, header: clues.headers.get(scan) }, scan),
  }
}

/** The record without what says where it belongs: that its folder says. */
function withId(record: Item, id: string | undefined): Item {
  const { project: _p, label: _l, subject_ID: _s, ID: _i, ...fields } = record.fields
  return { ...record, fields: id === undefined ? fields : { ...fields, ID: id } }
}

const textOf = (item: Item | undefined, name: string): string | undefined => {
  const value = item?.fields[name]
  return value === undefined || value === '' ? undefined : String(value)
}

/** The first document that describes this session; others are told of. */
async function sessionDocument(run: Run, place: OldPlace, paths: readonly string[]): Promise<Item | undefined> {
  let found: Item | undefined
  for (const path of paths) {
    const item = await documentAt(run, path)
    if (!item) continue
    const label = textOf(item, 'label')
    const fits = run.types.isA(item.type, 'xnat:experimentData') && (label === undefined || label === place.name)
    if (fits && !found) found = item
    else run.tell({ kind: 'unplaced', path, detail: `A document that does not describe the session ${place.name}.` })
  }
  return found
}

async function documentAt(run: Run, path: string): Promise<Item | undefined> {
  try {
    const { item, faults } = xmlToItem(run.types, readXml(await readFile(path)))
    if (faults.length === 0) return item
    run.tell({ kind: 'document', path, detail: faults.join(' ') })
  } catch (error) {
    if (!faultOf(error) && (error as NodeJS.ErrnoException).code === undefined) throw error
    run.tell({ kind: 'document', path, detail: (error as Error).message })
  }
  return undefined
}

function knownType(run: Run, name: string | undefined): string | undefined {
  const type = name === undefined ? undefined : run.types.findFolded(name)
  return type && !type.abstract && type.lineage.includes('xnat:subjectAssessorData') ? type.name : undefined
}

const typeByHeaders = (headers: readonly DicomHeader[]): string | undefined =>
  headers.length === 0 ? undefined : sessionTypeOf(textsOf(headers, 'SOPClassUID'), textsOf(headers, 'Modality'))

const textsOf = (headers: readonly DicomHeader[], keyword: string): string[] =>
  headers.flatMap((header) => firstOf(header, keyword) ?? [])

function guessedType(run: Run, { paths }: OldPlace): string {
  const detail = `Neither a table nor a document nor DICOM tells the type of the session: ${UNKNOWN_SESSION}.`
  run.tell({ kind: 'guessed', path: paths[0]!, detail })
  return UNKNOWN_SESSION
}

type ScanClues = Readonly<{ type: string; document: Item | undefined; header: DicomHeader | undefined }>

/** The type of a scan: its document's, its headers', or the one that fits its session. */
function scanType(run: Run, { type, document, header }: ScanClues, scan: string): string {
  const described = document?.children['scans/scan']?.find(({ fields }) => String(fields['ID']) === scan)
  if (described && !run.types.find(described.type)?.abstract && described.type !== 'xnat:imageScanData')
    return described.type
  if (header) return scanTypeOf(textsOf([header], 'SOPClassUID'))
  return run.types.find(type.replace('SessionData', 'ScanData'))?.name ?? UNKNOWN_SCAN
}

type SubjectClues = Readonly<{ document: Item | undefined; headers: readonly DicomHeader[] }>

/** Accession ids as sites generate them. */
const accession = /_S\d{5,}$/

function subjectFacts(run: Run, place: OldPlace, { document, headers }: SubjectClues): SubjectFacts {
  const known = run.known(place.project, place.name)
  const listed = cleanLabel(known?.subject)
  if (listed !== undefined) return { label: listed, id: known?.subjectId }
  const named = textOf(document, 'subject_ID')
  const id = named !== undefined && accession.test(named) ? named : undefined
  const label = id === undefined ? cleanLabel(named) : undefined
  return label === undefined ? patientOf(run, place, { document, headers, id }) : { label, id }
}

/** As it would be named if the file came in now (import 3.1). */
const subjectIn = (header: DicomHeader): string | undefined =>
  firstOf(header, 'StudyInstanceUID') === undefined ? undefined : assign(header, routingRules()).subject

function patientOf(
  run: Run,
  place: OldPlace,
  { document, headers, id }: SubjectClues & Readonly<{ id: string | undefined }>,
): SubjectFacts {
  const names = [...headers.map(subjectIn), cleanLabel(textOf(document, 'dcmPatientName'))]
  const [label, ...others] = new Set(names.filter((name) => name !== undefined))
  if (others.length > 0) {
    const detail = `The DICOM files name several patients, taken was the first: ${[label, ...others].join(', ')}`
    run.tell({ kind: 'guessed', path: place.paths[0]!, detail })
  }
  if (label !== undefined) return { label, id }
  const detail = `Nothing names the subject; it is called ${id ?? place.name}.`
  run.tell({ kind: 'guessed', path: place.paths[0]!, detail })
  return { label: id ?? place.name, id }
}
