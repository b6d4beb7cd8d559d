import dcmjsImaging from 'dcmjs-imaging'
import type { LookupTable, Palette, PixelLayout, Shades } from '../dicom/image.ts'
import { decoded } from './decode.ts'
import type { FrameBytes } from './frame-bytes.ts'
import { greyOf } from './grey.ts'
import { notRenderable } from './not-renderable.ts'
import { type Samples, samplesOf } from './samples.ts'

const { DicomImage, WindowLevel, log } = dcmjsImaging
log.setLevel('silent')

/** How the pixels of one frame are shown. */
export type Look = Readonly<{ layout: PixelLayout; shades: Shades; palette?: Palette }>

/** Everything that the picture of one frame is made of. */
export type Frame = FrameBytes & Look

/** A picture: grey with one byte a pixel, or red, green and blue with three. */
export type Picture = Readonly<{ columns: number; rows: number; channels: 1 | 3; bytes: Uint8Array }>

const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1'

/**
 * The picture of one frame as its header wants it shown.
 * @throws ArchiveError 'unsupported' when it cannot be shown, or whatever a codec throws at damaged bytes
 */
export function render(frame: Frame): Picture {
  const { float } = frame
  const { bytes, layout } = frame.compressed ? decoded(frame.bytes, frame.layout) : frame
  if (layout.samples === 3) return coloured(bytes, layout)
  const samples = samplesOf({ bytes, layout, float })
  if (layout.photometric === 'PALETTE COLOR') return paletted(samples, layout, frame.palette)
  return grey(samples, frame.shades, layout)
}

function grey(samples: Samples, shades: Shades, layout: PixelLayout): Picture {
  const { values, center, width, curve, inverted } = greyOf(samples, shades, layout)
  const elements = {
    ...words,
    PixelRepresentation: values instanceof Int16Array ? 1 : 0,
    PhotometricInterpretation: inverted ? 'MONOCHROME1' : 'MONOCHROME2',
    VOILUTFunction: curve,
  }
  return inBands({ elements, layout, values, windowLevel: new WindowLevel(width, center) })
}

function paletted(samples: Samples, layout: PixelLayout, palette: Palette | undefined): Picture {
  if (!palette) return notRenderable('its palette is missing')
  if (!(samples instanceof Uint16Array)) return notRenderable('its palette has no colours for such values')
  const { first, entries } = palette.red
  const last = first + entries.length - 1
  const elements = {
    ...words,
    PixelRepresentation: 0,
    PhotometricInterpretation: 'PALETTE COLOR',
    ...paletteElements('Red', palette.red),
    ...paletteElements('Green', palette.green),
    ...paletteElements('Blue', palette.blue),
  }
  const values = samples.map((value) => Math.max(first, Math.min(last, value)))
  return inBands({ elements, layout, values })
}

/** Of entries with 16 bits the upper eight; some tables only say that they have 16. */
function paletteElements(name: string, { first, entries }: LookupTable): Elements {
  const shift = entries.some((entry) => entry > 255) ? 8 : 0
  return {
    [`${name}PaletteColorLookupTableDescriptor`]: [entries.length, first, 8],
    [`${name}PaletteColorLookupTableData`]: [Uint8Array.from(entries, (entry) => entry >> shift).buffer],
  }
}

/** Colours have eight bits each; of more, the upper ones are taken. */
function coloured(bytes: Uint8Array, layout: PixelLayout): Picture {
  const { bitsAllocated, bitsStored } = layout
  const values =
    bitsAllocated === 8
      ? bytes
      : Uint8Array.from(samplesOf({ bytes, layout, float: false }), (value) => value / 2 ** (bitsStored - 8))
  const elements = {
    SamplesPerPixel: 3,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PlanarConfiguration: layout.planar ? 1 : 0,
    PhotometricInterpretation: layout.photometric,
  }
  return inBands({ elements, layout, values })
}

type Elements = Readonly<Record<string, unknown>>

const words: Elements = { SamplesPerPixel: 1, BitsAllocated: 16, BitsStored: 16, HighBit: 15 }

/** What the library draws: elements as it names them, the values of the pixels, and a window for shades of grey. */
type Rendering = Readonly<{
  elements: Elements
  layout: PixelLayout
  values: Uint8Array | Int16Array | Uint16Array
  windowLevel?: InstanceType<typeof WindowLevel>
}>

/** Pixels that are drawn together: the library takes ten bytes and more for each. */
const BAND_PIXELS = 2 * 1024 * 1024

/** Rows are drawn a band at a time, but for colours in planes, which lie too far apart. */
function inBands({ elements, layout, values, windowLevel }: Rendering): Picture {
  const { rows, columns, planar, samples } = layout
  const channels = windowLevel ? 1 : 3
  const bytes = new Uint8Array(rows * columns * channels)
  const perRow = columns * (samples === 3 && layout.photometric === 'YBR_FULL_422' ? 2 : samples)
  const most = planar && samples === 3 ? rows : Math.max(1, Math.floor(BAND_PIXELS / columns))
  for (let row = 0; row < rows; row += most) {
    const count = Math.min(most, rows - row)
    const band = values.slice(row * perRow, (row + count) * perRow)
    const size = { Rows: count, Columns: columns, NumberOfFrames: 1, PixelData: [band.buffer] }
    const image = new DicomImage({ ...elements, ...size }, EXPLICIT_LITTLE)
    const rgba = new Uint8Array(image.render({ frame: 0, windowLevel, renderOverlays: false }).pixels)
    let to = row * columns * channels
    for (let from = 0; from < rgba.length; from += 4)
      for (let channel = 0; channel < channels; channel++) bytes[to++] = rgba[from + channel]!
  }
  return { columns, rows, channels, bytes }
}
