import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Dialect } from '../dialect-sql.ts'

const fields = ['title', 'institution', 'department', 'email', 'phone'] as const

/** The investigators of the site, each once by name, and those that projects name already. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const big = dialect.name === 'sqlite' ? 'integer' : 'bigint'
  await sql
    .raw(
      `create table investigators (id ${big} primary key, firstname text not null, lastname text not null,
      ${fields.map((name) => `${name} text`).join(', ')}, created_at text not null, created_by text not null,
      unique (lastname, firstname))`,
    )
    .execute(db)
  const { rows } = await sql<{
    doc: string
    created_at: string
    created_by: string
  }>`select doc, created_at, created_by from projects order by id`.execute(db)
  for (const row of rows) {
    const doc = (typeof row.doc === 'string' ? JSON.parse(row.doc) : row.doc) as Record<string, unknown>
    for (const person of [doc['PI'], doc['investigators/investigator']].flat() as (Named | undefined)[])
      if (person?.firstname && person.lastname && person['#'] !== undefined) await insert(db, person, row)
  }
}

type Named = Readonly<Partial<Record<'firstname' | 'lastname' | (typeof fields)[number], string>>> & { '#'?: number }

async function insert(db: Kysely<unknown>, person: Named, row: { created_at: string; created_by: string }) {
  await sql`insert into investigators (id, firstname, lastname, title, institution, department, email, phone, created_at, created_by)
    values (${person['#']}, ${person.firstname}, ${person.lastname}, ${person.title ?? null}, ${person.institution ?? null},
      ${person.department ?? null}, ${person.email ?? null}, ${person.phone ?? null}, ${row.created_at}, ${row.created_by})
    on conflict do nothing`.execute(db)
}
