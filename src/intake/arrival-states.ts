/** Where an entry of the prearchive stands (import 2.3). */
const states = [
  'RECEIVING',
  'RECEIVING_INTERRUPT',
  'BUILDING',
  'READY',
  'CONFLICT',
  'ERROR',
  'ARCHIVING',
  'MOVING',
  'DELETING',
  'SEPARATING',
  'QUEUED_BUILDING',
  'QUEUED_ARCHIVING',
  'QUEUED_MOVING',
  'QUEUED_DELETING',
  'QUEUED_SEPARATING',
] as const

export type ArrivalState = (typeof states)[number]

/** What somebody can do with an entry that takes its time. */
export type Work = 'BUILDING' | 'ARCHIVING' | 'MOVING' | 'DELETING'

/** States in which somebody works on the entry, so that nobody else may, while the lease counts. */
export const workingStates: readonly ArrivalState[] = [
  'BUILDING',
  'RECEIVING_INTERRUPT',
  'ARCHIVING',
  'MOVING',
  'DELETING',
  'SEPARATING',
]

/** States in which the entry waits for its turn. */
export const queuedStates: readonly ArrivalState[] = [
  'QUEUED_BUILDING',
  'QUEUED_ARCHIVING',
  'QUEUED_MOVING',
  'QUEUED_DELETING',
]

/** States in which objects of the same study no longer join the entry: it is about to go elsewhere, or away. */
const closedStates: readonly ArrivalState[] = [
  'MOVING',
  'DELETING',
  'SEPARATING',
  'QUEUED_MOVING',
  'QUEUED_DELETING',
  'QUEUED_SEPARATING',
]

export const isClosed = (state: string): boolean => (closedStates as readonly string[]).includes(state)

/** States that people may give an entry; those of work come with the work (import 2.5). */
export const restingStates: readonly ArrivalState[] = ['RECEIVING', 'READY', 'CONFLICT', 'ERROR']

/** An entry in this state is shown, but nobody can do anything with it. */
export const isLocked = (state: string): boolean =>
  (workingStates as readonly string[]).includes(state) || state.startsWith('QUEUED_')

/**
 * The state after something came in: a build under way finishes without archiving, and what is being archived keeps
 * what came too late (import 2.2, 10.6).
 */
export const afterArrival: Readonly<Partial<Record<ArrivalState, ArrivalState>>> = {
  BUILDING: 'RECEIVING_INTERRUPT',
  RECEIVING_INTERRUPT: 'RECEIVING_INTERRUPT',
  ARCHIVING: 'ARCHIVING',
  QUEUED_ARCHIVING: 'QUEUED_ARCHIVING',
}
