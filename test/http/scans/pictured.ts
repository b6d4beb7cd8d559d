import { type Element, imageOf } from '../../support/pixels.ts'
import type { Session, Setting } from './setting.ts'

export const COLUMNS = 6
export const ROWS = 4

/** A window that shows values of eight bits as they are. */
export const window: readonly Element[] = [
  ['00281050', 'DS', '127.5'],
  ['00281051', 'DS', '256'],
]

/** An image of one shade. */
export const shaded = (shade: number, number: number, columns = COLUMNS): Buffer =>
  imageOf({ columns, rows: ROWS, pixels: new Uint8Array(columns * ROWS).fill(shade), elements: window, number })

/** A session with a scan of such images, whose instance numbers fall while their names rise. */
export async function withImages(here: Setting, shades: readonly number[]): Promise<Session> {
  const at = await here.sessionWith('1')
  for (const [index, shade] of shades.entries()) {
    await here.store(at, '1', `DICOM/files/${index}.dcm`, shaded(shade, shades.length - index))
  }
  return at
}

/** The address of a picture of the first scan. */
export const xapi = (at: Session, rest: string): string => `/xapi/experiments/${at.id}/scan/1/${rest}`
