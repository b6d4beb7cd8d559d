import type { GeneratedAlways } from 'kysely'

export type DicomMappingsTable = {
  id: GeneratedAlways<number>
  /** Null: for the whole site. */
  project_id: number | null
  field_name: string
  /** string, integer, float, boolean, date or time. */
  field_type: string
  /** Eight hexadecimal digits in upper case. */
  tag: string
  schema_element: string
}
