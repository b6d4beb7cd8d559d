/** Inclusive first and last byte. */
export type Range = Readonly<{ start: number; end: number }>

/** More than this is no honest request: the whole is sent instead. */
const MAX_RANGES = 64

/**
 * What a Range header asks of so many bytes: the ranges that can be given, none when no one can, or undefined when the
 * header means nothing and the whole is to be sent (RFC 9110, 14.2).
 */
export function parseRanges(header: string | undefined, size: number): readonly Range[] | undefined {
  const match = /^bytes=(.+)$/i.exec(header?.trim() ?? '')
  const specs = match?.[1]?.split(',').map((spec) => spec.trim())
  if (!specs || specs.length > MAX_RANGES) return undefined
  const ranges: Range[] = []
  for (const spec of specs) {
    const range = rangeOf(spec, size)
    if (range === undefined) return undefined
    if (range !== 'beyond') ranges.push(range)
  }
  return ranges
}

function rangeOf(spec: string, size: number): Range | 'beyond' | undefined {
  const match = /^(\d*)-(\d*)$/.exec(spec)
  if (!match || spec === '-') return undefined
  const [first = '', last = ''] = match.slice(1)
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'beyond' : { start: size - length, end: size - 1 }
  }
  const [start, end] = [Number(first), last === '' ? size - 1 : Math.min(Number(last), size - 1)]
  if (last !== '' && Number(last) < start) return undefined
  return start >= size ? 'beyond' : { start, end }
}

/** `Content-Range` of a part. */
export const contentRange = ({ start, end }: Range, size: number): string => `bytes ${start}-${end}/${size}`
