import type { Picture } from './render.ts'

/** A black picture of that size. */
export const blank = (columns: number, rows: number, channels: 1 | 3): Picture => ({
  columns,
  rows,
  channels,
  bytes: new Uint8Array(columns * rows * channels),
})

/** A canvas with a picture on it, its upper left corner at that pixel; grey goes onto colours, too. */
export function laid(canvas: Picture, picture: Picture, { x, y }: Readonly<{ x: number; y: number }>): Picture {
  const { columns, rows, channels, bytes } = picture
  // One that takes all of the canvas takes its place.
  if (bytes.length === canvas.bytes.length && columns === canvas.columns && channels === canvas.channels) return picture
  for (let row = 0; row < rows; row++) {
    const start = ((y + row) * canvas.columns + x) * canvas.channels
    const line = bytes.subarray(row * columns * channels, (row + 1) * columns * channels)
    if (channels === canvas.channels) canvas.bytes.set(line, start)
    else
      for (const [column, shade] of line.entries()) canvas.bytes.fill(shade, start + 3 * column, start + 3 * column + 3)
  }
  return canvas
}

/** The picture at half its size in each direction, each pixel the mean of four; an odd last row or column is left out. */
export function halved({ columns, rows, channels, bytes }: Picture): Picture {
  const half = blank(Math.max(1, columns >> 1), Math.max(1, rows >> 1), channels)
  const right = columns > 1 ? channels : 0
  const down = rows > 1 ? columns * channels : 0
  for (let row = 0, to = 0; row < half.rows; row++) {
    for (let column = 0; column < half.columns; column++) {
      const corner = (2 * row * columns + 2 * column) * channels
      for (let from = corner; from < corner + channels; from++) {
        const sum = bytes[from]! + bytes[from + right]! + bytes[from + down]! + bytes[from + right + down]!
        half.bytes[to++] = Math.round(sum / 4)
      }
    }
  }
  return half
}
