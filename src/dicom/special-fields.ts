import type { Scalar } from '../model/dictionary.ts'
import type { Item } from '../model/item.ts'
import {
  agreed,
  chain,
  decimal,
  inFirstItem,
  joinedText,
  oneNumber,
  type Reading,
  type Report,
  top,
} from './agreement.ts'
import { type DicomHeader, firstOf } from './header.ts'
import { isPrimary } from './modality.ts'
import { orientationOf } from './orientation.ts'
import { tagOf } from './tags.ts'

/** What a special rule gives: fields by path, and records below them. */
export type Gathered = Readonly<{
  fields: Readonly<Record<string, Scalar | undefined>>
  children?: Readonly<Record<string, readonly Item[]>>
}>

type Headers = readonly DicomHeader[]
type Fields = Record<string, Scalar | undefined>

const tag = tagOf
const group = (keyword: string, sequence: string): Reading => chain(tag(keyword), tag(sequence))

/** The fields of a scan that no single attribute gives (import 4.3 to 4.7). */
export function scanSpecials(type: string, headers: Headers, report: Report): Gathered {
  const fields: Fields = { frames: framesOf(headers) }
  const differ = (path: string) => (values: readonly (string | number)[]) => report(path, values)
  if (withVoxels.has(type)) Object.assign(fields, voxels(headers, report))
  if (withOrientation.has(type))
    fields['parameters/orientation'] = agreed(headers, planes, orientationOf, differ('parameters/orientation'))
  const children: Record<string, readonly Item[]> = {}
  if (withContrast.has(type)) children['contrasts/contrastBolusV2'] = contrasts(headers)
  if (type === 'xnat:mrScanData') {
    fields['fieldStrength'] = fieldStrength(headers, report)
    const echoes = echoTimes(headers, report)
    fields['parameters/te'] = echoes.single
    children['parameters/addParam'] = echoes.several
  }
  if (type === 'xnat:ctScanData') {
    Object.assign(fields, exposures(headers, report))
    children['parameters/focalSpots/focalSpot'] = focalSpots(headers)
  }
  return { fields, children }
}

const withVoxels = new Set(['xnat:mrScanData', 'xnat:ctScanData', 'xnat:optScanData'])
const withOrientation = new Set(['xnat:mrScanData', 'xnat:ctScanData', 'xnat:xaScanData'])
const withContrast = withOrientation

/** Frames of the images; objects of other kinds beside them do not count. */
function framesOf(headers: Headers): number {
  const images = headers.filter((header) => isPrimary(firstOf(header, 'SOPClassUID') ?? ''))
  return images.reduce((sum, header) => sum + (decimal(firstOf(header, 'NumberOfFrames')) ?? 1), 0)
}

const planes = group('ImageOrientationPatient', 'PlaneOrientationSequence')

const single = (texts: readonly string[]): number | undefined => (texts.length === 1 ? oneNumber(texts) : undefined)

/** Edges of a voxel in mm: all three, or none where anything is missing or differs. */
function voxels(headers: Headers, report: Report): Fields {
  const differ = (values: readonly (string | number)[]) => report('parameters/voxelRes/x', values)
  const spacing = agreed(headers, group('PixelSpacing', 'PixelMeasuresSequence'), joinedText, differ)?.split('\\') ?? []
  const [x, y] = [decimal(spacing[0]), decimal(spacing[1])]
  const z = agreed(headers, group('SliceThickness', 'PixelMeasuresSequence'), single, (values) =>
    report('parameters/voxelRes/z', values),
  )
  if (x === undefined || y === undefined || z === undefined || spacing.length !== 2) return {}
  return { 'parameters/voxelRes/x': x, 'parameters/voxelRes/y': y, 'parameters/voxelRes/z': z }
}

/** In tesla to the nearest half, as text with one digit after the point; some scanners write gauss. */
export function fieldStrength(headers: Headers, report: Report): string | undefined {
  const rounded = (texts: readonly string[]): string | undefined => {
    const value = oneNumber(texts)
    if (value === undefined) return undefined
    return (Math.round((value >= 500 ? value / 10_000 : value) * 2) / 2).toFixed(1)
  }
  return agreed(headers, top(tag('MagneticFieldStrength')), rounded, (values) => report('fieldStrength', values))
}

/** One echo gives the echo time; several give one added parameter each; contradictions give nothing (import 4.7). */
function echoTimes(headers: Headers, report: Report): { single: number | undefined; several: readonly Item[] } {
  const times = new Map<number, Set<string>>()
  for (const header of headers) {
    const time = firstOf(header, 'EchoTime')
    if (time === undefined || decimal(time) === undefined) continue
    const echo = decimal(firstOf(header, 'EchoNumbers')) ?? 0
    times.set(echo, (times.get(echo) ?? new Set()).add(time))
  }
  if ([...times.values()].some((different) => different.size > 1)) {
    report('parameters/te', [...new Set([...times.values()].flatMap((different) => [...different]))])
    return { single: undefined, several: [] }
  }
  const echoes = [...times].sort(([a], [b]) => a - b).map(([echo, [time = '']]) => ({ echo, time }))
  if (echoes.length < 2) return { single: decimal(echoes[0]?.time), several: [] }
  const several = echoes.map(({ echo, time }) => addParam(`MultiEcho_TE${echo}`, time))
  return { single: undefined, several }
}

const addParam = (name: string, addField: string): Item => ({
  type: 'xnat:addField',
  fields: { name, addField },
  children: {},
})

function contrasts(headers: Headers): readonly Item[] {
  const coded = inFirstItem(tag('ContrastBolusAgentSequence'), tag('CodeMeaning'))
  const reading: Reading = (header) => top(tag('ContrastBolusAgent'))(header) ?? coded(header)
  const agent = agreed(headers, reading, joinedText)
  return agent === undefined ? [] : [{ type: 'xnat:contrastBolusV2', fields: { agent }, children: {} }]
}

/** Exposure of CT in ms, mA and mAs, from whichever attribute says it; some are in thousandths. */
function exposures(headers: Headers, report: Report): Fields {
  const inSequence = (keyword: string): Reading => group(keyword, 'CTExposureSequence')
  const first = (path: string, keywords: readonly string[]): Fields => {
    for (const keyword of keywords) {
      const value = agreed(headers, inSequence(keyword), single, (values) => report(path, values))
      if (value !== undefined) return { [path]: keyword.includes('Inu') ? value / 1000 : value }
    }
    return {}
  }
  return {
    ...first('parameters/exposureTime', ['ExposureTime', 'ExposureTimeInms', 'ExposureTimeInuS']),
    ...first('parameters/xrayTubeCurrent', ['XRayTubeCurrent', 'XRayTubeCurrentInmA', 'XRayTubeCurrentInuA']),
    ...first('parameters/exposure', ['Exposure', 'ExposureInmAs', 'ExposureInuAs']),
    'parameters/rotationDirection': agreed(
      headers,
      group('RotationDirection', 'CTAcquisitionDetailsSequence'),
      rotation,
    ),
  }
}

const rotation = (texts: readonly string[]): string | undefined => (texts[0] === 'CCW' ? 'CC' : texts[0])

function focalSpots(headers: Headers): readonly Item[] {
  const spots = agreed(headers, group('FocalSpots', 'CTXRayDetailsSequence'), joinedText)
  const sizes = [...new Set((spots ?? '').split('\\').flatMap((text) => decimal(text) ?? []))]
  return sizes.map((focalSpot) => ({ type: 'xnat:ctScanData_focalSpot', fields: { focalSpot }, children: {} }))
}

/** The type that some tomographs of the eye state by a code of their own (import 4.5). */
export function codedScanType(headers: Headers): string | undefined {
  const meanings = headers.map((header) => {
    const item = header.items
      .get(tag('PerformedProtocolCodeSequence'))
      ?.find(
        (code) => firstOf(code, 'CodingSchemeDesignator') === '99CZM' && firstOf(code, 'CodingSchemeVersion') === '1.0',
      )
    return item && firstOf(item, 'CodeMeaning')
  })
  const different = new Set(meanings.filter((meaning) => meaning !== undefined))
  return different.size === 1 ? [...different][0] : undefined
}

/** Attributes that only special rules read of a session. */
export const sessionTags = ['MagneticFieldStrength', 'StudyComments', 'RadiopharmaceuticalInformationSequence'].map(tag)

/** The fields of an imaging session that no single attribute gives (import 4.2). */
export function sessionSpecials(type: string, headers: Headers, report: Report): Gathered {
  const fields: Fields = { scanner: scannersOf(headers) }
  if (type === 'xnat:mrSessionData' || type === 'xnat:petmrSessionData')
    fields['fieldStrength'] = fieldStrength(headers, report)
  if (type === 'xnat:petSessionData' || type === 'xnat:petmrSessionData') Object.assign(fields, tracer(headers))
  const comments = agreed(headers, top(tag('StudyComments')), joinedText)
  return {
    fields,
    children: { 'fields/field': comments === undefined ? [] : [customField('studyComments', comments)] },
  }
}

const customField = (name: string, field: string): Item => ({
  type: 'xnat:experimentData_field',
  fields: { name, field },
  children: {},
})

/** Unlike other fields, several different scanners are all named. */
function scannersOf(headers: Headers): string | undefined {
  const names = new Set(headers.flatMap((header) => firstOf(header, 'StationName') ?? []))
  return names.size === 0 ? undefined : [...names].join(',')
}

function tracer(headers: Headers): Fields {
  const injected = (keyword: string): Reading =>
    inFirstItem(tag('RadiopharmaceuticalInformationSequence'), tag(keyword))
  const dose = agreed(headers, injected('RadionuclideTotalDose'), oneNumber)
  return {
    'tracer/name': agreed(headers, injected('Radiopharmaceutical'), joinedText),
    'tracer/startTime': agreed(headers, injected('RadiopharmaceuticalStartDateTime'), moment),
    'tracer/dose': dose,
    'tracer/dose/units': dose === undefined ? undefined : 'Bq',
    'tracer/isotope/half-life': agreed(headers, injected('RadionuclideHalfLife'), oneNumber),
  }
}

function moment(texts: readonly string[]): string | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(texts[0] ?? '') ?? []
  return second === undefined ? undefined : `${year}-${month}-${day}T${hour}:${minute}:${second}`
}
