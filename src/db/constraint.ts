/** What a driver's error means: worth another try, a full disk, or something unforeseen. */
export type DriverTrouble = 'unique' | 'reference' | 'retry' | 'full' | undefined

const postgresTroubles: Readonly<Record<string, DriverTrouble>> = {
  '23505': 'unique',
  '23503': 'reference',
  '40001': 'retry',
  '40P01': 'retry',
  '53100': 'full',
}

/** SQLite extended result codes. */
const sqliteTroubles: Readonly<Record<number, DriverTrouble>> = {
  2067: 'unique',
  1555: 'unique',
  787: 'reference',
  5: 'retry',
  517: 'retry',
  13: 'full',
}

/** Reads the code that the driver of either database puts on its errors. */
export function troubleOf(error: unknown): DriverTrouble {
  if (!(error instanceof Error)) return undefined
  const { code, errcode } = error as Error & { code?: string; errcode?: number }
  if (errcode !== undefined) return sqliteTroubles[errcode]
  return code === undefined ? undefined : postgresTroubles[code]
}
