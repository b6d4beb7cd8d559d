import type { Cell } from '../model/table.ts'
import { type Filter, type Wanted, wantedBy } from './filter-values.ts'

/** Whether a cell passes a filter. */
export type Passes = (cell: Cell) => boolean

/**
 * One filter over cells that are already in memory (scans 2.3), with the same grammar as in longer lists.
 * @throws ArchiveError 'invalid' for what is no value of the field
 */
export function cellFilter(asked: Filter): Passes {
  const alternatives = wantedBy(asked).map(alternative)
  if (alternatives.length === 0) return () => true
  return (cell) => cell !== null && cell !== '' && alternatives.some((passes) => passes(cell))
}

function alternative(wanted: Wanted): Passes {
  if (wanted.is === 'numbers') return (cell) => Number(cell) >= wanted.from && Number(cell) <= wanted.to
  if (wanted.is === 'truth') return (cell) => String(cell) === String(wanted.value)
  if (wanted.is === 'days') return (cell) => isWithin(wanted, String(cell).slice(0, 10))
  return wanted.is === 'pattern' ? patternFilter(wanted.text) : (cell) => cell === wanted.text
}

const isWithin = ({ from, to }: { from: string; to: string }, day: string): boolean => day >= from && day <= to

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
