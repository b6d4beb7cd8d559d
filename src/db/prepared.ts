import { type Compilable, type CompiledQuery, type DialectAdapter, type Kysely, PostgresAdapter } from 'kysely'
import { type Dialect, postgresDialect, sqliteDialect } from './dialect-sql.ts'
import type { Tables } from './schema.ts'
import { NodeSqliteAdapter } from './sqlite.ts'

/** Stands for a value while a query is compiled; the value takes its place when the query runs. */
class Placeholder {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** Runs a query that was compiled once. */
export type Prepared<Values, Row> = (db: Kysely<Tables>, values: Values) => Promise<Row[]>

/**
 * A query of the hottest paths whose text never changes: built and compiled on first use, once per dialect. Building
 * one costs several times what SQLite needs to run it (docs/decisions/0008).
 * @param build makes the query; `at(name)` stands for the value of that name, `dialect` has what differs
 */
export function prepared<Values extends Readonly<Record<string, unknown>>, Row>(
  build: (
    db: Kysely<Tables>,
    at: <Name extends keyof Values & string>(name: Name) => Values[Name],
    dialect: Dialect,
  ) => Compilable<Row>,
): Prepared<Values, Row> {
  const compiled = new WeakMap<object, CompiledQuery<Row>>()
  const queryFor = (db: Kysely<Tables>, adapter: DialectAdapter): CompiledQuery<Row> => {
    const known = compiled.get(adapter.constructor)
    if (known) return known
    const dialect = adapter instanceof PostgresAdapter ? postgresDialect : sqliteDialect
    const query = build(db, ((name: string) => new Placeholder(name)) as never, dialect).compile()
    compiled.set(adapter.constructor, query)
    return query
  }
  return async (db, values) => {
    const { adapter } = db.getExecutor()
    const query = queryFor(db, adapter)
    const parameters = query.parameters.map((one) => (one instanceof Placeholder ? values[one.name] : one))
    if (adapter instanceof NodeSqliteAdapter) return adapter.rowsOf(query.sql, parameters) as Row[]
    const { rows } = await db.executeQuery<Row>({ ...query, parameters })
    return rows
  }
}

/** The first row of a prepared query, or undefined. */
export async function first<Values, Row>(
  query: Prepared<Values, Row>,
  db: Kysely<Tables>,
  values: Values,
): Promise<Row | undefined> {
  return (await query(db, values))[0]
}
