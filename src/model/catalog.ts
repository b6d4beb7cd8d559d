/** One file of a resource, as its catalog lists it. Times are ISO 8601 in UTC. */
export type CatalogEntry = Readonly<{
  /** Relative to the resource, steps joined by `/`. */
  path: string
  /** Last step of the path. */
  name: string
  /** Bytes. */
  size: number
  /** MD5 in lower-case hexadecimal; absent when not computed. */
  digest?: string
  format?: string
  content?: string
  description?: string
  tags: readonly string[]
  /** Of a DICOM object whose header was read: its SOP Instance UID. */
  uid?: string
  instanceNumber?: number
  createdBy?: string
  createdAt?: string
  createdEventId?: number
  modifiedBy?: string
  modifiedAt?: string
  modifiedEventId?: number
}>

/** What one change did to the files of a resource. */
export type CatalogChange = Readonly<{ eventId: number; at: string; added?: number; modified?: number }>

/** The files of one resource, with what a catalog says about the resource itself (resources 9.2). */
export type Catalog = Readonly<{
  /** The resource's number. */
  id: number
  label?: string
  project?: string
  audit?: readonly CatalogChange[]
  /** Where the resource lies below the archive root; shown only when asked for. */
  rootPath?: string
  entries: readonly CatalogEntry[]
}>

/** One file of a download: where to fetch it, and where it belongs in what is downloaded. */
export type DownloadEntry = Readonly<{
  /** Address without host, e.g. `/data/experiments/E/resources/7/files/a.txt`. */
  uri: string
  /** Name of the file inside the archive that the same request would give as a zip. */
  member: string
  name: string
  /** Bytes. */
  size: number
  digest?: string
  format?: string
  content?: string
}>
