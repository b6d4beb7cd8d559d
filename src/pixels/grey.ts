import type { LookupTable, PixelLayout, Shades } from '../dicom/image.ts'
import { notRenderable } from './not-renderable.ts'
import type { Samples } from './samples.ts'

/** Values of 16 bits and the window through which they are seen. */
export type Grey = Readonly<{
  values: Int16Array | Uint16Array
  center: number
  width: number
  curve: 'LINEAR' | 'SIGMOID'
  inverted: boolean
}>

type Window = Pick<Grey, 'center' | 'width' | 'curve'>

/**
 * What a renderer that knows windows on integers of 16 bits needs to show grey samples: tables applied, and the window
 * in units of the values instead of those of the output.
 * @see DICOM PS3.3 C.11.1, C.11.2.1
 */
export function greyOf(samples: Samples, shades: Shades, layout: PixelLayout): Grey {
  const inverted = layout.photometric === 'MONOCHROME1'
  const modal = shades.modality ? looked(samples, shades.modality) : samples
  const scale = shades.modality ? { slope: 1, intercept: 0 } : { slope: shades.slope, intercept: shades.intercept }
  if (shades.window) {
    return { ...short(modal, windowOnStored({ ...shades.window, curve: shades.curve }, scale)), inverted }
  }
  if (shades.voi) {
    const { bits } = shades.voi
    return { values: looked(scaled(modal, scale), shades.voi), ...fullRange(0, 2 ** bits - 1), inverted }
  }
  const { least, most } = extent(modal, shades.modality ? undefined : shades.padding)
  // One value everywhere is black. A falling slope turns shades around.
  return { ...short(modal, fullRange(least, most > least ? most : least + 1)), inverted: inverted !== scale.slope < 0 }
}

/** The window in which `from` is black and `to` white. */
const fullRange = (from: number, to: number): Window => ({
  center: (from + to + 1) / 2,
  width: Math.max(1, to - from + 1),
  curve: 'LINEAR',
})

type Scale = Readonly<{ slope: number; intercept: number }>

/**
 * A window on output units as one on stored values. In the linear one the values from `center - 0.5 - (width - 1) / 2`
 * over `width - 1` are spread, in the exact one those from `center - width / 2` over `width`.
 */
function windowOnStored(
  { center, width, curve }: Readonly<{ center: number; width: number; curve: Shades['curve'] }>,
  { slope, intercept }: Scale,
): Window {
  if (curve === 'SIGMOID') return { center: (center - intercept) / slope, width: width / slope, curve }
  const [middle, spread] = curve === 'LINEAR' && width >= 1 ? [center - 0.5, width - 1] : [center, width]
  return { center: (middle - intercept) / slope + 0.5, width: spread / slope + 1, curve: 'LINEAR' }
}

/** Integers of 16 bits stay as they are; other values are spread so that the window takes all of 16 bits. */
function short(values: Samples, window: Window): Omit<Grey, 'inverted'> {
  if (values instanceof Int16Array || values instanceof Uint16Array) return { values, ...window }
  const reach = window.curve === 'SIGMOID' ? 4 * Math.abs(window.width) : Math.abs(window.width - 1) / 2
  const from = window.center - (window.curve === 'SIGMOID' ? 0 : 0.5) - reach
  const step = (2 * reach || 1) / 65_535
  const spread = new Uint16Array(values.length)
  for (const [at, value] of values.entries())
    spread[at] = Math.max(0, Math.min(65_535, Math.round((value - from) / step)))
  if (window.curve === 'SIGMOID')
    return { values: spread, center: (window.center - from) / step, width: window.width / step, curve: window.curve }
  const rising = window.width >= 1
  return { values: spread, ...fullRange(rising ? 0 : 65_535, rising ? 65_535 : 0) }
}

/** Output units, for a table that follows. */
function scaled(values: Samples, { slope, intercept }: Scale): Samples {
  if (slope === 1 && intercept === 0) return values
  return Float64Array.from(values, (value) => value * slope + intercept)
}

function looked(values: Samples, { first, entries }: LookupTable): Uint16Array {
  const last = entries.length - 1
  const found = new Uint16Array(values.length)
  for (let at = 0; at < values.length; at++) {
    found[at] = entries[Math.max(0, Math.min(last, Math.round(values[at]! - first)))]!
  }
  return found
}

/** The least and the most of the values, those apart that mean nothing. */
function extent(values: Samples, padding: Shades['padding']): { least: number; most: number } {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!
    if (padding && value >= padding.from && value <= padding.to) continue
    if (value < least && value !== Number.NEGATIVE_INFINITY) least = value
    if (value > most && value !== Number.POSITIVE_INFINITY) most = value
  }
  if (least > most) return padding ? extent(values, undefined) : notRenderable('its pixels have no values')
  return { least, most }
}
