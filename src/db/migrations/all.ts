import type { Kysely } from 'kysely'
import type { Dialect } from '../dialect-sql.ts'
import { up as firstTables } from './0001-first-tables.ts'
import { up as searches } from './0002-searches.ts'
import { up as arrivals } from './0003-arrivals.ts'
import { up as receivers } from './0004-receivers.ts'
import { up as dicomMappings } from './0005-dicom-mappings.ts'
import { up as investigators } from './0006-investigators.ts'
import { up as scanDescriptions } from './0008-scan-descriptions.ts'
import { up as chores } from './0009-chores.ts'

export type Migration = Readonly<{ name: string; up: (db: Kysely<unknown>, dialect: Dialect) => Promise<void> }>

/** Every step in order. A released step is never edited; a new one is added at the end. */
export const migrations: readonly Migration[] = [
  { name: '0001-first-tables', up: firstTables },
  { name: '0002-searches', up: searches },
  { name: '0003-arrivals', up: arrivals },
  { name: '0004-receivers', up: receivers },
  { name: '0005-dicom-mappings', up: dicomMappings },
  { name: '0006-investigators', up: investigators },
  { name: '0008-scan-descriptions', up: scanDescriptions },
  { name: '0009-chores', up: chores },
]
