/** A point in time as the tables hold it: `yyyy-MM-dd HH:mm:ss.SSS`, UTC. */
export const timeText = (at: Date): string => at.toISOString().slice(0, 23).replace('T', ' ')

/** The point in time that a table holds. */
export const timeOf = (text: string): Date => new Date(`${text.replace(' ', 'T')}Z`)
