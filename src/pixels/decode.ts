import { createRequire } from 'node:module'
import dcmjsCodecs from 'dcmjs-codecs'
import type { PixelLayout } from '../dicom/image.ts'
import { codedSize, isUnmarked, runsSize } from './coded-size.ts'
import { notRenderable } from './not-renderable.ts'

const { Context, NativeCodecs, log } = dcmjsCodecs

type Decode = (context: InstanceType<typeof Context>, rgb: boolean) => InstanceType<typeof Context>

/** Colours of JPEG come out as red, green and blue; where they are so already, nothing is turned into them. */
const jpeg: Decode = (context, rgb) => NativeCodecs.decodeJpeg(context, { convertColorspaceToRgb: !rgb })
const losslessJpeg: Decode = (context) => NativeCodecs.decodeJpeg(context)
const jpegLs: Decode = (context) => NativeCodecs.decodeJpegLs(context)
const jpeg2000: Decode = (context) => NativeCodecs.decodeJpeg2000(context)
const htJpeg2000: Decode = (context) => NativeCodecs.decodeHtJpeg2000(context)

const JPEG_ROOT = '1.2.840.10008.1.2.4.'
const RLE = '1.2.840.10008.1.2.5'

/** By transfer syntax. @see DICOM PS3.5 10 */
const decoders: Readonly<Record<string, Decode>> = {
  [RLE]: (context) => NativeCodecs.decodeRle(context),
  [`${JPEG_ROOT}50`]: jpeg,
  [`${JPEG_ROOT}51`]: jpeg,
  [`${JPEG_ROOT}53`]: jpeg,
  [`${JPEG_ROOT}55`]: jpeg,
  [`${JPEG_ROOT}57`]: losslessJpeg,
  [`${JPEG_ROOT}70`]: losslessJpeg,
  [`${JPEG_ROOT}80`]: jpegLs,
  [`${JPEG_ROOT}81`]: jpegLs,
  [`${JPEG_ROOT}90`]: jpeg2000,
  [`${JPEG_ROOT}91`]: jpeg2000,
  [`${JPEG_ROOT}201`]: htJpeg2000,
  [`${JPEG_ROOT}202`]: htJpeg2000,
  [`${JPEG_ROOT}203`]: htJpeg2000,
}

/** Loads the codecs, once per thread. */
export async function loadCodecs(): Promise<void> {
  log.setLevel('silent')
  if (NativeCodecs.isInitialized()) return
  const file = createRequire(import.meta.url).resolve('dcmjs-codecs/build/dcmjs-native-codecs.wasm')
  await NativeCodecs.initializeAsync({ webAssemblyModulePathOrUrl: file })
}

/** Samples without compression, and how they are laid out now. */
export type Decoded = Readonly<{ bytes: Uint8Array; layout: PixelLayout }>

/**
 * Decodes one compressed frame.
 * @throws ArchiveError 'unsupported' for another compression, or when the image inside has another size than it should
 */
export function decoded(bytes: Uint8Array, layout: PixelLayout): Decoded {
  const decode = decoders[layout.transferSyntax]
  if (!decode) return notRenderable(`transfer syntax ${layout.transferSyntax} cannot be decoded`)
  // What a stream claims of itself decides how much memory its decoder takes.
  const size = layout.transferSyntax === RLE ? runsSize(bytes, layout) : codedSize(bytes)
  if (size?.rows !== layout.rows || size.columns !== layout.columns)
    notRenderable('its compressed pixels are damaged or of another size than its header says')
  const context = decode(contextOf(bytes, layout), layout.photometric === 'RGB' && isUnmarked(bytes))
  const result = context.getDecodedBuffer() ?? notRenderable('its compressed pixels give no image')
  return {
    bytes: result,
    layout: {
      ...layout,
      bitsAllocated: context.getBitsAllocated() ?? layout.bitsAllocated,
      planar: context.getPlanarConfiguration() === 1,
      photometric: photometricOf(context.getPhotometricInterpretation() ?? layout.photometric),
    },
  }
}

/** Decoders undo the transformations of JPEG 2000, and give every pixel all of its samples. */
function photometricOf(name: string): string {
  if (name === 'YBR_RCT' || name === 'YBR_ICT') return 'RGB'
  return name === 'YBR_FULL_422' ? 'YBR_FULL' : name
}

function contextOf(bytes: Uint8Array, layout: PixelLayout): InstanceType<typeof Context> {
  return new Context({
    width: layout.columns,
    height: layout.rows,
    bitsAllocated: layout.bitsAllocated,
    bitsStored: layout.bitsStored,
    samplesPerPixel: layout.samples,
    pixelRepresentation: layout.signed ? 1 : 0,
    planarConfiguration: layout.planar ? 1 : 0,
    photometricInterpretation: layout.photometric,
    encodedBuffer: bytes,
  })
}
