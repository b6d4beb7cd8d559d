import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Kysely, SqliteAdapter, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'

/** Prepared statements kept for reuse; preparing one costs more than running it. */
const MAX_STATEMENTS = 1000
/** Pages kept by each connection; the system's own cache is behind them. */
const CACHE_KIB = 8192
/** How long a statement waits for another process that holds the database. */
const BUSY_TIMEOUT_MS = 5000

/** `others` changes whenever another process has written. */
export type Opened<DB> = Readonly<{ writer: Kysely<DB>; reads: Kysely<DB>; others: () => number }>

/**
 * Two Kyselys over a SQLite file, with foreign keys, WAL and `synchronous=FULL`: a commit has reached the disk when it
 * returns. `reads` has a connection of its own, so that it never sees what is not committed.
 */
export function openSqlite<DB>(file: string): Opened<DB> {
  const [writing, reading] = [connectionTo(file), connectionTo(file)]
  reading.exec('pragma query_only = on')
  const [writer, reads] = [databaseOf(writing), databaseOf(reading)]
  const version = writing.prepare('pragma data_version')
  return {
    writer: new Kysely<DB>({ dialect: new NodeSqliteDialect(writer, () => writer) }),
    // The pages that the writer knows stay true with each of its commits; every other connection forgets all of them.
    reads: new Kysely<DB>({ dialect: new NodeSqliteDialect(reads, () => (writing.isTransaction ? reads : writer)) }),
    others: () => Number(version.get()?.['data_version']),
  }
}

function connectionTo(file: string): DatabaseSync {
  const connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
  connection.exec('pragma journal_mode = wal')
  connection.exec('pragma synchronous = full')
  connection.exec(`pragma cache_size = -${CACHE_KIB}`)
  connection.exec('pragma temp_store = memory')
  return connection
}

/**
 * Marks a Kysely as one over `node:sqlite`, and gives the rows of a compiled query at once: the driver never waits, and
 * the way through Kysely's promises takes longer than most queries of `prepared.ts`.
 */
export class NodeSqliteAdapter extends SqliteAdapter {
  readonly #atOnce: () => SqliteDatabase
  constructor(atOnce: () => SqliteDatabase) {
    super()
    this.#atOnce = atOnce
  }

  rowsOf(text: string, parameters: readonly unknown[]): readonly unknown[] {
    const statement = this.#atOnce().prepare(text)
    if (statement.reader) return statement.all(parameters)
    statement.run(parameters)
    return []
  }
}

class NodeSqliteDialect extends SqliteDialect {
  readonly #atOnce: () => SqliteDatabase
  /** @param atOnce which of the connections answers a query that is over before anything else happens */
  constructor(database: SqliteDatabase, atOnce: () => SqliteDatabase) {
    super({ database })
    this.#atOnce = atOnce
  }

  override createAdapter(): NodeSqliteAdapter {
    return new NodeSqliteAdapter(this.#atOnce)
  }
}

/** Kysely was written against another driver; this gives it the same face over `node:sqlite`. */
function databaseOf(connection: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>()
  return {
    close: () => connection.close(),
    prepare: (text) => {
      const known = statements.get(text)
      if (known) return known
      if (statements.size >= MAX_STATEMENTS) statements.delete(statements.keys().next().value!)
      const statement = statementOf(connection.prepare(text))
      statements.set(text, statement)
      return statement
    },
  }
}

/**
 * The driver would give each row as a dictionary without a prototype, which takes three times the memory of an object
 * that shares its shape with the other rows, and longer to make and to read.
 */
function statementOf(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
  const namesNow = () => statement.columns().map(({ name }) => name)
  let names = namesNow()
  statement.setReturnArrays(true)
  const rowOf = (given: unknown): unknown => {
    const cells = given as unknown[]
    // Where another process has added columns, SQLite prepares the statement anew.
    if (cells.length !== names.length) names = namesNow()
    return shaped(names, cells)
  }
  return {
    reader: names.length > 0,
    all: (parameters) => statement.all(...values(parameters)).map(rowOf),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => (statement.iterate(...values(parameters)) as IteratorObject<unknown>).map(rowOf),
  }
}

function shaped(names: readonly string[], cells: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (let at = 0; at < names.length; at += 1) row[names[at]!] = cells[at]
  return row
}
