import { type DicomHeader, readHeader } from '../../src/dicom/header.ts'
import { type Draft, type DraftOptions, openDraft } from '../../src/intake/draft.ts'
import { standardDictionary } from '../../src/model/types/all.ts'
import { instance, type Values } from '../support/dicom.ts'

export const types = standardDictionary()

/** Root of the UIDs of SOP classes. */
export const STORAGE = '1.2.840.10008.5.1.4.1.1'
export const PET = `${STORAGE}.128`
export const CT = `${STORAGE}.2`
export const RTSTRUCT = `${STORAGE}.481.3`
export const SC = `${STORAGE}.7`
export const RAW = `${STORAGE}.66`

let last = 0

/** Another UID with each call. */
export function nextUid(): string {
  last += 1
  return `1.9.${last}`
}

export function draftOf(headers: readonly DicomHeader[], options: Partial<DraftOptions> = {}): Draft {
  const open = openDraft(types, { label: 'E1', ...options })
  for (const header of headers) open.add(header)
  return open.finish()
}

/** The header of an image with these values. */
export const headerOf = (values: Values): DicomHeader => readHeader(instance({ SOPInstanceUID: nextUid(), ...values }))

/** The draft of images with these values. */
export const drafted = (all: readonly Values[], options: Partial<DraftOptions> = {}): Draft =>
  draftOf(all.map(headerOf), options)

export const mr = (series: string, more: Values = {}): Values => ({
  SeriesInstanceUID: series,
  SeriesNumber: 1,
  ...more,
})
export const pet = (series: string, more: Values = {}): Values => ({
  ...mr(series),
  SOPClassUID: PET,
  Modality: 'PT',
  ...more,
})

/** Data types of a session and its scans, without prefix. */
export const typesOf = ({ session, scans }: Draft): readonly string[] =>
  [session.type, ...scans.map(({ item }) => item.type)].map((type) => type.replace(/^xnat:/, ''))
