/** How a value is compared, as search documents write it (hierarchy 7.5). */
export const comparisons = [
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'LIKE',
  'NOT LIKE',
  'IN',
  'BETWEEN',
  'IS',
  'IS NULL',
  'IS NOT NULL',
] as const
export type Comparison = (typeof comparisons)[number]

export type Criterion = Readonly<{
  /** `Type/FIELD_ID`, `Type.FIELD_ID` or an XML path. */
  field: string
  comparison: Comparison
  value: string
}>

/** Criteria joined by one word; sets inside count like criteria. An empty set leaves nothing out. */
export type CriteriaSet = Readonly<{
  method: 'AND' | 'OR'
  criteria: readonly Criterion[]
  sets: readonly CriteriaSet[]
}>

/** A column that a search asks for: the id of a field or a path, of a data type. */
export type SearchColumn = Readonly<{ element: string; field: string; header?: string; type?: string; hidden?: true }>

export type SearchSort = Readonly<{ element: string; field: string; descending?: true }>

/** A search document: which records, which columns, in which order (`xdat:stored_search`). */
export type Search = Readonly<{
  id: string
  briefDescription: string
  description: string
  tag: string
  /** Only for the users and groups it names. */
  secure: boolean
  allowsOtherColumns: boolean
  /** The data type of the rows. */
  root: string
  /** None: those of the default listing. */
  columns: readonly SearchColumn[]
  where: CriteriaSet
  sort?: SearchSort
  users: readonly string[]
  groups: readonly string[]
}>

export const everything: CriteriaSet = Object.freeze({ method: 'AND', criteria: [], sets: [] })
