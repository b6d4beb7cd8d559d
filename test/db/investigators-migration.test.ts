import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { openDatabase } from '../../src/db/open.ts'
import { type TestPlace, testPlace } from '../support/database.ts'

let at: TestPlace
before(async () => {
  at = await testPlace()
})
after(() => at.remove())

test('a catalog of the version before gets the investigators that its projects name', async () => {
  const person = (id: number, firstname: string) => ({
    '@type': 'xnat:investigatorData',
    '#': id,
    firstname,
    lastname: 'Archer',
  })
  const docs = [
    { name: 'P1', PI: [{ ...person(3, 'Ann'), email: 'a@x.example' }] },
    {
      name: 'P2',
      PI: [person(4, 'Ann')],
      'investigators/investigator': [person(5, 'Bob'), { '@type': 'xnat:investigatorData', '#': 6 }],
    },
    { name: 'P3' },
  ]
  const before = await openDatabase(at.place)
  await before.change(async (tx) => {
    for (const doc of docs)
      await sql`insert into projects (name, accessibility, prearchive_code, quarantine_code, current_arc, scan_type_mapping,
        doc, created_at, created_by, modified_at, event_id) values (${doc.name}, 'private', 0, 0, 'arc001', 1,
        ${JSON.stringify(doc)}, '2024-01-01 00:00:00.000', 'own', '2024-01-01 00:00:00.000', 1)`.execute(tx)
    await sql`drop table investigators`.execute(tx)
    await sql`delete from migrations where name = '0006-investigators'`.execute(tx)
  })
  await before.close()
  const reopened = await openDatabase(at.place)
  try {
    const rows = await reopened.reads
      .selectFrom('investigators')
      .select(['id', 'firstname', 'email'])
      .orderBy('id')
      .execute()
    assert.deepEqual(
      rows.map(({ id, firstname, email }) => [Number(id), firstname, email]),
      [
        [3, 'Ann', 'a@x.example'],
        [5, 'Bob', null],
      ],
    )
  } finally {
    await reopened.close()
  }
})
