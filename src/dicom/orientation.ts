import { decimal } from './agreement.ts'

/** How far the vectors may be from unit length and from being at right angles. */
const TOLERANCE = 0.001

/**
 * The plane of an image: `Sag`, `Cor` or `Tra`, whichever its normal is closest to (import 4.6).
 * @param texts direction of the rows, then of the columns, three numbers each
 * @returns undefined when they are no two directions at right angles
 */
export function orientationOf(texts: readonly string[]): string | undefined {
  const numbers = texts.map(decimal)
  if (numbers.length !== 6 || numbers.some((value) => value === undefined)) return undefined
  const [ax, ay, az, bx, by, bz] = numbers as [number, number, number, number, number, number]
  if (Math.abs(ax * ax + ay * ay + az * az - 1) > TOLERANCE) return undefined
  if (Math.abs(bx * bx + by * by + bz * bz - 1) > TOLERANCE) return undefined
  if (Math.abs(ax * bx + ay * by + az * bz) > TOLERANCE) return undefined
  const nx = Math.abs(ay * bz - az * by)
  const ny = Math.abs(az * bx - ax * bz)
  const nz = Math.abs(ax * by - ay * bx)
  if (nx > ny) return nx > nz ? 'Sag' : 'Tra'
  return ny > nz ? 'Cor' : 'Tra'
}
