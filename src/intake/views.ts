import type { Scope } from '../archive/archive.ts'
import { type ImageFile, MAX_PIXELS, openImage } from '../pixels/image-file.ts'
import { notRenderable } from '../pixels/not-renderable.ts'
import type { Cell, Write } from '../pixels/picture-processes.ts'
import { frameOf, isColour, type Pictures, sourceOf } from './pictures.ts'
import { type Slice, spreadSlices } from './slices.ts'

/** How many slices of a scan are seen beside each other and above each other. */
export type View = Readonly<{ columns: number; rows: number }>

export const singleView: View = { columns: 1, rows: 1 }
/** Slices of one view. */
const MAX_PANELS = 1024

/** `{columns}X{rows}`, as addresses and contents of files have it; anything else is one slice (import 7). */
export function readView(text: string | undefined): View {
  const match = /^([1-9]\d{0,3})X([1-9]\d{0,3})$/i.exec(text ?? '')
  return match ? { columns: Number(match[1]), rows: Number(match[2]) } : singleView
}

/** A slice with its file open, and the panel in which it is shown. */
type Panel = Readonly<{ image: ImageFile; x: number; y: number }>

/**
 * Draws a view of a scan: row by row from the upper left, each panel as large as the largest image (import 7).
 * @param use is handed what writes files of it
 * @throws ArchiveError 'unsupported' when the scan has no images, or one of them cannot be shown
 */
export async function drawView<T>(
  pictures: Pictures,
  scope: Scope,
  { scan, view }: Readonly<{ scan: number; view: View }>,
  use: (write: Write) => Promise<T>,
): Promise<T> {
  const wanted = view.columns * view.rows
  if (wanted > MAX_PANELS) notRenderable(`more than ${MAX_PANELS} slices in a view`)
  const slices = await spreadSlices(scope, scan, wanted)
  if (slices.length === 0) notRenderable('the scan has no DICOM files with pixels')
  const images = await openEach(scope, slices)
  const columns = Math.max(...images.map(({ layout }) => layout.columns))
  const rows = Math.max(...images.map(({ layout }) => layout.rows))
  const canvas = { columns: columns * view.columns, rows: rows * view.rows, colour: images.some(isColour) }
  if (canvas.columns * canvas.rows > MAX_PIXELS) notRenderable(`more than ${MAX_PIXELS} pixels in a view`)
  const panels = images.map((image, at) => ({
    image,
    x: columns * (at % view.columns),
    y: rows * Math.floor(at / view.columns),
  }))
  return pictures.processes.draw({ canvas, cells: cellsOf(panels) }, use)
}

async function openEach({ archive }: Scope, slices: readonly Slice[]): Promise<readonly ImageFile[]> {
  const images: ImageFile[] = []
  for (const { file, frame } of slices) images.push(await openImage(sourceOf(archive, file), frame))
  return images
}

/** The pixels of each panel are read when its turn has come. */
async function* cellsOf(panels: readonly Panel[]): AsyncGenerator<Cell> {
  for (const { image, x, y } of panels) yield { frame: await frameOf(image), x, y }
}
