export type Direction = 'in' | 'out'

/** Where a project is: its ID or one of its aliases. */
export type ProjectAddress = Readonly<{ project: string }>

/** A subject by label or id within a project, or by id alone. */
export type SubjectAddress = Readonly<{ project?: string; subject: string }>

/**
 * An experiment by id or label within a project, or by id alone. `subject` narrows it to that subject's own.
 * `bareLabel` also takes a label without a project, where exactly one readable experiment bears it (resources 1.4).
 */
export type ExperimentAddress = Readonly<{
  project?: string
  subject?: string
  experiment: string
  bareLabel?: boolean
}>

/** A scan by its exact ID, below its imaging session. */
export type ScanAddress = ExperimentAddress & Readonly<{ scan: string }>

/** Scans by id, type, comma list, `ALL`, `*` or `NULL` (scans 6.2). */
export type ScanSelection = ExperimentAddress & Readonly<{ scans: string }>

/** A reconstruction by id, below its imaging session. */
export type ReconstructionAddress = ExperimentAddress & Readonly<{ reconstruction: string }>

/**
 * What resource folders hang on. Scans, assessors and reconstructions may name several at once (resources 1.4);
 * `direction` is that of the folders of assessors and reconstructions, `out` when the address names none.
 */
export type ParentAddress =
  | Readonly<{ kind: 'project'; at: ProjectAddress }>
  | Readonly<{ kind: 'subject'; at: SubjectAddress }>
  | Readonly<{ kind: 'experiment'; at: ExperimentAddress }>
  | Readonly<{ kind: 'scan'; at: ExperimentAddress; scans: string }>
  | Readonly<{ kind: 'assessor'; at: ExperimentAddress; assessors: string; direction: Direction }>
  | Readonly<{ kind: 'reconstruction'; at: ExperimentAddress; reconstructions: string; direction: Direction }>
