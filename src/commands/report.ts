import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { refuse } from '../errors.ts'
import { csvLine } from '../formats/table-csv.ts'

/** A CSV file that grows line by line. */
export type Report = Readonly<{
  path: string
  add: (row: readonly string[]) => void
  /** Closes it; one without rows is removed. Returns whether it is there. */
  end: () => boolean
}>

/** Begins a report in the place of any former one. @throws ArchiveError 'invalid' where it cannot be written */
export function openReport(file: string, columns: readonly string[]): Report {
  const path = resolve(file)
  const handle = opened(path)
  let rows = 0
  writeSync(handle, csvLine(columns))
  return {
    path,
    add: (row) => {
      rows++
      writeSync(handle, csvLine(row))
    },
    end: () => {
      closeSync(handle)
      if (rows === 0) rmSync(path, { force: true })
      return rows > 0
    },
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'w')
  } catch (error) {
    const because = `The report cannot be written (--report names another place): ${(error as Error).message}.`
    return refuse({ kind: 'invalid', field: 'report', because }, error)
  }
}
