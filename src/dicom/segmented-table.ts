/** A table as it is expanded: numbers to read, where the next one is, and the entries that there are. */
type Expansion = Readonly<{ numbers: Uint8Array | Uint16Array; entries: Uint16Array }> & { at: number; count: number }

const [DISCRETE, LINEAR, INDIRECT] = [0, 1, 2]

/**
 * The entries of a look-up table that is written in segments: runs of values, straight lines, and repeated segments.
 * @param bytes numbers with as many bits as the entries have, their lower byte first
 * @param length entries of the whole table; those that are missing at its end hold the last value
 * @returns undefined when the segments make no table
 * @see DICOM PS3.3 C.7.9.2
 */
export function expandedTable(bytes: Uint8Array, bits: number, length: number): Uint16Array | undefined {
  const numbers = bits > 8 ? new Uint16Array(bytes.slice(0, bytes.byteLength & ~1).buffer) : bytes
  const table: Expansion = { numbers, entries: new Uint16Array(length), at: 0, count: 0 }
  while (table.at + 2 < numbers.length && table.count < length) if (!expand(table, true)) return undefined
  if (table.count === 0) return undefined
  return table.entries.fill(table.entries[table.count - 1]!, table.count)
}

/** Expands the next segment. @returns false when it is none, or one that may not stand here */
function expand(table: Expansion, mayRepeat: boolean): boolean {
  const { numbers } = table
  const [code, count] = [numbers[table.at], numbers[table.at + 1]]
  // Each segment has entries, so that there are no more segments than entries.
  if (code === undefined || !count) return false
  table.at += 2
  if (code === DISCRETE) {
    for (const value of numbers.subarray(table.at, table.at + count)) add(table, value)
    table.at += count
    return true
  }
  // What goes on from the last entry needs one.
  if (table.count === 0) return false
  if (code === LINEAR) return line(table, count)
  return code === INDIRECT && mayRepeat && repeat(table, count)
}

function add(table: Expansion, value: number): void {
  if (table.count < table.entries.length) table.entries[table.count++] = value
}

function line(table: Expansion, count: number): boolean {
  const from = table.entries[table.count - 1]!
  const to = table.numbers[table.at++] ?? from
  const most = Math.min(count, table.entries.length - table.count)
  for (let step = 1; step <= most; step++) add(table, Math.round(from + ((to - from) * step) / count))
  return true
}

/** As many segments as are counted, from an offset in bytes. Repeated ones repeat nothing themselves. */
function repeat(table: Expansion, segments: number): boolean {
  const { numbers } = table
  const wide = numbers instanceof Uint16Array
  const parts = Array.from(numbers.subarray(table.at, table.at + (wide ? 2 : 4)))
  const offset = parts.reduceRight((sum, part) => sum * (wide ? 65_536 : 256) + part, 0)
  const after = table.at + parts.length
  table.at = wide ? Math.floor(offset / 2) : offset
  for (let segment = 0; segment < segments && table.count < table.entries.length; segment++)
    if (!expand(table, false)) return false
  table.at = after
  return true
}
