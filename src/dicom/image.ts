import { decimal } from './agreement.ts'
import type { Dataset } from './elements.ts'
import { type DicomHeader, firstOf } from './header.ts'
import { expandedTable } from './segmented-table.ts'
import { tagOf } from './tags.ts'

/** How the pixels of an object are written. */
export type PixelLayout = Readonly<{
  transferSyntax: string
  rows: number
  columns: number
  frames: number
  /** 1 for grey and palettes, 3 for colours. */
  samples: number
  bitsAllocated: number
  bitsStored: number
  highBit: number
  signed: boolean
  /** One plane per colour, instead of the colours of one pixel beside each other. */
  planar: boolean
  photometric: string
}>

/** Output values by input value; inputs below `first` and beyond the end take the nearest one. */
export type LookupTable = Readonly<{ first: number; bits: number; entries: Uint16Array }>

/** How stored values of one frame become shades. */
export type Shades = Readonly<{
  /** Output units are `stored × slope + intercept`, unless a modality table says otherwise. */
  slope: number
  intercept: number
  modality?: LookupTable
  /** Centre and width in output units; the first where there are several. */
  window?: Readonly<{ center: number; width: number }>
  curve: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID'
  /** Used where there is no window. */
  voi?: LookupTable
  /** Stored values, inclusive, that stand for no measurement. */
  padding?: Readonly<{ from: number; to: number }>
}>

/** The three tables of a PALETTE COLOR image. */
export type Palette = Readonly<{ red: LookupTable; green: LookupTable; blue: LookupTable }>

/** How the pixels are written; undefined for objects that have none. @see DICOM PS3.3 C.7.6.3 */
export function pixelLayout(header: DicomHeader): PixelLayout | undefined {
  const number = (keyword: string): number | undefined => decimal(firstOf(header, keyword))
  const [rows, columns, bitsAllocated] = [number('Rows'), number('Columns'), number('BitsAllocated')]
  if (!rows || !columns || !bitsAllocated) return undefined
  const samples = number('SamplesPerPixel') ?? 1
  const bitsStored = number('BitsStored') || bitsAllocated
  return {
    transferSyntax: header.transferSyntax,
    rows,
    columns,
    frames: Math.max(1, Math.floor(number('NumberOfFrames') ?? 1)),
    samples,
    bitsAllocated,
    bitsStored: Math.min(bitsStored, bitsAllocated),
    highBit: number('HighBit') ?? bitsStored - 1,
    signed: number('PixelRepresentation') === 1,
    planar: number('PlanarConfiguration') === 1,
    photometric: firstOf(header, 'PhotometricInterpretation') ?? (samples === 3 ? 'RGB' : 'MONOCHROME2'),
  }
}

/**
 * How the stored values of one frame become shades: what stands at the top of the data set, else in the functional
 * groups of the frame, else in those of all frames.
 * @param header read for that frame
 * @see DICOM PS3.3 C.11.1, C.11.2, C.7.6.16
 */
export function shadesOf(header: DicomHeader, layout: PixelLayout): Shades {
  const transformed = groupOf(header, 'PixelValueTransformationSequence', 'RescaleSlope')
  const viewed = groupOf(header, 'FrameVOILUTSequence', 'WindowCenter')
  const [center, width] = [decimal(firstOf(viewed, 'WindowCenter')), decimal(firstOf(viewed, 'WindowWidth'))]
  const curve = firstOf(viewed, 'VOILUTFunction')?.toUpperCase()
  return {
    slope: decimal(firstOf(transformed, 'RescaleSlope')) || 1,
    intercept: decimal(firstOf(transformed, 'RescaleIntercept')) ?? 0,
    modality: tableIn(header, 'ModalityLUTSequence', layout.signed),
    window: center !== undefined && width !== undefined && width > 0 ? { center, width } : undefined,
    curve: curve === 'SIGMOID' || curve === 'LINEAR_EXACT' ? curve : 'LINEAR',
    voi: tableIn(header, 'VOILUTSequence', layout.signed),
    padding: paddingOf(header, layout),
  }
}

/** The data set that has the attribute: the object itself, or the functional group of the frame or of all frames. */
function groupOf(header: Dataset, sequence: string, keyword: string): Dataset {
  if (firstOf(header, keyword) !== undefined) return header
  const perFrame = header.items.get(tagOf('PerFrameFunctionalGroupsSequence'))?.[0]
  const shared = header.items.get(tagOf('SharedFunctionalGroupsSequence'))?.[0]
  for (const group of [perFrame, shared]) {
    const found = group?.items.get(tagOf(sequence))?.[0]
    if (found) return found
  }
  return header
}

function tableIn(header: Dataset, sequence: string, signed: boolean): LookupTable | undefined {
  const item = header.items.get(tagOf(sequence))?.[0]
  return item && lookupTable(item, { descriptor: 'LUTDescriptor', content: 'LUTData', signed, entries: entriesOf })
}

/** The tables of a palette, or undefined when one is missing. @see DICOM PS3.3 C.7.6.3.1.5 */
export function paletteOf(header: DicomHeader, { signed }: PixelLayout): Palette | undefined {
  const table = (name: string): LookupTable | undefined => {
    const descriptor = `${name}PaletteColorLookupTableDescriptor`
    const content = `${name}PaletteColorLookupTableData`
    return (
      lookupTable(header, { descriptor, content, signed, entries: entriesOf }) ??
      lookupTable(header, { descriptor, content: `Segmented${content}`, signed, entries: expandedTable })
    )
  }
  const [red, green, blue] = [table('Red'), table('Green'), table('Blue')]
  return red && green && blue && { red, green, blue }
}

/** Keywords of a table, and what makes so many entries of so many bits of its bytes. */
type WrittenTable = Readonly<{
  descriptor: string
  content: string
  /** The values that are looked up have a sign. */
  signed: boolean
  entries: (bytes: Uint8Array, bits: number, length: number) => Uint16Array | undefined
}>

function lookupTable(
  dataset: Dataset,
  { descriptor, content, signed, entries }: WrittenTable,
): LookupTable | undefined {
  const [length, first, bits] = (dataset.values.get(tagOf(descriptor)) ?? []).map(Number)
  const bytes = dataset.tables?.get(tagOf(content))
  if (length === undefined || first === undefined || bits === undefined || !bytes) return undefined
  // 65,536 entries do not fit into the number of them and are written as 0.
  const read = entries(bytes, bits, length === 0 ? 65_536 : length)
  return read && { first: signed ? signedOf(first, 16) : first, bits, entries: read }
}

/** Entries take two bytes each; old palettes of 8 bits pack two into that. */
function entriesOf(bytes: Uint8Array, _bits: number, length: number): Uint16Array | undefined {
  if (bytes.byteLength >= length * 2) return new Uint16Array(bytes.slice(0, length * 2).buffer)
  return bytes.byteLength >= length ? Uint16Array.from(bytes.subarray(0, length)) : undefined
}

function paddingOf(header: DicomHeader, { signed, bitsAllocated }: PixelLayout): Shades['padding'] {
  const value = (keyword: string): number | undefined => {
    const stored = decimal(firstOf(header, keyword))
    return stored === undefined || !signed ? stored : signedOf(stored, Math.min(bitsAllocated, 16))
  }
  const from = value('PixelPaddingValue')
  if (from === undefined) return undefined
  const to = value('PixelPaddingRangeLimit') ?? from
  return { from: Math.min(from, to), to: Math.max(from, to) }
}

/** A number of that many bits as it is meant where values are signed; some headers have it unsigned all the same. */
const signedOf = (value: number, bits: number): number => (value >= 2 ** (bits - 1) ? value - 2 ** bits : value)
