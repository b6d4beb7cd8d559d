import { readDate } from '../model/dates.ts'
import type { Cell, ColumnKind } from '../model/table.ts'

/** Whether a cell passes a filter. */
export type Passes = (cell: Cell) => boolean

/**
 * One filter over cells that are already in memory (scans 2.3), the same grammar as in longer lists: comma-separated
 * alternatives; `*` or `%` in a text stands for any run of characters; `A-B` is an inclusive range of numbers or dates.
 */
export function cellFilter(kind: ColumnKind, value: string): Passes {
  const alternatives = value.split(',').map((text) => alternative(kind, text.trim()))
  return (cell) => cell !== null && cell !== '' && alternatives.some((passes) => passes(cell))
}

function alternative(kind: ColumnKind, text: string): Passes {
  if (kind === 'integer' || kind === 'float') return numberFilter(text)
  if (kind === 'date' || kind === 'datetime') return dateFilter(text)
  if (kind === 'boolean') return (cell) => String(cell) === String(/^(1|true)$/i.test(text))
  return /[*%]/.test(text) ? patternFilter(text) : (cell) => cell === text
}

function numberFilter(text: string): Passes {
  const [, from, to] = /^([\d.]+)\s*-\s*([\d.]+)$/.exec(text) ?? []
  if (from !== undefined && to !== undefined)
    return (cell) => Number(cell) >= Number(from) && Number(cell) <= Number(to)
  const number = text === '' ? Number.NaN : Number(text)
  return (cell) => Number(cell) === number
}

/** Days are compared: the first ten characters of every stored date and time. */
function dateFilter(text: string): Passes {
  const day = (cell: Cell) => String(cell).slice(0, 10)
  const whole = readDate(text)
  if (whole) return (cell) => day(cell) === whole
  for (let at = text.indexOf('-'); at > 0; at = text.indexOf('-', at + 1)) {
    const [from, to] = [readDate(text.slice(0, at).trim()), readDate(text.slice(at + 1).trim())]
    if (from && to) return (cell) => day(cell) >= from && day(cell) <= to
  }
  return () => false
}

/** Pieces are looked for one after the other, so that no pattern takes long. */
function patternFilter(pattern: string): Passes {
  const pieces = pattern.split(/[*%]+/)
  const first = pieces[0] ?? ''
  const last = pieces.at(-1) ?? ''
  return (cell) => {
    const text = String(cell)
    if (!text.startsWith(first)) return false
    let at = first.length
    for (const piece of pieces.slice(1, -1)) {
      const found = text.indexOf(piece, at)
      if (found < 0) return false
      at = found + piece.length
    }
    return text.length - last.length >= at && text.endsWith(last)
  }
}
