import type { Scalar } from './dictionary.ts'

/** What is known of one version of a record besides its values. */
export type ItemMeta = Readonly<{
  /** The change that wrote this version. */
  createEventId: number
  /** When this version began, ISO 8601 in UTC. */
  startDate: string
  isHistory: boolean
  modifiedEventId?: number
  endDate?: string
}>

/**
 * A record and everything below it. `fields` maps a path relative to the type (`parameters/tr`) to its value; fields
 * without a value are absent. `children` maps a path (`parameters/addParam`) to records of their own.
 */
export type Item = Readonly<{
  type: string
  fields: Readonly<Record<string, Scalar>>
  children: Readonly<Record<string, readonly Item[]>>
  /** Generated integer key (the type's `key`), for records that have one. */
  id?: number
  meta?: ItemMeta
}>
