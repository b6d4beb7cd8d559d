/** A cell as listings hold it; formats turn it into text (null becomes the empty string). */
export type Cell = string | number | boolean | null

/** How a column is compared when sorted and written: `time` cells gain milliseconds in JSON, `float` keeps `42.0`. */
export type ColumnKind = 'string' | 'integer' | 'float' | 'date' | 'time' | 'datetime' | 'boolean'

export type Column = Readonly<{
  key: string
  kind: ColumnKind
  /** Extra properties; where any column has some, JSON shows them under `Columns` and XML as attributes. */
  properties?: Readonly<Record<string, string>>
  /** HTML shows the cell as a link to itself. */
  link?: true
}>

/** What every listing returns. Rows are arrays in column order. */
export type Table = Readonly<{
  columns: readonly Column[]
  rows: readonly (readonly Cell[])[]
  /** Written after the rows in this order, e.g. `totalRecords`, `title`; values are strings. */
  metadata: Readonly<Record<string, string>>
}>
