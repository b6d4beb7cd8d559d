import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Kysely, SqliteAdapter, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'

/** Prepared statements kept for reuse; preparing one costs more than running it. */
const MAX_STATEMENTS = 1000
/** Pages kept by each connection; the system's own cache is behind them. */
const CACHE_KIB = 8192
/** How long a statement waits for another process that holds the database. */
const BUSY_TIMEOUT_MS = 5000

/**
 * A Kysely over its own connection to a SQLite file, with foreign keys, WAL and `synchronous=FULL`: a commit has
 * reached the disk when it returns.
 */
export function openSqlite<DB>(file: string, options: { readOnly?: boolean } = {}): Kysely<DB> {
  const connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
  connection.exec('pragma journal_mode = wal')
  connection.exec('pragma synchronous = full')
  connection.exec(`pragma cache_size = -${CACHE_KIB}`)
  connection.exec('pragma temp_store = memory')
  if (options.readOnly) connection.exec('pragma query_only = on')
  return new Kysely<DB>({ dialect: new NodeSqliteDialect(databaseOf(connection)) })
}

/**
 * Marks a Kysely as one over `node:sqlite`, and gives the rows of a compiled query at once: the driver never waits, and
 * the way through Kysely's promises takes longer than most queries of `prepared.ts`.
 */
export class NodeSqliteAdapter extends SqliteAdapter {
  readonly #database: SqliteDatabase
  constructor(database: SqliteDatabase) {
    super()
    this.#database = database
  }

  rowsOf(text: string, parameters: readonly unknown[]): readonly unknown[] {
    const statement = this.#database.prepare(text)
    if (statement.reader) return statement.all(parameters)
    statement.run(parameters)
    return []
  }
}

class NodeSqliteDialect extends SqliteDialect {
  readonly #database: SqliteDatabase
  constructor(database: SqliteDatabase) {
    super({ database })
    this.#database = database
  }

  override createAdapter(): NodeSqliteAdapter {
    return new NodeSqliteAdapter(this.#database)
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

function statementOf(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)) as IterableIterator<unknown>,
  }
}
