import dcmjsCodecs from 'dcmjs-codecs'
import { encode as encodePng } from 'fast-png'
import gifenc from 'gifenc'
import { notRenderable } from './not-renderable.ts'
import type { Picture } from './render.ts'

const { Context, NativeCodecs } = dcmjsCodecs

/** The media types in which pictures are made. */
export const pictureTypes = ['image/gif', 'image/png', 'image/jpeg'] as const
export type PictureType = (typeof pictureTypes)[number]

const COLOURS = 256
/** 1 to 100: edges and text in the image stay readable. */
const JPEG_QUALITY = 90

/** A picture as a file of that type. */
export function encoded(picture: Picture, type: PictureType): Uint8Array {
  return encoders[type](picture)
}

const encoders: Readonly<Record<PictureType, (picture: Picture) => Uint8Array>> = {
  'image/gif': gif,
  'image/png': ({ columns, rows, channels, bytes }) =>
    encodePng({ width: columns, height: rows, data: bytes, channels, depth: 8 }),
  'image/jpeg': jpeg,
}

/** Grey keeps all of its shades; of colours those are chosen that come closest. */
function gif(picture: Picture): Uint8Array {
  const { columns, rows } = picture
  const encoder = gifenc.GIFEncoder()
  if (picture.channels === 1) {
    const palette = Array.from({ length: COLOURS }, (_, shade) => [shade, shade, shade])
    encoder.writeFrame(picture.bytes, columns, rows, { palette })
  } else {
    const rgba = opaque(picture)
    const palette = gifenc.quantize(rgba, COLOURS)
    encoder.writeFrame(gifenc.applyPalette(rgba, palette), columns, rows, { palette })
  }
  encoder.finish()
  return encoder.bytes()
}

function opaque({ columns, rows, bytes }: Picture): Uint8Array {
  const rgba = new Uint8Array(columns * rows * 4).fill(255)
  for (let at = 0; at < columns * rows; at++) rgba.set(bytes.subarray(at * 3, at * 3 + 3), at * 4)
  return rgba
}

function jpeg({ columns, rows, channels, bytes }: Picture): Uint8Array {
  const context = new Context({
    width: columns,
    height: rows,
    bitsAllocated: 8,
    bitsStored: 8,
    samplesPerPixel: channels,
    pixelRepresentation: 0,
    planarConfiguration: 0,
    photometricInterpretation: channels === 1 ? 'MONOCHROME2' : 'RGB',
    decodedBuffer: bytes,
  })
  const result = NativeCodecs.encodeJpeg(context, { lossy: true, quality: JPEG_QUALITY })
  return result.getEncodedBuffer() ?? notRenderable('it cannot be written as JPEG')
}
