import { refuse } from '../errors.ts'

/**
 * The rows of a CSV text as records by the names in its first line; cells that are missing at the end of a row are
 * empty. Fields may be quoted as RFC 4180 has it; a byte order mark and empty lines are passed over.
 * @throws ArchiveError 'unreadable' for a quote that is not closed, or where no line names the columns
 */
export function readCsv(text: string): readonly Readonly<Record<string, string>>[] {
  const [names, ...rows] = rowsOf(text.replace(/^\uFEFF/, '')).filter((row) => row.some((cell) => cell !== ''))
  if (!names) return unreadable('it is empty')
  return rows.map((row) => Object.fromEntries(names.map((name, at) => [name.trim(), (row[at] ?? '').trim()])))
}

function rowsOf(text: string): string[][] {
  const rows: string[][] = [[]]
  // A field with the sign that ends it: quoted with doubled quotes inside, or anything without comma and line end.
  const field = /(?:"((?:[^"]|"")*)"|([^,\r\n"]*))(,|\r\n|\n|\r|$)/y
  while (field.lastIndex < text.length) {
    const found = field.exec(text) ?? unreadable(`line ${rows.length} has a quote that is not closed`)
    rows.at(-1)?.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '')
    if (found[3] !== ',' && field.lastIndex < text.length) rows.push([])
  }
  return rows
}

const unreadable = (detail: string): never =>
  refuse({ kind: 'unreadable', what: 'CSV', because: `The CSV cannot be read: ${detail}.` })
