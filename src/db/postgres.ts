import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'

/** Connections per server process; every request in flight holds at most one. */
const MAX_CONNECTIONS = 20
/** How long a connection may be silent until the system asks the other side whether it is still there. */
const SILENCE_MS = 60_000
const BIGINT = 20
const JSONB = 3802

/** A Kysely over a pool of PostgreSQL connections; 64-bit integers come back as numbers, documents as text. */
export function openPostgres<DB>(url: string): Kysely<DB> {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    // A server that has vanished says nothing any more; a query would wait for ever.
    keepAlive: true,
    keepAliveInitialDelayMillis: SILENCE_MS,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') => parserOf(oid, format),
    } as pg.CustomTypesConfig,
  })
  // An idle connection that the server closes must not end the process; the next query gets a new one.
  pool.on('error', () => undefined)
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
}

function parserOf(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === BIGINT) return Number
  if (oid === JSONB) return String
  return pg.types.getTypeParser(oid, format as 'text') as (text: string) => unknown
}
